"""The public format page and the machine-readable data package, both generated from the standard."""

from typing import Any

from shouwang.analysis.standard.loader import Standard
from shouwang.analysis.standard.types import Column, Table
from shouwang.common.categories import TITLES, Category

TYPE_TITLES = {
    "student_no": "学号",
    "staff_no": "工号",
    "unit_code": "机构代码或名称",
    "text": "文字",
    "code": "可选值",
    "integer": "整数",
    "decimal": "数字",
    "boolean": "是/否",
    "date": "日期",
    "datetime": "日期时间",
    "term": "学年学期",
    "score": "成绩",
}
FRICTIONLESS = {"integer": "integer", "decimal": "number", "boolean": "boolean", "date": "date", "datetime": "datetime"}
SCOPE_TITLES = {"term": "学期", "day": "日期区间", "college": "学院", "class": "班级", "school": "全校"}
STORE_TITLES = {"facts": "事实库", "database": "人员库", "raw": "只留原始文件"}
HEAD = """# 数据标准 / Data standard

由数据标准自动生成，请勿手改（重新生成：`make docs`）。Generated from `shouwang/catalogue/standard`.

各部门按本页格式报送。可用 .xlsx、.xls、.ods、.csv、.tsv；表头认得下列“也能识别的表头”，表头上方的标题行、下方的合计与签名行会自动略过。

"""


def column_type(column: Column) -> str:
    """The type in the words of the people who fill the column in."""
    return TYPE_TITLES[column.type]


def values_sentence(column: Column) -> str:
    """What may stand in a cell, in one line; empty when anything of the type may."""
    if column.codes:
        return "、".join(code.title for code in column.codes)
    if column.type == "score":
        return "0–100 的分数，或 优 良 中 及格 不及格 合格 缺考 旷考 缓考 免修 作弊 等"
    if column.type == "boolean":
        return "是、否"
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum}–{column.maximum}"
    return f"不小于 {column.minimum}" if column.minimum is not None else ""


def delivery_sentence(table: Table) -> str:
    """How a delivery stands to the ones before it."""
    if table.delivery == "additions":
        return "增量：只报新增与更正的行，同一主键以新报为准，没报的行不动"
    titles = [SCOPE_TITLES.get(word) or table.column(word).title for word in table.scope]
    return f"覆盖：一份文件就是表中这些{'、'.join(titles)}的全部，上次有而这次没有的行视为撤销"


def format_page(standard: Standard) -> str:
    """docs/reference/format.md."""
    parts = [HEAD, "| 数据表 | 名称 | 归口部门 | 报送时间 |\n| --- | --- | --- | --- |\n"]
    for table in standard.tables.values():
        owner = standard.departments[table.owner].title
        parts.append(f"| [{table.title}](#{table.name}) | `{table.name}` | {owner} | {table.schedule.sentence()} |\n")
    parts += [_table_section(standard, table) for table in standard.tables.values()]
    return "".join(parts).rstrip() + "\n"


def _table_section(standard: Standard, table: Table) -> str:
    owner = standard.departments[table.owner]
    lines = [
        f'\n<a id="{table.name}"></a>\n\n## {table.title} `{table.name}` · {table.title_en}\n',
        table.about,
        f"\n- 归口部门：{owner.title}（{owner.title_en}）",
        f"- 报送时间：{table.schedule.sentence()}（{table.schedule.sentence('en')}）",
        f"- 报送方式：{delivery_sentence(table)}",
        f"- 主键：{' ＋ '.join(table.column(name).title for name in table.key)}",
        f"- 版本：`{table.version}`\n",
        "| 列 | 名称 | 类型 | 必填 | 可选值或范围 | 敏感类别 | 存放 | 也能识别的表头 | 说明 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*lines, *(_column_row(column) for column in table.columns)]) + "\n"


def _column_row(column: Column) -> str:
    cells = (
        f"{column.title} / {column.title_en}",
        f"`{column.name}`",
        column_type(column),
        "必填" if column.required else (f"空为 {column.default}" if column.default else ""),
        _code_cell(column) or values_sentence(column),
        TITLES[Category[column.sensitivity]][0],
        STORE_TITLES[column.store],
        "、".join(column.aliases),
        column.description,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code_cell(column: Column) -> str:
    return "<br>".join(f"`{code.code}` {'、'.join(code.labels)}" for code in column.codes)


def datapackage(standard: Standard) -> dict[str, Any]:
    """The standard as a Frictionless data package descriptor; our additions stand under `shouwang`."""
    return {
        "profile": "tabular-data-package",
        "name": "shouwang-data-standard",
        "title": "守望数据标准",
        "version": standard.version,
        "resources": [_resource(table) for table in standard.tables.values()],
    }


def _resource(table: Table) -> dict[str, Any]:
    return {
        "name": table.name.replace("_", "-"),
        "title": table.title,
        "description": table.about,
        "path": f"{table.name}.csv",
        "profile": "tabular-data-resource",
        "schema": {"fields": [_field(column) for column in table.columns], "primaryKey": list(table.key), "missingValues": [""]},
        "shouwang": {"owner": table.owner, "delivery": table.delivery, "scope": list(table.scope), "version": table.version},
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.required}
    constraints |= {"unique": True} if column.unique else {}
    constraints |= {"enum": [code.title for code in column.codes]} if column.codes else {}
    constraints |= {"pattern": column.pattern} if column.pattern else {}
    if column.type in {"integer", "decimal"}:
        bounds = (("minimum", column.minimum), ("maximum", column.maximum))
        constraints |= {name: float(value) for name, value in bounds if value is not None}
    field = {"name": column.name, "title": column.title, "type": FRICTIONLESS.get(column.type, "string"), "constraints": constraints}
    words = {"titleEn": column.title_en, "type": column.type, "sensitivity": column.sensitivity, "store": column.store}
    return {**field, "description": column.description, "shouwang": {**words, "aliases": list(column.aliases)}}
