"""kill -9 at ten random moments of five evaluations: each run is there whole or not at all, and the work can be finished."""

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
    return [sys.executable, "-m", "tests.trial.evaluation_child", job, str(data)]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("school") / "data"
    killing.output_of(command("build", data), environment())
    return data


@pytest.fixture(scope="module")
def empty(school: Path) -> dict[str, Any]:
    return look(school)


def look(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(killing.output_of(command("state", data), environment()).splitlines()[-1])
    return found


def test_killed_anywhere_a_run_is_whole_or_not_there(school: Path, empty: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(school, tmp_path / "undisturbed")
    told = killing.output_of(command("states", tmp_path / "undisturbed"), environment()).splitlines()
    states = [empty, *(json.loads(line) for line in told if line.startswith("{"))]
    assert len(states[-1]["runs"]) == 5 and states[-1]["events"] and any(alert[2] == "cleared" for alert in states[-1]["alerts"])
    shutil.copytree(school, tmp_path / "timed")
    span = killing.unharmed(command("evaluate", tmp_path / "timed"), environment())
    for number, after in enumerate(killing.moments(killing.seed(), KILLS, span)):
        data = tmp_path / f"run{number}"
        killing.kill_within(lambda data=data: command("evaluate", killing.copied(school, data)), environment(), after)
        between = look(data)
        assert between == states[len(between["runs"])], f"half a run after {after:.3f} s of {span:.3f} s"
        killing.unharmed(command("evaluate", data), environment())
        assert look(data) == states[-1], f"not finished after a kill at {after:.3f} s of {span:.3f} s"
        assert not list((data / "runs").glob(".*.tmp")), "half-written files stayed"
        shutil.rmtree(data)
