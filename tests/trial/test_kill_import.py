"""kill -9 at ten random moments of an import: after a restart nothing is half-done, doubled or lost, and the work can be finished."""

import csv
import json
import os
import random
import shutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.trial import killing
from tests.worlds import CLASSES

pytestmark = pytest.mark.trial
KILLS = 10
STAYS = ("half_done", "jobs", "damaged", "orphans", "left", "raw", "again")  # must be empty after every restart
NUMBERS = [(f"{prefix}{place + 1:02d}", name, code) for code, (prefix, names) in CLASSES.items() for place, name in enumerate(names)]


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "tests.trial.import_child", *map(str, words)]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight files: a register that grows, scores and their correction, attendance and a second telling of the same days."""
    folder = tmp_path_factory.mktemp("files")
    for name, rows in _files():
        with (folder / name).open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows(rows)
    return folder


def _files() -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    dice = random.Random(7)
    new = [(f"20250202{n:02d}", f"新生{n}", "QC2501") for n in range(1, 31)]
    register = [(number, name, code) for number, name, code in NUMBERS]
    yield "1-student.csv", [("学号", "姓名", "班级代码"), *register, *new]
    yield (
        "2-guardian.csv",
        [("学号", "监护人姓名", "关系", "联系电话"), *((number, f"{name}家长", "母亲", "13800000000") for number, name, _ in register)],
    )
    marks = [(number, "2024-2025-2", f"C{course}", dice.randint(30, 99)) for number, *_ in [*register, *new] for course in range(20)]
    yield "3-score.csv", [("学号", "学年学期", "课程代码", "成绩"), *marks]
    corrected = [(number, term, course, 99 if mark < 40 else mark) for number, term, course, mark in marks if course != "C19"]
    yield "4-score.csv", [("学号", "学年学期", "课程代码", "成绩"), *corrected]
    days = [date(2025, 9, 1) + timedelta(days=n) for n in range(60)]
    status = [
        (number, day, period, dice.choice(("出勤", "出勤", "旷课", "迟到")))
        for number, *_ in register
        for day in days
        for period in ("1-2", "3-4")
    ]
    yield "5-attendance.csv", [("学号", "日期", "节次", "考勤状态"), *status]
    yield (
        "6-attendance.csv",
        [("学号", "日期", "节次", "考勤状态"), *((n, d, p, "出勤" if s == "旷课" else s) for n, d, p, s in status[: len(status) // 2])],
    )
    yield (
        "7-leave.csv",
        [
            ("学号", "开始日期", "结束日期", "请假类型", "请假天数"),
            *((number, "2025-10-09", "2025-10-10", "事假", 2) for number, *_ in register),
        ],
    )
    yield "8-student.csv", [("学号", "姓名", "班级代码"), *register, *new[:20]]


@pytest.fixture(scope="module")
def empty_school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("school") / "data"
    killing.output_of(command("build", data), environment())
    return data


@pytest.fixture(scope="module")
def undisturbed(files: Path, empty_school: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[float, dict[str, Any]]:
    data = tmp_path_factory.mktemp("undisturbed") / "data"
    shutil.copytree(empty_school, data)
    span = killing.unharmed(command("deliver", data, files), environment())
    return span, look(data)


def look(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(killing.output_of(command("state", data), environment()).splitlines()[-1])
    assert not {name: found[name] for name in STAYS if found[name]}, "left behind after the restart"
    return found


def test_killed_anywhere_nothing_is_half_done_doubled_or_lost(
    files: Path, empty_school: Path, undisturbed: tuple[float, dict[str, Any]], tmp_path: Path
) -> None:
    span, whole = undisturbed
    assert len(whole["accepted"]) == 8 and whole["facts"]["score"] and not whole["recovered"]
    for number, after in enumerate(killing.moments(killing.seed(), KILLS, span)):
        data = tmp_path / f"run{number}"
        killing.kill_within(lambda data=data: command("deliver", killing.copied(empty_school, data), files), environment(), after)
        between = look(data)
        # Files go in one after the other: what was accepted is a beginning of the list, and its facts are those of exactly these files.
        assert between["accepted"] == whole["accepted"][: len(between["accepted"])]
        assert between["counts"] == whole["counts"][: len(between["counts"])]
        assert_facts_are_of(between, whole)
        killing.unharmed(command("deliver", data, files), environment())
        finished = look(data)
        differing = {name for name in whole if name not in ("recovered",) and finished[name] != whole[name]}
        assert not differing, f"killed after {after:.3f} s of {span:.3f} s: {differing}"


def assert_facts_are_of(between: dict[str, Any], whole: dict[str, Any]) -> None:
    """No fact stems from a file that was not accepted, and no natural key stands twice."""
    accepted = set(between["accepted"])
    for table, rows in between["facts"].items():
        assert len(rows) == len(set(rows)), f"{table} has doubled rows"
        assert all(any(f"'batch_id': '{name}'" in row for name in accepted) for row in rows), table
    if between["accepted"] == whole["accepted"]:
        assert between["facts"] == whole["facts"]
