"""sqlglot's tree into ours. Types are compared exactly: a subclass that sqlglot may add one day does not slip in."""

import re
from decimal import Decimal

from sqlglot import exp

from shouwang.analysis.rules.refusals import EXAMPLE, MISSING, NO_ARITHMETIC, ONLY, Refused, Vocabulary, at
from shouwang.analysis.rules.tree import FLIPPED, Compare, Missing, Node, Not, Operator, every, some

NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?")
COMPARISONS: dict[type[exp.Expression], Operator] = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
BARE = f"这里还不是一个比较，请写成“指标 比较 数字”，{EXAMPLE}"


def translate(node: exp.Expression, names: Vocabulary | None) -> Node:
    """The condition as our tree, BETWEEN and IN rewritten. Refused for whatever is not a condition."""
    match type(node):
        case exp.Paren:
            return translate(node.this, names)
        case exp.And:
            return every(translate(node.this, names), translate(node.expression, names))
        case exp.Or:
            return some(translate(node.this, names), translate(node.expression, names))
        case exp.Not:
            return Not(translate(node.this, names))
        case kind if kind in COMPARISONS:
            return _comparison(node, COMPARISONS[kind], names)
        case _:
            return _rewritten(node, names)


def _rewritten(node: exp.Expression, names: Vocabulary | None) -> Node:
    given = {key for key, value in node.args.items() if value}
    if type(node) is exp.Is and type(node.expression) is exp.Null:
        return Missing(_indicator(node.this, names))
    if type(node) is exp.Between and given == {"this", "low", "high"}:
        name = _indicator(node.this, names)
        return every(Compare(name, ">=", _side(node.args["low"], names)), Compare(name, "<=", _side(node.args["high"], names)))
    if type(node) is exp.In and given == {"this", "expressions"}:
        name = _indicator(node.this, names)
        return some(*(Compare(name, "=", _number(item)) for item in node.expressions))
    raise _refused(node, _remedy(node))


def _comparison(node: exp.Expression, op: Operator, names: Vocabulary | None) -> Node:
    left, right = _side(node.this, names), _side(node.expression, names)
    if isinstance(left, str):
        if left == right:
            raise _refused(node, "指标和它自己比较没有意义，请换成数字或另一个指标")
        return Compare(left, op, right)
    if isinstance(right, str):
        return Compare(right, FLIPPED[op], left)
    raise _refused(node, "两边都是数字，请把一边写成指标")


def _side(node: exp.Expression, names: Vocabulary | None) -> str | Decimal:
    if type(node) is exp.Paren:
        return _side(node.this, names)
    return _indicator(node, names) if type(node) is exp.Column else _number(node)


def _number(node: exp.Expression) -> Decimal:
    if type(node) is exp.Paren:
        return _number(node.this)
    if type(node) is exp.Neg and type(node.this) is exp.Literal:
        return -_number(node.this)
    if type(node) is exp.Literal and not node.is_string and NUMBER.fullmatch(node.name):
        return plain(Decimal(node.name))
    if type(node) is exp.Null:
        raise Refused(f"和 NULL 比较永远不成立；{MISSING}")
    raise _refused(node, "这里要写一个数字" if type(node) is exp.Column else _remedy(node))


def _indicator(node: exp.Expression, names: Vocabulary | None) -> str:
    if type(node) is exp.Paren:
        return _indicator(node.this, names)
    if type(node) is not exp.Column or type(node.this) is not exp.Identifier or node.this.quoted or len(node.parts) != 1:
        raise _refused(node, "这里要写一个指标名" if type(node) in (exp.Literal, exp.Neg) else _remedy(node))
    if names is None:
        return node.name
    found = names.find(node.name)
    if found is None:
        raise _refused(node, names.remedy(node.name))
    return found


def _remedy(node: exp.Expression) -> str:
    kind = type(node)
    if kind in (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg):
        return NO_ARITHMETIC
    if kind in COMPARISONS:
        return "两个比较之间要用 AND 或 OR 连接，例如 a >= 1 AND a < 3"
    if kind in (exp.Column, exp.Literal):
        return BARE
    if kind is exp.Alias:
        return "这里多了一个词；几个比较之间用 AND 或 OR 连接"
    return MISSING if kind in (exp.Null, exp.Is) else ONLY


def _refused(node: exp.Expression, remedy: str) -> Refused:
    spans = [part.meta for part in node.walk() if "start" in part.meta]
    what = node.sql("duckdb")
    if not spans:
        return Refused(f"“{what[:40]}”：{remedy}")
    return at(min(span["start"] for span in spans), max(span["end"] for span in spans) + 1, what, remedy)


def plain(number: Decimal) -> Decimal:
    """The number without trailing zeros or exponent, so that 3, 3.0 and 03 are one literal."""
    return Decimal(f"{number.normalize():f}") + 0
