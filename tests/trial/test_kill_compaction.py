"""kill -9 at ten random moments of a merging: facts always read the same, and the next run finishes what was begun."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.trial import killing

pytestmark = pytest.mark.trial
KILLS = 10


def command(job: str, data: Path) -> list[str]:
    return [sys.executable, "-m", "tests.trial.compaction_child", job, str(data)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


def look(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(killing.output_of(command("state", data), environment()).splitlines()[-1])
    assert found["seen"][0] == found["seen"][1] and not found["damage"]
    return found


def test_killed_anywhere_facts_read_the_same_and_the_work_is_finished(tmp_path: Path) -> None:
    school = tmp_path / "school"
    killing.output_of(command("build", school), environment())
    before = look(school)
    assert not before["bundles"]
    shutil.copytree(school, tmp_path / "timed")
    span = killing.unharmed(command("compact", tmp_path / "timed"), environment())
    after = look(tmp_path / "timed")
    assert after["seen"] == before["seen"] and (after["bundles"], after["held"]) == (5, 115)
    for number, moment in enumerate(killing.moments(killing.seed(), KILLS, span)):
        data = tmp_path / f"run{number}"
        killing.kill_within(lambda data=data: command("compact", killing.copied(school, data)), environment(), moment)
        assert look(data)["seen"] == before["seen"], f"read otherwise after a kill at {moment:.3f} s of {span:.3f} s"
        killing.unharmed(command("compact", data), environment())
        assert look(data) == after, f"not finished after a kill at {moment:.3f} s of {span:.3f} s"
        assert not list((data / "facts" / "merged").glob("*/.*.tmp")), "half-written files stayed"
        shutil.rmtree(data)
