"""Backups, restores and drills. A backup counts when its manifest is written; everything before can be killed and is used by the next one."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

from django.conf import settings
from django.db import connection

from shouwang.trust.backup import databases, keyring
from shouwang.trust.backup.models import BackupRun as BackupRun  # noqa: PLC0414  the front names the type, and reaches it here
from shouwang.trust.backup.moving import move_sqlite
from shouwang.trust.backup.policies import PATIENCE, STAMP, WAITING, keep_of, kept
from shouwang.trust.backup.repository import Damaged, Repository, Stored
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told

FOLDERS = ("facts", "raw", "runs", "cases")
UNFINISHED = "restoring"
EVERY = 50  # files between two words about progress

Tell = Callable[[BackupRun], object]


class CannotRestore(Exception):
    """Nothing was restored; the message names the remedy, in Chinese."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the backups lie, and where the bundles of keys."""

    backups: Path
    keys: Path


def places(to: str | Path = "") -> Places:
    """From the settings, or in a folder given; keys lie in a folder of their own, best on another disk."""
    backups = Path(to or settings.BACKUP_TO or Path(settings.DATA) / "backups")
    keys = Path(settings.BACKUP_KEYS_TO) if settings.BACKUP_KEYS_TO else backups.with_name(f"{backups.name}-keys")
    return Places(backups, keys)


def back_up(*, by: int | None, now: datetime, to: Places | None = None, tell: Tell = lambda run: None) -> BackupRun:
    """Database, facts, raw files and runs into the repository, keys apart. Busy while another one runs; the run tells what went wrong."""
    to = to or places()
    repository = Repository(to.backups, keyring.backup_key(), settings.CIPHER)
    with repository.held():
        run = _begin("backup", by, now, str(to.backups))
        with _closing(run, now) as done:
            run.snapshot = f"{now.astimezone(UTC).strftime(STAMP)}-{run.pk}"
            manifest = _gathered(repository, run, now, tell)
            _step(run, "正在保存密钥", tell)
            keyring.write(to.keys, run.snapshot, repository.key, keyring.gather())
            manifest["seconds"] = done()
            repository.write_manifest(run.snapshot, manifest)
            _step(run, "正在清理过期的备份", tell)
            repository.prune(_kept(repository.snapshots()))
    _tell_ledger("backup.made" if run.ok else "backup.failed", run, now)
    return run


def _gathered(repository: Repository, run: BackupRun, now: datetime, tell: Tell) -> dict[str, Any]:
    """The database first, then the files: what the database knows of is there already and never changes."""
    head = ledger.sign_head(now)
    _step(run, "正在备份数据库", tell)
    with databases.copied() as copy:
        stored = repository.put(copy.stream)
    run.bytes_all, run.bytes_new, run.rows = stored.size, stored.fresh, sum(copy.counts.values())
    run.ledger_size = head.size
    files = _files(repository, run, tell)
    return {
        "version": 1,
        "snapshot": run.snapshot,
        "vendor": connection.vendor,
        "started_at": now.isoformat(),
        "database": _about(stored),
        "counts": copy.counts,
        "ledger": {"size": head.size, "root": head.root, "signature": head.signature},
        "files": files,
    }


def _files(repository: Repository, run: BackupRun, tell: Tell) -> dict[str, dict[str, Any]]:
    """Every file of the data folder that counts. One that an earlier backup stored and that has not changed is not even read."""
    known = _newest(repository).get("files", {})
    listed = [path for folder in FOLDERS for path in sorted((Path(settings.DATA) / folder).rglob("*")) if _counts(path)]
    found: dict[str, dict[str, Any]] = {}
    run.total = len(listed)
    for at, path in enumerate(listed):
        if at % EVERY == 0:
            run.done = at
            _step(run, "正在备份文件", tell)
        name = str(path.relative_to(settings.DATA))
        try:
            found[name] = _file(repository, run, path, known.get(name))
        except FileNotFoundError:  # swept or rewritten since it was listed: nothing in the copied database needs it
            continue
    run.files, run.done = len(found), len(listed)
    return found


def _file(repository: Repository, run: BackupRun, path: Path, known: Mapping[str, Any] | None) -> dict[str, Any]:
    about = path.stat()
    run.bytes_all += about.st_size
    if known and (known["size"], known["changed"]) == (about.st_size, about.st_mtime_ns):
        return dict(known)
    with path.open("rb") as stream:
        stored = repository.put(stream)
    run.bytes_new += stored.fresh
    return _about(stored) | {"changed": about.st_mtime_ns}


def _counts(path: Path) -> bool:
    """Whole files only: names that begin with a dot are being written. What was merged is made again from what was delivered."""
    return path.is_file() and not path.name.startswith(".") and "merged" not in path.relative_to(settings.DATA).parts[:2]


def _about(stored: Stored) -> dict[str, Any]:
    return {"size": stored.size, "sha256": stored.sha256, "pieces": stored.pieces}


def _newest(repository: Repository) -> dict[str, Any]:
    names = repository.snapshots()
    return repository.manifest(names[-1]) if names else {}


def _kept(names: list[str]) -> set[str]:
    moments = {name: datetime.strptime(name.partition("-")[0], STAMP).replace(tzinfo=UTC) for name in names}
    chosen = kept(moments.values(), keep_of(settings.BACKUP_KEEP))
    newest = {moment: name for name, moment in sorted(moments.items())}  # two of one second: the later one
    return {newest[moment] for moment in chosen}


def restore(*, source: Places, to: Path, key: bytes, snapshot: str = "", database: str = "") -> dict[str, Any]:
    """A whole place out of a backup, with the newest bundle of keys; the manifest. CannotRestore, Damaged or CannotCopy with the remedy.

    `database`: an empty PostgreSQL database; a backup of SQLite moves there. `to` must be empty or missing; one that was left half-restored by a kill begins anew.
    """
    repository = Repository(source.backups, key)
    names = repository.snapshots()
    if not names:
        raise CannotRestore(f"{source.backups} 里没有完整的备份。请检查文件夹。")
    manifest = repository.manifest(snapshot or names[-1])
    bundles = keyring.bundles(source.keys)
    if not bundles:
        raise CannotRestore(f"{source.keys} 里没有密钥包，没有它备份中的文字打不开。请用 --keys 指出密钥包所在的文件夹。")
    if manifest["vendor"] == "postgresql" and not database:
        raise CannotRestore("这份备份来自 PostgreSQL，请用 --database 给出一个空数据库的地址。")
    keys = keyring.read(bundles[-1], key)
    _emptied(to)
    for name, stored in manifest["files"].items():
        _inside(to, name)
        repository.fetch(stored, to / name)
    _restore_database(repository, manifest, to, database, keys["keys"])
    keyring.put_down(keys, to)
    (to / "temp").mkdir(exist_ok=True)
    (to / UNFINISHED).unlink()
    return manifest


def _inside(to: Path, name: str) -> None:
    if not (to / name).resolve().is_relative_to(to.resolve()):
        raise Damaged(f"备份清单中的文件名 {name!r} 不对。")


def _emptied(to: Path) -> None:
    """An empty folder with a mark that it is not finished."""
    if (to / UNFINISHED).exists():
        rmtree(to)
    if to.exists() and any(to.iterdir()):
        raise CannotRestore(f"{to} 不是空的。恢复只写入空文件夹，不会覆盖任何数据；请换一个文件夹。")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    (to / UNFINISHED).touch()


def _restore_database(repository: Repository, manifest: dict[str, Any], to: Path, database: str, keys: list[list[Any]]) -> None:
    if manifest["vendor"] == "sqlite" and not database:
        repository.fetch(manifest["database"], to / "db.sqlite3")
        databases.load_sqlite(to / "db.sqlite3", keys)
        return
    copy = to / "temp" / "database.copy"
    try:
        repository.fetch(manifest["database"], copy)
        if manifest["vendor"] == "sqlite":
            move_sqlite(copy, database, keys, manifest["counts"])
        else:
            databases.load_postgresql(copy, database, keys)
    finally:
        copy.unlink(missing_ok=True)


def begin_drill(*, by: int | None, now: datetime, to: Places | None = None) -> tuple[BackupRun, Places]:
    to = to or places()
    return _begin("drill", by, now, str(to.backups)), to


def end_drill(run: BackupRun, *, now: datetime, trouble: str, seconds: float, manifest: Mapping[str, Any], snapshot: str) -> BackupRun:
    """What came of a drill: good when nothing is in `trouble`."""
    run.snapshot, run.seconds, run.step = snapshot, seconds, ""
    run.files, run.rows = len(manifest.get("files", {})), sum(manifest.get("counts", {}).values())
    run.ledger_size = manifest.get("ledger", {}).get("size", 0)
    run.ok, run.trouble, run.finished_at = not trouble, trouble[:500], now
    run.save()
    _tell_ledger("backup.drilled" if run.ok else "backup.drill_failed", run, now)
    return run


def note_step(run: BackupRun, step: str) -> None:
    """What a drill is doing right now."""
    _step(run, step, lambda _run: None)


def ask(kind: str, *, by: int | None, now: datetime) -> bool:
    """Somebody pressed the button: the run is on the page before a job takes it up. False when one waits or runs already."""
    if BackupRun.objects.filter(kind=kind, ok__isnull=True, started_at__gt=now - PATIENCE).exists():
        return False
    BackupRun.objects.create(kind=kind, by=by, started_at=now, step=WAITING)
    return True


def let_go(kind: str, *, trouble: str, now: datetime) -> None:
    """A run that waits will not be taken up; the page says why."""
    waited = BackupRun.objects.filter(kind=kind, ok__isnull=True, step=WAITING)
    waited.update(ok=False, finished_at=now, trouble=trouble[:500], step="")


def close_interrupted(*, now: datetime) -> int:
    """Runs that a kill left open are no good ones."""
    return BackupRun.objects.filter(ok__isnull=True).update(ok=False, finished_at=now, trouble="中途被中断，没有写成。", step="")


def _begin(kind: str, by: int | None, now: datetime, place: str) -> BackupRun:
    """Takes up the run that waits, if there is one; others that are open were killed."""
    waiting = BackupRun.objects.filter(kind=kind, ok__isnull=True, step=WAITING).order_by("pk").first()
    cut = BackupRun.objects.filter(kind=kind, ok__isnull=True)
    cut = cut.exclude(pk=waiting.pk) if waiting else cut
    cut.update(ok=False, finished_at=now, trouble="中途被中断，没有写成。", step="")
    if waiting is not None:
        waiting.started_at, waiting.place, waiting.step = now, place[:300], ""
        waiting.save()
        return waiting
    return BackupRun.objects.create(kind=kind, by=by, started_at=now, place=place[:300])


class _closing:
    """Whatever happens, the run says how it ended. What went wrong is said there, and raised when nobody foresaw it."""

    def __init__(self, run: BackupRun, now: datetime) -> None:
        self.run, self.now, self.began = run, now, time.monotonic()

    def __enter__(self) -> Callable[[], float]:
        return self._seconds

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> bool:
        if kind is not None and not issubclass(kind, Exception):
            return False  # killed or stopped: the next run closes this one
        foreseen = isinstance(problem, (OSError, Damaged, databases.CannotCopy, keyring.NoBackupKey))
        self.run.ok, self.run.finished_at, self.run.step = problem is None, self.now, ""
        self.run.trouble = (
            str(problem)[:500] if foreseen else ("" if problem is None else f"出现错误（{type(problem).__name__}），见日志。")
        )
        self.run.seconds = self._seconds()
        self.run.save()
        return foreseen

    def _seconds(self) -> float:
        return time.monotonic() - self.began


def _step(run: BackupRun, step: str, tell: Tell) -> None:
    run.step = step
    run.save()
    tell(run)


def _tell_ledger(kind: str, run: BackupRun, now: datetime) -> None:
    content = {"snapshot": run.snapshot, "files": run.files, "rows": run.rows, "ledger": run.ledger_size}
    with told():
        ledger.record(kind, by=run.by, about=[f"backup:{run.pk}"], now=now, content=content)


def leftovers() -> Iterator[Path]:
    """Half-restored drills of processes that are gone."""
    for path in (Path(settings.DATA) / "temp").glob("spill.*.drill"):
        process = path.name.split(".")[1]
        if process.isdigit() and not Path(f"/proc/{process}").exists() and int(process) != os.getpid():
            yield path
