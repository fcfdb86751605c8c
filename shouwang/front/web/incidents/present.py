"""Rows of reports as strings for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.common.schooltime import Within
from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.trust.access.policies import ROLES
from shouwang.work.incidents import policies, queries
from shouwang.work.incidents.network import URGENCIES, load
from shouwang.work.incidents.queries import categories, listing, seeing

TONES = {"routine": "", "urgent": "tag-warn", "critical": "tag-danger"}
EVENTS = {
    "report": ("上报", "Reported"),
    "asked": ("请确认", "Asked"),
    "empty": ("这一级目前无人任职，继续上报", "Nobody holds this post; it went on"),
    "climb": ("到时无人确认，自动上报", "Nobody answered in time; it went up"),
    "acknowledge": ("确认收到", "Acknowledged"),
    "handle": ("处理", "Handled"),
    "pass_on": ("转交", "Passed on"),
    "involve": ("同时请", "Asked as well"),
    "add": ("补充", "Added"),
    "link": ("关联同学", "Linked a student"),
    "resolve": ("办结", "Resolved"),
    "reply": ("答复上报人", "Answer to the reporter"),
    "reopen": ("重新打开", "Reopened"),
    "merge": ("并入另一件", "Merged into another"),
    "merged_here": ("合并了另一件", "Another was merged into this"),
    "open_case": ("转为个案", "Became a case"),
    "wait": ("暂停计时", "Clock stopped"),
    "resume": ("恢复计时", "Clock runs on"),
}


def urgency(code: str) -> str:
    return pick(*URGENCIES[code])


def station(code: str) -> str:
    one = load().stations.get(code)
    return pick(one.zh, one.en) if one else code


def channel(code: str) -> str:
    one = load().channels.get(code)
    return pick(one.zh, one.en) if one else code


def role(code: str) -> str:
    return pick(ROLES[code].zh, ROLES[code].en) if code in ROLES else ""


def limit(text: str) -> str:
    return Within.parse(text).words("zh" if words.chinese() else "en")


@dataclass(frozen=True, slots=True)
class Row:
    pk: int
    title: str
    urgency: str
    tone: str
    who: str
    why: str
    state: str
    at: datetime
    waits: bool


def rows(by: Reader, found: Sequence[Any]) -> list[Row]:
    names = categories.titles("zh" if words.chinese() else "en")
    return [_row(by, one, names) for one in found]


def _row(by: Reader, one: Any, names: dict[str, str]) -> Row:
    return Row(
        pk=one.pk,
        title=names.get(one.category, one.category),
        urgency=urgency(one.urgency),
        tone=TONES[one.urgency],
        who=who(by, one),
        why=_why(one),
        state=pick(*policies.STATE_TITLES[one.state]),
        at=one.reported_at,
        waits=bool(getattr(one, "waits", False)) and one.is_open,
    )


def who(by: Reader, one: Any) -> str:
    """The students' names as far as the reader may know them."""
    named = seeing.students_of(by, one)
    listed = [student.name for student in named.students]
    if named.others:
        listed.append(
            pick(f"另 {named.others} 名同学", f"{named.others} more")
            if listed
            else pick(f"{named.others} 名同学", f"{named.others} students")
        )
    return pick("、", ", ").join(listed) or pick("未指明同学", "nobody named")


def _why(one: Any) -> str:
    by_whom = one.reporter.name if one.reporter.staff_id else role(one.reported_as)
    parts = [pick(f"{by_whom}上报", f"reported by {by_whom}")]
    if one.handler_id and one.handler.staff_id:
        parts.append(pick(f"{one.handler.name}处理", f"handled by {one.handler.name}"))
    if one.still_handling and one.state == "reported":
        parts.append(pick("上报人还在处理", "the reporter is still handling it"))
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    how: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One station as the page shows it."""

    title: str
    why: str
    state: str
    opened_at: datetime
    due_at: datetime
    late: bool
    limit: str
    people: list[Person]
    reason: str


def steps(found: Any, now: datetime, *, with_reasons: bool) -> list[Step]:
    listed = listing.levels(found)
    asks = listing.asks(found)
    reasons = listing.reasons(listed) if with_reasons else {}
    return [_step(level, asks.get(level.pk, []), reasons.get(level.pk, ""), now) for level in listed]


def _step(level: Any, asked: Sequence[Any], reason: str, now: datetime) -> Step:
    over = level.ended_at or now
    return Step(
        title=station(level.station),
        why=pick(*policies.WHY[level.why]),
        state=pick(level.get_state_display(), level.state.capitalize()),
        opened_at=level.opened_at,
        due_at=level.due_at,
        late=level.state in ("open", "climbed") and over >= level.due_at,
        limit=limit(level.within),
        people=[_person(ask) for ask in asked],
        reason=reason,
    )


def _person(ask: Any) -> Person:
    how = pick(*policies.HOW[ask.how]) if ask.how != "station" else ""
    answered = pick("已确认", "answered") if ask.answered_at else pick("未确认", "not answered")
    state = pick("已知会", "informed") if ask.part == "inform" else answered
    return Person(ask.account.name, how, state, ask.answered_at)


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    detail: str
    note: str
    at: datetime


def story(by: Reader, found: Any) -> list[Line]:
    """What happened, newest first."""
    lines = []
    for told in reversed(seeing.story(by, found)):
        event = told.event
        title = pick(*EVENTS[event.kind]) if event.kind in EVENTS else event.kind
        lines.append(Line(title, " · ".join(part for part in (_actor(event), _code(event)) if part), told.note, event.at))
    return lines


def _actor(event: Any) -> str:
    if event.by is None:
        return pick("系统", "the system")
    return event.by.name if event.by.staff_id else pick("学生干部", "student cadre")


def _code(event: Any) -> str:
    if event.kind in ("asked", "empty", "pass_on", "involve", "climb"):
        return pick("、", ", ").join(station(code) for code in event.code.split())
    if event.kind == "resolve" and event.code in policies.OUTCOMES:
        return pick(*policies.OUTCOMES[event.code])
    if event.kind == "report":
        return channel(event.code)
    return f"#{event.code}" if event.kind in ("merge", "merged_here") else ""


def local(at: datetime) -> str:
    """For a datetime-local field."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def category(code: str) -> str:
    one = queries.kind(code)
    return pick(one.zh, one.en)
