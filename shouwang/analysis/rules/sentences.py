"""The third reading: a condition as a sentence, and the reason why it holds for one student in words a person would use.

The Chinese of a condition is a controlled language: every comparison has its own word and brackets stand wherever “且” and “或” meet,
so that a reader (and the test, which reads it back) can mean only one thing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from shouwang.analysis.rules.readings import Value, holds
from shouwang.analysis.rules.translation import plain
from shouwang.analysis.rules.tree import All, Any, Compare, Missing, Node, Not, indicators_of, leaves, without_not

OPERATORS = {
    ">=": ("达到", "at least"),
    ">": ("超过", "more than"),
    "<": ("低于", "less than"),
    "<=": ("不超过", "at most"),
    "=": ("等于", "exactly"),
    "<>": ("不等于", "other than"),
}
SHARE = "share"
FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")


class Described(Protocol):
    """What a sentence needs to know of an indicator."""

    @property
    def title(self) -> str: ...
    @property
    def title_en(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def unit_en(self) -> str: ...
    @property
    def decimals(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Says:
    """One reason of a rule, said when `when` holds (None: always). `{name}`: the value; `:line` its limit; `:abs` without its sign;

    `:points` a share's percentage points without sign.
    """

    zh: str
    en: str
    when: Node | None = None


def spoken_of(node: Node, says: tuple[Says, ...]) -> tuple[str, ...]:
    """Every indicator whose value a reader learns: those of the condition, then those only the sentences mention."""
    mentioned = (name for reason in says for text in (reason.zh, reason.en) for name, _ in FIELD.findall(text))
    return tuple(dict.fromkeys((*indicators_of(node), *mentioned)))


def sentence(node: Node, indicators: Mapping[str, Described], lang: str = "zh") -> str:
    """The condition in words. KeyError for an indicator that is not described."""
    words = _Words(indicators, lang)
    return words.condition(without_not(node), top=True)


class _Words:
    def __init__(self, indicators: Mapping[str, Described], lang: str) -> None:
        self.indicators, self.zh = indicators, lang == "zh"

    def condition(self, node: Node, top: bool = False) -> str:
        match node:
            case Any(parts) if choice := self.choice(parts):
                return choice
            case All(parts) | Any(parts):
                joint = ("，且" if self.zh else ", and ") if isinstance(node, All) else ("，或" if self.zh else ", or ")
                text = joint.join(self.condition(part) for part in parts)
                return text if top else f"（{text}）" if self.zh else f"({text})"
            case Missing(name):
                return f"{self.title(name)}没有数据" if self.zh else f"{self.title(name)} is not known"
            case Not(Missing(name)):
                return f"{self.title(name)}有数据" if self.zh else f"{self.title(name)} is known"
            case Compare():
                return self.title(node.left) + self.gap + self.limited(node)
            case Not():
                raise TypeError("without_not leaves no other Not")

    def choice(self, parts: tuple[Node, ...]) -> str | None:
        """`x IN (3, 4)`: one subject, several numbers."""
        equal = [part for part in parts if isinstance(part, Compare) and part.op == "=" and not isinstance(part.right, str)]
        if len(equal) != len(parts) or len({part.left for part in equal}) != 1:
            return None
        name = equal[0].left
        numbers = (" 或 " if self.zh else " or ").join(limit(part.right, self.indicators[name]) for part in equal)
        return f"{self.title(name)}{self.gap}{OPERATORS['='][0 if self.zh else 1]} {self.with_unit(name, numbers)}"

    def limited(self, node: Compare) -> str:
        word = OPERATORS[node.op][0 if self.zh else 1]
        if isinstance(node.right, str):
            return f"{word}{self.title(node.right)}" if self.zh else f"{word} {self.title(node.right)}"
        return f"{word} {self.with_unit(node.left, limit(node.right, self.indicators[node.left]))}"

    @property
    def gap(self) -> str:
        return "" if self.zh else ": "

    def title(self, name: str) -> str:
        return f"“{self.indicators[name].title}”" if self.zh else self.indicators[name].title_en

    def with_unit(self, name: str, number: str) -> str:
        unit = self.indicators[name].unit if self.zh else self.indicators[name].unit_en
        if self.indicators[name].unit_en == SHARE:
            return number
        unit = re.split("[（(]", unit)[0].strip()  # a scale's legend is for the indicator's own page
        return f"{number}{unit}" if unit == "%" else f"{number} {unit}".rstrip()


def limit(line: Decimal | str, indicator: Described) -> str:
    """A literal as people write it, to the digit: 15% for a share, else the number itself."""
    if isinstance(line, str):
        return line
    return f"{plain(line * 100):f}%" if indicator.unit_en == SHARE else f"{line:f}"


def shown(value: Value, indicator: Described) -> str:
    """A value as people write it: 12.5% for a share, else at most `decimals` places without trailing zeros; “—” for none."""
    if value is None:
        return "—"
    if indicator.unit_en == SHARE:
        return f"{_rounded(float(value) * 100, max(indicator.decimals - 2, 0))}%"
    return _rounded(float(value), indicator.decimals)


def _rounded(value: float, decimals: int) -> str:
    text = f"{Decimal(repr(value)):.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def because(node: Node, says: tuple[Says, ...], values: Mapping[str, Value], indicators: Mapping[str, Described], lang: str = "zh") -> str:
    """Why the condition holds for these values: the rule's own sentences where they fit, else one made of the comparisons that hold."""
    reasons = []
    for reason in says:
        when = reason.when or node
        if holds(when, values) and (text := _filled(reason.zh if lang == "zh" else reason.en, node, when, values, indicators)):
            reasons.append(text)
    return ("；" if lang == "zh" else "; ").join(reasons) if reasons else generated(node, values, indicators, lang)


def generated(node: Node, values: Mapping[str, Value], indicators: Mapping[str, Described], lang: str = "zh") -> str:
    """The comparisons that hold, each with its value: “本学期旷课学时”为 12 学时（达到 10 学时）."""
    words = _Words(indicators, lang)
    found = [leaf for leaf in _positive(without_not(node)) if holds(leaf, values)]
    return ("；" if lang == "zh" else "; ").join(dict.fromkeys(_with_value(leaf, values, words) for leaf in found))


def _positive(node: Node) -> list[Node]:
    match node:
        case All(parts) | Any(parts):
            return [leaf for part in parts for leaf in _positive(part)]
        case _:
            return [node]


def _with_value(leaf: Node, values: Mapping[str, Value], words: _Words) -> str:
    if not isinstance(leaf, Compare):
        return words.condition(leaf)
    value = words.with_unit(leaf.left, shown(values[leaf.left], words.indicators[leaf.left]))
    if words.zh:
        return f"{words.title(leaf.left)}为 {value}（{words.limited(leaf)}）"
    return f"{words.title(leaf.left)}: {value} ({words.limited(leaf)})"


def _filled(template: str, node: Node, when: Node, values: Mapping[str, Value], indicators: Mapping[str, Described]) -> str | None:
    """The template with its fields filled; None when a value is unknown or the condition no longer compares what the template speaks of."""
    filled: dict[str, str] = {}
    for name, kind in FIELD.findall(template):
        text = _limit_said(name, when, node, indicators) if kind == "line" else _said(name, kind, values, indicators)
        if text is None:
            return None
        filled[f"{name}:{kind}" if kind else name] = text
    return FIELD.sub(lambda found: filled[found[0][1:-1]], template)


def _said(name: str, kind: str, values: Mapping[str, Value], indicators: Mapping[str, Described]) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    number = abs(float(value)) if kind in ("abs", "points") else value
    return shown(number, indicators[name]).removesuffix("%" if kind == "points" else "")


def _limit_said(name: str, when: Node, node: Node, indicators: Mapping[str, Described]) -> str | None:
    line = _line(name, when) or _line(name, node)
    return None if line is None else limit(line, indicators[name])


def _line(name: str, node: Node) -> Decimal | None:
    """The first number the indicator is compared with; None when it is not compared with any."""
    compared = (leaf.right for leaf in leaves(node) if isinstance(leaf, Compare) and leaf.left == name)
    return next((right for right in compared if isinstance(right, Decimal)), None)
