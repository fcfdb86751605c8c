"""xlsx, xls and ods through calamine, with what calamine leaves out: error cells, and a guard against files that unfold without end."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from shouwang.analysis.intake.biff import error_cells
from shouwang.analysis.intake.book import Book
from shouwang.analysis.intake.reasons import Unreadable
from shouwang.analysis.intake.text_files import MOST_COLUMNS, fill
from shouwang.analysis.intake.unzipping import Errors, inspect_ods, inspect_xlsx

MOST_CELLS = 20_000_000
EXCEL_DIGITS = 10**15


def read_spreadsheet(book: Book) -> None:
    """Fills one table per visible sheet. Unreadable when the file is broken, protected or unfolds beyond reason."""
    errors: dict[str, Errors] = {}
    if book.kind == "xlsx":
        errors = inspect_xlsx(book.path, MOST_CELLS)
    elif book.kind == "ods":
        errors = inspect_ods(book.path, MOST_CELLS)
    else:
        errors = dict(error_cells(book.path))
    try:
        # From memory: calamine trusts a file name more than its content, and stored files have no extension.
        with CalamineWorkbook.from_filelike(io.BytesIO(book.path.read_bytes())) as workbook:
            for about in workbook.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                if about.visible != SheetVisibleEnum.Visible:
                    book.notes.append(f"隐藏的工作表“{about.name}”没有读取")
                    continue
                _read_sheet(book, about.name, workbook.get_sheet_by_name(about.name), errors.get(about.name, ()))
    except PasswordError as problem:
        raise Unreadable("password") from problem
    except (CalamineError, OSError, ValueError, OverflowError) as problem:
        raise Unreadable("broken") from problem


def _read_sheet(book: Book, name: str, sheet: CalamineSheet, errors: Errors) -> None:
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    width = max((len(row) for row in rows), default=0)
    for row, column, text in errors:
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    if not rows or not width:
        book.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {book.next_relation()} (c0 VARCHAR)")
        book.add(name, 1)
        return
    columns = [texts(column) for column in zip(*rows, strict=True)]
    while len(columns) > 1 and columns[-1].null_count == len(rows):
        columns.pop()
    if len(columns) > MOST_COLUMNS:
        raise Unreadable("too_large")
    fill(book, columns)
    merged = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    book.add(name, len(columns), merged)


def texts(cells: Sequence[Any]) -> pa.Array:
    """A column's cells as text, as people would type them; empty cells null."""
    kinds = set(map(type, cells))
    if kinds == {str}:
        return pa.array([cell or None for cell in cells], pa.string())
    return pa.array([cell or None if type(cell) is str else cell_text(cell) for cell in cells], pa.string())


def cell_text(cell: Any) -> str | None:
    """The text of a typed cell: whole numbers without a fraction, dates in ISO form."""
    text = str(cell)
    if isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, float):
        text = number_text(cell)
    elif isinstance(cell, datetime):
        text = cell.isoformat(sep=" ", timespec="seconds")
    return text or None


def number_text(number: float) -> str:
    """Excel keeps 15 digits: beyond them the number is written so that every reader sees that digits are missing."""
    if abs(number) >= EXCEL_DIGITS:
        return f"{number:.14E}"
    whole = int(number)
    return str(whole) if whole == number else repr(number)
