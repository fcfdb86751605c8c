"""The daily list of a responsible person: their own students with open alerts, ordered by what changed since the last school day's list."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.people import queries as people
from shouwang.trust.people.policies import CLASS_ROLES, STUDENT_ROLES
from shouwang.work.alerts.models import Alert, AlertEvent
from shouwang.work.alerts.policies import ACTIVE
from shouwang.work.desk.queries import Matter, told

ROLES = frozenset((*STUDENT_ROLES, *CLASS_ROLES))
CHANGES = ("new", "worse", "again", "same")


@dataclass(frozen=True, slots=True)
class Changed:
    """`kind`: one of CHANGES."""

    kind: str
    matter: Matter


@dataclass(frozen=True, slots=True)
class Counts:
    count: int
    new: int
    worse: int
    again: int


def own(by: Reader) -> Reader:
    """The reader with those grounds only by which students are theirs to answer for: an office's view of the school is no daily list."""
    return replace(by, scopes=tuple(scope for scope in by.scopes if scope.role in ROLES))


def responsible(on: date) -> list[int]:
    """Accounts of everybody who is responsible for students on a day."""
    held = people.in_force(on).filter(role__in=ROLES, staff__account__is_active=True)
    return sorted(set(held.values_list("staff__account", flat=True)))


def changes(by: Reader, since: datetime) -> dict[int, str]:
    """student → what changed, for every student of the reader with an open alert."""
    rows = access.visible(own(by), Alert.objects.filter(state__in=ACTIVE)).order_by().values_list("pk", "student_id", "level")
    alerts = {pk: (sid, level) for pk, sid, level in rows}
    fresh = AlertEvent.objects.filter(at__gt=since, kind__in=("opened", "reopened", "worsened"), alert__in=list(alerts))
    moved: dict[int, str] = dict(fresh.order_by("pk").values_list("alert", "kind"))
    of_student: dict[int, list[int]] = defaultdict(list)
    for pk, (sid, _) in alerts.items():
        of_student[sid].append(pk)
    return {sid: _change([(alerts[pk][1], moved.get(pk, "")) for pk in pks]) for sid, pks in of_student.items()}


def _change(alerts: list[tuple[int, str]]) -> str:
    """Of one student: (level, what happened to the alert). New: nothing was open before; worse: higher than what was, or worse values."""
    before = [level for level, kind in alerts if kind in ("", "worsened")]
    opened = [level for level, kind in alerts if kind in ("opened", "reopened")]
    kinds = {kind for _, kind in alerts}
    if not opened:
        return "worse" if "worsened" in kinds else "same"
    if not before:
        return "new" if "opened" in kinds else "again"
    higher = "worsened" in kinds or max(opened) > max(before)
    return "again" if "reopened" in kinds and not higher else "worse"


def counts(by: Reader, since: datetime) -> Counts:
    found = list(changes(by, since).values())
    return Counts(len(found), found.count("new"), found.count("worse"), found.count("again"))


def listing(by: Reader, since: datetime, size: int = 60) -> list[Changed]:
    """What changed first, then the gravest."""
    kinds = changes(by, since)
    mine = own(by)
    rows = (
        access.visible(mine, Alert.objects.filter(state__in=ACTIVE, student__in=list(kinds))).order_by().values_list("student_id", "level")
    )
    worst: dict[int, int] = defaultdict(int)
    for sid, level in rows:
        worst[sid] = max(worst[sid], level)
    order = sorted(kinds, key=lambda sid: (CHANGES.index(kinds[sid]), -worst[sid], sid))[:size]
    return [Changed(kinds[matter.sid], matter) for matter in told(mine, order, ACTIVE)]
