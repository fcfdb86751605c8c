"""kill -9 at ten random moments of a rotation and of a backup; backups beside imports. SHOUWANG_KILL_SEED repeats a run."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.test_backup import ROOT, built, environment, ok, run, school
from tests.trial import killing

__all__ = ["built", "school"]  # fixtures
pytestmark = pytest.mark.trial
KILLS = 10
TEXTS = 1500


def child(*words: str) -> list[str]:
    return [sys.executable, "-m", "tests.keeping_child", *words]


def check(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ok(run(data, "check", module="tests.keeping_child")))
    return found


def test_a_rotation_killed_at_ten_random_points_resumes(school: Path, tmp_path: Path) -> None:
    ok(run(school, "texts", str(TEXTS), module="tests.keeping_child"))
    measured = tmp_path / "measured"
    shutil.copytree(school, measured)
    env = environment(school) | {"PYTHONUNBUFFERED": "1"}
    span = killing.unharmed(child("rotate"), environment(measured) | {"PYTHONUNBUFFERED": "1"})
    seed, came, share = killing.seed(), [0], span / KILLS
    # The work of one rotation is spread over ten kills: each stops a part of it later, from where the last one was stopped.
    for after in killing.moments(seed, KILLS, share):
        while came[-1] == (found := _turned(school, env, share / 2 + after, seed)):
            share *= 1.5  # busier than when the rotation was timed: so short a while brings nothing about
        came.append(found)
    print("done after the kills:", came)
    ok(run(school, "rotate", module="tests.keeping_child"))
    found = check(school)
    assert (found["right"], found["step"], found["masters"]) == (TEXTS, "done", 1)
    inspected = json.loads(ok(run(school, "inspect")).splitlines()[-1])
    assert inspected["ledger"] == inspected["raw"] == []


def _turned(data: Path, env: dict[str, str], after: float, seed: int) -> int:
    """How many keys and rows were turned when the rotation was killed; every text opens all the same."""
    killing.kill_after(child("rotate"), env, after)
    found = check(data)
    assert found["right"] == found["texts"] == TEXTS, (seed, found)
    return int(found["done"])


def test_a_backup_killed_at_ten_random_points_is_never_half_good(school: Path) -> None:
    ok(run(school, "texts", str(TEXTS), module="tests.keeping_child"))
    env = environment(school) | {"PYTHONUNBUFFERED": "1"}
    shutil.rmtree(school / "backups")
    span = killing.unharmed(child("backup"), env)
    killed = 0
    for after in killing.moments(killing.seed(), KILLS, span):
        for pieces in (school / "backups" / "pieces").glob("*"):
            if pieces.name < "80":  # half of it is to be written again
                shutil.rmtree(pieces)
        for manifest in (school / "backups" / "snapshots").glob("*"):
            manifest.unlink()
        killed += killing.kill_after(child("backup"), env, after)
        whole = list((school / "backups" / "snapshots").glob("*.manifest"))
        if whole:
            assert "演练通过" in ok(run(school, "backup", "verify"))
        else:
            assert "没有完整的备份" in run(school, "backup", "verify").stderr
    print("killed:", killed)
    assert killed
    assert "已备份" in ok(run(school, "backup"))
    assert "演练通过" in ok(run(school, "backup", "verify"))
    assert not list((school / "temp").glob("spill.*.backup")) or "清理" in ok(run(school, "backup"))


def test_backups_taken_during_imports_restore_clean(school: Path) -> None:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writer = subprocess.Popen(child("write"), env=environment(school), cwd=ROOT, **pipes)
    try:
        assert writer.stdout is not None and writer.stdout.readline().strip() == "ready"
        for _ in range(3):
            ok(run(school, "backup"))
            assert writer.poll() is None, "the writes ended before the backup"
            assert "演练通过" in ok(run(school, "backup", "verify"))
    finally:
        writer.communicate(timeout=300)  # ends its input: it writes no further file
    assert writer.returncode == 0
    ok(run(school, "backup"))
    assert "演练通过" in ok(run(school, "backup", "verify"))
