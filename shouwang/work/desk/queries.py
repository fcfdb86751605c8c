"""The sections of Today. Each takes the reader first and is empty when it has nothing to say to them."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils import timezone
from django_q.models import Failure, OrmQ, Success

from shouwang.analysis.engine import codes
from shouwang.analysis.standard import load
from shouwang.common.categories import Category
from shouwang.common.reader import Reader
from shouwang.trust.access import policies as access_policies
from shouwang.trust.access import queries as access
from shouwang.trust.backup import queries as backup
from shouwang.trust.ledger import queries as ledger
from shouwang.trust.people.models import Student, Term
from shouwang.work.alerts.models import Alert
from shouwang.work.alerts.queries import listing
from shouwang.work.alerts.queries.computing import engine
from shouwang.work.desk.levels import latest_run
from shouwang.work.imports import queries as imports
from shouwang.work.imports.models import Delivery

SHOWN = 12
A_LOT = 200  # beyond this a number says no more than that it is far too many


@dataclass(frozen=True, slots=True)
class Matter:
    """One student with the open alerts the reader may see, gravest first."""

    sid: int
    name: str
    class_name: str
    level: int
    titles: tuple[str, ...]
    reason: str
    since: date
    alert_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Matters:
    shown: list[Matter]
    total: int
    is_more: bool
    """Whether there are more than were counted."""


def open_alerts(by: Reader, states: Collection[str] = ("open",)) -> QuerySet[Alert]:
    """What waits for somebody: open, and visible to the reader."""
    if not access.may(by, "alerts"):
        return Alert.objects.none()
    return listing.seen(by).filter(state__in=states)


class Grave(NamedTuple):
    """An alert by what it is found and ranked by."""

    pk: int
    student_id: int
    level: int


def gravest(by: Reader, *, least: int, most: int = 4, size: int) -> list[Grave]:
    """Of each student whose gravest open alert lies between two levels, that alert; the gravest and newest first. At most `size`."""
    found = listing.heads(open_alerts(by)).filter(level__gte=least, level__lte=most)
    return [Grave(*row) for row in found.values_list(*Grave._fields)[:size]]


def matters(by: Reader, *, least: int, most: int = 4, size: int = SHOWN) -> Matters:
    """The students behind `gravest`; `total` counts no further than A_LOT."""
    found = gravest(by, least=least, most=most, size=A_LOT + 1)  # one more tells exactly so many from more
    return Matters(told(by, [one.student_id for one in found[:size]]), min(len(found), A_LOT), len(found) > A_LOT)


def told(by: Reader, sids: list[int], states: Collection[str] = ("open",)) -> list[Matter]:
    """All open alerts of these students by title; only the gravest of each is read whole, for its sentence."""
    # Put in order here: asked for an order, SQLite would rather walk every open alert than look these students up.
    rows = open_alerts(by, states).filter(student__in=sids).order_by()
    told = rows.values_list("level", "opened_on", "pk", "student_id", "rule_version__title", "rule_version__title_en")
    of_student: dict[int, list[tuple[int, date, str, str]]] = {sid: [] for sid in sids}
    for _, opened, pk, sid, zh, en in sorted(told, reverse=True):
        of_student[sid].append((pk, opened, zh, en))
    heads = Alert.objects.filter(pk__in=[alerts[0][0] for alerts in of_student.values() if alerts])
    first = {head.pk: head for head in listing.lines(heads)}
    values = listing.values_of(first.values())
    found = []
    for sid, alerts in of_student.items():
        if alerts:
            head = first[alerts[0][0]]
            titles = tuple(zh if by.lang == "zh" else en or zh for _, _, zh, en in alerts)
            reason = listing.reason(head.rule, values.get(head.pk, {}), by.lang)
            newest = max(opened for _, opened, _, _ in alerts)
            found.append(Matter(sid, head.who, head.where, head.level, titles, reason, newest, tuple(pk for pk, *_ in alerts)))
    return found


def deliveries(by: Reader) -> list[Delivery]:
    """What the reader has to look at before it counts, oldest first."""
    return list(imports.waiting(by).select_related("received_by__staff").order_by("id")[:SHOWN])


@dataclass(frozen=True, slots=True)
class Late:
    table: str
    title: str
    department: str
    due_at: datetime | None
    days: int
    last_at: datetime | None
    is_mine: bool


def late(by: Reader, now: datetime) -> list[Late]:
    """Tables that should have come: the reader's own departments first, then, for those who oversee them, the others, longest overdue first."""
    if not access.may(by, "freshness"):
        return []
    mine, everyones = access_policies.departments(by), access.may(by, "dashboards")
    standard, rows = load(), []
    terms = list(Term.objects.filter(is_current=True).order_by("starts_on").values_list("starts_on", "ends_on"))
    came = dict(Delivery.objects.filter(state="accepted").values_list("table").annotate(at=Max("accepted_at")).order_by())
    for table in standard.tables.values():
        if table.owner not in mine and not everyones:
            continue
        lateness = table.schedule.lateness(now, came.get(table.name), terms)
        if lateness.state == "late":
            department = standard.departments[table.owner]
            title, owner = (table.title, department.title) if by.lang == "zh" else (table.title_en, department.title_en)
            rows.append(Late(table.name, title, owner, lateness.due_at, lateness.days_late, came.get(table.name), table.owner in mine))
    return sorted(rows, key=lambda row: (not row.is_mine, -row.days, row.table))


@dataclass(frozen=True, slots=True)
class Gaps:
    students: int
    units: int


def gaps(by: Reader, on: date) -> Gaps:
    """How many students have nobody, and how many units lack somebody they should have, within the reader's scope."""
    if not access.may(by, "coverage"):
        return Gaps(0, 0)
    return _gaps(by, on, ledger.entries().values_list("pk", flat=True).first())


@lru_cache(maxsize=64)
def _gaps(by: Reader, on: date, told: int | None) -> Gaps:
    """Counted anew whenever the ledger was told of anything: nobody is assigned, moved or delivered without it."""
    return Gaps(access.uncovered_students(by, on).count(), len(access.empty_slots(by, on)))


@dataclass(frozen=True, slots=True)
class Night:
    """A student who was not back, or came back late, in the night before a day."""

    sid: int
    name: str
    room: str
    absent: bool
    at: datetime


NIGHT = """
SELECT sid, MAX(CASE WHEN direction = CODE('dorm_access.direction', 'absent') THEN 1 ELSE 0 END) AS absent, MAX(seen_at) AS at
FROM dorm_access
WHERE seen_at >= $as_of - INTERVAL 1 DAY + INTERVAL 18 HOUR AND seen_at < $as_of + INTERVAL 6 HOUR
  AND (direction = CODE('dorm_access.direction', 'absent')
       OR (direction = CODE('dorm_access.direction', 'in') AND (EXTRACT(HOUR FROM seen_at) >= 23 OR EXTRACT(HOUR FROM seen_at) < 6)))
GROUP BY sid
"""


def answers_for_dorms(by: Reader) -> bool:
    return any(scope.tree == "dormitory" and scope.categories & Category.life for scope in by.scopes)


def night(by: Reader, today: date) -> tuple[list[Night], date | None]:
    """Last night in the reader's dormitories, and the last day of which anything was delivered (None: never)."""
    residents = access.students(by).exclude(dorm_path="")
    with engine().open(imports.live_snapshot(), today, list(residents.order_by().values_list("sid", flat=True))) as session:
        last = session.rows("SELECT MAX(seen_at) AS at FROM dorm_access WHERE seen_at < $as_of + 1")[0]["at"]
        rows = {row["sid"]: row for row in session.rows(codes(NIGHT, load()))}
    found = [_night(student, rows[student.sid]) for student in residents.filter(sid__in=list(rows)).select_related("room")]
    return sorted(found, key=lambda one: (not one.absent, one.room)), last.date() if last else None


def _night(student: Student, row: dict[str, object]) -> Night:
    at = row["at"]
    assert isinstance(at, datetime)
    # Facts keep the school's wall clock without a zone.
    return Night(student.sid, student.name, student.room.name if student.room else "", bool(row["absent"]), timezone.make_aware(at))


def named(by: Reader, shown: set[int]) -> list[Student]:
    """The students somebody was named for, one by one, of whom nothing waits (those in `shown` stand above already)."""
    sids = {sid for scope in by.scopes if scope.tree == "student" and not scope.ref for sid in scope.sids} - shown
    return list(access.students(by).filter(sid__in=sids).select_related("class_unit")[:SHOWN]) if sids else []


@dataclass(frozen=True, slots=True)
class System:
    """The state of the machine, without a word about any student."""

    waiting: int
    failed: int
    last_done: datetime | None
    last_run: date | None
    data_folder: str
    data_bytes: int
    free_bytes: int


def safekeeping(by: Reader, now: datetime) -> list[str]:
    """Why the administrator should look after the backups: none yet, too old, never tried."""
    if not access.may(by, "backups"):
        return []
    return [zh if by.lang == "zh" else en for zh, en in backup.worries(now)]


def system(by: Reader) -> System | None:
    if not access.may(by, "accounts"):
        return None
    folder = Path(settings.DATA)
    run = latest_run()
    return System(
        OrmQ.objects.count(),
        Failure.objects.count(),
        Success.objects.aggregate(at=Max("stopped"))["at"],
        run.as_of if run else None,
        str(folder),
        sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        shutil.disk_usage(folder).free,
    )
