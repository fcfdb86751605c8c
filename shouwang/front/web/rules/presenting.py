"""Rules as ready words: the list by domain, one rule with its history, and what a condition would do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shouwang.analysis import indicators
from shouwang.analysis.rules import DOMAINS, Compare, Node, Refused, Rule, bands, because, indicators_of, parse, sentence, to_text, typed
from shouwang.analysis.rules.tree import leaves
from shouwang.common.categories import titles
from shouwang.common.levels import LEVELS
from shouwang.common.reader import Reader
from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.work.alerts import queries
from shouwang.work.alerts.policies import REASONS
from shouwang.work.alerts.queries.rulebook import InForce


@dataclass(frozen=True, slots=True)
class Line:
    code: str
    title: str
    level: int
    sentence: str
    fired: str
    unknown: str
    since: str
    own: bool
    error: str
    known: bool


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    lines: list[Line]


def lang() -> str:
    return "zh" if words.chinese() else "en"


def people(n: int) -> str:
    return pick(f"{n:,} 名", f"{n:,}")


def said(node: Node) -> str:
    """A condition in the reader's language."""
    return sentence(node, indicators.load().by_name, lang())


def board(by: Reader, rows: Sequence[InForce], *, domain: str, level: int | None, run_on: date | None, now: datetime) -> dict[str, Any]:
    """The rules in force by domain, narrowed by the chips."""
    on = words.day(run_on, run_on) if run_on else ""
    context = pick(f"{len(rows)} 条规则在用", f"{len(rows)} rules in force")
    context += pick(f" · 人数来自 {on}的评估", f" · counts from the evaluation of {on}") if on else ""
    last = queries.last_said()
    known = {one.row.pk for one in rows if _may_know(by, one.row.categories)}
    shown = [one for one in rows if domain in ("", one.row.domain) and level in (None, one.row.level)]
    groups = []
    for code, titles_ in DOMAINS.items():
        mine = [one for one in shown if one.row.domain == code]
        # The tiers of one rule side by side, gravest first; rules in the order of their gravest tier.
        worst = {family: max(one.row.level for one in mine if one.row.family == family) for family in {one.row.family for one in mine}}
        mine.sort(key=lambda one: (-worst[one.row.family], one.row.family, -one.row.level, one.row.code))
        lines = [_line(one, last.get(one.row.pk) if one.row.pk in known else None, one.row.pk in known, now) for one in mine]
        if lines:
            groups.append(Group(pick(*titles_), lines))
    used = [code for code in DOMAINS if any(one.row.domain == code for one in rows)]
    chips = [_chip(pick("全部领域", "All domains"), "domain", "", not domain, len(rows))]
    chips += [_chip(pick(*DOMAINS[code]), "domain", code, code == domain, sum(one.row.domain == code for one in rows)) for code in used]
    levels = [
        _chip(pick(one.zh, one.en), "level", str(one.number), level == one.number, sum(row.row.level == one.number for row in rows))
        | {"level": one.number}
        for one in LEVELS
        if one.number
    ]
    return {"groups": groups, "chips": chips, "levels": levels, "hidden": len(rows) - len(shown), "total": len(rows), "context": context}


def _chip(title: str, name: str, value: str, on: bool, count: int) -> dict[str, Any]:
    return {"title": title, "name": name, "value": value, "on": on, "count": count, "level": None}


def _may_know(by: Reader, categories: int) -> bool:
    """Whether the reader may read all these kinds of knowledge of anybody: counts of other rules are not for them."""
    return any(scope.categories & categories == categories for scope in by.scopes)


def _line(one: InForce, ran: Any, known: bool, now: datetime) -> Line:
    row = one.row
    return Line(
        code=row.code,
        title=pick(row.title, row.title_en),
        level=row.level,
        sentence=said(one.rule.when) if one.rule else one.error,
        fired=people(ran.fired) if ran else "",
        unknown=people(ran.unknown) if ran and ran.unknown else "",
        since=pick(f"第 {row.version} 版 · ", f"v{row.version} · ") + words.ago(row.published_at, now),
        own=not row.preset,
        error=ran.error if ran else "",
        known=known,
    )


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    at: datetime
    by: str
    in_force: bool
    changes: list[tuple[str, str, str]]
    sentence: str
    condition: str


def history(rows: Sequence[Any]) -> list[Version]:
    """Each version with what it changed against the one before; newest first."""
    found = []
    for row, before in zip(rows, [*rows[1:], None], strict=True):
        meaning = queries.meaning(row)
        by = row.published_by.staff.name if row.published_by and row.published_by.staff else pick("平台预设", "the platform's presets")
        found.append(
            Version(row.version, row.published_at, by, row.retired_at is None, _changes(row, before), said(meaning.rule.when) if meaning.rule else meaning.error, row.condition)
        )  # fmt: skip
    return found


def _changes(row: Any, before: Any) -> list[tuple[str, str, str]]:
    """(what, old, new) of whatever differs."""
    if before is None:
        return []
    level = {one.number: pick(one.zh, one.en) for one in LEVELS}
    pairs = [
        (pick("条件", "Condition"), before.condition, row.condition),
        (pick("等级", "Level"), level[before.level], level[row.level]),
        (pick("权重", "Weight"), str(before.weight), str(row.weight)),
        (pick("名称", "Title"), before.title, row.title),
        (pick("领域", "Domain"), pick(*DOMAINS[before.domain]), pick(*DOMAINS[row.domain])),
        (pick("依据", "Source"), before.source, row.source),
        (pick("说明句", "Sentences"), _reasons(before), _reasons(row)),
    ]
    return [(what, old, new) for what, old, new in pairs if old != new]


def _reasons(row: Any) -> str:
    return " / ".join(reason.zh for reason in row.reasons.all())


def dismissed(code: str) -> list[tuple[str, int]]:
    """(reason, how often), most often first: what tells whether a rule is any good."""
    counted = queries.dismissals([code]).get(code, {})
    return sorted(
        ((pick(*REASONS[reason]) if reason in REASONS else reason, n) for reason, n in counted.items()), key=lambda pair: -pair[1]
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """What the page says of a condition while it is being written."""

    error: str = ""
    before: str = ""
    place: str = ""
    after: str = ""
    sentence: str = ""
    stored: str = ""
    kinds: str = ""
    effect: "Effect | None" = None
    example: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """`change`: against the version in force; empty when there is none or nothing changes."""

    as_of: str
    flagged: str
    unknown: str
    share: str
    change: str = ""
    colleges: list[dict[str, Any]] = field(default_factory=list)


def why_no_effect(by: Reader, node: Node) -> str:
    """Why nothing was counted: no evaluation yet, or not for this reader."""
    if queries.latest_run() is None:
        return pick("还没有评估过，暂时不能试算。", "There was no evaluation yet, so it cannot be tried.")
    kinds = "、".join(titles(categories_of(node), lang()))
    return pick(
        f"条件涉及{kinds}类信息，其中有您看不到的，因此不给出人数。",
        f"The condition uses {kinds}, part of which you may not see; nothing is counted.",
    )


def categories_of(node: Node) -> int:
    bits = 0
    for name in indicators_of(node):
        bits |= indicators.load().by_name[name].categories
    return bits


def checked(by: Reader, text: str, now_in_force: Rule | None, says: Rule | None = None) -> Checked:
    """A condition read, said and tried on the latest run, or the refusal with its place."""
    try:
        node = parse(text, queries.names())
    except Refused as refused:
        shown = typed(text)
        if refused.start is None or refused.end is None:
            return Checked(error=refused.reason, before=shown)
        return Checked(refused.reason, shown[: refused.start], shown[refused.start : refused.end], shown[refused.end :])
    kinds = "、".join(titles(categories_of(node), lang()))
    found = effect(by, node, now_in_force)
    why_not = "" if found else why_no_effect(by, node)
    return Checked(sentence=said(node), stored=to_text(node), kinds=kinds, effect=found, example=_example(node, says), why_not=why_not)


def effect(by: Reader, node: Node, now_in_force: Rule | None = None) -> Effect | None:
    """How many of the reader's students the condition holds for now, by college; None before the first run."""
    found = queries.flag(by, node)
    if found.as_of is None or not found.students:
        return None
    change = ""
    if now_in_force and now_in_force.when != node:
        difference = found.flagged - queries.flag(by, now_in_force.when).flagged
        more = pick("多", "more"), pick("少", "fewer")
        change = pick(
            f"比在用的版本{more[difference < 0]} {abs(difference)} 名",
            f"{abs(difference)} {more[difference < 0]} than the version in force",
        )
        change = change if difference else pick("与在用的版本人数相同", "as many as the version in force")
    # Bars against the largest share: against whole colleges most would be too short to see.
    most = max((n / of for _, n, of in found.colleges if of), default=0) or 1
    colleges = [
        {"name": name, "bar": round(100 * n / of / most) if of else 0, "share": words.share(n, of)} for name, n, of in found.colleges
    ]
    share = words.share(found.flagged, found.students)
    on = words.day(found.as_of, found.as_of)
    as_of = pick(f"按 {on}的数据", f"data as of {on}")
    return Effect(as_of, people(found.flagged), f"{found.unknown:,}" if found.unknown else "", share, change, colleges)


def _example(node: Node, rule: Rule | None) -> str:
    """How an alert would read, with values just at the limits."""
    if rule is None or not rule.says:
        return ""
    values: dict[str, float | None] = dict.fromkeys(rule.indicators, 7.0)
    for leaf in leaves(node):
        if isinstance(leaf, Compare) and not isinstance(leaf.right, str):
            step = {"<": -1, ">": 1, "<>": 1}.get(leaf.op, 0)
            values[leaf.left] = float(leaf.right) + step
    return because(node, rule.says, values, indicators.load().by_name, lang())


def band_sentence() -> str:
    """How weights add up, from the catalogue's bands."""
    named = {one.number: pick(one.zh, one.en.lower()) for one in LEVELS}
    zh = "、".join(f"{least} 起{named[level]}" for least, level in bands().steps)
    en = ", ".join(f"{named[level]} from {least}" for least, level in bands().steps)
    return pick(
        f"几条规则同时触发时，权重相加决定综合等级：{zh}；与最重的一条相比，取更重的。",
        f"Weights of all rules that fire add up: {en}; the graver of this and the worst rule counts.",
    )


def vocabulary() -> list[dict[str, Any]]:
    """The indicators a condition may speak of, by area."""
    return [
        {
            "title": pick(area.title, area.title_en),
            "indicators": [
                {
                    "name": one.name,
                    "title": pick(one.title, one.title_en),
                    "unit": pick(one.unit, one.unit_en),
                    "window": pick(one.window, one.window_en),
                    "null_means": pick(one.null_means, one.null_means_en),
                }
                for one in area.indicators
            ],
        }
        for area in indicators.load().areas
    ]
