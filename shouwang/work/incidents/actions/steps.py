"""Putting a matter before a station of the network: who answers there is asked, with a time limit; an empty station is passed over."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils import timezone

from shouwang.common.schooltime import SchoolTime, Within
from shouwang.trust.access.answering import Holders, Place, holders
from shouwang.trust.access.models import Account
from shouwang.trust.ledger import actions as ledger
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.deadlines import queries as clocks
from shouwang.work.duty import queries as duty
from shouwang.work.incidents.models import Ask, Incident, IncidentEvent, Level
from shouwang.work.incidents.network import CLOCKS, Station, load
from shouwang.work.incidents.policies import LEVEL
from shouwang.work.notifications import actions as notifications

TIERS = {"routine": "important", "urgent": "important", "critical": "crisis"}
LAST_RESORT = ("affairs", "school")


class CannotAct(Exception):
    """Why a step is refused; the message is for people, with the remedy."""


def places_of(incident: Incident) -> list[Place]:
    """Where the matter lies: with each student it is about, else where its reporter stands."""
    rows = incident.students.order_by("pk").values_list("student__unit_path", "student__dorm_path", "student_id")
    return [Place(unit, dorm, sid) for unit, dorm, sid in rows] or [Place(incident.unit_path, incident.dorm_path)]


def go_to_student(incident: Incident, *, by: int | None, now: datetime) -> bool:
    """One that lay with its reporter lies with its first student from now on, its time limits too; whether it has one. The caller saves it."""
    first = incident.students.select_related("student").order_by("pk").first()
    if first is None:
        return False
    incident.unit_path, incident.dorm_path = first.student.unit_path, first.student.dorm_path
    deadlines.place(prefix=f"{incident.ref}/", unit_path=incident.unit_path, dorm_path=incident.dorm_path, by=by, now=now)
    return True


def holders_of(places: Collection[Place], roles: Iterable[str], now: datetime) -> Holders:
    return holders(roles, places, timezone.localdate(now))


def answer_at(station: Station, places: Collection[Place], without: Collection[int], now: datetime) -> list[int]:
    """Who answers at a station: for each place the nearest who hold its roles."""
    found = holders_of(places, station.roles, now)
    return list(dict.fromkeys(pk for place in places for pk in found.nearest(place, station.roles, without)))


def open_step(incident: Incident, codes: Collection[str], *, why: str, by: int | None, now: datetime, reason: str = "") -> list[Level]:
    """Asks these stations at once. An empty one is put down and left out; the caller goes on when all were."""
    places, made = places_of(incident), []
    for code in codes:
        station = load().stations[code]
        accounts = answer_at(station, places, {incident.reporter_id}, now)
        if accounts:
            made.append(_open(incident, station, accounts, why=why, by=by, now=now, reason=reason))
        elif not is_own(incident, code, places, now):
            IncidentEvent.objects.create(incident=incident, kind="empty", at=now, code=code)
    return made


def next_step(incident: Incident, *, why: str, by: int | None, now: datetime) -> list[Level]:
    """The next stations of the channel that were not asked yet and where somebody answers; at the end of the channel the last resort."""
    asked = set(incident.levels.values_list("station", flat=True))
    path = load().channels[incident.channel].path
    rest = [*path[incident.level :], *(() if asked else (LAST_RESORT,))]
    for at, step in enumerate(rest, incident.level + 1):
        incident.level = min(at, len(path))
        if left := [code for code in step if code not in asked]:
            if made := open_step(incident, left, why=why, by=by, now=now):
                return made
            if why == "channel" and not all(is_own(incident, code, places_of(incident), now) for code in left):
                why = "empty"
    return []


def is_own(incident: Incident, code: str, places: Collection[Place], now: datetime) -> bool:
    """Whether the reporter answers at this station: it is passed over without a word."""
    return incident.reporter_id in answer_at(load().stations[code], places, (), now)


def _open(incident: Incident, station: Station, accounts: list[int], *, why: str, by: int | None, now: datetime, reason: str = "") -> Level:
    within, clock = station.within[incident.urgency], CLOCKS[incident.urgency]
    number = incident.levels.count() + 1
    level = Level(
        incident=incident, number=number, station=station.code, why=why, within=within, clock=clock, opened_by_id=by, opened_at=now
    )
    level.reason = reason.strip() or None
    running = deadlines.start(
        ref=level.ref,
        kind="incident",
        owner=accounts[0],
        ladder="report",
        within=within,
        clock="round" if clock == "round" else "service",
        unit_path=incident.unit_path,
        dorm_path=incident.dorm_path,
        url=f"/incidents/{incident.pk}/",
        by=by,
        now=now,
    )
    level.due_at = running.due_at
    level.save()
    IncidentEvent.objects.create(incident=incident, kind="asked", at=now, level=number, code=station.code, by_id=by)
    ask(level, accounts, how="station", now=now)
    ask_on_duty(level, now)
    tell(level, now, by)
    return level


def ask(level: Level, accounts: Iterable[int], *, how: str, now: datetime, part: str = "answer") -> None:
    """Everybody has a due moment of their own: those on duty by the clock of the matter, all others in their service hours."""
    known = set(level.asks.values_list("account_id", flat=True))
    times, clock = clocks.school_time(), level.clock if how == "on_duty" else "service"
    due_at = _due(times, level, clock, now) if part == "answer" else None
    rows = [
        Ask(level=level, incident_id=level.incident_id, account_id=pk, part=part, how=how, clock=clock, asked_at=now, due_at=due_at)
        for pk in dict.fromkeys(accounts)
        if pk not in known
    ]
    Ask.objects.bulk_create(rows)


def _due(times: SchoolTime, level: Level, clock: str, now: datetime) -> datetime:
    return times.due(now, Within.parse(level.within), "round" if clock == "round" else "service")


def ask_on_duty(level: Level, now: datetime) -> None:
    """Urgent matters outside service hours: whoever is on duty is asked as well, at each station one more."""
    if level.clock != "round" or clocks.school_time().is_open(now):
        return
    incident = level.incident
    watching: list[Account] = duty.on_duty(now, incident.unit_path, incident.dorm_path)
    left = [one.pk for one in watching if one.pk != incident.reporter_id]
    ask(level, left[: level.number], how="on_duty", now=now)


def tell(level: Level, now: datetime, by: int | None) -> None:
    """Those asked to answer hear at once; whoever is on duty does not wait for working hours."""
    incident, station = level.incident, load().stations[level.station]
    kind = "incident.climbed" if level.why == "climbed" else "incident.asked"
    asked = Ask.objects.filter(level=level, part="answer")
    for on_duty in (False, True):
        to = [one.account_id for one in asked if (one.how == "on_duty") == on_duty]
        if to:
            notifications.send(
                kind=kind,
                tier="crisis" if incident.urgency == "critical" else "important",
                to=to,
                ref=incident.ref,
                url=f"/incidents/{incident.pk}/",
                by=by,
                now=now,
                key=level.ref,
                words={"place": station.zh, "number": incident.pk},
                at_once=on_duty,
            )


def inform(incident: Incident, departments: Collection[str], *, by: int | None, now: datetime) -> None:
    """Departments concerned learn of it at once, with the first station that was asked."""
    level = incident.levels.order_by("number").first()
    if level is None or not departments:
        return
    places = places_of(incident)
    for code in departments:
        one = load().departments[code]
        found = holders_of(places, one.roles, now)
        accounts = [pk for place in places for pk in found.nearest(place, one.roles, {incident.reporter_id})]
        known = set(incident.asks.values_list("account_id", flat=True))
        left = [pk for pk in dict.fromkeys(accounts) if pk not in known]
        ask(level, left, how="department", now=now, part="inform")
        if left:
            notifications.send(
                kind="incident.informed",
                tier="important",
                to=left,
                ref=incident.ref,
                url=f"/incidents/{incident.pk}/",
                by=by,
                now=now,
                key=incident.ref,
                words={"number": incident.pk},
            )


def end_levels(incident: Incident, *, answered_by: int | None, by: int | None, now: datetime, move: str = "over") -> None:
    """Nobody is waited for any more: the stations of whoever answered are answered, the others are over."""
    for level in incident.levels.filter(state=Level.State.OPEN):
        mine = answered_by is not None and level.asks.filter(account=answered_by, part="answer").exists()
        level.state, level.ended_at = LEVEL.after(level.state, "answer" if mine else move), now
        level.save()
        (deadlines.meet if mine else deadlines.cancel)(ref=level.ref, by=by, now=now)
    for level in incident.levels.filter(state=Level.State.CLIMBED):
        deadlines.cancel(ref=level.ref, by=by, now=now)


def answer_own(incident: Incident, *, by: int, now: datetime) -> None:
    """Somebody has the matter already: the stations that still wait for this person are answered, those of others go on waiting."""
    for level in incident.levels.filter(state=Level.State.OPEN, asks__account=by, asks__part="answer"):
        level.state, level.ended_at = LEVEL.after(level.state, "answer"), now
        level.save()
        deadlines.meet(ref=level.ref, by=by, now=now)
        notifications.settle(ref=incident.ref, by=by, now=now, key=level.ref)


def note(incident: Incident, kind: str, *, by: int | None, now: datetime, code: str = "", text: str = "", level: int = 0) -> IncidentEvent:
    """One line of what happened; the words belong to the one student the matter is about."""
    event = IncidentEvent(incident=incident, kind=kind, by_id=by, at=now, code=code, level=level)
    event.subject_sid = only_student(incident)
    event.note = text.strip() or None
    event.save()
    return event


def only_student(incident: Incident) -> int | None:
    sids = list(incident.students.values_list("student_id", flat=True)[:2])
    return sids[0] if len(sids) == 1 else None


def told_of(kind: str, incident: Incident, *, by: int | None, now: datetime, about: Iterable[str] = (), **content: object) -> None:
    sids = incident.students.values_list("student_id", flat=True)
    subjects = [incident.ref, *(f"student:{sid}" for sid in sids), *about]
    ledger.record(f"incidents.{kind}", by=by, about=subjects, now=now, content=content)
