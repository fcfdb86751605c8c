"""The third reading: a condition as a sentence, and the reason why it holds for one student in words a person would use.

The Chinese of a condition is a controlled language: every comparison has its own word and brackets stand wherever “且” and “或” meet,
so that a reader (and the test, which reads it back) can mean only one thing.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Protocol

from shouwang.analysis.rules.readings import Value, holds
from shouwang.analysis.rules.tree import All, Any, Compare, Missing, Node, Not, Operator, indicators_of, leaves, without_not

OPERATORS: dict[Operator, tuple[str, str]] = {
    ">=": ("达到", "at least"),
    ">": ("超过", "more than"),
    "<": ("低于", "less than"),
    "<=": ("不超过", "at most"),
    "=": ("等于", "exactly"),
    "<>": ("不等于", "other than"),
}
YES_NO = "（1 是，0 否）"
BRACKET = re.compile("[（(]")
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
    """One reason of a rule, said when `when` holds (None: always). `{name}`: the value; `:line` its limit; `:abs` without its sign."""

    zh: str
    en: str
    when: Node | None = None


def spoken_of(node: Node, says: tuple[Says, ...]) -> tuple[str, ...]:
    """Every indicator whose value a reader learns: those of the condition, then those only the sentences mention."""
    mentioned = (name for reason in says for text in (reason.zh, reason.en) for name, _ in FIELD.findall(text))
    return tuple(dict.fromkeys((*indicators_of(node), *mentioned)))


def unreadable(template: str, names: Collection[str]) -> list[str]:
    """What stands in braces but is no field of a sentence: “{x}” for an unknown indicator, or a brace that never closes."""
    wrong = [f"{{{name}}}" for name, _ in FIELD.findall(template) if name not in names]
    wrong += [f"{{{name}:{kind}}}" for name, kind in FIELD.findall(template) if kind not in ("", "line", "abs")]
    return wrong + [brace for brace in "{}" if brace in FIELD.sub("", template)]


def sentence(node: Node, indicators: Mapping[str, Described], lang: str = "zh") -> str:
    """The condition in words. KeyError for an indicator that is not described."""
    words = _Words(indicators, lang)
    return words.condition(without_not(node), top=True)


class _Words:
    def __init__(self, indicators: Mapping[str, Described], lang: str) -> None:
        self.indicators, self.zh = indicators, lang == "zh"

    def condition(self, node: Node, top: bool = False) -> str:
        match node:
            case All(parts) | Any(parts):
                both = isinstance(node, All)
                joint = ("，且" if both else "，或") if self.zh else (", and " if both else ", or ")
                said = [self.group(group, both) for group in _by_subject(parts)]
                text = joint.join(said)
                return text if top or len(said) == 1 else f"（{text}）" if self.zh else f"({text})"
            case Missing(name):
                return f"{self.title(name)}没有数据" if self.zh else f"{self.title(name)} is not known"
            case Not(Missing(name)):
                return f"{self.title(name)}有数据" if self.zh else f"{self.title(name)} is known"
            case Compare(left):
                return self.title(left) + self.gap + self.limited(node)
            case Not():
                raise TypeError("without_not leaves no other Not")

    def group(self, parts: list[Node], both: bool) -> str:
        """Comparisons of one indicator side by side: one subject, then “达到 8 且低于 15 学分”, “为 3 至 4 门”, “等于 3 或 4 门”."""
        limits = [part for part in parts if isinstance(part, Compare)]
        if len(limits) < 2:
            return self.condition(parts[0])
        name, decimals = limits[0].left, self.indicators[limits[0].left].decimals
        sign = "%" if self.indicators[name].unit == "%" else ""
        numbers = [f"{part.right:f}{sign}" for part in limits]
        if both and [part.op for part in limits] == [">=", "<="] and not decimals:
            said = ("为 " if self.zh else "") + (" 至 " if self.zh else " to ").join(numbers)
        elif not both and {part.op for part in limits} == {"="}:
            said = self.word("=") + " " + (" 或 " if self.zh else " or ").join(numbers)
        else:
            joint = ("且" if both else "或") if self.zh else ("and " if both else "or ")
            said = f" {joint}".join(f"{self.word(part.op)} {number}" for part, number in zip(limits, numbers, strict=True))
        return self.title(name) + self.gap + (said if sign else self.with_unit(name, said))

    def limited(self, node: Compare) -> str:
        if isinstance(node.right, str):
            return f"{self.word(node.op)}{'' if self.zh else ' '}{self.title(node.right)}"
        if node.op == "=" and node.right in (0, 1) and YES_NO in self.indicators[node.left].title:
            return ("为是" if node.right else "为否") if self.zh else ("yes" if node.right else "no")
        return self.with_unit(node.left, f"{self.word(node.op)} {node.right:f}")

    def word(self, op: Operator) -> str:
        return OPERATORS[op][0 if self.zh else 1]

    @property
    def gap(self) -> str:
        return "" if self.zh else ": "

    def title(self, name: str) -> str:
        title = self.indicators[name].title if self.zh else self.indicators[name].title_en
        short = BRACKET.split(title)[0].strip()  # what the title explains in brackets stands on the indicator's own page
        return f"“{short}”" if self.zh else short

    def with_unit(self, name: str, text: str) -> str:
        unit = self.indicators[name].unit if self.zh else self.indicators[name].unit_en
        return f"{text}%" if unit == "%" else f"{text} {unit}".rstrip()


def _by_subject(parts: tuple[Node, ...]) -> list[list[Node]]:
    """Neighbouring comparisons of the same indicator with numbers belong together; everything else stands alone."""

    def subject(at: int) -> object:
        part = parts[at]
        return part.left if isinstance(part, Compare) and isinstance(part.right, Decimal) else at

    return [[parts[at] for at in group] for _, group in groupby(range(len(parts)), subject)]


def shown(value: Value, indicator: Described) -> str:
    """A value as people write it: at most `decimals` places, no trailing zeros; “—” for none."""
    if value is None:
        return "—"
    text = f"{Decimal(repr(float(value))):.{indicator.decimals}f}"
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
        text = _limit_said(name, when, node) if kind == "line" else _said(name, kind, values, indicators)
        if text is None:
            return None
        filled[f"{name}:{kind}" if kind else name] = text
    return FIELD.sub(lambda found: filled[found[0][1:-1]], template)


def _said(name: str, kind: str, values: Mapping[str, Value], indicators: Mapping[str, Described]) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    return shown(abs(float(value)) if kind == "abs" else value, indicators[name])


def _limit_said(name: str, when: Node, node: Node) -> str | None:
    line = _line(name, when) or _line(name, node)
    return None if line is None else f"{line:f}"


def _line(name: str, node: Node) -> Decimal | None:
    """The first number the indicator is compared with; None when it is not compared with any."""
    compared = (leaf.right for leaf in leaves(node) if isinstance(leaf, Compare) and leaf.left == name)
    return next((right for right in compared if isinstance(right, Decimal)), None)
