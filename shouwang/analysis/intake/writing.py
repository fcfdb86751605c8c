"""Turns a checked file into a batch of facts. The file is kept whole; what it replaces is named by tombstones."""

from shouwang.analysis.facts import Batch, Snapshot, Store
from shouwang.analysis.intake import scope
from shouwang.analysis.intake.checked import Checked
from shouwang.analysis.intake.roster import Roster


class CannotWrite(Exception):
    """The rows are not ready to become facts."""


def write(checked: Checked, store: Store, snapshot: Snapshot, batch_id: int, roster: Roster | None = None) -> Batch:
    """Writes the good rows as batch `batch_id`, superseding what `snapshot` holds of the same keys and scope.

    `roster` is needed for the student table: it gives the sids allocated to new numbers. CannotWrite when a student has none.
    """
    if roster:
        checked.extend(roster)
    work, table = checked.work, checked.table
    if table.subject == "student" and (lost := work.one(f"SELECT count(*) FROM {work.good} WHERE sid IS NULL")):
        raise CannotWrite(f"有 {lost} 行的学生还没有内部编号；请先为新学生分配")
    if not checked.figures.rows_good:
        raise CannotWrite("没有一行合格")
    return store.write(
        table, batch_id, f"SELECT *, {batch_id} AS batch_id FROM {work.good}", work.cursor, tombs=scope.tombs(checked, snapshot)
    )
