"""A delivered file after reading: sheets of text cells in temporary DuckDB tables, row numbers as Excel shows them."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from duckdb import DuckDBPyConnection

from shouwang.analysis.facts.duck import cursor as new_cursor

Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells stand in the table `relation` as c0, c1, …; a row's number in Excel is its rowid + 1. Empty cells are null."""

    no: int
    name: str
    rows: int
    columns: int
    relation: str
    cursor: DuckDBPyConnection
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """Merged ranges as (first row, first column, last row, last column), counted from 0."""

    def between(self, first: int, last: int) -> list[Row]:
        """The rows with these numbers (both included), in order."""
        cells = ", ".join(f"c{at}" for at in range(self.columns))
        query = f"SELECT {cells} FROM {self.relation} WHERE rowid BETWEEN {first - 1} AND {last - 1} ORDER BY rowid"
        return self.cursor.execute(query).fetchall() if self.columns else []

    def head(self, count: int = 30) -> list[Row]:
        return self.between(1, count)

    def tail(self, count: int = 40) -> list[Row]:
        return self.between(max(1, self.rows - count + 1), self.rows)


class Book:
    """Close it (or use `with`) to free its tables."""

    def __init__(self, path: Path, filename: str, kind: str) -> None:
        self.path, self.filename, self.kind = path, filename, kind
        self.cursor = new_cursor()
        self.sheets: list[Sheet] = []
        self.notes: list[str] = []
        """In Chinese, what people should know about how the file was read (wrong extension, hidden sheets)."""

    def add(self, name: str, columns: int, merged: tuple[tuple[int, int, int, int], ...] = ()) -> Sheet:
        """Registers the sheet whose table has been filled under the name that `next_relation` gave."""
        relation = self.next_relation()
        # fetchall, because a result read by fetchone stays open and DuckDB then refuses to register the next sheet
        counted = self.cursor.execute(f"SELECT count(*) FROM {relation}").fetchall()
        sheet = Sheet(len(self.sheets) + 1, name, counted[0][0], columns, relation, self.cursor, merged)
        self.sheets.append(sheet)
        return sheet

    def next_relation(self) -> str:
        return f"sheet_{len(self.sheets) + 1}"

    def sheet(self, no: int) -> Sheet:
        return self.sheets[no - 1]

    def close(self) -> None:
        self.cursor.close()

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def letter(column: int) -> str:
    """The letter Excel shows over a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
