"""A report from the telephone to the first station. Sent twice it is stored once; nothing but a missing matter refuses it."""

import base64
import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from shouwang.common.paths import WIDTH
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student, Unit
from shouwang.work.incidents import pictures
from shouwang.work.incidents.actions import steps
from shouwang.work.incidents.actions.steps import CannotAct
from shouwang.work.incidents.models import Incident, IncidentPhoto, IncidentStudent
from shouwang.work.incidents.network import RANK, Kind, channel_of, load
from shouwang.work.incidents.policies import LONGEST_AGO, LONGEST_WORDS, PHOTO_BYTES, PHOTOS, pick, why_not_reason
from shouwang.work.incidents.queries.categories import kinds

SOON = timedelta(minutes=10)  # a telephone's clock may be a little ahead


@dataclass(frozen=True, slots=True)
class Photo:
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Given:
    """What the form says. `also`: stations to be asked at once as well; `skip`: without those below them. Both need a reason."""

    key: uuid.UUID
    category: str
    urgency: str
    what: str = ""
    where: str = ""
    who: str = ""
    numbers: tuple[int, ...] = ()
    happened_at: datetime | None = None
    still_handling: bool = False
    association: bool = False
    also: tuple[str, ...] = ()
    skip: bool = False
    reason: str = ""


def photographs(files: Sequence[bytes], lang: str = "zh") -> list[Photo]:
    """Photographs without their metadata. CannotAct for too many, too large, or anything that is no JPEG or PNG."""
    if len(files) > PHOTOS:
        raise CannotAct(pick(lang, f"最多 {PHOTOS} 张照片。", f"At most {PHOTOS} photographs."))
    found = []
    for data in files:
        if len(data) > PHOTO_BYTES:
            raise CannotAct(pick(lang, "照片太大，每张不超过 4 MB。", "Each photograph may have 4 MB at most."))
        try:
            found.append(Photo(*pictures.stripped(data)))
        except pictures.NoPicture:
            raise CannotAct(
                pick(lang, "只能附 JPEG 或 PNG 照片，请换一张。", "Only JPEG or PNG photographs; please choose another.")
            ) from None
    return found


def report(*, given: Given, by: Reader, now: datetime, photos: Sequence[Photo] = ()) -> Incident:
    """Puts a matter before the first station of the reporter's channel. The same key again gives the report that is already there.

    CannotAct with the reason.
    """
    if refused := why_not(by, "report"):
        raise CannotAct(refused)
    if (sent := _sent(by, given.key)) is not None:
        return sent
    one, students = _checked(given, by, now)
    try:
        with transaction.atomic():
            return _keep(given, one, students, by=by, now=now, photos=photos)
    except IntegrityError:
        if (sent := _sent(by, given.key)) is not None:  # the same report came in on another line a moment ago
            return sent
        raise


def _sent(by: Reader, key: uuid.UUID) -> Incident | None:
    return Incident.objects.filter(reporter=by.account_id, key=key).first()


def _checked(given: Given, by: Reader, now: datetime) -> tuple[Kind, list[Student]]:
    lang = by.lang
    one = kinds().get(given.category)
    if one is None or given.urgency not in RANK:
        raise CannotAct(pick(lang, "请选择是什么事、有多急。", "Choose what it is and how urgent."))
    students = list(access.students(by).filter(sid__in=given.numbers)) if given.numbers else []
    if len(students) < len(set(given.numbers)):
        raise CannotAct(
            pick(lang, "有一位同学不在您的名单里，请改用文字说明。", "One student is not on your list; describe them in words.")
        )
    if not students and not given.who.strip() and not given.what.strip():
        raise CannotAct(pick(lang, "请写明是谁，或发生了什么。", "Say who it is, or what happened."))
    if any(len(text) > LONGEST_WORDS for text in (given.what, given.where, given.who)):
        raise CannotAct(pick(lang, f"文字最多 {LONGEST_WORDS} 字。", f"At most {LONGEST_WORDS} characters."))
    if given.happened_at is not None and not now - LONGEST_AGO <= given.happened_at <= now + SOON:
        raise CannotAct(
            pick(lang, "发生时间须在最近 30 天内，且不晚于现在。", "It happened within the last 30 days, and not later than now.")
        )
    if set(given.also) - set(load().stations):
        raise CannotAct(pick(lang, "没有这一级，请刷新页面。", "There is no such station; please reload."))
    if given.also and (why := why_not_reason(given.reason, lang)):
        raise CannotAct(why)
    return one, students


def _keep(given: Given, one: Kind, students: list[Student], *, by: Reader, now: datetime, photos: Sequence[Photo]) -> Incident:
    channel, role = channel_of(by.roles, association=given.association)
    unit_path, dorm_path = (students[0].unit_path, students[0].dorm_path) if students else _place_of(by, role)
    with told():
        incident = Incident(
            key=given.key,
            reporter_id=by.account_id,
            reported_as=role,
            channel=channel.code,
            category=one.code,
            categories=one.mask,
            urgency=given.urgency,
            unit_path=unit_path,
            dorm_path=dorm_path,
            happened_at=min(given.happened_at or now, now),
            reported_at=now,
            still_handling=given.still_handling,
        )
        sid = students[0].sid if len(students) == 1 else None
        incident.subject_sid = sid
        incident.what, incident.where, incident.who = (text.strip() or None for text in (given.what, given.where, given.who))
        incident.save()
        links = [IncidentStudent(incident=incident, student=student, linked_by_id=by.account_id, linked_at=now) for student in students]
        IncidentStudent.objects.bulk_create(links)
        _photos(incident, photos, sid, now)
        steps.told_of("reported", incident, by=by.account_id, now=now, category=one.code, urgency=given.urgency, channel=channel.code)
        steps.note(incident, "report", by=by.account_id, now=now, code=channel.code)
        _ask_first(incident, given, one, by, now)
        steps.inform(incident, one.departments, by=by.account_id, now=now)
        incident.save()
    return incident


def _ask_first(incident: Incident, given: Given, one: Kind, by: Reader, now: datetime) -> None:
    """The first station; with it, by rule or by the reporter's choice, stations above it."""
    skipping = bool(given.skip and given.also)
    if skipping:
        steps.open_step(incident, given.also, why="chosen", by=by.account_id, now=now, reason=given.reason)
    if not skipping or not incident.levels.exists():
        steps.next_step(incident, why="channel", by=by.account_id, now=now)
    if not skipping:
        _at_once(incident, given.also, "chosen", reason=given.reason, by=by, now=now)
    _at_once(incident, one.at_once(incident.urgency), "rule", by=by, now=now)


def _at_once(incident: Incident, codes: Collection[str], why: str, *, reason: str = "", by: Reader, now: datetime) -> None:
    asked = set(incident.levels.values_list("station", flat=True))
    left = [code for code in codes if code not in asked]
    if left:
        steps.open_step(incident, left, why=why, by=by.account_id, now=now, reason=reason)


def _photos(incident: Incident, photos: Sequence[Photo], sid: int | None, now: datetime) -> None:
    for number, photo in enumerate(photos, 1):
        digest = hashlib.sha256(photo.data).hexdigest()
        kept = IncidentPhoto(incident=incident, number=number, kind=photo.kind, size=len(photo.data), sha256=digest, added_at=now)
        kept.subject_sid = sid
        kept.image = base64.b64encode(photo.data).decode("ascii")
        kept.save()


def _place_of(by: Reader, role: str) -> tuple[str, str]:
    """Where a reporter stands when nobody known is concerned: the unit of their role; the school for a house, which lies in no college."""
    scopes = [scope for scope in by.scopes if scope.role == role and not scope.ref] or [scope for scope in by.scopes if not scope.ref]
    dorm = next((scope.path for scope in scopes if scope.tree == "dormitory"), "")
    unit = next((scope.path for scope in scopes if scope.tree == "organisation"), "") or by.home_path
    if not unit:
        school = Unit.objects.filter(kind="school", is_current=True).order_by("path").first()
        unit = school.path if school is not None else dorm[:WIDTH]
    return unit, dorm
