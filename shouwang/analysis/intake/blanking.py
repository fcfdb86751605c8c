"""The same file without the rows of one person: every other row keeps its number, so that facts still point to the right place."""

import csv
import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import openpyxl
import xlsxwriter

from shouwang.analysis.facts.duck import name
from shouwang.analysis.intake.book import Book
from shouwang.analysis.intake.marking import sheet_name

CONTAINED = 6  # signs: a shorter number is looked for as a whole cell only, or it would be found in every date
Places = dict[int, list[int]]


def rows_about(book: Book, number: str) -> Places:
    """sheet → the rows in which a cell says the number."""
    found: Places = {}
    for sheet in book.sheets:
        wanted = number.replace("'", "''")
        test = f"contains({{cell}}, '{wanted}')" if len(number) >= CONTAINED else f"trim({{cell}}) = '{wanted}'"
        said = " OR ".join(test.format(cell=name(f"c{at}")) for at in range(sheet.columns)) or "FALSE"
        rows = sheet.cursor.execute(f"SELECT rowid + 1 FROM {sheet.relation} WHERE {said} ORDER BY 1").fetchall()
        if rows:
            found[sheet.no] = [row[0] for row in rows]
    return found


def blanked(path: Path, book: Book, rows: Mapping[int, list[int]]) -> bytes:
    """The file with these rows emptied: text as UTF-8, workbooks as .xlsx."""
    if book.kind in ("csv", "tsv"):
        return _text(book, rows)
    if book.kind == "xlsx":
        # openpyxl raises anything on features it does not know; the plain copy below always works.
        with suppress(Exception):
            return _in_place(path, book, rows)
    return _anew(book, rows)


def _text(book: Book, rows: Mapping[int, list[int]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t" if book.kind == "tsv" else ",", quoting=csv.QUOTE_ALL, lineterminator="\n")
    for sheet in book.sheets:
        gone = set(rows.get(sheet.no, ()))
        for at, row in enumerate(sheet.between(1, sheet.rows), 1):
            writer.writerow(["" if at in gone else cell or "" for cell in row])
    return stream.getvalue().encode()


def _in_place(path: Path, book: Book, rows: Mapping[int, list[int]]) -> bytes:
    workbook = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    for sheet in book.sheets:
        target = workbook[sheet.name]
        for row in rows.get(sheet.no, ()):
            for cell in target[row]:
                if not isinstance(cell, openpyxl.cell.cell.MergedCell):
                    cell.value, cell.comment, cell.hyperlink = None, None, None
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _anew(book: Book, rows: Mapping[int, list[int]]) -> bytes:
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        names: list[str] = []
        for sheet in book.sheets:
            names.append(sheet_name(sheet.name, names))
            target = workbook.add_worksheet(names[-1])
            gone = set(rows.get(sheet.no, ()))
            for at, row in enumerate(sheet.between(1, sheet.rows), 1):
                for place, text in enumerate(row):
                    if text is not None and at not in gone:
                        target.write_string(at - 1, place, text)
            for first_row, first, last_row, last in sheet.merged:
                if (first_row, first) != (last_row, last) and not gone.intersection(range(first_row + 1, last_row + 2)):
                    head = sheet.between(first_row + 1, first_row + 1)[0]
                    target.merge_range(first_row, first, last_row, last, head[first] if first < len(head) else "")
    return stream.getvalue()
