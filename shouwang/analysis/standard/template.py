"""The blank workbook a department fills in: headings, drop-downs and notes from the standard, and a sheet that explains every column."""

from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from shouwang.analysis.standard.loader import load
from shouwang.analysis.standard.page import column_type, delivery_sentence, values_sentence
from shouwang.analysis.standard.types import Column, Table

ROWS = 20000
DROP_DOWN_LIMIT = 255
NUMBER_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "decimal": "0.##", "integer": "0"}


def template(table: Table | str) -> bytes:
    """An .xlsx with one sheet to fill in and one of instructions. KeyError for an unknown table name."""
    found = load().table(table) if isinstance(table, str) else table
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        _filling_sheet(book, found)
        _instruction_sheet(book, found)
    return stream.getvalue()


def _filling_sheet(book: Workbook, table: Table) -> None:
    sheet = book.add_worksheet(table.title[:31])
    must = book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1, "text_wrap": True, "valign": "vcenter"})
    may = book.add_format({"bold": True, "bg_color": "#F2F2F2", "border": 1, "text_wrap": True, "valign": "vcenter"})
    for at, column in enumerate(table.columns):
        cells = book.add_format({"num_format": NUMBER_FORMATS.get(column.type, "@")})
        sheet.set_column(at, at, max(12, 2 * len(column.title) + 4), cells)
        sheet.write_string(0, at, column.title + ("*" if column.required else ""), must if column.required else may)
        sheet.write_comment(0, at, _note(column), {"x_scale": 1.6})
        _limit(sheet, at, column)
    sheet.set_row(0, 28)
    sheet.freeze_panes(1, 0)


def _limit(sheet: Worksheet, at: int, column: Column) -> None:
    """Drop-downs for codes and yes/no, bounds for numbers; a score stays free, for 缺考 stands beside 85."""
    source = ["是", "否"] if column.type == "boolean" else [code.title for code in column.codes]
    if source and len(",".join(source)) <= DROP_DOWN_LIMIT:
        error = {"error_title": "不在可选值中", "error_message": f"{column.title}请从下拉列表中选择"}
        sheet.data_validation(1, at, ROWS, at, {"validate": "list", "source": source, **error})
    elif column.type in {"integer", "decimal"} and column.minimum is not None:
        low, high = float(column.minimum), float(column.maximum or 1e9)
        sheet.data_validation(1, at, ROWS, at, {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high})


def _note(column: Column) -> str:
    lines = ["必填" if column.required else "选填", f"类型：{column_type(column)}"]
    lines += [f"可选值：{values_sentence(column)}"] if values_sentence(column) else []
    lines += [column.description] if column.description else []
    lines += [f"例：{column.example}"] if column.example else []
    return "\n".join(lines)


def _instruction_sheet(book: Workbook, table: Table) -> None:
    sheet = book.add_worksheet("填写说明")
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    owner = load().departments.get(table.owner)
    facts = (
        ("数据表", f"{table.title}（{table.name}）"),
        ("说明", table.about),
        ("归口部门", owner.title if owner else table.owner),
        ("报送时间", table.schedule.sentence()),
        ("报送方式", delivery_sentence(table)),
        ("唯一性", "同一份文件里，" + "＋".join(table.column(name).title for name in table.key) + " 不能重复"),
        ("注意", "学号、工号请按文本填写；带 * 的列必填；不要改动表头；一行一条，不要合并单元格。"),
    )
    for row, (name, text) in enumerate(facts):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, text)
    _columns_explained(sheet, table, len(facts) + 1, bold, wrap)


def _columns_explained(sheet: Worksheet, table: Table, first: int, bold: Format, wrap: Format) -> None:
    headings = ("列", "必填", "类型", "可选值或范围", "说明", "例", "也能识别的表头")
    for at, (heading, width) in enumerate(zip(headings, (16, 44, 14, 40, 40, 18, 60), strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(first, at, heading, bold)
    for row, column in enumerate(table.columns, first + 1):
        cells = (
            column.title,
            "必填" if column.required else "选填",
            column_type(column),
            values_sentence(column),
            column.description,
            column.example,
            "、".join(column.aliases),
        )
        for at, text in enumerate(cells):
            sheet.write_string(row, at, text, wrap)
