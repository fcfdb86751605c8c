"""Who is known: the students a delivered number can mean, and (when given) the staff and units."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from duckdb import DuckDBPyConnection

FIELDS = (
    ("student_no", pa.string()),
    ("sid", pa.int32()),
    ("class_path", pa.string()),
    ("college_path", pa.string()),
    ("name", pa.string()),
)
SCHEMA = pa.schema(FIELDS)


@dataclass(frozen=True)
class Roster:
    """`students` has the columns of SCHEMA. `staff` and `units` (codes and names) are None when they shall not be checked."""

    students: pa.Table = field(default_factory=SCHEMA.empty_table)
    staff: frozenset[str] | None = None
    units: frozenset[str] | None = None
    erased: Callable[[str], bool] | None = None
    """Tells whether a number belongs to a person who was erased; None when nobody was."""

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, int, str, str, str | None]],
        staff: Iterable[str] | None = None,
        units: Iterable[str] | None = None,
        erased: Callable[[str], bool] | None = None,
    ) -> "Roster":
        """From (number, sid, class path, college path, name); a name of None is not compared."""
        columns = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
        arrays = [pa.array(column, kind) for column, (_, kind) in zip(columns, FIELDS, strict=True)]
        students = pa.table(dict(zip(SCHEMA.names, arrays, strict=True)))
        return cls(students, None if staff is None else frozenset(staff), None if units is None else frozenset(units), erased)

    def extended(self, sids: Mapping[str, int]) -> "Roster":
        """With newly allocated students (number → sid), whose class is not known yet."""
        more = [(number, sid, "", "", None) for number, sid in sids.items()]
        return Roster(pa.concat_tables([self.students, Roster.of(more).students]), self.staff, self.units, self.erased)

    def load(self, cursor: DuckDBPyConnection) -> None:
        """Makes the temporary table `roster` on `cursor`."""
        cursor.register("roster_rows", self.students)
        cursor.execute("CREATE OR REPLACE TEMP TABLE roster AS FROM roster_rows")
        cursor.unregister("roster_rows")
