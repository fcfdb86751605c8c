"""Facts straight from Python rows, for specs and for the tests of rules and alerts: no file, no import, but the real store.

    world = FactsWorld(tmp_path)
    world.students(1, 2, boarder=True)
    world.add("attendance", [{"sid": 1, "day": "2025-12-08", "period": "1-2节", "status": "absent", "hours": 2}])
    world.values(date(2025, 12, 10))[1]["absences_term"]  →  1.0

Terms and the calendar of 2024-09 to 2026-07 (with real holidays and make-up workdays) are there unless `bare=True`.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from shouwang.analysis.engine import DuckDB, DuckSession
from shouwang.analysis.facts import Batch, Snapshot, Store
from shouwang.analysis.indicators import compute
from shouwang.analysis.indicators import load as load_indicators
from shouwang.analysis.standard import Column, load
from shouwang.common.calendar import national_days

TERMS = (
    {"term": 20241, "starts_on": "2024-09-02", "ends_on": "2025-01-17"},
    {"term": 20242, "starts_on": "2025-02-17", "ends_on": "2025-07-04"},
    {"term": 20251, "starts_on": "2025-09-01", "ends_on": "2026-01-16"},
)
TODAY = date(2025, 12, 10)
Rows = Iterable[Mapping[str, Any]]


class FactsWorld:
    """A store in `folder`; each `add` is one delivered batch, later batches supersede rows with the same natural key."""

    def __init__(self, folder: Path, *, bare: bool = False, engine: DuckDB | None = None) -> None:
        self.folder = folder
        self.store = Store(folder / "facts")
        self.engine = engine or DuckDB.of(folder)
        self.snapshot = Snapshot()
        self.ids = count(1).__next__
        if not bare:
            self.add("term", TERMS)
            self.calendar(date(2024, 9, 1), date(2026, 7, 31))

    def add(self, table: str, rows: Rows) -> Batch:
        """One batch of a table; codes may be words (`"status": "absent"`), days may be text, missing columns get the standard's default."""
        batch_id = self.ids()
        definition = load().table(table)
        defaults = {column.name: _default(column) for column in definition.fact_columns if column.default is not None}
        filled = [defaults | _marked(table, dict(row)) for row in rows]
        batch = self.store.write_rows(definition, batch_id, filled, self.snapshot)
        self.snapshot = self.snapshot.with_batch(batch)
        return batch

    def fork(self) -> "FactsWorld":
        """Another world that begins with everything delivered so far; what is added to one is not seen by the other."""
        return copy(self)

    def students(self, *sids: int, **columns: Any) -> Batch:
        """Enrolled students of one class (columns may be overridden)."""
        rows = [{"sid": sid, "unit": "C1", "major_code": "M1", "entry_year": 2024, **columns} for sid in sids]
        return self.add("student", rows)

    def calendar(self, first: date, last: date) -> Batch:
        return self.add("school_calendar", [{"day": day.isoformat(), "kind": kind} for day, kind in national_days(first, last)])

    def session(self, as_of: date = TODAY, scope: Sequence[int] | None = None) -> DuckSession:
        return self.engine.open(self.snapshot, as_of, scope)

    def values(
        self, as_of: date = TODAY, scope: Sequence[int] | None = None, areas: Iterable[str] | None = None
    ) -> dict[int, dict[str, float | None]]:
        """Every indicator (of `areas` and what they build on) of every student: {sid: {name: value}}."""
        with self.session(as_of, scope) as session:
            compute(session, load_indicators().only(areas) if areas else None)
            return {row.pop("sid"): row for row in session.rows("SELECT * FROM wide ORDER BY sid")}


def _default(column: Column) -> Any:
    if column.codes:
        return next(code.code for code in column.codes if column.default in code.labels)
    if column.type == "boolean":
        return column.default == "是"
    return float(column.default or 0)


MARKS = {"合格": 2, "不合格": 3, "缺考": 4, "旷考": 5, "缓考": 6, "免修": 7, "作弊": 8, "缺": 9}


def _marked(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """`result` may be a number or one of MARKS' words, as intake would have read it."""
    scores = {column.name for column in load().table(table).columns if column.type == "score"}
    if "result" in scores & row.keys() and "result_mark" not in row:
        given = row["result"]
        row["result_mark"] = MARKS.get(given, 0 if given is not None else 9)
        row["result"] = None if given in MARKS else given
    return row
