"""SQL of each table's live rows over explicit lists of files. Readers never resolve versions: tombstones were written at import."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shouwang.analysis.facts.batch import Batch
from shouwang.analysis.facts.bundle import Part
from shouwang.analysis.facts.duck import literal, name
from shouwang.analysis.facts.snapshot import Snapshot
from shouwang.analysis.standard.types import PROVENANCE, Table

Range = tuple[int, int]
File = Batch | Part  # what is read as one Parquet file; both have a path and the version of the standard it was written by


@dataclass(frozen=True, slots=True)
class Pieces:
    """The files of a table's live rows: `clean` ones count whole, of `dirty` ones the rows that `tombs` name do not. No engine's words."""

    clean: tuple[File, ...]
    dirty: tuple[File, ...]
    tombs: tuple[Path, ...]


def fact_schema(table: Table) -> tuple[tuple[str, str], ...]:
    """(name, SQL type) of a table's facts in order; the same as Standard.fact_schema."""
    subject = (("sid", "INTEGER"),) if table.student_column else ()
    return (*subject, *(pair for column in table.fact_columns for pair in column.facts), *PROVENANCE)


def relations(tables: Iterable[Table], snapshot: Snapshot) -> dict[str, str]:
    """Table name → SELECT of its live rows, for every table of the standard; without batches an empty relation of the right columns."""
    return {table.name: relation(table, snapshot) for table in tables}


def relation(
    table: Table, snapshot: Snapshot, *, sids: Range | None = None, days: tuple[str, str] | None = None, hidden: Container[int] = ()
) -> str:
    """SELECT of a table's live rows.

    `sids` and `days` (both ends included, days as ISO text) only leave out files and tombstones that cannot matter; they do not filter rows.
    Of the batches in `hidden` the tombstones count, but not the rows.
    """
    found = pieces(table, snapshot, sids=sids, days=days, hidden=hidden)
    parts = [_select(table, found.clean)] if found.clean else []
    if found.dirty:
        # Tombstones of other students can never match: leaving them out makes one student's lookup independent of the correction's size.
        near = f" WHERE sid BETWEEN {sids[0]} AND {sids[1]}" if sids and table.student_column else ""
        parts.append(without_dead(table, _select(table, found.dirty), f"SELECT * FROM read_parquet({_files(found.tombs)}){near}"))
    return " UNION ALL ".join(parts) if parts else empty(table)


def pieces(
    table: Table, snapshot: Snapshot, *, sids: Range | None = None, days: tuple[str, str] | None = None, hidden: Container[int] = ()
) -> Pieces:
    """Which files hold the table's live rows, and which tombstones count. The parameters are those of `relation`."""
    live = snapshot.of(table.name)
    merged = snapshot.merged.get(table.name, ())
    held = {batch_id for bundle in merged for batch_id in bundle.ids}
    naming: dict[int, list[Batch]] = defaultdict(list)
    for batch in live:
        for older in batch.supersedes if batch.tombs_path and _names(batch, sids) else ():
            naming[older].append(batch)
    units: list[tuple[Iterable[File], Iterable[int], Container[int]]] = [
        ((batch,), (batch.id,), ()) for batch in live if batch.id not in held and batch.id not in hidden
    ]
    units += [(bundle.parts, bundle.ids, bundle.settled) for bundle in merged]
    clean: list[File] = []
    dirty: list[File] = []
    tombs: dict[Path, None] = {}
    for files, ids, settled in units:
        # Only tombstones that were not yet applied when the files were written, and that are about their students.
        due = {one.id: one for held_id in ids for one in naming.get(held_id, ()) if one.id not in settled}
        for file in files:
            if _may_hold(file, sids, days):
                about = [one.tombs_path for one in due.values() if one.tombs_path and _names(one, _students(file))]
                (dirty if about else clean).append(file)
                tombs |= dict.fromkeys(about)
    return Pieces(tuple(clean), tuple(dirty), tuple(tombs))


def without_dead(table: Table, rows: str, tombs: str) -> str:
    """SQL: the rows of one SELECT that no row of the other names."""
    return f"SELECT o.* FROM ({rows}) AS o ANTI JOIN ({tombs}) AS t ON o.batch_id = t.batch_id AND {same_key(table, 'o', 't')}"


def every_version(table: Table, snapshot: Snapshot, *, days: tuple[str, str] | None = None) -> str | None:
    """SELECT of all rows in the files of live batches, the superseded ones too; None without files."""
    kept = [batch for batch in snapshot.of(table.name) if _may_hold(batch, None, days)]
    return _select(table, kept) if kept else None


def empty(table: Table) -> str:
    """A relation of the table's columns and types without rows."""
    return "SELECT " + ", ".join(f"CAST(NULL AS {kind}) AS {name(column)}" for column, kind in fact_schema(table)) + " WHERE FALSE"


def _select(table: Table, batches: Sequence[File]) -> str:
    columns = ", ".join(name(column) for column, _ in fact_schema(table))
    files = _files(batch.path for batch in batches)
    if all(batch.standard == table.version for batch in batches):
        return f"SELECT {columns} FROM read_parquet({files})"
    # Files of an older version of the standard: columns that did not exist then are null, types are today's.
    casts = ", ".join(f"CAST({name(column)} AS {kind}) AS {name(column)}" for column, kind in fact_schema(table))
    return f"SELECT {casts} FROM ({empty(table)} UNION ALL BY NAME SELECT * FROM read_parquet({files}, union_by_name = true))"


def same_key(table: Table, left: str, right: str) -> str:
    """SQL: two rows have the same natural key; where a key column may be empty, empty equals empty."""
    parts = []
    for column, fact in zip((table.column(word) for word in table.key), table.fact_key, strict=True):
        # Plain equality where the key cannot be empty: it is the faster join.
        parts.append(f"{left}.{name(fact)} {'=' if column.required else 'IS NOT DISTINCT FROM'} {right}.{name(fact)}")
    return " AND ".join(parts)


def _may_hold(file: File, sids: Range | None, days: tuple[str, str] | None) -> bool:
    if sids and not _overlap(_students(file), sids):
        return False
    return not (days and file.first_day and file.last_day and (file.last_day < days[0] or file.first_day > days[1]))


def _names(batch: Batch, sids: Range | None) -> bool:
    """Whether tombstones of the batch may name one of these students; where it is not known, they may."""
    about = (batch.tombs_first_sid, batch.tombs_last_sid)
    return about[0] is None or about[1] is None or _overlap((about[0], about[1]), sids)


def _students(file: File) -> Range | None:
    return None if file.first_sid is None or file.last_sid is None else (file.first_sid, file.last_sid)


def _overlap(one: Range | None, other: Range | None) -> bool:
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])


def _files(paths: Iterable[Path]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"
