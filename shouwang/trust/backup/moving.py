"""A school outgrows one machine: the rows of a SQLite copy into an empty PostgreSQL database, all in one transaction."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

from django.db import connection

from shouwang.trust.backup.databases import LEFT_OUT, CannotCopy, fill_keys, must_be_empty

if TYPE_CHECKING:
    import psycopg

HOUR = 3600
quoted = connection.ops.quote_name  # both databases write names alike
NAMES: LiteralString = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
)
PLAIN = (
    "bigint", "integer", "smallint", "numeric", "double precision", "text", "character varying", "character", "uuid", "date",
    "time without time zone", "jsonb", "bytea", "inet",
)  # fmt: skip


def move_sqlite(file: Path, url: str, keys: list[list[Any]], counts: dict[str, int]) -> None:
    """Schema, rows and keys. CannotCopy when the place is not empty, the copy is of another version, or PostgreSQL refuses a value.

    `counts`: how many rows the tables had when they were copied. A refusal leaves no row behind, only empty tables.
    """
    import psycopg

    with psycopg.connect(url) as target:
        must_be_empty(target)
    _make_tables(url)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source, psycopg.connect(url) as target:
        columns = _columns(target)
        _same_version(source, target, columns)
        tables = sorted(set(columns) - {"django_migrations"})
        try:
            # What making the tables wrote (kinds of content, permissions) is in the copy as well.
            target.execute(f"TRUNCATE {', '.join(quoted(table) for table in tables)}".encode())
            for table in tables:
                if table not in LEFT_OUT:
                    _copy(source, target, table, columns[table])
            _count_on(target, columns)
            _compare(target, counts)
            fill_keys(target, keys)
            target.commit()
        except psycopg.Error as problem:
            raise CannotCopy(
                f"PostgreSQL 没有收下这些数据，一行也没有写入（再试时请换一个空数据库）：{str(problem).strip()[:300]}"
            ) from problem


def _make_tables(url: str) -> None:
    """The schema as this version of the product makes it, by a process that knows the new database."""
    for job in ("migrate", "createcachetable"):
        command = [sys.executable, "-m", "shouwang", job, "--verbosity=0"]
        environment = os.environ | {"SHOUWANG_DATABASE_URL": url}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HOUR, check=False)  # noqa: S603  our own
        if done.returncode:
            raise CannotCopy(f"在新数据库里建表没有成功：{done.stderr.strip()[-300:]}")


def _columns(target: "psycopg.Connection[Any]") -> dict[str, dict[str, str]]:
    """Table → column → type, as PostgreSQL has them."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in target.execute(NAMES):
        found.setdefault(table, {})[column] = kind
    return found


def _same_version(source: sqlite3.Connection, target: "psycopg.Connection[Any]", columns: dict[str, dict[str, str]]) -> None:
    """The same migrations, tables and columns on both sides, so that nothing is left behind unseen."""
    applied = "SELECT app, name FROM django_migrations"
    listed = source.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    there = {table: {row[1] for row in source.execute(f"PRAGMA table_info({quoted(table)})")} for (table,) in listed.fetchall()}
    here = {table: set(of) for table, of in columns.items()}
    if set(source.execute(applied)) != set(target.execute(applied)) or there != here:
        raise CannotCopy(
            "这份备份来自守望的另一个版本。请用现在的版本打开原来的数据（shouwang migrate），重新备份一次，再用一个新的空数据库搬到 PostgreSQL。"
        )


def _copy(source: sqlite3.Connection, target: "psycopg.Connection[Any]", table: str, columns: dict[str, str]) -> None:
    readers = [_reader(table, name, kind) for name, kind in columns.items()]
    names = ", ".join(map(quoted, columns))
    with target.cursor().copy(f"COPY {quoted(table)} ({names}) FROM STDIN".encode()) as copy:
        for row in source.execute(f"SELECT {names} FROM {quoted(table)}"):
            copy.write_row([None if value is None else read(value) for read, value in zip(readers, row, strict=True)])


def _reader(table: str, column: str, kind: str) -> Callable[[Any], object]:
    """SQLite keeps moments as text in UTC and truth as 0 or 1; everything else is written alike."""
    if kind == "boolean":
        return bool
    if kind == "timestamp with time zone":
        return lambda text: f"{text}+00:00"
    if kind in PLAIN:
        return lambda value: value
    raise CannotCopy(f"表 {table} 的列 {column} 是 {kind}，还不会从 SQLite 搬过来。请把这句话告诉我们。")


def _count_on(target: "psycopg.Connection[Any]", columns: dict[str, dict[str, str]]) -> None:
    """New rows get numbers after the copied ones."""
    for table, of in columns.items():
        for column in of:
            (sequence,) = target.execute("SELECT pg_get_serial_sequence(%s, %s)", (quoted(table), column)).fetchone() or (None,)
            if sequence:
                highest = f"SELECT max({quoted(column)}) FROM {quoted(table)}"
                target.execute(f"SELECT setval(%s, coalesce(({highest}), 1), ({highest}) IS NOT NULL)".encode(), (sequence,))


def _compare(target: "psycopg.Connection[Any]", counts: dict[str, int]) -> None:
    for table, rows in counts.items():
        (found,) = target.execute(f"SELECT count(*) FROM {quoted(table)}".encode()).fetchone() or (0,)
        if found != rows:
            raise CannotCopy(f"表 {table} 应有 {rows} 行，搬过来 {found} 行，已全部放弃。请用“shouwang backup verify”检查这份备份。")
