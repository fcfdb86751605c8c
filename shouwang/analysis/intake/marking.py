"""The user's own file back as Excel, the refused cells coloured and commented."""

from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string

from shouwang.analysis.intake.book import Book
from shouwang.analysis.intake.checked import Problem
from shouwang.analysis.intake.reading import read

ROWS_KEPT = 5000
"""Up to here an .xlsx is marked in place, its looks kept; beyond, it is written anew, which is many times faster."""
COMMENTS = 5000
"""Excel grows slow with more; every refused cell is coloured and listed all the same."""
COLOURS = {"error": "FFC7CE", "notice": "FFEB9C"}
AUTHOR = "守望"
Marks = dict[tuple[int, int], list[Problem]]


def marked_copy(path: Path, problems: Iterable[Problem], filename: str | None = None) -> bytes:
    """An .xlsx of the file with every problem marked, and a sheet that lists them. Unreadable when the file cannot be read."""
    listed = list(problems)
    with read(path, filename) as book:
        if book.kind == "xlsx" and sum(sheet.rows for sheet in book.sheets) <= ROWS_KEPT:
            # openpyxl raises anything on features it does not know; the plain copy below always works.
            with suppress(Exception):
                return _marked_in_place(path, book, listed)
        return _written_anew(book, listed)


def _by_cell(problems: Iterable[Problem], sheet_no: int) -> Marks:
    """(row, column counted from 0) → problems; those without a column are shown in the first."""
    marks: Marks = {}
    for problem in problems:
        if problem.sheet_no == sheet_no:
            column = column_index_from_string(problem.letter) - 1 if problem.letter else 0
            marks.setdefault((problem.row, column), []).append(problem)
    return marks


def _note(problems: Iterable[Problem]) -> str:
    return "\n".join(f"{problem.heading}：{problem.reason}\n→ {problem.remedy}" for problem in problems)


def _level(problems: Iterable[Problem]) -> str:
    return "error" if any(problem.level == "error" for problem in problems) else "notice"


def _marked_in_place(path: Path, book: Book, problems: list[Problem]) -> bytes:
    workbook = openpyxl.load_workbook(BytesIO(path.read_bytes()))  # openpyxl trusts a file's name more than its content
    for sheet in book.sheets:
        target = workbook[sheet.name]
        for (row, column), found in _by_cell(problems, sheet.no).items():
            cell = target.cell(row, column + 1)
            # Only the first cell of a merged range can carry anything.
            if not isinstance(cell, openpyxl.cell.cell.MergedCell):
                cell.fill = PatternFill("solid", start_color=COLOURS[_level(found)])
                cell.comment = Comment(_note(found), AUTHOR, height=120, width=280)
    listing = workbook.create_sheet(_free_name(workbook.sheetnames))
    for line in _listing(problems):
        listing.append(line)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _written_anew(book: Book, problems: list[Problem]) -> bytes:
    stream = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        styles = {level: workbook.add_format({"bg_color": f"#{colour}", "num_format": "@"}) for level, colour in COLOURS.items()}
        names: list[str] = []
        for sheet in book.sheets:
            names.append(sheet_name(sheet.name, names))
            target = workbook.add_worksheet(names[-1])
            marks = _by_cell(problems, sheet.no)
            for at, row in enumerate(sheet.between(1, sheet.rows)):
                for place, text in enumerate(row):
                    found = marks.get((at + 1, place))
                    if found:
                        target.write_string(at, place, text or "", styles[_level(found)])
                    elif text is not None:
                        target.write_string(at, place, text)
            for (row_no, place), found in list(marks.items())[:COMMENTS]:
                target.write_comment(row_no - 1, place, _note(found), {"author": AUTHOR, "x_scale": 2})
        listing = workbook.add_worksheet(_free_name(names))
        for at, line in enumerate(_listing(problems)):
            listing.write_row(at, 0, line)
    return stream.getvalue()


def _listing(problems: Iterable[Problem]) -> list[list[str | int]]:
    lines: list[list[str | int]] = [["工作表", "行", "列", "列名", "内容", "原因", "怎么改"]]
    lines += [[found.sheet, found.row, found.letter, found.heading, _safe(found.value), found.reason, found.remedy] for found in problems]
    return lines


def _safe(text: str) -> str:
    """Nobody's cell may become a formula in the list."""
    return f"'{text}" if text[:1] in "=+-@" else text


def _free_name(taken: Iterable[str]) -> str:
    names = set(taken)
    return next(name for name in ("问题清单", *(f"问题清单{number}" for number in range(2, 1000))) if name not in names)


def sheet_name(wanted: str, taken: list[str]) -> str:
    """A name that Excel allows."""
    name = "".join("_" if sign in "[]:*?/\\" else sign for sign in wanted).strip("'")[:31] or "Sheet"
    return name if name.lower() not in {other.lower() for other in taken} else f"{name[:27]}_{len(taken) + 1}"
