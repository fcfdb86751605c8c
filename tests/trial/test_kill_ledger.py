"""Two sequencers and two writers at a time, and kill -9 at ten random moments: no entry is skipped or placed twice, and the audit stays clean."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.trial import killing

pytestmark = pytest.mark.trial
KILLS = 10


def command(job: str, data: Path, *more: object) -> list[str]:
    return [sys.executable, "-m", "tests.trial.ledger_child", job, str(data), *map(str, more)]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("ledger") / "data"
    killing.output_of(command("build", data), environment())
    return data


def look(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(killing.output_of(command("check", data), environment()).splitlines()[-1])
    return found


def test_two_sequencers_beside_two_writers(school: Path, tmp_path: Path) -> None:
    data = tmp_path / "school"
    shutil.copytree(school, data)
    before = look(data)["entries"]
    jobs = [("write", 200), ("sequence", 6), ("write", 200), ("sequence", 6)]
    children = [subprocess.Popen(command(job, data, more), env=environment(), stdout=subprocess.DEVNULL) for job, more in jobs]
    assert [child.wait(timeout=120) for child in children] == [0, 0, 0, 0]
    after = look(data)
    assert after == {"found": [], "size": before + 400, "entries": before + 400, "nodes": True}


def test_killed_anywhere_nothing_is_wrong(school: Path, tmp_path: Path) -> None:
    kills = 0
    for number, after in enumerate(killing.moments(killing.seed(), KILLS, 1.5)):
        data = tmp_path / f"run{number}"
        shutil.copytree(school, data)
        killing.unharmed(command("write", data, 40), environment())
        kills += killing.kill_after(command("sequence", data, 60), environment(), 0.02 + after)
        between = look(data)
        assert between["found"] == [] and between["nodes"] and between["size"] == between["entries"], (after, between)
        shutil.rmtree(data)
    assert kills == KILLS
