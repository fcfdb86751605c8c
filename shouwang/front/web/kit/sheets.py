"""Every list as an Excel workbook: one sheet, a heading row that stays, and a last line that says who exported what when."""

import io
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse

from shouwang.common.levels import LEVELS
from shouwang.front.web.kit import words

LIMIT = 20_000
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def level(number: int) -> str:
    return words.pick(LEVELS[number].zh, LEVELS[number].en)


def workbook(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], now: datetime, by: str, *, total: int | None = None
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
    sheet.write_string(len(rows) + 2, 0, _last_line(len(rows), total, now, by), quiet)
    book.close()
    name = f"{title}-{words.exact(now)[:10]}.xlsx"
    return HttpResponse(out.getvalue(), content_type=TYPE, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})


def _last_line(shown: int, total: int | None, now: datetime, by: str) -> str:
    """Who, when, how many; and how many are left out, when there are more than a workbook takes."""
    at = words.exact(now)
    cut = (
        ""
        if total is None or total <= shown
        else words.pick(f"，另有 {total - shown:,} 行未导出，请缩小范围", f", {total - shown:,} more left out")
    )
    return words.pick(f"{by} 于 {at} 导出，共 {shown:,} 行{cut}", f"Exported by {by} at {at}, {shown:,} rows{cut}")
