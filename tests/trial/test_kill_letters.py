"""Two workers number letters at the same time and are killed: no number stands twice, none is missing, and what was begun is finished."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.college import ROOT
from tests.trial import killing
from tests.trial.letters_child import LETTERS

pytestmark = pytest.mark.trial
KILLS = 6


def command(job: str, data: Path, *more: object) -> list[str]:
    return [sys.executable, "-m", "tests.trial.letters_child", job, str(data), *map(str, more)]


def environment(url: str = "") -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), "SHOUWANG_DATABASE_URL": url}


def test_two_workers_on_sqlite(tmp_path: Path) -> None:
    _number(tmp_path / "school", environment())


@pytest.mark.skipif(postgres.missing() is not None, reason=str(postgres.missing()))
def test_two_workers_on_postgresql(tmp_path: Path) -> None:
    with postgres.server() as url:
        _number(tmp_path / "school", environment(f"{url}/postgres"))


def _number(data: Path, env: dict[str, str]) -> None:
    subprocess.run(command("build", data), env=env, check=True, timeout=600, capture_output=True)
    kills = 0
    for after in killing.moments(killing.seed(), KILLS, 1.5):
        beside = subprocess.Popen(command("issue", data, 1), env=env, stdout=subprocess.DEVNULL, start_new_session=True)
        kills += killing.kill_after(command("issue", data, 0), env, 0.02 + after)
        time.sleep(0.1)
        os.killpg(beside.pid, signal.SIGKILL)
        beside.wait()
        _no_number_twice(_look(data, env), complete=False)
    both = [subprocess.Popen(command("issue", data, at), env=env, stdout=subprocess.DEVNULL) for at in range(2)]
    assert [one.wait(timeout=600) for one in both] == [0, 0]
    _no_number_twice(_look(data, env), complete=True)
    assert kills


def _look(data: Path, env: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(command("check", data), env=env, check=True, timeout=600, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _no_number_twice(found: dict[str, Any], *, complete: bool) -> None:
    """From one on without a gap at every moment: what a killed piece had reserved was given back with it."""
    issued = sum(map(len, found["numbers"].values()))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found["numbers"].values()), found["numbers"]
    assert len(set(found["receipts"])) == issued == found["copies"] == found["limits"]
    assert found["found"] == []
    if complete:
        assert issued == 2 * LETTERS and len(found["numbers"]) == 2
        assert found["batches"] == [["done", LETTERS, LETTERS, True]] * 2
