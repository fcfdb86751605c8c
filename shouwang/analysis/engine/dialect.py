"""The SQL definitions may use: what DuckDB and Spark understand alike. Everything else is refused with the portable form (architecture §6).

The list itself, with a portable form and a spec for everything on it, is forms.py.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import sqlglot
from sqlglot import exp

from shouwang.analysis.engine.forms import ALLOWED
from shouwang.analysis.standard import Standard

CODE = re.compile(r"CODE\('([a-z_]+\.[a-z_]+)',\s*'([a-z_]+)'\)")

FUNCTIONS = {"BIT_COUNT"}
JOINS = {"", "INNER", "LEFT", "ANTI", "SEMI", "CROSS", "FULL"}
REMEDY: dict[type[exp.Expr], str] = {
    exp.TryCast: "写成 CAST，或先在导入时检查",
    exp.DayOfWeek: "星期几请用校历，两种引擎的编号不同",
    exp.DayOfWeekIso: "星期几请用校历，Spark 不认识",
    exp.CountIf: "写成 COUNT(*) FILTER (WHERE …)，空值时两种引擎结果不同",
    exp.List: "列表聚合在 Spark 上会丢掉顺序；取最近一行用 ROW_NUMBER",
    exp.ArrayAgg: "列表聚合在 Spark 上会丢掉顺序；取最近一行用 ROW_NUMBER",
    exp.PercentileCont: "分位数两种引擎不同",
    exp.Quantile: "分位数两种引擎不同",
    exp.Corr: "常数列的相关系数两种引擎不同，用和式计算",
    exp.Pivot: "写成 FILTER 聚合",
    exp.GenerateSeries: "用校历表代替",
    exp.CurrentDate: "时间由参数 $as_of 给出",
    exp.CurrentTimestamp: "时间由参数 $as_of 给出",
    exp.SimilarTo: "用 LIKE",
    exp.Rand: "定义不能有随机数",
    exp.Comprehension: "列表推导 Spark 不认识",
}
CLOCK = {"HOUR", "MINUTE", "SECOND", "DAY", "MONTH", "YEAR"}
WHOLE = {exp.DType.INT, exp.DType.BIGINT, exp.DType.SMALLINT, exp.DType.TINYINT}
ROUNDED = (exp.Floor, exp.Ceil, exp.Round, exp.Literal, exp.Null, exp.Placeholder, exp.Count, exp.DateDiff)


class RefusedSQL(ValueError):
    """The statement leaves the allowed dialect; the text says where and what to write instead."""


def codes(sql: str, standard: Standard) -> str:
    """`CODE('attendance.status', 'absent')` becomes the number that stands in facts. KeyError when the standard has no such code."""
    return CODE.sub(lambda found: str(standard.code_number(found[1], found[2])), sql)


@lru_cache(maxsize=256)
def portable(sql: str, place: str = "") -> exp.Expr:
    """The statement's tree: one SELECT of the allowed dialect, divisions made safe. RefusedSQL otherwise."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise RefusedSQL(f"{place}：读不懂这条语句：{str(error).splitlines()[0]}") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.Union):
        raise RefusedSQL(f"{place}：须有且只有一条 SELECT")
    for node in trees[0].walk():
        if reason := why_not(node):
            raise RefusedSQL(f"{place}：{node.sql('duckdb')[:80]}：{reason}")
    return trees[0].transform(_safe_division)


def why_not(node: exp.Expr) -> str | None:
    """Why this node may not stand in a definition, in Chinese; None when it may."""
    if type(node) is exp.Anonymous:
        return None if node.name.upper() in FUNCTIONS else f"函数 {node.name} 不在允许之列"
    if type(node) not in ALLOWED:
        return REMEDY.get(type(node), f"不允许的写法 {type(node).__name__}")
    for kind, wrong, reason in WRONG:
        if isinstance(node, kind) and wrong(node):
            return reason
    return None


def _foreign_join(node: exp.Expr) -> bool:
    side, kind = (node.args.get(word) or "" for word in ("side", "kind"))
    return not {side, kind} <= JOINS or bool(node.args.get("method"))


def _unrounded(node: exp.Expr) -> bool:
    return isinstance(node, exp.Cast) and node.to.this in WHOLE and not isinstance(node.this, ROUNDED)


WRONG: tuple[tuple[type[exp.Expr], Callable[[exp.Expr], bool], str], ...] = (
    (exp.Join, _foreign_join, "这种连接只有 DuckDB 认识"),
    (exp.Cast, _unrounded, "小数转整数两种引擎结果不同，先 FLOOR 或 ROUND"),
    (exp.Extract, lambda node: node.name.upper() not in CLOCK, "星期几与周次请用校历"),
    (exp.Star, lambda node: bool(node.args.get("replace")), "逐列写出名称"),
)


def _safe_division(node: exp.Expr) -> exp.Expr:
    """a / b → CAST(a AS DOUBLE) / NULLIF(b, 0): decimals and zero divide differently elsewhere."""
    if type(node) is not exp.Div:
        return node
    above, below = node.this, node.expression
    if not (isinstance(above, exp.Cast) and above.to.this == exp.DType.DOUBLE):
        above = exp.cast(above, exp.DType.DOUBLE)
    if not (isinstance(below, exp.Nullif) or (isinstance(below, exp.Literal) and float(below.name) != 0)):
        below = exp.func("NULLIF", below, exp.Literal.number(0))
    return exp.Div(this=above, expression=below)


def duckdb_sql(sql: str, place: str = "") -> str:
    """What DuckDB is given: the checked tree's own text, never the author's."""
    return portable(sql, place).sql("duckdb")


def _exact_round(node: exp.Expr) -> exp.Expr:
    """ROUND(x, n) of a DOUBLE as DuckDB computes it. Spark rounds the shortest decimal text of the number instead: 2.675 to 2.68, not 2.67."""
    places = node.args.get("decimals") if type(node) is exp.Round else None
    if places is None or not places.is_int:
        return node
    scale = exp.cast(exp.Literal.number(10 ** int(places.name)), exp.DType.DOUBLE)
    whole = exp.Round(this=exp.Mul(this=exp.Paren(this=node.this), expression=scale))
    return exp.Div(this=whole, expression=scale.copy())


@lru_cache(maxsize=256)
def spark_sql(sql: str, place: str = "") -> str:
    """The same statement for Spark. RefusedSQL when sqlglot cannot say it there."""
    tree = portable(sql, place).copy().transform(_exact_round)
    for part in tree.find_all(exp.CTE):
        part.set("materialized", None)  # a hint for DuckDB only
    try:
        return tree.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.UnsupportedError as error:
        raise RefusedSQL(f"{place}：Spark 上没有等价的写法：{error}") from None
