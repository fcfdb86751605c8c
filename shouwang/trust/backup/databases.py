"""A consistent copy of the database while it is in use, and a database out of such a copy. Keys, sessions and caches are left out."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    import psycopg

LEFT_OUT = ("vault_key", "django_session", "shouwang_cache")
KEY_COLUMNS = ("id", "subject", "alg", "wrapped", "master", "state")


class CannotCopy(Exception):
    """The database could not be copied or restored; the message names the remedy, in Chinese."""


@dataclass(frozen=True)
class Copy:
    """The bytes of a copy, and how many rows each table had at that moment."""

    stream: BinaryIO
    counts: dict[str, int]


def tables() -> list[str]:
    """The product's own tables, as far as their rows are compared after a restore."""
    ours = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("shouwang.") and model._meta.managed}
    return sorted(ours - set(LEFT_OUT))


@contextmanager
def copied() -> Iterator[Copy]:
    with _sqlite() if connection.vendor == "sqlite" else _postgresql() as copy:
        yield copy


@contextmanager
def _sqlite() -> Iterator[Copy]:
    """SQLite's own backup in one step: a snapshot that neither waits for writers nor makes them wait. The file in between is swept after a kill."""
    place = Path(settings.DATA) / "temp" / f"spill.{os.getpid()}.backup"
    name = str(connection.settings_dict["NAME"])
    try:
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with closing(sqlite3.connect(name, uri=name.startswith("file:"), timeout=60)) as source, closing(sqlite3.connect(place)) as target:
            source.backup(target)
            counts = {table: target.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables()}
            target.execute("PRAGMA journal_mode=DELETE")
            target.execute("PRAGMA secure_delete=ON")
            present = {row[0] for row in target.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in present.intersection(LEFT_OUT):
                target.execute(f'DELETE FROM "{table}"')
            target.commit()
        with place.open("rb") as stream:
            yield Copy(stream, counts)
    finally:
        for path in (place, place.with_name(f"{place.name}-journal")):
            path.unlink(missing_ok=True)


@contextmanager
def _postgresql() -> Iterator[Copy]:
    """pg_dump of an exported snapshot; the rows are counted in the very same snapshot."""
    import psycopg

    with psycopg.connect(conninfo()) as reader:
        reader.isolation_level, reader.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        snapshot = cast("tuple[str]", reader.execute("SELECT pg_export_snapshot()").fetchone())[0]
        counts = {table: cast("tuple[int]", reader.execute(f'SELECT count(*) FROM "{table}"').fetchone())[0] for table in tables()}
        left_out = [f"--exclude-table-data={table}" for table in LEFT_OUT]
        command = ["pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-acl", f"--snapshot={snapshot}", *left_out]
        with _running([*command, f"--dbname={connection.settings_dict['NAME']}"], _environment()) as process:
            assert process.stdout is not None
            yield Copy(cast("BinaryIO", process.stdout), counts)


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603  our own arguments
    except FileNotFoundError as problem:
        raise CannotCopy(f"没有找到 {command[0]}。请安装 PostgreSQL 客户端（Debian：postgresql-client）。") from problem
    with process:
        yield process
        assert process.stderr is not None
        words = process.stderr.read().decode("utf-8", "replace").strip()
    if process.returncode:
        raise CannotCopy(f"{command[0]} 没有成功：{words[-300:]}")


def _given() -> dict[str, str]:
    about = connection.settings_dict
    return {
        "dbname": str(about["NAME"]), "host": str(about["HOST"]), "port": str(about["PORT"]), "user": str(about["USER"]),
        "password": str(about["PASSWORD"]),
    }  # fmt: skip


def conninfo() -> str:
    """How psycopg reaches the configured database."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo("", **{name: value for name, value in _given().items() if value})


def _environment() -> dict[str, str]:
    """The password goes by the environment, never on a command line that others can list."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    return {**os.environ, **{names[name]: value for name, value in _given().items() if value and name in names}}


def load_sqlite(path: Path, keys: list[list[Any]]) -> None:
    """Puts the keys into a restored database file."""
    with closing(sqlite3.connect(path)) as target:
        places = ", ".join("?" * len(KEY_COLUMNS))
        target.executemany(f"INSERT INTO vault_key ({', '.join(KEY_COLUMNS)}) VALUES ({places})", keys)
        target.commit()


def load_postgresql(dump: Path, url: str, keys: list[list[Any]]) -> None:
    """Restores a dump into an empty database and puts the keys into it. CannotCopy when it is not empty."""
    import psycopg

    parts = urlsplit(url)
    with psycopg.connect(url) as target:
        must_be_empty(target)
    given = {"PGHOST": parts.hostname, "PGPORT": parts.port, "PGUSER": parts.username, "PGPASSWORD": unquote(parts.password or "")}
    environment = {**os.environ, **{name: str(value) for name, value in given.items() if value}}
    command = ["pg_restore", "--no-owner", "--no-acl", "--exit-on-error", f"--dbname={parts.path.lstrip('/')}", str(dump)]
    with _running(command, environment) as process:
        assert process.stdout is not None
        process.stdout.read()
    with psycopg.connect(url) as target:
        fill_keys(target, keys)


def must_be_empty(target: "psycopg.Connection[Any]") -> None:
    """CannotCopy when the database already has tables."""
    found = target.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if found and found[0]:
        raise CannotCopy("要恢复到的数据库不是空的。请新建一个空数据库，再把它的地址写在 --database 后面。")


def fill_keys(target: "psycopg.Connection[Any]", keys: list[list[Any]]) -> None:
    """The keys of a bundle into a database without any."""
    places = ", ".join(["%s"] * len(KEY_COLUMNS))
    with target.cursor() as cursor:
        cursor.executemany(f"INSERT INTO vault_key ({', '.join(KEY_COLUMNS)}) VALUES ({places})", keys)
        cursor.execute("SELECT setval(pg_get_serial_sequence('vault_key', 'id'), coalesce(max(id), 1)) FROM vault_key")
