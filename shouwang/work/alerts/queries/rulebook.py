"""The rules as rows, and as the values that analysis.rules works with."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Prefetch, Q, QuerySet

from shouwang.analysis import indicators
from shouwang.analysis.rules import Node, Refused, Rule, Says, parse, to_text
from shouwang.common.digest import digest
from shouwang.work.alerts.models import AlertEvent, RuleReason, RuleVersion, Run, RunRule


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule version and what it means. `rule` is None when its condition can no longer be read, `error` says why."""

    row: RuleVersion
    rule: Rule | None
    error: str = ""


def names() -> dict[str, str]:
    """Every indicator a rule may speak of, with its Chinese title."""
    catalogue = indicators.load()
    return {name: catalogue.indicator(name).title for name in catalogue.names}


def in_force() -> list[InForce]:
    """The rules that count now, by code."""
    return [meaning(row) for row in _with_reasons(RuleVersion.objects.filter(retired_at=None).order_by("code"))]


def meaning(row: RuleVersion) -> InForce:
    """What a rule version says. An indicator that is no longer in the catalogue makes it unreadable, not an error of the page."""
    try:
        says = tuple(Says(reason.zh, reason.en, _node(reason.condition) if reason.condition else None) for reason in row.reasons.all())
        when = _node(row.condition)
    except Refused as refused:
        return InForce(row, None, refused.reason)
    same = ("code", "title", "title_en", "level", "weight", "domain", "playbook", "preset", "source", "version", "family")
    return InForce(row, Rule(when=when, says=says, **{name: getattr(row, name) for name in same}))


def versions_of(pks: Collection[int]) -> dict[int, InForce]:
    """What some rule versions say, by their ids."""
    return {row.pk: meaning(row) for row in _with_reasons(RuleVersion.objects.filter(pk__in=pks))}


@lru_cache(maxsize=4096)
def _node(text: str) -> Node:
    """A stored condition as a tree. A text never changes its meaning while the process runs, so it is read once."""
    return parse(text, names())


def rules_digest(rules: Iterable[InForce]) -> str:
    """One digest for a set of rule versions: the same verdicts come from the same digest."""
    return digest(sorted([item.row.code, item.row.version, item.row.fingerprint] for item in rules))


def versions(code: str) -> list[RuleVersion]:
    """A rule's history, newest first; empty for an unknown code."""
    return list(_with_reasons(RuleVersion.objects.filter(code=code).order_by("-version")).select_related("published_by__staff"))


def current(code: str) -> RuleVersion | None:
    """The version in force, else the last one that was."""
    rows = versions(code)
    return next((row for row in rows if row.retired_at is None), rows[0] if rows else None)


def all_current() -> list[RuleVersion]:
    """Every rule in force, by domain and gravity."""
    return list(_with_reasons(RuleVersion.objects.filter(retired_at=None).order_by("domain", "-level", "code")))


def dismissals(codes: Sequence[str] | None = None) -> dict[str, dict[str, int]]:
    """Rule code → reason → how often somebody dismissed one of its alerts for that reason, over all versions and for ever."""
    events = AlertEvent.objects.filter(kind=AlertEvent.Kind.DISMISSED)
    if codes is not None:
        events = events.filter(alert__rule_code__in=codes)
    counted: dict[str, dict[str, int]] = {}
    for code, reason, n in events.values_list("alert__rule_code", "reason").annotate(n=Count("id")).order_by("alert__rule_code", "reason"):
        counted.setdefault(code, {})[reason] = n
    return counted


def last_said() -> dict[int, RunRule]:
    """What each rule version said in the latest run, by the version's id."""
    run = Run.objects.filter(is_historic=False, is_partial=False).order_by("-as_of", "-pk").first()
    return {said.rule_id: said for said in RunRule.objects.filter(run=run)} if run else {}


def text_of(rule: Rule) -> str:
    """The one text of a rule's condition, as it is stored."""
    return to_text(rule.when)


def retired() -> list[RuleVersion]:
    """The last version of every rule that is no longer in force."""
    live = RuleVersion.objects.filter(retired_at=None).values("code")
    rows = RuleVersion.objects.filter(~Q(code__in=live)).order_by("code", "-version")
    return list({row.code: row for row in reversed(list(rows))}.values())


def _with_reasons(rows: QuerySet[RuleVersion]) -> QuerySet[RuleVersion]:
    return rows.prefetch_related(Prefetch("reasons", RuleReason.objects.order_by("position")))
