"""The folder of facts. Nothing in it is ever rewritten; which batches count is decided by whoever asks for a snapshot.

A batch is complete when its sidecar exists, and the sidecar is written last, by an atomic rename. Whether a complete batch
counts is known to the database alone, so a process killed anywhere leaves at most files that nobody names (see `sweep`).
"""

import os
import time
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from duckdb import DuckDBPyConnection

from shouwang.analysis.facts.batch import Batch, from_sidecar, rows_path, sidecar_path, tombs_path
from shouwang.analysis.facts.bucket import Bucket, BucketTrouble
from shouwang.analysis.facts.bundle import FOLDER, bundles_in
from shouwang.analysis.facts.duck import cursor as new_cursor
from shouwang.analysis.facts.duck import literal, name
from shouwang.analysis.facts.files import is_alive, settle, temporary_of, write_text
from shouwang.analysis.facts.snapshot import Snapshot
from shouwang.analysis.facts.views import every_version, fact_schema, same_key
from shouwang.analysis.standard.types import Table
from shouwang.common.digest import file_digest

ROW_GROUP = 122_880
RACY = 50_000_000  # nanoseconds: a folder's time may tick as slowly as every few milliseconds


class _Stamp(NamedTuple):
    """When each folder of a store last changed: a file came, went, or was replaced. Not settled while a change of the last moment may look the same."""

    folders: tuple[tuple[str, int], ...]
    settled: bool


_latest: dict[Path, tuple[frozenset[int], _Stamp, Snapshot]] = {}  # what was read last: thousands of sidecars take tens of milliseconds


class MissingBatch(LookupError):
    """A batch that should count has no complete files."""


class Store:
    """`root` is the folder `facts` itself; it is made when missing. With a `bucket`, every batch lies there, too, before it can be accepted."""

    def __init__(self, root: Path, bucket: Bucket | None = None) -> None:
        self.root = Path(root)
        self.bucket = bucket
        self.root.mkdir(parents=True, exist_ok=True)

    def snapshot(self, batch_ids: Iterable[int] = ()) -> Snapshot:
        """The snapshot of these batches, with the bundles there are. MissingBatch names those whose files are not there."""
        wanted = frozenset(batch_ids)
        stamp = _stamp(self.root)
        if (known := _latest.get(self.root)) and known[:2] == (wanted, stamp):
            return known[2]
        snapshot = self._read(wanted)
        if stamp.settled:
            _latest[self.root] = wanted, stamp, snapshot
        return snapshot

    def _read(self, wanted: frozenset[int]) -> Snapshot:
        found = self._sidecars(wanted)
        if self.bucket and (missing := wanted - found.keys()):
            try:
                self.bucket.fetch(self.root, missing)
            except BucketTrouble as trouble:
                raise MissingBatch(str(trouble)) from trouble
            found = self._sidecars(wanted)
        if missing := wanted - found.keys():
            raise MissingBatch(f"事实库 {self.root} 里没有批次 {'、'.join(map(str, sorted(missing)))} 的文件；请从备份恢复")
        return Snapshot.of_batches((_sidecar(path) for path in found.values()), bundles_in(self.root))

    def _sidecars(self, wanted: Container[int]) -> dict[int, Path]:
        return {int(path.stem): path for path in self.root.glob("*/*.json") if path.stem.isdigit() and int(path.stem) in wanted}

    def level(self, batch_ids: Iterable[int]) -> tuple[int, int]:
        """Both places have these batches afterwards: how many were fetched, how many were sent. Nothing to do without a bucket."""
        if self.bucket is None:
            return 0, 0
        wanted, there = set(batch_ids), self.bucket.held()
        here = self._sidecars(wanted)
        for batch_id in sorted(here.keys() - there):
            self.bucket.keep(_sidecar(here[batch_id]))
        return self.bucket.fetch(self.root, wanted - here.keys()), len(here.keys() - there)

    def write(self, table: Table, batch_id: int, rows: str, cursor: DuckDBPyConnection, *, tombs: str | None = None) -> Batch:
        """Writes a batch from two SELECTs run on `cursor`.

        `rows` yields the columns of the table's facts without batch_id; `tombs` yields (batch_id, natural key) of every older version.
        """
        folder = self.root / table.name
        folder.mkdir(exist_ok=True)
        # A retry after a kill: what stands there was never accepted, and must not look complete while it is replaced.
        sidecar_path(self.root, table.name, batch_id).unlink(missing_ok=True)
        columns = ", ".join(
            f"CAST({batch_id} AS INTEGER) AS batch_id" if column == "batch_id" else f"CAST({name(column)} AS {sql_type}) AS {name(column)}"
            for column, sql_type in fact_schema(table)
        )
        order = ", ".join(["sid"] * bool(table.student_column) + ["sheet_no", "row_no"])
        path = rows_path(self.root, table.name, batch_id)
        count = write_rows_to(cursor, f"SELECT {columns} FROM ({rows}) ORDER BY {order}", path)
        tomb_path = tombs_path(self.root, table.name, batch_id)
        tomb_path.unlink(missing_ok=True)
        tomb_count, supersedes, about = 0, (), (None, None)
        if tombs:
            key = ", ".join(name(column) for column in ("batch_id", *table.fact_key))
            tomb_count = write_rows_to(cursor, f"SELECT {key} FROM ({tombs}) ORDER BY {key}", tomb_path)
            found = cursor.execute(f"SELECT DISTINCT batch_id FROM read_parquet({literal(str(tomb_path))}) ORDER BY 1").fetchall()
            supersedes = tuple(row[0] for row in found)
            if table.student_column:
                about = cursor.execute(f"SELECT min(sid), max(sid) FROM read_parquet({literal(str(tomb_path))})").fetchall()[0]
            if not tomb_count:
                tomb_path.unlink()
        batch = Batch(
            folder=self.root,
            table=table.name,
            id=batch_id,
            rows=count,
            tombs=tomb_count,
            **span_of(cursor, table, path),
            sha256=file_digest(path),
            tombs_sha256=file_digest(tomb_path) if tomb_count else None,
            supersedes=supersedes,
            standard=table.version,
            tombs_first_sid=about[0],
            tombs_last_sid=about[1],
        )
        write_text(sidecar_path(self.root, table.name, batch_id), batch.sidecar())
        if self.bucket:
            self.bucket.keep(batch)
        return batch

    def write_rows(self, table: Table, batch_id: int, rows: Iterable[Mapping[str, Any]], snapshot: Snapshot | None = None) -> Batch:
        """A batch from plain rows: fact columns by name, codes as words or numbers, what is missing is null. For small sets and tests.

        Rows of `snapshot` with the same natural key are superseded, as when a file is accepted.
        """
        schema = fact_schema(table)
        cursor = new_cursor()
        numbered = [{"sheet_no": 1, "row_no": at, **_numbers(table, row)} for at, row in enumerate(rows, start=2)]
        unknown = {column for row in numbered for column in row} - {column for column, _ in schema}
        if unknown:
            raise KeyError(f"表 {table.name} 的事实没有列 {'、'.join(sorted(unknown))}")
        cursor.execute("CREATE TEMP TABLE given (" + ", ".join(f"{name(column)} {kind}" for column, kind in schema) + ")")
        if numbered:
            given = pa.table({column: pa.array([row.get(column) for row in numbered]) for column, _ in schema})
            cursor.register("given_rows", given)
            cursor.execute("INSERT INTO given SELECT " + ", ".join(f"CAST({name(c)} AS {kind})" for c, kind in schema) + " FROM given_rows")
        tombs = superseded(table, snapshot, "given") if snapshot else None
        try:
            return self.write(table, batch_id, "SELECT * FROM given", cursor, tombs=tombs)
        finally:
            cursor.close()

    def sweep(self, known_ids: Iterable[int]) -> list[str]:
        """Removes files of batches that nobody knows, and what killed processes left half-written. Returns the names removed."""
        known = set(known_ids)
        removed = []
        for path in sorted(self.root.glob("*/*")):
            stem = path.name.split(".")[0]
            orphan = stem.isdigit() and int(stem) not in known
            if orphan or (path.name.startswith(".") and not is_alive(path.name)):
                path.unlink(missing_ok=True)
                removed.append(f"{path.parent.name}/{path.name}")
        return removed


def superseded(table: Table, snapshot: Snapshot, rows: str) -> str | None:
    """SQL: (batch_id, natural key) of every row in any live batch that has the key of one in the relation `rows`; None without any.

    It looks into the files themselves, not at what is still visible: a row that was superseded before is named again, so that
    retracting the batch in between never revives it.
    """
    old = every_version(table, snapshot)
    if old is None:
        return None
    key = ", ".join(f"o.{name(column)}" for column in table.fact_key)
    return f"SELECT o.batch_id, {key} FROM ({old}) AS o SEMI JOIN {rows} AS n ON {same_key(table, 'o', 'n')}"


def _numbers(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Code words become the numbers that stand in facts."""
    numbers = dict(row)
    for column in table.fact_columns:
        value = row.get(column.name)
        if column.type == "code" and isinstance(value, str):
            numbers[column.name] = column.code(value).number
    return numbers


def span_of(cursor: DuckDBPyConnection, table: Table, path: Path) -> dict[str, Any]:
    """Which students and days a file is about."""
    sid = "min(sid), max(sid)" if table.student_column else "NULL, NULL"
    day = f"min({name(table.day)})::DATE::VARCHAR, max({name(table.day)})::DATE::VARCHAR" if table.day else "NULL, NULL"
    found = cursor.execute(f"SELECT {sid}, {day} FROM read_parquet({literal(str(path))})").fetchall()[0]
    return dict(zip(("first_sid", "last_sid", "first_day", "last_day"), found or (None,) * 4, strict=True))


def write_rows_to(cursor: DuckDBPyConnection, query: str, path: Path) -> int:
    """Writes a query's rows to `path` so that the file is there whole or not at all. Returns the number of rows."""
    temporary = temporary_of(path)
    options = f"FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
    counted = cursor.execute(f"COPY ({query}) TO {literal(str(temporary))} ({options})").fetchall()[0]
    settle(temporary, path)
    return int(counted[0]) if counted else 0


def _stamp(root: Path) -> _Stamp:
    folders = tuple(
        sorted(
            (entry.path, entry.stat().st_mtime_ns)
            for place in (root, root / FOLDER)
            if place.is_dir()
            for entry in os.scandir(place)
            if entry.is_dir()
        )
    )
    newest = max((changed for _, changed in folders), default=0)
    return _Stamp(folders, time.time_ns() - newest > RACY)


def _sidecar(path: Path) -> Batch:
    return _cached_sidecar(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=20_000)
def _cached_sidecar(path: Path, _changed: int) -> Batch:
    return from_sidecar(path)
