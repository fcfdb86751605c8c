"""Alerts that ask for a case and have none yet. For the pipeline, and for the desk's count; no words, no values."""

from collections import Counter, defaultdict
from typing import NamedTuple

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from shouwang.common.paths import ancestors, next_path
from shouwang.common.reader import Reader, acting
from shouwang.trust.access import queries as access
from shouwang.work.alerts.models import Alert
from shouwang.work.alerts.policies import ACTIVE
from shouwang.work.cases.models import Link


class Asking(NamedTuple):
    """What of one student asks for a case: one procedure, its gravest level, the alerts behind it."""

    sid: int
    playbook: str
    domain: str
    level: int
    alerts: tuple[int, ...]


def unlinked(level: int) -> QuerySet[Alert]:
    """Active alerts from this level on that belong to no open case, and to none that was closed since they began."""
    ref = Concat(Value("alert:"), Cast(OuterRef("pk"), CharField()))
    taken = Link.objects.filter(Q(case__closed_at=None) | Q(case__closed_at__date__gte=OuterRef("opened_on")), ref=ref)
    return Alert.objects.filter(~Exists(taken), state__in=ACTIVE, level__gte=level, student__is_current=True).exclude(
        rule_version__playbook=""
    )


def asking(level: int, by: Reader | None = None, unit: str = "") -> list[Asking]:
    """Per student and procedure, the gravest first. With a reader: only what they may handle. `unit`: a path, only what stands below."""
    groups: dict[tuple[int, str, str], list[tuple[int, int]]] = defaultdict(list)
    rows = (
        _within(by, unlinked(level), unit)
        .order_by("-level", "pk")
        .values_list("student_id", "rule_version__playbook", "domain", "level", "pk")
    )
    for sid, playbook, domain, grave, pk in rows:
        groups[sid, playbook, domain].append((grave, pk))
    found = [
        Asking(sid, code, domain, max(g for g, _ in listed), tuple(pk for _, pk in listed))
        for (sid, code, domain), listed in groups.items()
    ]
    return sorted(found, key=lambda one: (-one.level, one.sid, one.playbook))


def unlinked_of(by: Reader, level: int) -> int:
    """How many of them the reader may handle."""
    return _within(by, unlinked(level)).count()


def unlinked_places(by: Reader, level: int) -> Counter[str]:
    """Of those the reader may handle: how many stand at or below each unit, by path."""
    found = Counter[str]()
    for path, n in _within(by, unlinked(level)).order_by().values_list("unit_path").annotate(n=Count("pk")):
        found.update(dict.fromkeys((*ancestors(path), path), n))
    return found


def _within(by: Reader | None, rows: QuerySet[Alert], unit: str = "") -> QuerySet[Alert]:
    mine = rows if by is None else access.visible(acting(by, "write"), rows)
    return mine.filter(unit_path__gte=unit, unit_path__lt=next_path(unit)) if unit else mine
