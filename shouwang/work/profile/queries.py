"""Reads behind the student list and the student page; the reader comes first, and decides what is read at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.utils import timezone

from shouwang.analysis.facts import Snapshot
from shouwang.common.categories import Category
from shouwang.common.levels import LEVELS
from shouwang.common.paths import next_path
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.people.models import Responsibility, Student, Unit
from shouwang.work.alerts.models import Alert, AlertEvent
from shouwang.work.alerts.policies import ACTIVE
from shouwang.work.alerts.queries import listing as alert_list
from shouwang.work.alerts.queries.computing import engine
from shouwang.work.alerts.queries.listing import Line
from shouwang.work.imports import queries as imports
from shouwang.work.profile import stories
from shouwang.work.profile.stories import Entry

# Who is named on a student's page, in the order in which one would ask them. Offices of the whole school are not.
ANSWERING = (
    "responsible",
    "homeroom_teacher",
    "adviser",
    "cadre_class",
    "dorm_manager",
    "cadre_dorm",
    "teaching_secretary",
    "college_lead",
    "counsellor",
    "community_worker",
    "company_mentor",
)
# Whom a guardian or a student is shown: those whose work it is to be called by them.
ANSWERING_FAMILY = ("responsible", "homeroom_teacher", "adviser", "dorm_manager")


@dataclass(frozen=True, slots=True)
class Timeline:
    """`entries` newest first; `before` continues further back, None at the beginning; `counts` per group over the whole time."""

    entries: list[Entry]
    counts: dict[str, int]
    before: date | None
    files: dict[int, str]


def timeline(by: Reader, sid: int, *, today: date, group: str = "", before: date | None = None, size: int = 60) -> Timeline:
    """Everything the reader may know of a student up to today, or before a day. Empty for a student they may not see."""
    mask = access.categories(by, sid)
    if not mask & Category.identity:
        return Timeline([], {}, None, {})
    told = sorted([*facts(by, sid, mask, today), *episodes(by, sid)], key=lambda entry: entry.day, reverse=True)
    counts: dict[str, int] = {}
    for entry in told:
        counts[entry.group] = counts.get(entry.group, 0) + 1
    chosen = [entry for entry in told if (not group or entry.group == group) and (before is None or entry.day < before)]
    page = chosen[:size]
    if len(chosen) > size:
        # A day is never cut in two: the next page begins with the day before.
        page = [entry for entry in chosen[: size + 60] if entry.day >= page[-1].day]
    further = page[-1].day if len(page) < len(chosen) else None
    batches = {source.batch_id for entry in page for source in entry.sources}
    return Timeline(page, counts, further, filenames(batches))


def facts(by: Reader, sid: int, mask: int, today: date) -> list[Entry]:
    """The entries that come from facts, newest first."""
    snapshot = imports.live_snapshot()
    tables = tuple(story.table for story in stories.allowed(mask) if snapshot.of(story.table))
    rows = _rows(snapshot, today, sid, tables) if tables else []
    return stories.entries(rows, by.lang)


@lru_cache(maxsize=64)
def _rows(snapshot: Snapshot, today: date, sid: int, tables: tuple[str, ...]) -> list[stories.Row]:
    """The same snapshot, day, student and tables give the same rows for ever: filters and further pages read them once."""
    with engine().open(snapshot, today, [sid]) as session:
        return session.rows(stories.statement([stories.BY_TABLE[table] for table in tables]))


TOLD = {
    AlertEvent.Kind.OPENED: ("触发", "raised", "alert"),
    AlertEvent.Kind.REOPENED: ("再次触发", "raised again", "alert"),
    AlertEvent.Kind.WORSENED: ("加重", "worsened", "alert"),
    AlertEvent.Kind.CLEARED: ("解除", "cleared", "good"),
    AlertEvent.Kind.ACKNOWLEDGED: ("已确认收到", "acknowledged", "plain"),
    AlertEvent.Kind.DISMISSED: ("已排除", "dismissed", "plain"),
    AlertEvent.Kind.SNOOZED: ("已暂缓", "snoozed", "plain"),
}


# A lower tier that ended because a worse one of the same rule began did not get better.
ROSE = ("升级", "gave way to a graver one", "worse")


def _took_over(other: Alert, ended: Alert, day: date) -> bool:
    """Whether a graver tier of the same rule stood when this one ended."""
    family = ended.rule_version.family
    graver = bool(family) and other.rule_version.family == family and other.level > ended.level
    return graver and other.opened_on <= day and (other.cleared_on is None or other.cleared_on > day)


def episodes(by: Reader, sid: int) -> list[Entry]:
    """What became of the alerts the reader may see. The day of a run is the day it speaks of."""
    if not access.may(by, "alerts"):
        return []
    mine = access.visible(by, Alert.objects.filter(student_id=sid)).values("pk")
    events = AlertEvent.objects.filter(alert__in=mine, kind__in=TOLD).select_related("alert__rule_version", "run").order_by("-id")
    found = []
    alerts = {event.alert_id: event.alert for event in events}
    for event in events:
        version = event.alert.rule_version
        day = event.run.as_of if event.run else timezone.localdate(event.at)
        rose = event.kind == AlertEvent.Kind.CLEARED and any(_took_over(other, event.alert, day) for other in alerts.values())
        zh, en, tone = ROSE if rose else TOLD[AlertEvent.Kind(event.kind)]
        title = f"{version.title}：{zh}" if by.lang == "zh" else f"{version.title_en or version.title}: {en}"
        found.append(Entry(day, "alert", "alert", title, "", cast(stories.Tone, tone), alert_id=event.alert_id))
    return found


def filenames(batch_ids: set[int]) -> dict[int, str]:
    """The names of the files behind some batches, for the source of a row."""
    return dict(imports.live().filter(pk__in=batch_ids).values_list("pk", "filename"))


def listing(by: Reader, *, text: str = "", unit: Unit | None = None, status: str = "", sids: set[int] | None = None) -> QuerySet[Student]:
    """The students the reader may know of, in class order, narrowed by what was typed, a unit, a status or a set of ids."""
    found = access.search(by, text) if text else access.students(by)
    if unit is not None:
        field = "dorm_path" if unit.tree == "dormitory" else "unit_path"
        found = found.filter(**{f"{field}__gte": unit.path, f"{field}__lt": next_path(unit.path)})
    if status:
        found = found.filter(status=status)
    if sids is not None:
        found = found.filter(sid__in=sids)
    return found.select_related("class_unit")


def after(students: QuerySet[Student], key: tuple[str, str] | None) -> QuerySet[Student]:
    """The students behind a key of (unit_path, number), in class order."""
    if key is None:
        return students
    return students.filter(TupleGreaterThan(Tuple("unit_path", "number"), key))


def unit(by: Reader, pk: int) -> Unit | None:
    return access.units(by).filter(pk=pk).first()


def lineage(student: Student) -> list[Unit]:
    """The units a student stands in, from the school down to the class."""
    paths = [student.unit_path[:end] for end in range(4, len(student.unit_path) + 1, 4)]
    return list(Unit.objects.filter(path__in=paths).order_by("path"))


def responsible(by: Reader, sid: int, on: date) -> list[Responsibility]:
    """Who answers for the student in daily work, nearest first; one row per person and role. For readers who may see the student."""
    seen: set[tuple[Any, ...]] = set()
    kept = []
    roles = ANSWERING_FAMILY if by.roles <= {"guardian", "student"} else ANSWERING
    for duty in access.responsible(by, sid, on).filter(role__in=roles):
        key = (duty.staff_id, duty.cadre_id, duty.role)
        if key not in seen:
            seen.add(key)
            kept.append(duty)
    return sorted(kept, key=lambda duty: ANSWERING.index(duty.role))


@dataclass(frozen=True, slots=True)
class Standing:
    """A student's level as this reader may know it, since when, and the titles of the rules behind it, gravest first."""

    level: int
    since: date
    titles: tuple[str, ...]


class Said(NamedTuple):
    """What a standing takes from an alert."""

    level: int
    opened_on: date
    title: str
    title_en: str


def _active(by: Reader) -> QuerySet[Alert]:
    """Families are told what happened, never a level: a warning is for those who help, not a label for a student."""
    if not access.may(by, "alerts"):
        return Alert.objects.none()
    return access.visible(by, Alert.objects.filter(state__in=ACTIVE))


def standings(by: Reader, sids: Iterable[int]) -> dict[int, Standing]:
    """The standing of each of these students who has an active alert the reader may see."""
    rows = _active(by).filter(student_id__in=list(sids)).order_by("student_id", "-level", "opened_on")
    found: dict[int, list[Said]] = {}
    for sid, level, on, zh, en in rows.values_list("student_id", "level", "opened_on", "rule_version__title", "rule_version__title_en"):
        found.setdefault(sid, []).append(Said(level, on, zh, en))
    return {sid: _standing(by, alerts) for sid, alerts in found.items()}


def active_alerts(by: Reader, sid: int) -> tuple[list[Line], Standing | None]:
    """A student's active alerts, gravest first, and the standing they make."""
    if not access.may(by, "alerts"):
        return [], None
    found = alert_list.alerts(by, alert_list.Filters(state="active")).filter(student_id=sid)
    rows = alert_list.lines(found.order_by("-level", "-last_fired_on", "id"))
    said = [Said(row.level, row.opened_on, row.rule_version.title, row.rule_version.title_en) for row in rows]
    return rows, _standing(by, said) if said else None


def _standing(by: Reader, alerts: list[Said]) -> Standing:
    """Of a student's active alerts, the gravest first."""
    level = alerts[0].level
    titles = (alert.title if by.lang == "zh" else alert.title_en or alert.title for alert in alerts)
    return Standing(level, min(alert.opened_on for alert in alerts if alert.level == level), tuple(titles))


def at_level(by: Reader, students: QuerySet[Student], level: int, *, to_count: bool = False) -> QuerySet[Student]:
    """Those whose gravest active alert, of those the reader may see, is of this level; 0: those without any.

    `to_count`: the same students, found from the alerts. A page in class order looks at its own students; a count would look at everybody.
    """
    active = _active(by)
    mine = active.filter(student_id=OuterRef("sid"))
    if level == 0:
        return students.exclude(Exists(mine))
    of_level = Q(sid__in=active.filter(level=level).values("student_id")) if to_count else Q(Exists(mine.filter(level=level)))
    found = students.filter(of_level)
    return found if level == LEVELS[-1].number else found.exclude(Exists(mine.filter(level__gt=level)))


def with_alerts(by: Reader, students: QuerySet[Student]) -> QuerySet[Student]:
    return students.filter(Exists(_active(by).filter(student_id=OuterRef("sid"))))
