"""Everything a definition may say, each with its portable form and its spec. What is not on this page is refused (dialect.py).

A form is asked over one small table, `t`: k and g (row and group, whole), i and j (whole), n (DECIMAL(10, 2)), x and y (DOUBLE), s (text),
b (boolean), d and e (days), m (moment). The spec gives some of its columns row by row and says what comes out; tests/property/
test_conformance.py draws the whole table and compares the engines over it, cell by cell.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlglot import exp

COLUMNS = {
    "k": "INTEGER", "g": "INTEGER", "i": "INTEGER", "j": "INTEGER", "n": "DECIMAL(10, 2)", "x": "DOUBLE", "y": "DOUBLE", "s": "VARCHAR",
    "b": "BOOLEAN", "d": "DATE", "e": "DATE", "m": "TIMESTAMP",
}  # fmt: skip
Kind = Literal["row", "group", "query"]
Nodes = tuple[type[exp.Expr], ...]
D, N, T, F = date.fromisoformat, Decimal, True, False
M = datetime.fromisoformat


@dataclass(frozen=True)
class Form:
    """One construct. `row`: an expression of a row; `group`: an aggregate per g; `query`: a SELECT whose rows are ordered by all columns."""

    title: str
    nodes: Nodes
    sql: str
    columns: str
    given: tuple[tuple[Any, ...], ...]
    expect: tuple[Any, ...]
    kind: Kind = "row"
    note: str = ""

    @property
    def statement(self) -> str:
        """The form as a SELECT over `t`."""
        if self.kind == "row":
            return f"SELECT k, {self.sql} AS v FROM t"
        if self.kind == "group":
            return f"SELECT g, {self.sql} AS v FROM t GROUP BY g"
        return self.sql


def row(title: str, nodes: Iterable[type[exp.Expr]], sql: str, columns: str, *cases: tuple[Any, ...], note: str = "") -> Form:
    """The last value of each case is what comes out."""
    return Form(title, tuple(nodes), sql, columns, tuple(case[:-1] for case in cases), tuple(case[-1] for case in cases), "row", note)


def group(title: str, nodes: Iterable[type[exp.Expr]], sql: str, column: str, *cases: tuple[list[Any], Any], note: str = "") -> Form:
    """Each case is one group: its values of `column`, and what comes out."""
    given = tuple((at, value) for at, (values, _) in enumerate(cases, 1) for value in values)
    return Form(title, tuple(nodes), sql, f"g {column}", given, tuple((at, out) for at, (_, out) in enumerate(cases, 1)), "group", note)


def query(title: str, nodes: Iterable[type[exp.Expr]], sql: str, *spec: Any, note: str = "") -> Form:
    """`spec`: the columns given, their rows, the rows that come out."""
    columns, given, expect = spec
    return Form(title, tuple(nodes), sql, columns, tuple(given), tuple(expect), "query", note)


ROWS = (
    row("常量 Literal", [exp.Literal, exp.Boolean, exp.Null, exp.Neg], "CASE WHEN TRUE THEN -1 ELSE NULL END", "i", (7, -1)),
    row("相等 =", [exp.EQ], "i = j", "i j", (1, 1, T), (1, 2, F), (None, 1, None)),
    row("不等 <>", [exp.NEQ], "i <> j", "i j", (1, 1, F), (1, 2, T), (None, 1, None)),
    row("小于 <", [exp.LT], "x < y", "x y", (1.0, 2.0, T), (2.0, 2.0, F), (None, 1.0, None)),
    row("不超过 <=", [exp.LTE], "n <= i", "n i", (N("2.00"), 2, T), (N("2.01"), 2, F), (None, 1, None)),
    row("大于 >", [exp.GT], "d > e", "d e", (D("2024-02-29"), D("2024-02-28"), T), (D("2024-02-28"), D("2024-02-28"), F), (None, D("2024-01-01"), None)),
    row("达到 >=", [exp.GTE], "s >= 'b'", "s", ("b", T), ("a", F), (None, None), note="文本按字节比较"),
    row("之间 BETWEEN", [exp.Between], "i BETWEEN 1 AND 3", "i", (1, T), (3, T), (4, F), (None, None)),
    row("属于 IN", [exp.In], "i IN (1, 2)", "i", (2, T), (3, F), (None, None)),
    row("是否为空 IS NULL", [exp.Is], "i IS NULL", "i", (1, F), (None, T)),
    row("相同（空等于空）IS NOT DISTINCT FROM", [exp.NullSafeEQ], "i IS NOT DISTINCT FROM j", "i j", (1, 1, T), (None, None, T), (1, None, F)),
    row("不同 IS DISTINCT FROM", [exp.NullSafeNEQ], "i IS DISTINCT FROM j", "i j", (1, 1, F), (None, None, F), (1, None, T)),
    row("并且 AND", [exp.And], "b AND i > 0", "b i", (T, 1, T), (F, None, F), (None, 1, None)),
    row("或者 OR", [exp.Or], "b OR i > 0", "b i", (F, 0, F), (T, None, T), (None, 0, None)),
    row("并非 NOT", [exp.Not, exp.Paren], "NOT (b)", "b", (T, F), (F, T), (None, None)),
    row("分情况 CASE", [exp.Case, exp.If], "CASE WHEN i > 0 THEN 'a' WHEN i < 0 THEN 'b' END", "i", (1, "a"), (-1, "b"), (0, None), (None, None)),
    row("取第一个非空 COALESCE", [exp.Coalesce], "COALESCE(i, j, 0)", "i j", (1, 2, 1), (None, 2, 2), (None, None, 0)),
    row("相等则空 NULLIF", [exp.Nullif], "NULLIF(i, 0)", "i", (0, None), (5, 5), (None, None)),
    row("最大者 GREATEST", [exp.Greatest], "GREATEST(i, j)", "i j", (1, 2, 2), (None, 2, 2), (None, None, None), note="空值不算，全空才为空"),
    row("最小者 LEAST", [exp.Least], "LEAST(d, e)", "d e", (D("2024-03-01"), D("2024-02-29"), D("2024-02-29")), (None, D("2024-01-01"), D("2024-01-01"))),
    row("加 +", [exp.Add], "i + j", "i j", (1, 2, 3), (None, 2, None)),
    row("日期加天数", [exp.Add], "d + 365", "d", (D("2024-02-29"), D("2025-02-28")), (None, None), note="加整数天；不用 INTERVAL 加月"),
    row("减 -", [exp.Sub], "n - i", "n i", (N("2.50"), 1, N("1.50")), (None, 1, None)),
    row("乘 *", [exp.Mul], "n * 2", "n", (N("1.25"), N("2.50")), (None, None)),
    row("除 /", [exp.Div], "i / j", "i j", (1, 2, 0.5), (1, 0, None), (None, 2, None), note="改写为 CAST(a AS DOUBLE) / NULLIF(b, 0)：除以零为空"),
    row("余数 MOD", [exp.Mod], "MOD(i, 10)", "i", (23, 3), (-23, -3), (None, None)),
    row("绝对值 ABS", [exp.Abs], "ABS(i)", "i", (-3, 3), (None, None)),
    row("向下取整 FLOOR", [exp.Floor], "CAST(FLOOR(x) AS INTEGER)", "x", (2.5, 2), (-2.5, -3), (None, None)),
    row("向上取整 CEIL", [exp.Ceil], "CAST(CEIL(x) AS INTEGER)", "x", (2.5, 3), (-2.5, -2), (None, None)),
    row("四舍五入 ROUND", [exp.Round], "CAST(ROUND(x) AS INTEGER)", "x", (2.5, 3), (-2.5, -3), (2.4, 2), (None, None), note="一半向远离零"),
    row("保留小数 ROUND(x, 6)", [exp.Round], "ROUND(x, 2)", "x", (2.675, 2.68), (1.005, 1.0), (-0.125, -0.13), (None, None),
        note="只用于 DOUBLE；Spark 上写成 ROUND(x * 10^n) / 10^n，否则二进制下恰在一半附近的数两种引擎不同"),
    row("平方根 SQRT", [exp.Sqrt], "SQRT(x * x)", "x", (3.0, 3.0), (None, None)),
    row("幂 POWER", [exp.Pow], "POWER(2, MOD(ABS(i), 62))", "i", (3, 8.0), (61, 2305843009213693952.0), (None, None)),
    row("转换类型 CAST", [exp.Cast, exp.DataType, exp.DataTypeParam], "CAST(CAST(n AS DECIMAL(12, 1)) AS DOUBLE)", "n", (N("1.25"), 1.3), (None, None),
        note="小数转整数须先 FLOOR 或 ROUND"),
    row("日期取自时刻", [exp.Cast], "CAST(m AS DATE)", "m", (M("2024-02-29 23:59:59"), D("2024-02-29")), (None, None)),
    row("位与 &", [exp.BitwiseAnd], "i & 4095", "i", (4097, 1), (None, None)),
    row("位或 |", [exp.BitwiseOr], "i | j", "i j", (5, 2, 7), (None, 2, None)),
    row("位反 ~", [exp.BitwiseNot], "~i", "i", (0, -1), (None, None)),
    row("左移 <<", [exp.BitwiseLeftShift], "CAST(1 AS BIGINT) << MOD(ABS(i), 62)", "i", (61, 2305843009213693952), (None, None)),
    row("右移 >>", [exp.BitwiseRightShift], "ABS(i) >> 4", "i", (4096, 256), (None, None)),
    row("计位 BIT_COUNT", [exp.Anonymous], "BIT_COUNT(ABS(i))", "i", (7, 3), (0, 0), (None, None), note="只用于非负数：负数的位数两种引擎不同"),
    row("长度 LENGTH", [exp.Length], "LENGTH(s)", "s", ("小雨", 2), ("", 0), (None, None)),
    row("连接 ||", [exp.DPipe], "s || 'x'", "s", ("a", "ax"), (None, None)),
    row("大写 UPPER", [exp.Upper], "UPPER(s)", "s", ("ab", "AB"), (None, None), note="只用于编号：德文 ß 之类两种引擎不同"),
    row("小写 LOWER", [exp.Lower], "LOWER(s)", "s", ("AB", "ab"), (None, None), note="只用于编号"),
    row("去空格 TRIM", [exp.Trim], "TRIM(s)", "s", ("  a ", "a"), (None, None)),
    row("匹配 LIKE", [exp.Like], "s LIKE 'a%'", "s", ("ab", T), ("ba", F), (None, None)),
    row("时分秒 EXTRACT", [exp.Extract, exp.Var], "EXTRACT(HOUR FROM m) * 60 + EXTRACT(MINUTE FROM m)", "m", (M("2024-02-29 01:02:03"), 62), (None, None),
        note="星期与周次请用校历"),
    row("年月日 EXTRACT", [exp.Extract], "EXTRACT(YEAR FROM d) * 100 + EXTRACT(MONTH FROM d)", "d", (D("2024-02-29"), 202402), (None, None)),
    row("相差天数 DATE_DIFF", [exp.DateDiff], "DATE_DIFF('day', d, e)", "d e", (D("2024-02-28"), D("2024-03-01"), 2), (None, D("2024-01-01"), None), note="只用 day"),
    row("时刻减小时 INTERVAL", [exp.Interval], "CAST(m - INTERVAL 6 HOUR AS DATE)", "m", (M("2024-03-01 05:00:00"), D("2024-02-29")), (None, None), note="只用 HOUR"),
)  # fmt: skip

GROUPS = (
    group("计数 COUNT", [exp.Count, exp.Star], "COUNT(*) + 0 * COUNT(i)", "i", ([1, None], 2)),
    group("不同值计数 COUNT(DISTINCT)", [exp.Distinct], "COUNT(DISTINCT i)", "i", ([1, 1, 2, None], 2)),
    group("筛选聚合 FILTER", [exp.Filter, exp.Where], "COUNT(*) FILTER (WHERE i > 1)", "i", ([1, 2, None], 1), ([None], 0)),
    group("合计 SUM", [exp.Sum], "SUM(n)", "n", ([N("1.10"), N("2.20"), None], N("3.30")), ([None], None), note="只合计整数与小数（DECIMAL）：DOUBLE 的和取决于行的顺序"),
    group("最小 MIN", [exp.Min], "MIN(d)", "d", ([D("2024-02-29"), D("2024-03-01"), None], D("2024-02-29")), ([None], None)),
    group("最大 MAX", [exp.Max], "MAX(s)", "s", (["a", "b", None], "b"), ([None], None)),
    group("平均 AVG", [exp.Avg], "AVG(CAST(i AS DOUBLE))", "i", ([1, 2, None], 1.5), ([None], None), note="须 CAST AS DOUBLE；不是整数的，外面再 ROUND"),
    group("位或聚合 BIT_OR", [exp.BitwiseOrAgg], "BIT_OR(i)", "i", ([1, 4, None], 5), ([None], None)),
    group("有一为真 BOOL_OR", [exp.LogicalOr], "BOOL_OR(b)", "b", ([F, T, None], T), ([None], None)),
    group("全都为真 BOOL_AND", [exp.LogicalAnd], "BOOL_AND(b)", "b", ([F, T, None], F), ([None], None)),
)  # fmt: skip

QUERIES = (
    query("查询 SELECT", [exp.Select, exp.From, exp.Table, exp.Column, exp.Identifier, exp.Alias, exp.TableAlias], "SELECT a.k AS k, a.i AS v FROM t AS a WHERE a.i > 0",
          "i", [(1,), (0,), (None,)], [(1, 1)]),
    query("分组与筛选 GROUP BY … HAVING", [exp.Group, exp.Having], "SELECT g, MAX(i) AS v FROM t GROUP BY g HAVING COUNT(*) > 1", "g i", [(1, 5), (1, 6), (2, 7)], [(1, 6)]),
    query("公用子句 WITH", [exp.With, exp.CTE], "WITH a AS (SELECT k, i FROM t WHERE i IS NOT NULL) SELECT k, i FROM a", "i", [(3,), (None,)], [(1, 3)]),
    query("子查询", [exp.Subquery], "SELECT k, (SELECT MAX(i) FROM t) AS v FROM t", "i", [(3,), (None,)], [(1, 3), (2, 3)]),
    query("存在 EXISTS", [exp.Exists], "SELECT a.k FROM t AS a WHERE EXISTS (SELECT 1 FROM t AS o WHERE o.i = a.j)", "i j", [(1, 2), (3, 1)], [(2,)]),
    query("连接 JOIN", [exp.Join], "SELECT a.k AS k, o.k AS v FROM t AS a JOIN t AS o ON a.i = o.j", "i j", [(1, 2), (2, None)], [(2, 1)]),
    query("左连接 LEFT JOIN", [exp.Join], "SELECT a.k AS k, o.k AS v FROM t AS a LEFT JOIN t AS o ON a.i = o.j", "i j", [(1, 2), (2, None)], [(1, None), (2, 1)]),
    query("全连接 FULL JOIN", [exp.Join], "SELECT a.k AS k, o.k AS v FROM t AS a FULL JOIN t AS o ON a.i = o.j", "i j", [(1, 2)], [(1, None), (None, 1)]),
    query("属于查询结果 IN (SELECT …)", [exp.In], "SELECT k FROM t WHERE i IN (SELECT j FROM t WHERE j IS NOT NULL)", "i j", [(1, 2), (2, None)], [(2,)],
          note="子查询里不能有空值参与 NOT IN"),
    query("交叉连接 CROSS JOIN", [exp.Join], "SELECT a.k AS k, o.m AS v FROM t AS a CROSS JOIN (SELECT MAX(j) AS m FROM t) AS o", "j", [(1,), (2,)], [(1, 2), (2, 2)]),
    query("存在的行 SEMI JOIN", [exp.Join], "SELECT a.k AS k FROM t AS a SEMI JOIN t AS o ON a.i = o.j", "i j", [(1, 2), (2, None)], [(2,)]),
    query("不存在的行 ANTI JOIN", [exp.Join], "SELECT a.k AS k FROM t AS a ANTI JOIN t AS o ON a.i = o.j", "i j", [(1, 2), (2, None)], [(1,)]),
    query("上下相接 UNION ALL", [exp.Union], "SELECT i AS v FROM t UNION ALL SELECT j AS v FROM t", "i j", [(1, 1)], [(1,), (1,)]),
    query("去掉相同行 EXCEPT", [exp.Except], "SELECT a.v AS v FROM (SELECT i AS v FROM t EXCEPT SELECT j AS v FROM t) AS a", "i j", [(1, 2), (2, None), (None, 3)], [(1,)]),
    query("常量行 VALUES", [exp.Values, exp.Tuple], "SELECT a.v AS v FROM (VALUES (1), (2)) AS a(v)", "i", [(1,)], [(1,), (2,)]),
    query("第几行 ROW_NUMBER", [exp.RowNumber, exp.Window, exp.Order, exp.Ordered], "SELECT k, ROW_NUMBER() OVER (PARTITION BY g ORDER BY i DESC, k) AS v FROM t",
          "g i", [(1, 5), (1, 6), (1, None)], [(1, 2), (2, 1), (3, 3)], note="排序须到唯一为止；空值总在最后"),
    query("上一行 LAG", [exp.Lag], "SELECT k, LAG(i) OVER (PARTITION BY g ORDER BY k) AS v FROM t", "g i", [(1, 5), (1, 6)], [(1, None), (2, 5)]),
    query("下一行 LEAD", [exp.Lead], "SELECT k, LEAD(i) OVER (PARTITION BY g ORDER BY k) AS v FROM t", "g i", [(1, 5), (1, 6)], [(1, 6), (2, None)]),
    query("滑动合计", [exp.WindowSpec], "SELECT k, SUM(i) OVER (PARTITION BY g ORDER BY k ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS v FROM t",
          "g i", [(1, 5), (1, 6), (1, 7)], [(1, 5), (2, 11), (3, 13)]),
    query("参数 $as_of", [exp.Placeholder], "SELECT k, $as_of - 1 AS v FROM t WHERE d <= $as_of", "d", [(D("2024-02-29"),), (D("2030-01-01"),)], [(1, D("2025-12-09"))]),
)  # fmt: skip

FORMS = (*ROWS, *GROUPS, *QUERIES)
ALLOWED: frozenset[type[exp.Expr]] = frozenset(node for form in FORMS for node in form.nodes) - {exp.Anonymous}
