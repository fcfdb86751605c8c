"""Compaction: many or corrected batches of a table are merged into bundles, school by school, never a whole table in one go.

Nothing that was delivered is touched. Killed anywhere, parts that are whole stay and the next run goes on from there; a bundle counts from
the moment its sidecar stands. Every part is compared with the rows it was made of before it counts.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from shouwang.analysis.facts.batch import Batch
from shouwang.analysis.facts.bundle import FOLDER, Bundle, Part, stamp
from shouwang.analysis.facts.duck import literal, name
from shouwang.analysis.facts.files import write_text
from shouwang.analysis.facts.snapshot import Snapshot, damaged
from shouwang.analysis.facts.store import Store, span_of, write_rows_to
from shouwang.analysis.facts.views import fact_schema, relation
from shouwang.analysis.standard.types import Table
from shouwang.common.digest import digest, file_digest

MOST_FILES = 3  # of one group of students: what one student has is read twice as fast from one file
PART_ROWS = 4_000_000
GRACE = timedelta(hours=1)  # a page that began before the merging may still read what was there


class Busy(Exception):
    """Another process is merging."""


class NotTheSame(Exception):
    """A part does not say what its batches say; it was thrown away."""


@dataclass(frozen=True)
class Task:
    """These batches become one bundle; the tombstones of `buries` are applied to them."""

    table: Table
    holds: tuple[Batch, ...]
    buries: tuple[Batch, ...]

    @property
    def name(self) -> str:
        stamps = [[stamp(batch) for batch in some] for some in (self.holds, self.buries)]
        return digest([self.table.name, self.table.version, *stamps])[:20]


@dataclass(frozen=True)
class Unit:
    """What is read as one: a batch, or the parts of a bundle."""

    batches: tuple[Batch, ...]
    settled: frozenset[int]

    @property
    def students(self) -> tuple[int, int]:
        spans = [(batch.first_sid or 0, batch.last_sid or 0) for batch in self.batches]
        return min(first for first, _ in spans), max(last for _, last in spans)


def compact(
    store: Store, snapshot: Snapshot, tables: Iterable[Table], *, now: datetime, memory: str = "600MB", tell: Callable[[str], None] = print
) -> int:
    """Merges what is worth merging, and removes bundles that nothing has used for an hour. How many were made. Busy when one is at work.

    A merged file that is no longer what was written is removed, and made anew from its batches.
    """
    known = list(tables)
    made = 0
    with _held(store.root), _connection(memory) as cursor:
        _clear(store, snapshot, now)  # also before: what an earlier run left must not be what fills the disk
        snapshot = _sound(store, snapshot, tell)
        for table in known:
            for task in plan(table, snapshot):
                bundle = _bundle(store, task, cursor)
                made += 1
                rows = sum(part.rows for part in bundle.parts)
                tell(f"{table.title}：{len(task.holds)} 个批次合并为 {len(bundle.parts)} 个文件，{rows:,} 行")
        _clear(store, store.snapshot(snapshot.ids), now)
    return made


def plan(table: Table, snapshot: Snapshot) -> list[Task]:
    """What to merge: of each group of students all files when they are too many, else those with rows that no longer count."""
    live = [batch for batch in snapshot.of(table.name) if batch.rows]
    merged = snapshot.merged.get(table.name, ())
    held = {batch_id for bundle in merged for batch_id in bundle.ids}
    units = [Unit((batch,), frozenset()) for batch in live if batch.id not in held]
    units += [Unit(tuple(batch for batch in live if batch.id in bundle.ids), bundle.settled) for bundle in merged]
    tasks = []
    for group in _groups([unit for unit in units if unit.batches]):
        chosen = group if len(group) > MOST_FILES else [unit for unit in group if _due(unit, snapshot.of(table.name))]
        holds = tuple(sorted((batch for unit in chosen for batch in unit.batches), key=lambda batch: batch.id))
        if holds:
            ids = {batch.id for batch in holds}
            buries = tuple(one for one in snapshot.of(table.name) if one.id not in ids and not ids.isdisjoint(one.supersedes))
            tasks.append(Task(table, holds, buries))
    return tasks


def _due(unit: Unit, live: Iterable[Batch]) -> bool:
    """Whether tombstones name rows of the unit that still stand in its files."""
    ids = {batch.id for batch in unit.batches}
    return any(one.id not in unit.settled and not ids.isdisjoint(one.supersedes) for one in live)


def _groups(units: list[Unit]) -> list[list[Unit]]:
    """Units about a part of the students, by the students they share; those about everybody together."""
    if not units:
        return []
    first, last = min(unit.students[0] for unit in units), max(unit.students[1] for unit in units)
    wide = [unit for unit in units if (unit.students[1] - unit.students[0] + 1) * 4 > last - first + 1]
    groups: list[list[Unit]] = [wide] if wide else []
    reach = -1
    for unit in sorted((unit for unit in units if unit not in wide), key=lambda one: one.students):
        if unit.students[0] > reach or not groups or groups[-1] is wide:
            groups.append([])
        groups[-1].append(unit)
        reach = max(reach, unit.students[1])
    return groups


def _bundle(store: Store, task: Task, cursor: duckdb.DuckDBPyConnection) -> Bundle:
    folder = store.root / FOLDER / task.table.name
    folder.mkdir(parents=True, exist_ok=True)
    parts = [_part(folder / f"{task.name}.{number}.parquet", task, sids, cursor) for number, sids in enumerate(_ranges(task))]
    whole = cursor.execute(f"SELECT COUNT(*) FROM ({_rows(task, None)})").fetchall()[0][0]
    if whole != (written := sum(part.rows for part in parts)):
        for part in parts:
            part.path.unlink()
        raise NotTheSame(f"{task.table.title}的合并文件有 {written} 行，原批次有 {whole} 行，已删除；原批次不受影响，请再运行一次")
    holds, buries = (tuple(stamp(batch) for batch in some) for some in (task.holds, task.buries))
    bundle = Bundle(folder, task.table.name, task.name, holds, buries, tuple(part for part in parts if part.rows))
    write_text(folder / f"{task.name}.json", bundle.sidecar())
    return bundle


def _ranges(task: Task) -> list[tuple[int, int] | None]:
    """Ranges of students with a few million rows each. What need not be about a student (a unit's responsible person) stays in one piece."""
    if task.table.subject != "student":
        return [None]
    first, last = Unit(task.holds, frozenset()).students
    count = min(-(-sum(batch.rows for batch in task.holds) // PART_ROWS), last - first + 1)
    ends = [first + (last - first + 1) * number // count for number in range(count + 1)]
    return [(begin, end - 1) for begin, end in zip(ends, ends[1:], strict=False)]


def _part(path: Path, task: Task, sids: tuple[int, int] | None, cursor: duckdb.DuckDBPyConnection) -> Part:
    """One file, written unless a killed run left it whole, and compared row for row with the batches."""
    table = task.table
    columns = ", ".join(name(column) for column, _ in fact_schema(table))
    source = f"SELECT {columns} FROM ({_rows(task, sids)})" + (f" WHERE sid BETWEEN {sids[0]} AND {sids[1]}" if sids else "")
    if not path.exists():
        order = ", ".join([*["sid"] * bool(table.student_column), "batch_id", "sheet_no", "row_no"])
        write_rows_to(cursor, f"{source} ORDER BY {order}", path)
    there = f"SELECT {columns} FROM read_parquet({literal(str(path))})"
    (rows, sum_), expected = (
        cursor.execute(f"SELECT COUNT(*), COALESCE(SUM(hash({columns})), 0) FROM ({sql})").fetchall()[0] for sql in (there, source)
    )
    if (rows, sum_) != expected:
        path.unlink()
        raise NotTheSame(f"合并文件 {path.parent.name}/{path.name} 与原批次不同，已删除；原批次不受影响，请再运行一次")
    ids = frozenset(batch.id for batch in task.holds)
    return Part(path, ids, rows, **span_of(cursor, table, path), sha256=file_digest(path), standard=table.version)


def _rows(task: Task, sids: tuple[int, int] | None) -> str:
    """The live rows of the task's batches: read from what was delivered, with the tombstones of all that bury among them."""
    holding = Snapshot.of_batches((*task.holds, *task.buries))
    hidden = {batch.id for batch in task.buries}
    return relation(task.table, holding, sids=sids, hidden=hidden)


def _sound(store: Store, snapshot: Snapshot, tell: Callable[[str], None]) -> Snapshot:
    """The same without merged files that changed since they were written; these are removed, and will be made again."""
    for chosen in snapshot.merged.values():
        for bundle in chosen:
            if reasons := damaged(bundle):
                tell("；".join(reasons))
                for path in (bundle.folder / f"{bundle.name}.json", *(part.path for part in bundle.parts)):
                    path.unlink(missing_ok=True)
    return store.snapshot(snapshot.ids)


def _clear(store: Store, snapshot: Snapshot, now: datetime) -> None:
    """Bundles that stand for nothing any more go when they have done so for a while."""
    register = store.root / FOLDER / "unused.txt"
    before: dict[str, str] = {}
    with suppress(OSError, ValueError):
        before = json.loads(register.read_text("utf-8"))
    used = {(table, bundle.name) for table, chosen in snapshot.merged.items() for bundle in chosen}
    found = {(path.parent.name, path.name.split(".")[0]) for path in (store.root / FOLDER).glob("*/[!.]*")}
    since = {f"{table}/{one}": before.get(f"{table}/{one}", now.isoformat()) for table, one in sorted(found - used)}
    for key, moment in list(since.items()):
        if datetime.fromisoformat(moment) <= now - GRACE:
            files = sorted((store.root / FOLDER).glob(f"{key}.*"), key=lambda path: path.suffix != ".json")
            for path in files:  # the sidecar first: without it nobody reads the rest
                path.unlink(missing_ok=True)
            del since[key]
    for path in (store.root / FOLDER).glob("*/.*.tmp"):
        path.unlink(missing_ok=True)  # left by a killed run: nobody else writes here now
    write_text(register, json.dumps(since, indent=1))


@contextmanager
def _held(root: Path) -> Iterator[None]:
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    with (root / FOLDER / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("另一个进程正在合并数据文件，请稍后再试") from None
        yield


@contextmanager
def _connection(memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own: sorting must not take the memory of whoever else works in this process."""
    made = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "memory_limit": memory})
    try:
        spill = f"{tempfile.gettempdir()}/spill.{os.getpid()}"
        made.execute(f"SET enable_progress_bar = false; SET threads = {os.cpu_count() or 1}; SET temp_directory = {literal(spill)}")
        yield made
    finally:
        made.close()
