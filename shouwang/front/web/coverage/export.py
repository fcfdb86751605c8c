"""The coverage register as an Excel file. Every cell is written as text, so that no name can become a formula."""

from datetime import date, datetime
from io import BytesIO

import xlsxwriter

from shouwang.common.reader import Reader
from shouwang.front.web.coverage import presenter
from shouwang.front.web.kit import sheets
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries


def workbook(by: Reader, on: date, now: datetime) -> tuple[bytes, int]:
    """(the file, how many rows of people and places it holds). It names its reader and moment on every sheet."""
    mark = sheets.mark(by, now)
    places = [row for kind in presenter.KIND_TITLES for row in presenter.register(by, on, kind)]
    students = queries.uncovered_students(by, on).select_related("class_unit")
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        heads = [
            pick("层级", "Level"),
            pick("单位", "Unit"),
            pick("所属", "Belongs to"),
            pick("职责", "Duty"),
            pick("责任人", "Responsible"),
        ]
        lines = [
            [
                pick(*presenter.KIND_TITLES[row.kind]),
                row.place.name,
                row.place.where,
                row.place.title,
                pick("、", ", ").join(row.people) or pick("缺", "nobody"),
            ]
            for row in places
        ]
        fill_sheet(book, pick("责任覆盖", "Coverage"), heads, lines, mark)
        heads = [pick("学号", "Number"), pick("姓名", "Name"), pick("班级", "Class")]
        bare = [[row.number, row.name, row.class_unit.name] for row in students]
        fill_sheet(book, pick("无责任人的学生", "Students without"), heads, bare, mark)
        sheets.sign(book, mark)
    return stream.getvalue(), len(lines) + len(bare)


def fill_sheet(book: xlsxwriter.Workbook, title: str, heads: list[str], lines: list[list[str]], mark: str) -> None:
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True, "bottom": 1})
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for row, line in enumerate(lines, 1):
        for column, text in enumerate(line):
            sheet.write_string(row, column, text)
    sheet.write_string(len(lines) + 2, 0, mark)
    sheet.set_column(0, len(heads) - 1, 22)
    sheet.freeze_panes(1, 0)
