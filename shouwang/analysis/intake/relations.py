"""The temporary tables in which one check works."""

from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from shouwang.analysis.facts.duck import name
from shouwang.analysis.intake.dictionaries import Dictionary
from shouwang.analysis.standard import Table


@dataclass(frozen=True, slots=True)
class Relations:
    """`cells`: delivered texts under the standard's names; `good`: typed facts; `problems`: one row per refused cell."""

    cursor: DuckDBPyConnection
    table: Table
    dictionaries: dict[str, Dictionary]

    @property
    def cells(self) -> str:
        return name(f"cells_{self.table.name}")

    @property
    def good(self) -> str:
        return name(f"good_{self.table.name}")

    @property
    def problems(self) -> str:
        return name(f"problems_{self.table.name}")

    @property
    def numbers(self) -> Dictionary | None:
        """The dictionary of student numbers, when the file has them."""
        student = self.table.student_column
        return self.dictionaries.get(student.name) if student else None

    @property
    def brings_students(self) -> bool:
        """Whether this is the table that defines students: its unknown numbers are new students."""
        student = self.table.student_column
        return bool(student and student.unique and self.table.master)

    def one(self, query: str) -> Any:
        """The first value of the first row."""
        found = self.cursor.execute(query).fetchall()[0]
        return found[0] if found else None
