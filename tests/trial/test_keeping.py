"""Backups, drills, rotation and erasure through the commands people use, each on a copy of a real data folder."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests import cast
from tests.rooms.test_backup import ROOT, built, environment, holds, ok, read, run, school

__all__ = ["built", "school"]  # fixtures
pytestmark = pytest.mark.trial


def test_only_what_changed_is_written_again(school: Path) -> None:
    before = {path for path in (school / "backups" / "pieces").rglob("*") if path.is_file()}
    ok(run(school, "backup"))
    after = {path for path in (school / "backups" / "pieces").rglob("*") if path.is_file()}
    assert len(after - before) <= 2  # the database's piece; facts and raw files are there already


def test_what_is_damaged_or_of_another_key_is_refused(school: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("ab" * 32)
    done = run(school, "restore", str(school / "backups"), "--to", str(tmp_path / "r1"), "--key", str(wrong))
    assert done.returncode and "备份密钥不对" in done.stderr
    piece = next(path for path in (school / "backups" / "pieces").rglob("*") if path.is_file())
    piece.write_bytes(piece.read_bytes()[:-1])
    done = run(school, "restore", str(school / "backups"), "--to", str(tmp_path / "r2"))
    assert done.returncode and "丢失、被改动" in done.stderr
    done = run(school, "backup", "verify")
    assert done.returncode and "演练没有通过" in done.stderr


def test_a_record_altered_behind_the_products_back_fails_the_drill(school: Path) -> None:
    with sqlite3.connect(school / "db.sqlite3") as database:
        database.execute("UPDATE imports_delivery SET rows_good = rows_good + 1 WHERE id = 1")
    ok(run(school, "backup"))
    done = run(school, "backup", "verify")
    assert done.returncode and "账本核对不通过" in done.stderr


def test_a_half_restored_place_begins_anew_and_a_half_backup_never_counts(school: Path, tmp_path: Path) -> None:
    place = tmp_path / "half"
    place.mkdir()
    (place / "restoring").touch()
    (place / "facts").mkdir()
    ok(run(school, "restore", str(school / "backups"), "--to", str(place)))
    assert not (place / "restoring").exists()
    snapshots = sorted((school / "backups" / "snapshots").iterdir())
    (school / "backups" / "snapshots" / f".{snapshots[-1].name}.4711").write_bytes(snapshots[-1].read_bytes()[:40])
    (school / "backups" / "pieces" / "00").mkdir(exist_ok=True)
    (school / "backups" / "pieces" / "00" / ("00" * 32)).write_bytes(b"left behind")
    ok(run(school, "backup"))
    assert not (school / "backups" / "pieces" / "00" / ("00" * 32)).exists()
    assert "演练通过" in ok(run(school, "backup", "verify"))


def test_an_erased_person_does_not_come_back(school: Path, tmp_path: Path) -> None:
    before = read(school)
    assert before["known"] and before["words"]
    shutil.copytree(school / "backups-keys", tmp_path / "old-keys")
    number = cast.XIAOYU.username
    refused = run(school, "vault", "erase", number, "--reason", "本人申请", "--by", "T1001")
    assert refused.returncode and "数据管理员" in refused.stderr
    certificate = tmp_path / "证明.txt"
    ok(run(school, "vault", "erase", number, "--reason", "本人申请", "--by", "T1009", "--certificate", str(certificate)))
    words = certificate.read_text("utf-8")
    assert "账本记录" in words and "Certificate of erasure" in words and number not in words and "宋小雨" not in words
    assert holds(school, number, "宋小雨") == [], "neither in the database nor in its log"
    assert read(school) == {"known": False, "words": [], "accounts": False}
    inspected = json.loads(ok(run(school, "inspect")).splitlines()[-1])
    assert inspected["ledger"] == inspected["facts"] == inspected["raw"] == []

    # An older backup holds the ciphertext still. With the keys that are left it opens for nobody.
    old = tmp_path / "old"
    ok(run(school, "restore", str(school / "backups"), "--to", str(old)))
    assert read(old)["words"] == []
    assert "再次抹去了 1 人" in ok(run(old, "vault", "again"))
    assert read(old) == {"known": False, "words": [], "accounts": False}
    # What must be destroyed are the old keys: whoever still had them could read the old backup.
    kept_keys = tmp_path / "kept"
    ok(run(school, "restore", str(school / "backups"), "--to", str(kept_keys), "--keys", str(tmp_path / "old-keys")))
    assert read(kept_keys)["words"] == before["words"]


def test_a_file_that_still_names_an_erased_person_is_refused(school: Path) -> None:
    ok(run(school, "vault", "erase", cast.XIAOYU.username, "--reason", "本人申请"))
    path = school / "学生.csv"
    path.write_text(f"学号,姓名,班级代码\n{cast.XIAOYU.username},宋小雨,RJ2401\n", "utf-8")
    done = run(school, "import", "student", str(path), "--by", "T1009", "--yes")
    path.unlink()
    assert done.returncode and "已依法删除" in done.stdout
    assert read(school)["known"] is False


def test_interrupted_erasure_goes_on(school: Path) -> None:
    """Killed while the files are rewritten: the same command finishes it."""
    number = cast.XIAOYU.username
    kill = (
        "import os, django; django.setup()\n"
        "from shouwang.work.imports import actions\n"
        "actions.blank = lambda **_: os._exit(9)\n"
        "from shouwang.front.pipeline import erasing\n"
        "from tests import worlds\n"
        f"erasing.erase({number!r}, reason='本人申请', by=None, now=worlds.NOW)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", kill],
        env=environment(school) | {"DJANGO_SETTINGS_MODULE": "shouwang.config.settings"},
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 9
    assert read(school)["known"] is True
    ok(run(school, "vault", "erase", number, "--reason", "本人申请"))
    assert read(school) == {"known": False, "words": [], "accounts": False}
    assert holds(school, number, "宋小雨") == []


def test_rotation_keeps_everything_readable_and_backups_restorable(school: Path, tmp_path: Path) -> None:
    before, old_master = read(school), (school / "keys" / "master").read_text()
    ok(run(school, "vault", "rotate"))
    assert (school / "keys" / "master").read_text() != old_master
    assert read(school) == before
    ok(run(school, "backup"))
    assert "演练通过" in ok(run(school, "backup", "verify"))
    first = sorted((school / "backups" / "snapshots").iterdir())[0].name.removesuffix(".manifest")
    ok(run(school, "restore", str(school / "backups"), "--to", str(tmp_path / "first"), "--snapshot", first))
    assert read(tmp_path / "first") == before
