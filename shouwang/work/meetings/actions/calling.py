"""Calling meetings: the series and who sits in it, the next sitting, its agenda by the rule, the invitations, calendars."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Unit
from shouwang.work.meetings import policies, queries
from shouwang.work.meetings.models import Feed, Item, Meeting, Participant, Series, SeriesMember
from shouwang.work.meetings.policies import pick
from shouwang.work.notifications import actions as notifications


class CannotMeet(Exception):
    """Why a step is refused; the message is for people, with the remedy."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A series as its form gives it."""

    title: str
    unit: int
    weekday: int
    every_weeks: int
    at: time
    minutes: int
    place: str
    least_level: int = 3
    silent_days: int = 14


def set_up(*, rule: Rule, by: Reader, now: datetime) -> Series:
    """A regular meeting with its rule; whoever sets it up is its chair. CannotMeet with the reason."""
    if refused := why_not(by, "meetings_plan"):
        raise CannotMeet(refused)
    values = _values(rule, by)
    with told():
        made = Series.objects.create(**values, made_by_id=by.account_id, made_at=now)
        SeriesMember.objects.create(series=made, account_id=by.account_id, part="chair")
        ledger.record("meetings.series_made", by=by.account_id, about=[made.ref], now=now)
    return made


def change(*, series: int, rule: Rule, by: Reader, now: datetime) -> Series:
    """Another rhythm, place or rule from the next sitting on; what is planned stays as it was told. CannotMeet with the reason."""
    found = _kept(series, by)
    values = _values(rule, by, keeps=found.unit_id)
    with told():
        row = Series.objects.select_for_update(of=("self",)).get(pk=found.pk)
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            row.save()
        ledger.record("meetings.series_changed", by=by.account_id, about=[row.ref], now=now, content={"changed": changed})
    return row


def _values(rule: Rule, by: Reader, keeps: int | None = None) -> dict[str, Any]:
    """The columns of a series. `keeps`: its unit until now, which a chair from elsewhere may leave as it is. CannotMeet with the reason."""
    unit = Unit.objects.get(pk=keeps) if rule.unit == keeps else access.unit(by, rule.unit)
    if unit is None or not rule.title.strip() or not rule.place.strip():
        raise CannotMeet(pick(by.lang, "请填写会议名称、地点，并选择您负责的单位。", "Give a title, a place and one of your units."))
    if not (0 <= rule.weekday <= 6 and 1 <= rule.every_weeks <= 12 and 10 <= rule.minutes <= 480 and 1 <= rule.least_level <= 4):
        raise CannotMeet(pick(by.lang, "请检查周期、时长（10–480 分钟）和级别。", "Check the rhythm, the length and the level."))
    plain = ("weekday", "every_weeks", "at", "minutes", "least_level", "silent_days")
    return {name: getattr(rule, name) for name in plain} | {
        "title": rule.title.strip()[:60],
        "unit": unit,
        "place": rule.place.strip()[:60],
    }


def seat(*, series: int, account: int, part: str, by: Reader, now: datetime) -> None:
    """Somebody sits in the series from now on, or takes another part ("" takes them out). CannotMeet with the reason."""
    found = _kept(series, by)
    person = Account.objects.select_related("staff").filter(pk=account, is_active=True, staff__is_current=True).first()
    if person is None or part not in ("", *policies.PARTS):
        raise CannotMeet(pick(by.lang, "没有找到这位老师，请重新选择。", "This person was not found; choose again."))
    with told():
        known = SeriesMember.objects.filter(series=found, account=person).first()
        if part == "chair" or (known is not None and known.part == "chair"):
            _one_chair(found, known, part, by)
        if not part and known is not None:
            known.delete()
        elif part:
            known = known or SeriesMember(series=found, account=person)
            known.part = part
            known.save()
        ledger.record("meetings.series_changed", by=by.account_id, about=[found.ref], now=now, content={"account": account, "part": part})


def _one_chair(found: Series, known: SeriesMember | None, part: str, by: Reader) -> None:
    """A new chair makes the old one a member; without a chair there is no series."""
    if part == "chair":
        SeriesMember.objects.filter(series=found, part="chair").update(part="member")
        return
    raise CannotMeet(pick(by.lang, "例会要有一位主持人。请先请别人主持。", "A series needs a chair; name another first."))


def _kept(series: int, by: Reader) -> Series:
    if refused := why_not(by, "meetings_plan"):
        raise CannotMeet(refused)
    found = queries.series(by, series)
    if found is None or not queries.runs(by, found):
        raise CannotMeet(pick(by.lang, "没有这个例会，或不由您召集。", "There is no such series, or it is not yours to call."))
    return found


def plan(*, series: int, starts_at: datetime, by: Reader, now: datetime) -> Meeting:
    """The next sitting, with its agenda drawn by the rule. CannotMeet with the reason."""
    found = _kept(series, by)
    if starts_at < now - timedelta(hours=12):
        raise CannotMeet(pick(by.lang, "开会时间已经过去，请重新选择。", "That moment is past; choose another."))
    if found.meetings.filter(state__in=("planned", "invited", "running")).exists():
        raise CannotMeet(
            pick(by.lang, "上一次会议还没有结束，请先结束或取消它。", "The last meeting is not over; close or cancel it first.")
        )
    with told():
        Series.objects.select_for_update().get(pk=found.pk)
        last = found.meetings.order_by("-number").first()
        made = Meeting.objects.create(
            series=found, number=last.number + 1 if last else 1, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=found.minutes),
            place=found.place, made_by_id=by.account_id, made_at=now,
        )  # fmt: skip
        for one in queries.members(found):
            Participant.objects.create(meeting=made, account=one.account, part=one.part)
        ledger.record("meetings.planned", by=by.account_id, about=[made.ref], now=now)
        draw_now(made, by, now)
    return made


def draw(*, meeting: int, by: Reader, now: datetime) -> int:
    """The agenda anew: what the rule names is added, what it no longer names and was not spoken of goes; how many points. CannotMeet."""
    with told():
        found = moved(meeting, "draw", by)
        return draw_now(found, by, now)


def draw_now(found: Meeting, by: Reader, now: datetime) -> int:
    today = timezone.localdate(now)
    drawn = queries.drawn(found, queries.readers_of(found, today, now), now)
    wanted = drawn.matters
    refs = {f"strand:{one.strand.pk}" for one in wanted}
    found.items.filter(state="waiting", kind="case", decisions=None, discussed=None).exclude(ref__in=refs).delete()
    for at, one in enumerate(wanted, 1):
        given = {
            "place": at, "kind": "case", "student": one.strand.case.student, "unit_path": one.strand.case.unit_path, "why": one.why,
            "dorm_path": one.strand.case.dorm_path, "categories": one.strand.categories, "level": one.strand.level, "count": one.overdue,
        }  # fmt: skip
        _point(found, f"strand:{one.strand.pk}", given)
    for at, (kind, ref, why, count) in enumerate(queries.other_points(found, by, now), len(wanted) + 1):
        _point(found, ref, {"place": at, "kind": kind, "why": why, "count": count})
    found.drawn_at, found.left_out = now, drawn.left_out
    found.save()
    n = found.items.count()
    ledger.record("meetings.drawn", by=by.account_id, about=[found.ref], now=now, content={"points": n, "left_out": drawn.left_out})
    return n


def _point(found: Meeting, ref: str, given: Mapping[str, object]) -> None:
    known = found.items.filter(ref=ref).first() or Item(meeting=found, ref=ref)
    if known.state == "waiting":
        for name, value in given.items():
            setattr(known, name, value)
        known.save()


def add_topic(*, meeting: int, title: str, by: Reader, now: datetime) -> Item:
    """A point in words, from anybody who is asked to the meeting. It must not name students: everybody there reads it. CannotMeet."""
    found = queries.meeting(by, meeting)
    if found is None or found.state in ("closed", "cancelled") or by.is_read_only:
        raise CannotMeet(pick(by.lang, "没有这次会议，或它已经结束。", "There is no such meeting, or it is over."))
    if not title.strip():
        raise CannotMeet(pick(by.lang, "请写明议题。", "Say what it is about."))
    with told():
        last = found.items.order_by("-place").first()
        made = Item(meeting=found, place=last.place + 1 if last else 1, kind="topic", why="topic", title=title.strip()[:120])
        made.save()
        ledger.record("meetings.topic_added", by=by.account_id, about=[found.ref], now=now)
    return made


def moved(meeting: int, move: str, by: Reader) -> Meeting:
    """The meeting, locked, in its next state; the caller saves it. For its holders and whoever set it up."""
    found = queries.meeting(by, meeting)
    if found is None or policies.MEETING.why_not_by(move, actors=queries.parts(by, found)):
        raise CannotMeet(pick(by.lang, "没有这次会议，或不由您主持、记录。", "There is no such meeting, or you do not run it."))
    if by.is_read_only:
        raise CannotMeet(pick(by.lang, "以他人身份查看时不能办理。", "Not while viewing as somebody else."))
    locked = Meeting.objects.select_for_update(of=("self",)).select_related("series__unit").get(pk=found.pk)
    if why := policies.why_not(move, state=locked.state, lang=by.lang):
        raise CannotMeet(why)
    locked.state = policies.MOVES[locked.state, move]
    return locked


def invite(*, meeting: int, by: Reader, now: datetime) -> Meeting:
    """Everybody is told when and where; the agenda stays on the page, where each sees their part. CannotMeet with the reason."""
    with told():
        found = moved(meeting, "invite", by)
        found.invited_at = now
        found.save()
        _tell(found, "meeting.invited", by, now)
        ledger.record("meetings.invited", by=by.account_id, about=[found.ref], now=now)
    return found


def shift(*, meeting: int, starts_at: datetime, place: str, by: Reader, now: datetime) -> Meeting:
    """Another time or place; whoever was told is told again. CannotMeet with the reason."""
    if starts_at < now or not place.strip():
        raise CannotMeet(pick(by.lang, "请选择以后的时间，并写明地点。", "Choose a moment to come and say where."))
    with told():
        found = moved(meeting, "shift", by)
        length = found.ends_at - found.starts_at
        found.starts_at, found.ends_at, found.place = starts_at, starts_at + length, place.strip()[:60]
        found.sequence += 1
        found.save()
        if found.state == "invited":
            _tell(found, "meeting.invited", by, now)
        ledger.record("meetings.moved", by=by.account_id, about=[found.ref], now=now)
    return found


def cancel(*, meeting: int, by: Reader, now: datetime) -> Meeting:
    """It does not take place; its points come back with the next. CannotMeet with the reason."""
    with told():
        found = moved(meeting, "cancel", by)
        found.cancelled_at = now
        found.sequence += 1
        found.save()
        if found.invited_at is not None:
            _tell(found, "meeting.cancelled", by, now)
        ledger.record("meetings.cancelled", by=by.account_id, about=[found.ref], now=now)
    return found


def _tell(found: Meeting, kind: str, by: Reader, now: datetime) -> None:
    local = timezone.localtime(found.starts_at)
    words = {"title": found.series.title, "moment": f"{local:%m-%d %H:%M}"}
    if kind == "meeting.invited":
        words["place"] = found.place
    to = [pk for pk in found.participants.values_list("account", flat=True) if pk != by.account_id]
    notifications.send(
        kind=kind, tier="important", to=to, ref=found.ref, url=f"/meetings/{found.pk}/", by=by.account_id, now=now,
        key=f"{found.ref}:{found.sequence}", words=words,
    )  # fmt: skip


def answer(*, meeting: int, coming: bool, by: Reader, now: datetime) -> None:
    """Whether one comes. CannotMeet when one was not asked."""
    with told():
        done = Participant.objects.filter(meeting=meeting, account=by.account_id, meeting__state__in=("planned", "invited")).update(
            answer="yes" if coming else "no", answered_at=now
        )
        if not done or by.is_read_only:
            raise CannotMeet(pick(by.lang, "没有等您回复的会议通知。", "There is no invitation for you to answer."))
        ledger.record("meetings.answered", by=by.account_id, about=[f"meeting:{meeting}"], now=now)


def make_feed(*, by: Reader, now: datetime) -> str:
    """A calendar address of one's own; the old one ends. Its word is told once."""
    if by.is_read_only:
        raise CannotMeet(pick(by.lang, "以他人身份查看时不能办理。", "Not while viewing as somebody else."))
    word = secrets.token_urlsafe(24)
    with told():
        row = Feed.objects.filter(account=by.account_id).first() or Feed(account_id=by.account_id)
        row.digest, row.made_at = hashlib.sha256(word.encode()).hexdigest(), now
        row.save()
        ledger.record("meetings.feed_made", by=by.account_id, about=[f"account:{by.account_id}"], now=now)
    return word
