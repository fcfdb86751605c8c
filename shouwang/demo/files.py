"""How campus systems write files: titles above, merged headings, signatures below, GB18030, numbers where text should be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

Cell = str | float | None
MADE = datetime(2025, 12, 10, tzinfo=UTC)
"""Stands in every workbook's properties, so that the same college gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file as a department hands it in."""

    path: Path
    table: str
    department: str
    staff_no: str
    delivered_at: datetime


@dataclass(slots=True)
class Sheet:
    """`groups` puts a merged line above the headings: (text, how many columns). `numbers` are columns whose digits are written as numbers."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    groups: Sequence[tuple[str, int]] = ()
    numbers: frozenset[int] = frozenset()


@dataclass(slots=True)
class Outbox:
    """Where the files go, and the list of what was handed in."""

    folder: Path
    seed: int
    files: list[Delivered] = field(default_factory=list)

    def xlsx(self, name: str, sheets: Sequence[Sheet], *, table: str, department: str, staff_no: str, at: datetime) -> None:
        path = self.folder / f"{name}.xlsx"
        with xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy/m/d"}) as book:
            book.set_properties({"created": MADE, "author": "云岭职业技术学院"})
            bold = book.add_format({"bold": True, "align": "center", "border": 1})
            for sheet in sheets:
                _write_sheet(book.add_worksheet(sheet.name), sheet, bold)
        self._hand_in(path, table, department, staff_no, at)

    def csv(self, name: str, lines: Iterable[str], *, encoding: str, table: str, department: str, staff_no: str, at: datetime) -> None:
        """Lines as they stand, Windows line ends."""
        path = self.folder / f"{name}.csv"
        path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
        self._hand_in(path, table, department, staff_no, at)

    def _hand_in(self, path: Path, table: str, department: str, staff_no: str, at: datetime) -> None:
        self.files.append(Delivered(path, table, department, staff_no, at))


def _write_sheet(page: Worksheet, sheet: Sheet, bold: xlsxwriter.format.Format) -> None:
    """Row by row downwards: constant_memory silently drops what goes back up."""
    width = len(sheet.headings)
    row = 0
    for line in sheet.above:
        page.merge_range(row, 0, row, width - 1, line, bold)
        row += 1
    if sheet.groups:
        column = 0
        for text, span in sheet.groups:
            if span > 1:
                page.merge_range(row, column, row, column + span - 1, text, bold)
            else:
                page.write_string(row, column, text, bold)
            column += span
        row += 1
    for column, heading in enumerate(sheet.headings):
        page.write_string(row, column, heading, bold)
    for cells in sheet.rows:
        row += 1
        for column, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str) and not (column in sheet.numbers and cell.isdigit()):
                page.write_string(row, column, cell)
            else:
                page.write_number(row, column, float(cell))
    for line in sheet.below:
        row += 1
        page.write_string(row, 0, line)


def csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text


def serial(day: date) -> float:
    """The day as Excel stores it."""
    return float((day - date(1899, 12, 30)).days)
