"""A rule's condition as a frozen tree. Everything a rule can say is one of these five nodes."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Operator = Literal["=", "<>", "<", "<=", ">", ">="]

FLIPPED: dict[Operator, Operator] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
OPPOSITE: dict[Operator, Operator] = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Compare:
    """An indicator beside a number, or beside another indicator (then `right` is its name)."""

    left: str
    op: Operator
    right: Decimal | str


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing is known of the indicator. The only node that is never unknown itself."""

    indicator: str


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node = All | Any | Not | Compare | Missing
Leaf = Compare | Missing


def every(*parts: Node) -> Node:
    """All of the parts, with nested All flattened: (a and b) and c is the same rule as a and (b and c)."""
    flat = tuple(leaf for part in parts for leaf in (part.parts if isinstance(part, All) else (part,)))
    return flat[0] if len(flat) == 1 else All(flat)


def some(*parts: Node) -> Node:
    """Any of the parts, flattened likewise."""
    flat = tuple(leaf for part in parts for leaf in (part.parts if isinstance(part, Any) else (part,)))
    return flat[0] if len(flat) == 1 else Any(flat)


def leaves(node: Node) -> Iterator[Leaf]:
    """The comparisons and missing tests, in reading order."""
    match node:
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case Compare() | Missing():
            yield node


def indicators_of(node: Node) -> tuple[str, ...]:
    """The names the condition reads, each once, in reading order."""
    names: dict[str, None] = {}
    for leaf in leaves(node):
        if isinstance(leaf, Missing):
            names[leaf.indicator] = None
        else:
            names[leaf.left] = None
            if isinstance(leaf.right, str):
                names[leaf.right] = None
    return tuple(names)


def depth(node: Node) -> int:
    match node:
        case All(parts) | Any(parts):
            return 1 + max(depth(part) for part in parts)
        case Not(part):
            return 1 + depth(part)
        case _:
            return 1


def without_not(node: Node, negated: bool = False) -> Node:
    """The same condition with every Not pushed into the comparisons; sound in three values (De Morgan). `Not(Missing)` stays: is known."""
    match node:
        case Not(part):
            return without_not(part, not negated)
        case All(parts):
            return (some if negated else every)(*(without_not(part, negated) for part in parts))
        case Any(parts):
            return (every if negated else some)(*(without_not(part, negated) for part in parts))
        case Compare(left, op, right):
            return Compare(left, OPPOSITE[op], right) if negated else node
        case Missing():
            return Not(node) if negated else node
