"""Two watches at a time and kill -9 at ten random moments: nobody is told twice, nobody is forgotten, and the audit stays clean."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import postgres
from tests.trial import killing

pytestmark = pytest.mark.trial
KILLS = 10


def command(job: str, data: Path) -> list[str]:
    return [sys.executable, "-m", "tests.trial.watch_child", job, str(data)]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("watch") / "data"
    subprocess.run(command("build", data), env=environment(), check=True, timeout=4 * killing.LIMIT, capture_output=True)
    return data


def look(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(killing.output_of(command("check", data), environment()).splitlines()[-1])
    return found


def test_killed_anywhere_nobody_is_told_twice_and_nobody_forgotten(school: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet"
    shutil.copytree(school, quiet)
    span = killing.unharmed(command("watch", quiet), environment())
    wanted = look(quiet)
    assert wanted["found"] == [] and len(wanted["told"]) == len(set(wanted["told"])) == len(wanted["climbs"]) > 60
    kills = 0
    for number, after in enumerate(killing.moments(killing.seed(), KILLS, span * 0.8)):
        data = tmp_path / f"run{number}"
        shutil.copytree(school, data)
        beside = subprocess.Popen(command("watch", data), env=environment(), stdout=subprocess.DEVNULL, start_new_session=True)
        kills += killing.kill_after(command("watch", data), environment(), 0.02 + after)
        if number % 2:
            os.killpg(beside.pid, signal.SIGKILL)
        beside.wait(timeout=killing.LIMIT)
        between = look(data)
        assert between["found"] == [] and set(between["told"]) <= set(wanted["told"]), (after, between)
        killing.unharmed(command("watch", data), environment())
        assert look(data) == wanted, after
        shutil.rmtree(data)
    assert kills


@pytest.mark.skipif(postgres.missing() is not None, reason=str(postgres.missing()))
def test_three_watches_on_postgresql_do_what_one_does(tmp_path: Path) -> None:
    with postgres.server() as url:
        env = environment() | {"SHOUWANG_DATABASE_URL": f"{url}/postgres"}
        data = tmp_path / "data"
        subprocess.run(command("build", data), env=env, check=True, timeout=4 * killing.LIMIT, capture_output=True)
        with psycopg.connect(f"{url}/template1", autocommit=True) as link:
            link.execute("CREATE DATABASE alone TEMPLATE postgres")
        alone = env | {"SHOUWANG_DATABASE_URL": f"{url}/alone"}
        killing.unharmed(command("watch", data), alone)
        watches = [subprocess.Popen(command("watch", data), env=env, stdout=subprocess.DEVNULL) for _ in range(3)]
        assert [one.wait(timeout=killing.LIMIT) for one in watches] == [0, 0, 0]
        found = [json.loads(killing.output_of(command("check", data), one).splitlines()[-1]) for one in (env, alone)]
    assert found[0] == found[1] and found[0]["found"] == [] and len(found[0]["told"]) > 60
