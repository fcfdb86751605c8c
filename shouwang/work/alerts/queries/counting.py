"""The figures of a list: read from the rollups for whole subtrees, counted only for the few rows the reader sees besides."""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Sum

from shouwang.common.categories import EVERYTHING
from shouwang.common.paths import next_path
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.wholes import wholes
from shouwang.work.alerts.models import Alert, AlertTally, LevelCount, RuleVersion, Run, StudentLevel
from shouwang.work.alerts.policies import ACTIVE
from shouwang.work.alerts.queries.listing import Filters


class Kind(NamedTuple):
    """What the alerts of a list are told apart by."""

    rule_code: str
    state: str
    level: int
    domain: str


Tally = Counter[Kind]


def tally(by: Reader, within: int | None = None) -> Tally:
    """How many alerts the reader sees of each kind, in everything or in one unit; nothing for a unit out of the reader's reach."""
    unit = access.units(by).filter(pk=within).first() if within is not None else None
    if within is not None and unit is None:
        return Counter()
    seen, counted = wholes(by, unit), Tally()
    for part in seen.parts:
        rows = AlertTally.objects.filter(place=part.path, tree=part.tree).values_list("categories", *Kind._fields).annotate(n=Sum("n"))
        for categories, *kind, n in rows.order_by():
            if not categories & EVERYTHING & ~part.categories:
                counted[Kind(*kind)] += n
    if seen.rest.scopes:
        found = Alert.objects.filter(seen.beyond())
        if unit is not None:
            field = "dorm_path" if unit.tree == "dormitory" else "unit_path"
            found = found.filter(**{f"{field}__gte": unit.path, f"{field}__lt": next_path(unit.path)})
        for *kind, n in found.order_by().values_list(*Kind._fields).annotate(n=Count("pk")):
            counted[Kind(*kind)] += n
    return +counted


def counts(tallied: Tally, filters: Filters) -> dict[str, dict[Any, int]]:
    """How many there are by state, level and domain, each counted with the other filters in force."""
    narrowed: dict[str, Callable[[Kind], bool]] = {
        "state": lambda kind: _is_in(filters.state, kind.state),
        "level": lambda kind: not filters.level or kind.level == filters.level,
        "domain": lambda kind: not filters.domain or kind.domain == filters.domain,
    }
    found: dict[str, Counter[Any]] = {name: Counter() for name in narrowed}
    for kind, n in tallied.items():
        if filters.rule and kind.rule_code != filters.rule:
            continue
        for name, counted in found.items():
            if all(holds(kind) for other, holds in narrowed.items() if other != name):
                counted[getattr(kind, name)] += n
    return {name: dict(counted) for name, counted in found.items()}


def _is_in(wanted: str, state: str) -> bool:
    return wanted == "all" or (state in ACTIVE if wanted == "active" else state == wanted)


def unknown_students(by: Reader, run: Run | None) -> int:
    """Of how many students the reader may see, something is missing that most of their class has, so that a rule could not be judged."""
    seen = wholes(by)
    parts = [part for part in seen.parts if part.tree == "organisation"]
    if run is None or len(parts) < len(seen.parts):
        return access.visible(by, _lacking(), path="student__unit_path", dorm="student__dorm_path", mask=None).count()
    rows = LevelCount.objects.filter(run=run, unit__path__in=[part.path for part in parts])
    whole = rows.aggregate(n=Sum("unknown"))["n"] or 0
    beyond = seen.beyond(path="student__unit_path", dorm="student__dorm_path", mask=None)
    return whole + (_lacking().filter(beyond).count() if seen.rest.scopes else 0)


def _lacking() -> QuerySet[StudentLevel]:
    return StudentLevel.objects.filter(unknown_count__gt=0)


def rules_of(tallied: Tally) -> list[tuple[str, str, str, int]]:
    """(code, title, English title, level) of the rules that have alerts among these, in their newest version."""
    rows: dict[str, tuple[str, str, str, int]] = {}
    known = RuleVersion.objects.filter(code__in={kind.rule_code for kind in tallied}).order_by("code", "version")
    for row in known.values_list("code", "title", "title_en", "level"):
        rows[row[0]] = row
    return list(rows.values())
