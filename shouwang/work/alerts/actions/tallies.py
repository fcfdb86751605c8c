"""How many alerts lie below every unit, so that a list's figures are read and not counted. Part of the transaction of whatever changes alerts."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db.models import Count

from shouwang.common.paths import ancestors
from shouwang.trust.access.wholes import LEAVES
from shouwang.trust.people.models import Unit
from shouwang.work.alerts.actions.lifecycle import CHUNK
from shouwang.work.alerts.actions.locks import hold
from shouwang.work.alerts.models import Alert, AlertTally


class Kind(NamedTuple):
    """What alerts are told apart by in a list."""

    rule_code: str
    state: str
    level: int
    domain: str
    categories: int


Counted = Counter[tuple[tuple[str, str], Kind]]


def recount() -> None:
    """All of them anew, from the alerts themselves: by one query, whatever the number of alerts.

    Alone: a move that ended between the counting and the deleting would lose its rows and not be counted either.
    """
    hold("tallies")
    rows = Alert.objects.order_by().values_list("unit_path", "dorm_path", *Kind._fields).annotate(n=Count("pk"))
    counted, inner = Counted(), _inner()
    for unit, dorm, *kind, n in rows.iterator(CHUNK):
        for place in _above(unit, dorm, inner):
            counted[place, Kind(*kind)] += n
    AlertTally.objects.all().delete()
    _append(counted)


def moved(alerts: Iterable[Alert], before: Iterable[str]) -> None:
    """These alerts stood in the states `before`, in the same order, and now stand in their own. Beside other moves, but not beside a recount."""
    hold("tallies", shared=True)
    alerts = list(alerts)
    counted, inner = Counted(), _inner({path for alert in alerts for path in (alert.unit_path, alert.dorm_path)})
    for alert, was in zip(alerts, before, strict=True):
        for place in _above(alert.unit_path, alert.dorm_path, inner):
            for state, n in ((was, -1), (alert.state, 1)):
                counted[place, Kind(alert.rule_code, state, alert.level, alert.domain, alert.categories)] += n
    _append(counted)


def _above(unit: str, dorm: str, inner: Collection[str]) -> list[tuple[str, str]]:
    """The units of a class and a room and above, each with its tree. Classes and rooms not: their alerts are few, and there are many of them."""
    return [
        (tree, place)
        for tree, path in (("organisation", unit), ("dormitory", dorm))
        for place in ancestors(path)
        if place != path or path in inner
    ]


def _inner(paths: Collection[str] | None = None) -> frozenset[str]:
    """Which of these units (or of all) are neither class nor room: registers do house somebody in a building, and an erased person is the school's."""
    units = Unit.objects.exclude(kind__in=LEAVES)
    return frozenset((units if paths is None else units.filter(path__in=paths)).values_list("path", flat=True))


def _append(counted: Counted) -> None:
    rows = (AlertTally(tree=tree, place=place, n=n, **kind._asdict()) for ((tree, place), kind), n in sorted(counted.items()) if n)
    AlertTally.objects.bulk_create(rows, batch_size=CHUNK)
