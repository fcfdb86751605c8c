"""House rules that a machine can check: no clock below the front, settings documented, mission rows proved, files of one room's size."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shouwang"
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("timezone", "now"),
    ("timezone", "localdate"),
    ("time", "time"),
}
BELOW_FRONT = [path for floor in ("common", "analysis", "trust", "work", "demo") for path in sorted((PACKAGE / floor).rglob("*.py"))]


@pytest.mark.parametrize("path", BELOW_FRONT, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_clock_below_the_front(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    reads = [
        f"line {call.lineno}: {ast.unparse(call)}"
        for call in calls
        if isinstance(call.func.value, ast.Name)
        and (call.func.value.id, call.func.attr) in CLOCKS
        and not (call.func.attr == "localdate" and call.args)
    ]
    assert not reads, f"time is handed in: {reads}"


def test_every_setting_is_documented() -> None:
    from shouwang.front.pipeline.reference import SETTINGS

    documented = {name for name, *_ in SETTINGS}
    used = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r'"(SHOUWANG_[A-Z_]+)"', path.read_text())
        if "reference.py" not in path.name
    }
    assert used - {"SHOUWANG_OULAD"} <= documented, f"undocumented: {used - documented}"
    assert documented <= used, f"documented, but read nowhere: {documented - used}"


def test_every_mission_row_is_proved_or_waits_for_named_work() -> None:
    rows = tomllib.loads((ROOT / "tests" / "architecture" / "mission.toml").read_text(encoding="utf-8"))
    expected = {f"{part}{n}" for part, count in {"A": 8, "B": 12, "C": 9, "D": 7, "E": 10, "F": 7}.items() for n in range(1, count + 1)}
    assert set(rows) == expected
    for name, row in rows.items():
        assert row.get("tests") or row.get("waits_for"), f"{name} has neither a test nor work it waits for"
        for test in row.get("tests", ()):
            path, _, function = test.partition("::")
            source = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""
            assert f"def {function}(" in source, f"{name}: {test} does not exist"


def test_no_registry_or_machine_path_is_committed() -> None:
    for name in ("requirements/demo.lock", "requirements/test.lock", "package-lock.json", ".npmrc", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!spdx\.org)[\w.-]*(pypi|npmjs|registry|mirror)", text), f"{name} names a registry"
