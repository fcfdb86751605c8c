"""Whether a reader may read a report, and why: through the students and places they answer for, because they reported it, because they were
asked. Who is only informed learns that it is there. The set and the single answer come from the same grounds."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from shouwang.common.categories import Category
from shouwang.common.reader import Reader, acting
from shouwang.trust.access import queries as access
from shouwang.trust.access import readings
from shouwang.trust.access.policies import why_not
from shouwang.trust.people.models import Student
from shouwang.trust.vault import queries as vault
from shouwang.work.incidents.models import Ask, Incident, IncidentEvent, IncidentStudent, Level
from shouwang.work.incidents.policies import OPEN
from shouwang.work.incidents.policies import why_not as why_not_now
from shouwang.work.incidents.queries.categories import kind

SHOWN = (Incident.State.REPORTED, Incident.State.ACKNOWLEDGED, Incident.State.HANDLING)


def _linked(by: Reader) -> QuerySet[IncidentStudent]:
    """The links to students whom the reader may know, with everything the report is about."""
    return access.visible(
        by,
        IncidentStudent.objects.all(),
        path="student__unit_path",
        dorm="student__dorm_path",
        sid="student_id",
        mask="incident__categories",
    )


def _covered(by: Reader) -> Q:
    """By the matrix: through a student it is about; one about nobody known, through the place of its reporter."""
    nowhere = access.visible(by, Incident.objects.filter(students=None), sid="students__student_id")
    return Q(pk__in=_linked(by).order_by().values("incident")) | Q(pk__in=nowhere.order_by().values("pk"))


def _asked(by: Reader) -> Q:
    """Asked to answer: while the matter is open, and for good if they answered or handled it."""
    mine = Ask.objects.filter(incident=OuterRef("pk"), account=by.account_id, part="answer")
    return Q(Exists(mine), state__in=OPEN) | Q(Exists(mine.exclude(answered_at=None))) | Q(handler=by.account_id)


def _informed(by: Reader) -> Q:
    return Q(Exists(Ask.objects.filter(incident=OuterRef("pk"), account=by.account_id, part="inform")))


def readable(by: Reader) -> QuerySet[Incident]:
    """Reports whose words the reader may read."""
    return Incident.objects.filter(_covered(by) | _asked(by) | Q(reporter=by.account_id))


def visible_incidents(by: Reader) -> QuerySet[Incident]:
    """Everything the reader may know to be there; `may_read` says whether they may read it."""
    return Incident.objects.filter(_covered(by) | _asked(by) | _informed(by) | Q(reporter=by.account_id)).select_related(
        "reporter__staff", "reporter__student", "handler__staff"
    )


def incident(by: Reader, pk: int) -> Incident | None:
    """One report, or None when there is none or the reader may not know."""
    return visible_incidents(by).filter(pk=pk).first()


def own(by: Reader) -> QuerySet[Incident]:
    """What the reader reported, newest first."""
    return Incident.objects.filter(reporter=by.account_id).select_related("handler__staff").order_by("-reported_at", "-pk")


def may_read(by: Reader, found: Incident) -> bool:
    return readable(by).filter(pk=found.pk).exists()


def is_waited_for(by: Reader, found: Incident) -> bool:
    """Whether a station at which the reader was asked still waits for an answer."""
    asks = Ask.objects.filter(incident=found, account=by.account_id, part="answer", answered_at=None)
    return asks.filter(level__state=Level.State.OPEN).exists()


def why_not_answer(by: Reader, found: Incident) -> str:
    """Why the reader cannot acknowledge a matter that waits for somebody; empty when they can, or when it waits for nobody."""
    if found.state != Incident.State.REPORTED and not is_waited_for(by, found):
        return ""
    move = "acknowledge" if found.state == Incident.State.REPORTED else "join"
    return why_not(by, "incidents_act") or why_not_now(move, state=found.state, parts=parts(by, found), lang=by.lang) or ""


def parts(by: Reader, found: Incident) -> frozenset[str]:
    """What the reader is to a report they may see (policies.PARTS)."""
    asks = dict(Ask.objects.filter(incident=found, account=by.account_id).values_list("part", "pk"))
    held = {"reporter": found.reporter_id == by.account_id, "asked": "answer" in asks or found.handler_id == by.account_id}
    held["waited"] = is_waited_for(by, found)
    held["overseer"] = Incident.objects.filter(_covered(acting(by, "write")), pk=found.pk).exists()
    held["informed"] = "inform" in asks
    return frozenset(part for part, holds in held.items() if holds)


@dataclass(frozen=True, slots=True)
class Named:
    """The students of a report as a reader may know them; `others`: how many more there are."""

    students: tuple[Student, ...]
    others: int


def students_of(by: Reader, found: Incident) -> Named:
    """Whoever was asked knows whom it is about; a reporter, whom they named; everybody else, whom they may see with it."""
    links = IncidentStudent.objects.filter(incident=found)
    known = Q(pk__in=_linked(by).filter(incident=found).order_by().values("pk")) | Q(linked_by=by.account_id)
    if Incident.objects.filter(_asked(by), pk=found.pk).exists():
        known = Q()
    shown = links.filter(known).select_related("student__class_unit", "student__room").order_by("pk")
    students = tuple(link.student for link in shown)
    return Named(students, links.count() - len(students))


@dataclass(frozen=True, slots=True)
class Words:
    what: str
    where: str
    who: str


def words(by: Reader, found: Incident, now: datetime) -> Words | None:
    """What was reported, for those who may read it; put down for each student it is about. None for those who only know that it is there."""
    if not may_read(by, found):
        return None
    if found.reporter_id != by.account_id:
        sids = [student.sid for student in students_of(by, found).students]
        readings.note_many(by=by, sids=sids, now=now, kind="incident", ref=found.ref)
    return Words(*(vault.open_text(found, name) for name in ("what", "where", "who")))


@dataclass(frozen=True, slots=True)
class Told:
    """One line of what happened. `note` is empty for those who may not read it."""

    event: IncidentEvent
    note: str


def story(by: Reader, found: Incident) -> list[Told]:
    """What happened, in order. A reporter reads their own words and the answer that was written for them."""
    events = list(found.events.select_related("by__staff", "by__student").order_by("pk"))
    whole = bool(parts(by, found) & {"asked", "overseer"}) or Incident.objects.filter(_covered(by), pk=found.pk).exists()
    open_ = [event for event in events if whole or event.kind == "reply" or event.by_id == by.account_id]
    texts = dict(zip([event.pk for event in open_], vault.open_texts(open_, "note"), strict=True))
    return [Told(event, texts.get(event.pk, "")) for event in events]


def presence(by: Reader, sid: int) -> int:
    """How many open reports there are about a student of which the reader may only know that they are there."""
    if not (access.categories(by, sid, "know") | access.categories(by, sid)) & Category.incident:
        return 0
    there = Incident.objects.filter(students__student=sid, state__in=OPEN)
    return there.exclude(pk__in=readable(by).values("pk")).count()


def readable_of(by: Reader, sid: int) -> list[Incident]:
    """The open reports about a student that the reader may read, newest first."""
    return list(readable(by).filter(students__student=sid, state__in=OPEN).order_by("-reported_at", "-pk"))


@dataclass(frozen=True, slots=True)
class ForCase:
    """What a case needs to know of a report."""

    ref: str
    students: tuple[int, ...]
    category: str
    title: str
    title_en: str
    domain: str
    playbook: str
    level: int
    urgency: str
    mask: int


def for_case(found: Incident) -> ForCase:
    one = kind(found.category)
    sids = tuple(found.students.order_by("pk").values_list("student_id", flat=True))
    return ForCase(found.ref, sids, one.code, one.zh, one.en, one.domain, one.playbook, one.level, found.urgency, found.categories)
