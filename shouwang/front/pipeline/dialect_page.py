"""The generated page of the SQL that indicators and rules may use: each form with its spec, what is refused with the remedy."""

from collections.abc import Iterator
from typing import Any

from shouwang.analysis.engine import REMEDY, spark_sql
from shouwang.analysis.engine.forms import COLUMNS, GROUPS, QUERIES, ROWS, Form


def page() -> Iterator[str]:
    forms = (*ROWS, *GROUPS, *QUERIES)
    yield f"# 指标与规则可用的 SQL 方言 Dialect\n\n共 {len(forms)} 种写法，DuckDB 与 Spark 结果逐位相同；不在此页的写法一律拒绝，并说明应怎样写。"
    yield (
        "每种写法都有规格（小表进，期望值出），两种引擎都照它检验；生成的数据再逐格比较两种引擎，"
        "从未被生成的数据用到的写法会使检验失败。示例表 `t` 的列："
    )
    yield "、".join(f"`{name}` {kind}" for name, kind in COLUMNS.items()) + "。\n"
    for title, kind in (("一行之内 Row", ROWS), ("聚合 Aggregate", GROUPS), ("查询 Query", QUERIES)):
        yield f"## {title}\n\n| 写法 | 例 | 在 Spark 上 | 规格：进 → 出 | 说明 |\n|---|---|---|---|---|"
        for form in kind:
            yield f"| {_cell(form.title)} | {_code(form.sql)} | {_on_spark(form)} | {_spec(form)} | {_cell(form.note)} |"
        yield ""
    yield "## 拒绝的写法 Refused\n\n| 写法 | 改为 |\n|---|---|"
    for node, remedy in REMEDY.items():
        yield f"| `{node.__name__}` | {_cell(remedy)} |"


def _on_spark(form: Form) -> str:
    """The transpiled text where it differs."""
    there = spark_sql(form.statement)
    if form.kind != "query":
        there = there.removeprefix("SELECT k, ").removeprefix("SELECT g, ").split(" AS v FROM t")[0]
    return "" if there == form.sql else _code(there)


def _spec(form: Form) -> str:
    if form.kind == "row":
        return "；".join(f"{_values(given)} → {_value(out)}" for given, out in zip(form.given, form.expect, strict=True))
    if form.kind == "group":
        groups = ((number, out) for number, out in form.expect)
        return "；".join(f"{_values(v for g, v in form.given if g == number)} → {_value(out)}" for number, out in groups)
    return f"{'；'.join(_values(given) for given in form.given)} → {'；'.join(_values(out) for out in form.expect) or '（无）'}"


def _values(values: Any) -> str:
    return " ".join(_value(value) for value in values)


def _value(value: Any) -> str:
    if value is None:
        return "空"
    if isinstance(value, str):
        return f"“{value}”"
    return {True: "真", False: "假"}[value] if isinstance(value, bool) else str(value)


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if "`" not in text else _cell(text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
