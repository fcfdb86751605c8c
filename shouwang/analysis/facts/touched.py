"""Whom a change of what is known is about: the students of the batches that came or went."""

from collections.abc import Collection

from shouwang.analysis.facts.duck import cursor as new_cursor
from shouwang.analysis.facts.duck import literal
from shouwang.analysis.facts.snapshot import Snapshot
from shouwang.analysis.standard import Standard


def touched(
    before: Snapshot, after: Snapshot, standard: Standard, *, read: Collection[str], everybodys: Collection[str]
) -> set[int] | None:
    """The students of whom a row came, went, or was covered or uncovered by a tombstone; None when that may be anybody.

    `read`: the tables that anything is computed from; others touch nobody. `everybodys`: tables of which a row changes what is said of others.
    """
    changed = {*before.batches} ^ {*after.batches}
    files = []
    for batch in changed:
        if batch.table not in read and batch.table not in everybodys:
            continue
        if batch.table in everybodys or not standard.table(batch.table).student_column:
            return None
        files += [path for path in (batch.path if batch.rows else None, batch.tombs_path) if path]
    if not files:
        return set()
    listed = ", ".join(literal(str(path)) for path in files)
    cursor = new_cursor()
    try:
        found = cursor.execute(f"SELECT DISTINCT sid FROM read_parquet([{listed}], union_by_name = true) WHERE sid IS NOT NULL").fetchall()
    finally:
        cursor.close()
    return {sid for (sid,) in found}
