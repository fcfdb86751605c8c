"""Backups and drills as jobs. A drill restores aside, in a process of its own, and looks at what it got as a stranger would."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from shouwang.analysis.facts import MissingBatch
from shouwang.front import clock
from shouwang.trust.backup import actions, keyring, queries
from shouwang.trust.backup.actions import BackupRun, CannotRestore, Places
from shouwang.trust.backup.databases import CannotCopy, conninfo
from shouwang.trust.backup.repository import Busy, Damaged
from shouwang.trust.ledger.audit import audit
from shouwang.trust.vault.ciphers import Refused
from shouwang.trust.vault.keys import Erased
from shouwang.trust.vault.master import MasterKeyMissing
from shouwang.work.imports import queries as imports

logger = logging.getLogger(__name__)
HOUR = 3600
FORESEEN = (CannotRestore, CannotCopy, Damaged, keyring.NoBackupKey, MasterKeyMissing, OSError)


def back_up(by: int | None = None) -> None:
    """Job: a backup now. Another one under way is enough."""
    try:
        gather()
        actions.back_up(by=by, now=clock.now())
    except Busy:
        actions.let_go("backup", trouble="同时有另一个备份在进行，这一次不再做。", now=clock.now())
    except FORESEEN as problem:
        actions.let_go("backup", trouble=str(problem), now=clock.now())
        raise


def gather() -> None:
    """A backup is of this machine: what others accepted is fetched before. One lost file must not stop backups; the drill names it."""
    try:
        imports.gather()
    except MissingBatch as missing:
        logger.warning("backup without a batch: %s", missing)


def drill(by: int | None = None) -> None:
    """Job: a drill of the newest backup."""
    verify(by=by, now=clock.now())


def later(job: str, by: int | None) -> None:
    """Queue a job on the cluster for long work; tests set Q_CLUSTER["sync"] and have it done at once."""
    if settings.Q_CLUSTER.get("sync"):
        {"back_up": back_up, "drill": drill}[job](by)
        return
    from django_q.tasks import async_task

    if actions.ask("backup" if job == "back_up" else "drill", by=by, now=clock.now()):
        async_task(f"shouwang.front.pipeline.safekeeping.{job}", by, cluster="long")


def verify(*, by: int | None, now: datetime, to: Places | None = None) -> BackupRun:
    """Restores the newest backup aside, audits its ledger, compares its counts, reads its facts and files, and removes it again."""
    run, to = actions.begin_drill(by=by, now=now, to=to)
    began, manifest, trouble, snapshot = time.monotonic(), {}, "", ""
    aside = Path(settings.DATA) / "temp" / f"spill.{os.getpid()}.drill"
    rmtree(aside, ignore_errors=True)
    try:
        with _database_aside() as database:
            actions.note_step(run, "正在恢复到一旁")
            manifest = actions.restore(source=to, to=aside, key=keyring.backup_key(), database=database)
            actions.note_step(run, "正在核对账本和数据")
            trouble = differences(manifest, inspected(aside, database))
            snapshot = manifest["snapshot"]
    except FORESEEN as problem:
        trouble = str(problem)
    finally:
        rmtree(aside, ignore_errors=True)
    return actions.end_drill(run, now=now, trouble=trouble, seconds=time.monotonic() - began, manifest=manifest, snapshot=snapshot)


@contextmanager
def _database_aside() -> Iterator[str]:
    """An empty database on the same server, gone afterwards; '' on SQLite."""
    if connection.vendor == "sqlite":
        yield ""
        return
    name = f"shouwang_drill_{os.getpid()}"
    import psycopg

    about = connection.settings_dict
    with psycopg.connect(conninfo(), autocommit=True) as server:
        try:
            server.execute(f'CREATE DATABASE "{name}"')
        except psycopg.Error as problem:
            raise CannotCopy("演练要新建一个临时数据库，但当前用户没有这个权限。请运行 ALTER ROLE … CREATEDB。") from problem
        try:
            user, password = quote(str(about["USER"]), safe=""), quote(str(about["PASSWORD"]), safe="")
            host = str(about["HOST"])
            where = f"{user}:{password}@{host}:{about['PORT'] or 5432}" if not host.startswith("/") else f"{user}:{password}@"
            yield f"postgresql://{where}/{name}" + (
                f"?host={quote(host, safe='')}&port={about['PORT'] or 5432}" if host.startswith("/") else ""
            )
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def inspected(place: Path, database: str) -> dict[str, Any]:
    """What a process that knows only the restored place finds there (no object store fills its gaps). CannotRestore when it cannot even start."""
    dropped = {f"SHOUWANG_{name}" for name in ("DATA", "DATABASE_URL", "MASTER_KEY_FILE", "LEDGER_KEY_FILE", "SECRET_KEY", "FACTS_BUCKET")}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    environment = kept | {"SHOUWANG_DATA": str(place)} | ({"SHOUWANG_DATABASE_URL": database} if database else {})
    command = [sys.executable, "-m", "shouwang", "inspect"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HOUR, check=False)  # noqa: S603  our own
    if done.returncode:
        raise CannotRestore(f"恢复出来的数据无法启动：{done.stderr.strip().splitlines()[-1:] or done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def inspect() -> dict[str, Any]:
    """What this place holds: rows of every table, and everything that is not as it should be."""
    try:
        facts = [str(problem) for problem in imports.live_snapshot().verify()]
    except LookupError as problem:
        facts = [str(problem)]
    return {"counts": queries.counts(), "ledger": [finding.sentence() for finding in audit()], "facts": facts, "raw": _unreadable()}


def _unreadable() -> list[str]:
    """Delivered files that do not open with the keys at hand. Those rewritten because of an erasure after the backup are meant not to."""
    names = []
    for delivery in imports.kept_files():
        try:
            imports.raw_stream(delivery)
        except Erased:
            continue
        except (Refused, OSError, MasterKeyMissing) as problem:
            names.append(f"{delivery.raw_name}：{problem}")
    return names


def differences(manifest: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """What is wrong with a restored place, in Chinese; '' when it is what was backed up and all of it holds."""
    said = []
    expected = manifest["counts"]
    wrong = [table for table, n in expected.items() if found["counts"].get(table) != n]
    if wrong:
        said.append("行数不一致：" + "、".join(f"{table} {expected[table]}→{found['counts'].get(table)}" for table in wrong[:5]))
    for name, title in (("ledger", "账本核对不通过"), ("facts", "数据文件不完整"), ("raw", "原始文件打不开")):
        if found[name]:
            said.append(f"{title}（{len(found[name])} 处）：{found[name][0]}")
    return "；".join(said)
