"""Two of the three readings of a condition: SQL for all students, Python for one. Both know three answers: yes, no, unknown."""

import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal

from shouwang.analysis.rules.tree import All, Any, Compare, Missing, Node, Not, Operator

Value = float | int | Decimal | None
Ordered = tuple[bool, float]
COMPARED: dict[Operator, Callable[[Ordered, Ordered], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def to_sql(node: Node) -> str:
    """A boolean expression over the columns of `wide`. Literals are DOUBLE as the columns are: no decimal arithmetic decides a boundary."""
    match node:
        case Compare(left, op, right):
            return f"{left} {op} {right if isinstance(right, str) else f'CAST({right:f} AS DOUBLE)'}"
        case Missing(indicator):
            return f"{indicator} IS NULL"
        case Not(part):
            return f"NOT ({to_sql(part)})"
        case All(parts):
            return " AND ".join(f"({to_sql(part)})" for part in parts)
        case Any(parts):
            return " OR ".join(f"({to_sql(part)})" for part in parts)


def holds(node: Node, values: Mapping[str, Value]) -> bool | None:
    """Whether the condition holds for one student; None when the data do not say. KeyError when `values` lacks an indicator altogether."""
    match node:
        case Compare():
            return _compare(node, values)
        case Missing(indicator):
            return values[indicator] is None
        case Not(part):
            answer = holds(part, values)
            return None if answer is None else not answer
        case All(parts):
            answers = [holds(part, values) for part in parts]
            return False if False in answers else None if None in answers else True
        case Any(parts):
            answers = [holds(part, values) for part in parts]
            return True if True in answers else None if None in answers else False


def _compare(node: Compare, values: Mapping[str, Value]) -> bool | None:
    left, right = values[node.left], values[node.right] if isinstance(node.right, str) else node.right
    if left is None or right is None:
        return None
    return COMPARED[node.op](_order(float(left)), _order(float(right)))


def _order(number: float) -> Ordered:
    """DuckDB and Spark put NaN above every number and equal to itself; Python does not."""
    return (True, 0.0) if math.isnan(number) else (False, number)
