"""Backups on a real data folder of its own, through the commands people use; `tests/trial/test_keeping.py` tries damage, erasure and rotation."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shouwang.trust.backup.policies import Keep, keep_of, kept, worry
from shouwang.trust.backup.repository import Busy, Damaged, Repository
from tests import cast
from tests.keeping_child import MARKER

NOW = datetime(2026, 3, 9, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(data: Path) -> dict[str, str]:
    kept_ = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept_ | {"SHOUWANG_DATA": str(data), "PYTHONPATH": str(ROOT)}


def run(data: Path, *words: str, module: str = "shouwang", **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, env=environment(data) | more, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)


def ok(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read(data: Path, **more: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(ok(run(data, "read", module="tests.keeping_child", **more)))
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("school") / "data"
    made = run(data, "build", module="tests.keeping_child", SHOUWANG_LOG="DEBUG")
    (data / "log.txt").write_text(ok(made) + made.stderr, "utf-8")
    ok(run(data, "backup"))
    return data


@pytest.fixture
def school(built: Path, tmp_path: Path) -> Path:
    data = tmp_path / "school"
    shutil.copytree(built, data, ignore=shutil.ignore_patterns("exports", "log.txt"))
    return data


def holds(folder: Path, *texts: str) -> list[str]:
    """The files in which one of the texts stands, in any encoding a file of ours could have."""
    wanted = [text.encode(encoding) for text in texts for encoding in ("utf-8", "gb18030", "utf-16-le")]
    wanted += [json.dumps(text).strip('"').encode() for text in texts]
    return [
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and any(text in path.read_bytes() for text in wanted)
    ]


def test_no_confidential_text_is_found_in_the_data_folder(built: Path) -> None:
    """Words of a leave, of a sanction and of a break-glass, after a real import, an export and a backup: database, WAL, queue, facts, raw files,
    reports, temporary files, log, exports, backups, bundles of keys."""
    names = {path.relative_to(built).parts[0] for path in built.rglob("*")}
    assert {"db.sqlite3", "facts", "raw", "backups", "backups-keys", "keys", "exports", "log.txt"} <= names
    assert holds(built, MARKER) == []
    assert any("words" in key and MARKER in str(value) for key, value in read(built).items())
    assert holds(built / "raw", cast.XIAOYU.username) == []
    assert holds(built / "backups", cast.XIAOYU.username, "宋小雨") == []


def test_a_backup_restores_and_audits_clean(school: Path, tmp_path: Path) -> None:
    said = ok(run(school, "backup"))
    assert "已备份" in said
    assert "演练通过" in ok(run(school, "backup", "verify"))
    place = tmp_path / "restored"
    said = ok(run(tmp_path / "elsewhere", "restore", str(school / "backups"), "--to", str(place), "--key", str(school / "keys" / "backup")))
    assert "账本核对无误" in said
    assert read(place) == read(school)
    assert (place / "keys" / "master").stat().st_mode & 0o777 == 0o600
    again = run(school, "restore", str(school / "backups"), "--to", str(place))
    assert again.returncode and "不是空的" in again.stderr


def test_retention_keeps_days_weeks_and_months() -> None:
    moments = [NOW - timedelta(hours=12 * at) for at in range(800)]
    chosen = kept(moments, Keep(7, 4, 12))
    assert max(moments) in chosen
    assert len({moment.date() for moment in chosen if NOW - moment < timedelta(days=7)}) >= 7
    assert len({moment.strftime("%Y-%m") for moment in chosen}) == 12
    assert len(chosen) <= 7 + 4 + 12
    assert kept([], Keep(7, 4, 12)) == set()
    for wrong in ("7,4", "a,b,c", "0,1,1"):
        with pytest.raises(ValueError, match="7,4,12"):
            keep_of(wrong)


def test_what_worries_the_administrator() -> None:
    assert len(worry(None, None, NOW)) == 2
    assert worry(NOW - timedelta(days=1), NOW - timedelta(days=30), NOW) == []
    assert [zh for zh, _ in worry(NOW - timedelta(days=3), NOW - timedelta(days=40), NOW)] == [
        "最近一次成功的备份是 3 天前。",
        "最近一次成功的恢复演练是 40 天前。",
    ]


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    one, two = Repository(tmp_path, b"k" * 32), Repository(tmp_path, b"k" * 32)
    with one.held(), pytest.raises(Busy), two.held():
        pytest.fail("both")
    with two.held():
        pass


def test_a_swapped_piece_is_damaged(tmp_path: Path) -> None:
    from io import BytesIO

    store = Repository(tmp_path, b"k" * 32)
    one, two = store.put(BytesIO(b"one")), store.put(BytesIO(b"two"))
    first, second = (tmp_path / "pieces" / name[:2] / name for name in (one.pieces[0], two.pieces[0]))
    first.write_bytes(second.read_bytes())
    with pytest.raises(Damaged):
        list(store.get(one.pieces))
