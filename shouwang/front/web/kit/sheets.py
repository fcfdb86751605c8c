"""Every list as an Excel workbook: one sheet, a heading row that stays, and the mark of whoever took it out, and when.

The mark stands in the last line, in the header and footer of every printed page, and in the file's properties.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import openpyxl
import xlsxwriter
from django.http import HttpResponse

from shouwang.common.levels import LEVELS
from shouwang.common.reader import Reader
from shouwang.front.web.kit import words

LIMIT = 20_000
SIGNED_UP_TO = 2_000_000
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def level(number: int) -> str:
    return words.pick(LEVELS[number].zh, LEVELS[number].en)


def mark(by: Reader, now: datetime) -> str:
    """Who took a file out, by name and account number, and when: it stands on every file that leaves the platform."""
    return words.pick(f"{by.name}（{by.number}）于 {words.exact(now)} 导出", f"Exported by {by.name} ({by.number}) at {words.exact(now)}")


def sign(book: xlsxwriter.Workbook, said: str) -> None:
    """The mark in the file's properties and on every printed page."""
    book.set_properties({"author": said, "comments": said, "title": words.pick("守望", "Shouwang")})
    for sheet in book.worksheets():
        safe = said.replace("&", "&&")
        sheet.set_header(f"&R{safe}")
        sheet.set_footer(f"&L{safe}&R&P / &N")


def signed(content: bytes, by: Reader, now: datetime) -> bytes:
    """Somebody's own workbook with the mark; beyond the limit it stays as it was delivered, the ledger alone says who took it."""
    if len(content) > SIGNED_UP_TO:
        return content
    book, said, out = openpyxl.load_workbook(io.BytesIO(content)), mark(by, now), io.BytesIO()
    book.properties.creator = book.properties.description = said
    for sheet in book.worksheets:
        if sheet.oddHeader is not None and sheet.oddFooter is not None:
            sheet.oddHeader.right.text = sheet.oddFooter.left.text = said.replace("&", "&&")
    book.save(out)
    return out.getvalue()


def workbook(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], now: datetime, by: Reader, *, total: int | None = None
) -> HttpResponse:
    """The rows as a download. Texts stay texts: a student number is never turned into a number, a leading = never into a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    quiet = book.add_format({"font_color": "#646f75"})
    sheet.write_row(0, 0, headings, bold)
    widths = [len(heading) * 2 for heading in headings]
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(at, column, value)
            else:
                text = "" if value is None else str(value)
                sheet.write_string(at, column, text)
                widths[column] = max(widths[column], min(60, sum(2 if ord(char) > 255 else 1 for char in text)))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 2)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(headings) - 1))
    sheet.write_string(len(rows) + 2, 0, _last_line(len(rows), total, mark(by, now)), quiet)
    sign(book, mark(by, now))
    book.close()
    name = f"{title}-{words.exact(now)[:10]}.xlsx"
    return HttpResponse(out.getvalue(), content_type=TYPE, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})


def _last_line(shown: int, total: int | None, said: str) -> str:
    """Who, when, how many; and how many are left out, when there are more than a workbook takes."""
    cut = (
        ""
        if total is None or total <= shown
        else words.pick(f"，另有 {total - shown:,} 行未导出，请缩小范围", f", {total - shown:,} more left out")
    )
    return words.pick(f"{said}，共 {shown:,} 行{cut}", f"{said}, {shown:,} rows{cut}")
