"""Reads catalogue/standard and refuses it, naming file and place, when it contradicts itself."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shouwang.analysis.standard.headings import normal
from shouwang.analysis.standard.schedule import Schedule
from shouwang.analysis.standard.types import PROVENANCE, SQL_TYPES, Code, Column, Department, Table
from shouwang.common.categories import Category
from shouwang.common.digest import digest

ROOT = Path(__file__).parents[2] / "catalogue" / "standard"
SCOPE_WORDS = {"term", "day", "college", "class", "school"}
TEXT_ONLY = {"title", "title_en", "about", "description", "aliases", "example"}
NAME = re.compile(r"[a-z][a-z0-9_]*")


class BadStandard(Exception):
    """The catalogue contradicts itself; `reasons` names file and place."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("数据标准有误：\n" + "\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Standard:
    tables: dict[str, Table]
    departments: dict[str, Department]
    version: str

    def table(self, name: str) -> Table:
        """The table of this name. KeyError (in Chinese, with the names there are) when there is none."""
        if name not in self.tables:
            raise KeyError(f"数据标准里没有表 {name}；现有：{'、'.join(self.tables)}")
        return self.tables[name]

    def code_number(self, place: str, word: str) -> int:
        """`code_number("attendance.status", "absent")` → the number in facts. KeyError when the standard has no such code."""
        table, column = place.split(".")
        return self.table(table).column(column).code(word).number

    def fact_schema(self, table: str | Table) -> tuple[tuple[str, str], ...]:
        """(name, SQL type) of the columns of a table's facts in order: sid, the fact columns, where the row came from."""
        found = self.table(table) if isinstance(table, str) else table
        subject = (("sid", "INTEGER"),) if found.student_column else ()
        return (*subject, *(pair for column in found.fact_columns for pair in column.facts), *PROVENANCE)

    def of_department(self, code: str) -> tuple[Table, ...]:
        return tuple(table for table in self.tables.values() if table.owner == code)


def load(root: Path | None = None) -> Standard:
    """The data standard under `root` (ours by default), checked. BadStandard with every reason when it contradicts itself."""
    return _load(root or ROOT)


@cache
def _load(root: Path) -> Standard:
    departments = _departments(root / "departments.toml")
    reasons: list[str] = []
    tables: dict[str, Table] = {}
    for path in sorted(root.glob("*.toml")):
        if path.name == "departments.toml":
            continue
        try:
            table = _table(path.stem, tomllib.loads(path.read_text("utf-8")))
        except (KeyError, TypeError, ValueError) as problem:
            reasons.append(f"{path.name}：{problem!r}")
            continue
        reasons += [f"{path.name}：{reason}" for reason in contradictions(table, departments)]
        tables[table.name] = table
    if reasons:
        raise BadStandard(reasons)
    ordered = dict(sorted(tables.items(), key=lambda pair: (not pair[1].master, list(departments).index(pair[1].owner), pair[0])))
    return Standard(ordered, departments, digest({name: table.version for name, table in ordered.items()})[:12])


def _departments(path: Path) -> dict[str, Department]:
    listed = tomllib.loads(path.read_text("utf-8"))
    return {code: Department(code, **words) for code, words in listed.items()}


def _table(name: str, source: dict[str, Any]) -> Table:
    columns = tuple(_column(column) for column in source["columns"])
    return Table(
        name=name,
        title=source["title"],
        title_en=source["title_en"],
        owner=source["owner"],
        delivery=source["delivery"],
        scope=tuple(source.get("scope", ())),
        key=tuple(source["key"]),
        schedule=Schedule(**source["schedule"]),
        about=source["about"],
        subject=source.get("subject", "student"),
        master=source.get("master", False),
        day=source.get("day"),
        columns=columns,
        version=digest(_without_words(source))[:12],
    )


def _column(source: dict[str, Any]) -> Column:
    words = dict(source)
    codes = tuple(Code(code["code"], code["number"], tuple(code["labels"])) for code in words.pop("codes", ()))
    aliases = tuple(words.pop("aliases", ()))
    words |= {name: str(words[name]) for name in ("minimum", "maximum", "default") if name in words}
    return Column(codes=codes, aliases=aliases, required=words.pop("required", False), **words)


def _without_words(source: Any) -> Any:
    """What decides numbers: titles and aliases may be reworded without a new version of the data."""
    if isinstance(source, dict):
        return {name: _without_words(value) for name, value in source.items() if name not in TEXT_ONLY}
    if isinstance(source, list):
        return [_without_words(value) for value in source]
    return str(source) if isinstance(source, float) else source


def contradictions(table: Table, departments: dict[str, Department]) -> list[str]:
    """Everything in which a table contradicts itself or the departments, in Chinese."""
    names = [column.name for column in table.columns]
    reasons = [f"列名 {name} 重复" for name in sorted({name for name in names if names.count(name) > 1})]
    reasons += [f"归口部门 {table.owner} 不在 departments.toml"] if table.owner not in departments else []
    reasons += [f"主键列 {name} 不存在" for name in table.key if name not in names]
    reasons += [] if table.key else ["没有主键"]
    reasons += [f"范围 {word} 既不是列也不是 {sorted(SCOPE_WORDS)}" for word in table.scope if word not in SCOPE_WORDS | set(names)]
    if table.delivery not in {"whole", "additions"} or (table.delivery == "whole") != bool(table.scope):
        reasons.append("delivery 是 whole 时须写 scope，additions 时不写")
    if table.day is not None and (table.day not in names or table.column(table.day).type not in {"date", "datetime"}):
        reasons.append(f"day = {table.day} 须是日期列")
    if "day" in table.scope and table.day is None:
        reasons.append("scope 含 day 时须写 day 列")
    students = [column for column in table.columns if column.type == "student_no"]
    if len(students) > 1 or (table.subject == "student" and not (students and students[0].required)):
        reasons.append("以学生为主体的表须有且只有一个必填的学号列")
    for column in table.columns:
        reasons += [f"列 {column.name}：{reason}" for reason in _column_contradictions(column, column.name in table.key)]
    return reasons + _ambiguous(table)


def _column_contradictions(column: Column, is_key: bool) -> list[str]:
    reasons = []
    if not NAME.fullmatch(column.name) or column.name in {"sid", "batch_id", "sheet_no", "row_no"}:
        reasons.append("列名须是小写英文且不是保留字")
    if column.type not in SQL_TYPES:
        reasons.append(f"类型 {column.type} 不认识")
    if column.sensitivity not in Category.__members__:
        reasons.append(f"敏感类别 {column.sensitivity} 不认识")
    if column.store not in {"facts", "database", "raw"}:
        reasons.append(f"存放处 {column.store} 不认识")
    if (column.type == "code") != bool(column.codes):
        reasons.append("代码列须列出代码，其他列不能有代码")
    if column.store == "facts" and column.type != "student_no" and column.sensitivity in {"identity", "contact"}:
        reasons.append("身份与联系方式不能存入事实")
    if is_key and column.type not in {"student_no"} and (column.store != "facts" or column.type == "score"):
        reasons.append("主键列须存入事实，且不能是成绩")
    if column.pattern is not None:
        re.compile(column.pattern)
    numbers, words = [code.number for code in column.codes], [code.code for code in column.codes]
    labels = [normal(label) for code in column.codes for label in (code.code, *code.labels)]
    if len(set(numbers)) < len(numbers) or len(set(words)) < len(words) or any(not 0 <= number <= 127 for number in numbers):
        reasons.append("代码或编号重复，或编号不在 0–127")
    reasons += [f"标签 {label} 属于两个代码" for label in sorted({label for label in labels if labels.count(label) > 1})]
    return reasons


def _ambiguous(table: Table) -> list[str]:
    owners: dict[str, str] = {}
    reasons = []
    for column in table.columns:
        headings = sorted({normal(heading) for heading in (column.name, *column.headings)})
        taken = [heading for heading in headings if owners.setdefault(heading, column.name) != column.name]
        reasons += [f"表头 {heading} 同时属于列 {owners[heading]} 与 {column.name}" for heading in taken]
    return reasons
