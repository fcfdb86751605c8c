"""DuckDB inside the process: one connection, locked down; a cursor per session."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import TracebackType

import duckdb

from shouwang.analysis.engine.base import EngineError, Parameters, Row
from shouwang.analysis.engine.calendar import EVERY_DAY, SCHOOL_DAY, TERM_DAY, TERM_NAMES, TERMS
from shouwang.analysis.engine.dialect import codes
from shouwang.analysis.facts import Snapshot, relation
from shouwang.analysis.standard import Standard, load

WORD = re.compile(r"[a-z_][a-z0-9_]*")
PARAMETER = re.compile(r"\$([a-z_]+)")
EVERYONE = "everyone_"
TERMS_KEPT = 256
SLICE = 125_000
RELATIONS = {"school_day": SCHOOL_DAY, "every_day": EVERY_DAY, "term_day": TERM_DAY}


class DuckDB:
    """One in-memory database that can see `folders` and nothing else; its configuration cannot be changed any more."""

    name = f"duckdb {duckdb.__version__}"

    def __init__(self, folders: Sequence[Path], *, threads: int = 1, memory: str = "1GB", standard: Standard | None = None) -> None:
        self.standard = standard or load()
        self.connection = duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": str(threads)}
        )
        roots = ", ".join(_literal(str(folder.resolve()) + "/") for folder in folders)
        spill = next((folder for folder in folders if folder.name == "temp"), None)
        # GLOBAL: every session is a cursor, and a plain SET would hold for this connection alone.
        settings = [
            f"SET GLOBAL memory_limit = {_literal(memory)}",
            "SET GLOBAL TimeZone = 'Asia/Shanghai'",
            f"SET GLOBAL temp_directory = {_literal(str(spill.resolve()) if spill else '')}",
            "SET GLOBAL parquet_metadata_cache = true",
            "SET GLOBAL preserve_insertion_order = false",
            f"SET GLOBAL allowed_directories = [{roots}]",
            "SET GLOBAL enable_external_access = false",
            "SET GLOBAL lock_configuration = true",
        ]
        for setting in settings:
            self.connection.execute(setting)
        self.terms: dict[tuple[object, ...], Row] = {}

    @classmethod
    def of(cls, *folders: Path, threads: int = 1, memory: str = "1GB") -> "DuckDB":
        """The process's own engine for these folders: made once, shared by all sessions."""
        return _engine(os.getpid(), tuple(folder.resolve() for folder in folders), threads, memory)

    def open(self, snapshot: Snapshot, as_of: date, scope: Sequence[int] | None = None) -> "DuckSession":
        """A session over the snapshot's rows of everyone, or of the students in `scope` only. Close it, or use it in a `with`."""
        known = (as_of, *(batch.sha256 for batch in snapshot.of("term")), *(batch.tombs_sha256 for batch in snapshot.of("term")))
        session = DuckSession(self.connection.cursor(), self.standard, snapshot, as_of, scope, terms=self.terms.get(known))
        if len(self.terms) > TERMS_KEPT:
            self.terms.clear()
        self.terms[known] = session.terms
        return session

    def read(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Rows of a statement that needs no session, as over the files of earlier runs."""
        cursor = self.connection.cursor()
        try:
            return _fetch(cursor, sql, parameters or {})
        finally:
            cursor.close()


@cache
def _engine(_process: int, folders: tuple[Path, ...], threads: int, memory: str) -> DuckDB:
    # By process: a connection inherited through fork must never be used.
    return DuckDB(folders, threads=threads, memory=memory)


class DuckSession:
    """See base.Session. Views are made when a statement first names them: a page about one table pays for one table."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        standard: Standard,
        snapshot: Snapshot,
        as_of: date,
        scope: Sequence[int] | None,
        *,
        terms: Row | None = None,
    ) -> None:
        self.as_of = as_of
        self.snapshot = snapshot
        self.scope = tuple(sorted(set(scope))) if scope is not None else None
        self._cursor = cursor
        self._standard = standard
        self._made: set[str] = set()
        self._range: tuple[int, int] | None = None
        # The term of a day is the same for every session over the same batches: a page about one student does not ask again.
        self.terms = terms or self._terms()
        self.parameters: Row = {"as_of": as_of, **self.terms}
        self.term: int | None = self.parameters["term"]
        self.term_start: date | None = self.parameters["term_start"]

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """The rows of one SELECT. EngineError when it cannot be run."""
        return _fetch(self._cursor, self._inlined(sql), self.parameters | dict(parameters or {}))

    def create(self, name: str, sql: str, parameters: Parameters | None = None) -> None:
        """Keeps a SELECT's rows as the session's own table, replacing one of that name."""
        self._made.add(name)  # first, so that the name is not taken by a view of the facts
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", parameters)

    def run(self, sql: str, parameters: Parameters | None = None) -> None:
        self._use(sql)
        _execute(self._cursor, sql, self.parameters | dict(parameters or {}))

    def slices(self) -> Iterator[None]:
        """One range of all students after the other; while one is open, the tables about students are those of its students.

        Tables made before stay. A hundred thousand students are aggregated within the processor's caches, a million are not.
        """
        found = self.rows("SELECT MIN(sid) AS first, MAX(sid) AS last FROM everyone_student")[0] if self.scope is None else {}
        first, last = found.get("first") or 0, found.get("last") or 0
        count = max(1, round((last - first + 1) / SLICE))
        for number in range(count):
            begin, end = (first + (last - first + 1) * at // count for at in (number, number + 1))
            self._range = None if count == 1 else (begin, end - 1)
            self._forget_views()
            yield
        self._range = None
        self._forget_views()

    def _forget_views(self) -> None:
        for word in [word for word in self._made if word in self._standard.tables and self._standard.tables[word].student_column]:
            self._cursor.execute(f"DROP VIEW IF EXISTS {word}")
            self._made.discard(word)

    def put_sids(self, name: str, sids: Iterable[int]) -> None:
        """A table of student numbers (`sid`), which statements may join."""
        self._made.add(name)
        self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} (sid INTEGER)")
        self._cursor.execute(f"INSERT INTO {name} SELECT unnest(?::INTEGER[])", [sorted(set(sids))])

    def put_file(self, name: str, path: Path) -> None:
        """The rows of a file that a session wrote, as a table."""
        self.create(name, f"SELECT * FROM read_parquet({_literal(str(path.resolve()))})")

    def write_parquet(self, sql: str, path: Path, *, row_group: int = 122_880) -> int:
        """Writes a SELECT's rows in their order, whole or not at all. Returns how many."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self._use(sql)
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group}"
        _execute(self._cursor, f"COPY ({sql}) TO {_literal(str(temporary.resolve()))} ({options})", self.parameters)
        count = self._cursor.fetchone()
        temporary.replace(path)
        return int(count[0]) if count else 0

    def close(self) -> None:
        self._cursor.close()

    def __enter__(self) -> "DuckSession":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _terms(self) -> Row:
        found = self.rows_of(TERMS, {"as_of": self.as_of})
        return found[0] if found else dict.fromkeys(TERM_NAMES)

    def rows_of(self, sql: str, parameters: Parameters) -> list[Row]:
        self._use(sql)
        return _fetch(self._cursor, sql, parameters)

    def _inlined(self, sql: str) -> str:
        """A plain SELECT with the tables it names in front of it: a view would be bound twice, which one student's page would feel."""
        if not sql.startswith("SELECT"):
            self._use(sql)
            return sql
        words = _words(sql) - self._made
        tables = sorted(word for word in words if word.removeprefix(EVERYONE) in self._standard.tables)
        self._use(" ".join(words.difference(tables)))
        named = ", ".join(f"{word} AS NOT MATERIALIZED ({self._relation(word)})" for word in tables)
        return f"WITH {named} {sql}" if named else sql

    def _scope(self) -> None:
        """The students of a scoped session as a table, made when a statement first needs it."""
        if self.scope is not None and "scope" not in self._made:
            self.put_sids("scope", self.scope)

    def _use(self, sql: str) -> None:
        """Makes the views the statement names that this session does not have yet."""
        for word in _words(sql) - self._made:
            name = word.removeprefix(EVERYONE)
            if word in self._made:  # by a relation of this very statement
                continue
            if name in self._standard.tables:
                self._made.add(word)
                _execute(self._cursor, f"CREATE TEMP VIEW {word} AS {self._relation(word)}", {})
            elif word == "scope":
                self._scope()
            elif word in RELATIONS:
                self._made.add(word)
                text = codes(RELATIONS[word], self._standard)
                self._use(text)
                _execute(self._cursor, f"CREATE TEMP TABLE {word} AS {text}", self.parameters)

    def _relation(self, word: str) -> str:
        """SQL: the live rows of a table, of everyone or of the session's students."""
        definition = self._standard.tables[word.removeprefix(EVERYONE)]
        scope = self.scope if word == definition.name and definition.student_column else None
        if self._range and word == definition.name and definition.student_column:
            text = relation(definition, self.snapshot, sids=self._range)
            limits = f" WHERE sid BETWEEN {self._range[0]} AND {self._range[1]}"
        elif not scope:
            limits = " WHERE FALSE" if scope == () else ""
            text = relation(definition, self.snapshot)
        else:
            text = relation(definition, self.snapshot, sids=(scope[0], scope[-1]))
            # A single student is a literal, so that files prune by their statistics; many are a join DuckDB prunes by itself.
            limits = f" WHERE sid = {scope[0]}"
            if len(scope) > 1:
                self._scope()
                limits = " WHERE sid IN (SELECT sid FROM scope)"
        return f"SELECT * FROM ({text}) AS facts{limits}"


@lru_cache(maxsize=512)
def _words(sql: str) -> frozenset[str]:
    return frozenset(WORD.findall(sql))


def _execute(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> None:
    named = {name: parameters[name] for name in set(PARAMETER.findall(sql)) if name in parameters}
    try:
        cursor.execute(sql, named) if named else cursor.execute(sql)
    except duckdb.Error as error:
        raise EngineError(f"语句不能执行：{error}\n{sql[:2000]}") from error


def _fetch(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> list[Row]:
    _execute(cursor, sql, parameters)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
