"""The same on PostgreSQL: a backup during imports restores into an empty database and audits clean; an erased person does not come back."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import cast, postgres
from tests.keeping_child import MARKER
from tests.rooms.test_backup import ROOT, environment, holds, ok, read, run

pytestmark = pytest.mark.trial


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if reason := postgres.missing() or (None if shutil.which("pg_dump") else "没有找到 pg_dump；请安装：apt-get install postgresql-client"):
        pytest.skip(reason)
    import psycopg

    with postgres.server() as url:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE school")
            admin.execute("CREATE DATABASE restored")
            admin.execute("CREATE DATABASE moved")
            admin.execute("CREATE DATABASE refused")
        yield url


def test_backup_restore_and_erasure_on_postgresql(server: str, tmp_path: Path) -> None:
    school = tmp_path / "school"
    here = {"SHOUWANG_DATABASE_URL": f"{server}/school"}
    ok(run(school, "build", module="tests.keeping_child", **here))
    before = read(school, **here)
    assert before["words"]
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.keeping_child", "write"],
        env=environment(school) | here,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None and writer.stdout.readline().strip() == "ready"
    ok(run(school, "backup", **here))
    assert writer.poll() is None, "the writes ended before the backup"
    writer.communicate(timeout=300)
    assert writer.returncode == 0
    assert "演练通过" in ok(run(school, "backup", "verify", **here))
    ok(run(school, "backup", **here))
    assert holds(school, MARKER) == []

    place, there = tmp_path / "restored", f"{server}/restored"
    without = run(school, "restore", str(school / "backups"), "--to", str(tmp_path / "x"))
    assert without.returncode and "--database" in without.stderr
    ok(run(school, "restore", str(school / "backups"), "--to", str(place), "--database", there))
    assert read(place, SHOUWANG_DATABASE_URL=there) == before
    again = run(school, "restore", str(school / "backups"), "--to", str(tmp_path / "y"), "--database", there)
    assert again.returncode and "不是空的" in again.stderr

    ok(run(school, "vault", "rotate", **here))
    assert read(school, **here) == before
    ok(run(school, "vault", "erase", cast.XIAOYU.username, "--reason", "本人申请", "--certificate", str(tmp_path / "c.txt"), **here))
    assert read(school, **here) == {"known": False, "words": [], "accounts": False}
    assert "演练通过" in ok(run(school, "backup", "verify", **here)), "an older backup, the newest keys"
    ok(run(school, "backup", **here))
    assert "演练通过" in ok(run(school, "backup", "verify", **here))


def test_a_school_on_sqlite_moves_to_postgresql_and_goes_on_there(server: str, tmp_path: Path) -> None:
    school, place, there = tmp_path / "small", tmp_path / "grown", {"SHOUWANG_DATABASE_URL": f"{server}/moved"}
    ok(run(school, "build", module="tests.keeping_child"))
    before = read(school)
    ok(run(school, "backup"))
    ok(run(school, "restore", str(school / "backups"), "--to", str(place), "--database", f"{server}/moved"))
    assert not (place / "db.sqlite3").exists() and read(place, **there) == before
    assert "没有发现" in ok(run(place, "ledger", "audit", **there))

    # What is new there gets numbers after the old ones, in every table that is written.
    ok(run(place, "backup", **there))
    ok(run(place, "vault", "erase", cast.XIAOYU.username, "--reason", "本人申请", "--certificate", str(tmp_path / "d.txt"), **there))
    assert "演练通过" in ok(run(place, "backup", "verify", **there))
    assert read(school) == before, "what it came from stays as it was"

    # A copy of another version is refused rather than moved in part.
    with sqlite3.connect(school / "db.sqlite3") as database:
        database.execute("ALTER TABLE people_term ADD COLUMN forgotten text")
    ok(run(school, "backup"))
    done = run(school, "restore", str(school / "backups"), "--to", str(tmp_path / "z"), "--database", f"{server}/refused")
    assert done.returncode and "另一个版本" in done.stderr and "重新备份一次" in done.stderr
