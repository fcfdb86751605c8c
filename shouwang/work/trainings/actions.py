"""Planning, inviting, noting who came and how the quiz went, keeping material."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import ROLES, why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.vault import files
from shouwang.work.notifications import actions as notifications
from shouwang.work.trainings import policies, queries
from shouwang.work.trainings.models import Attendee, Audience, Material, Training

MOST_PEOPLE = 5_000
TYPES = (".pdf", ".docx", ".pptx", ".xlsx", ".png", ".jpg", ".jpeg", ".txt")
BEGINNINGS = {
    ".pdf": (b"%PDF-",), ".docx": (b"PK\x03\x04",), ".pptx": (b"PK\x03\x04",), ".xlsx": (b"PK\x03\x04",),
    ".png": (b"\x89PNG\r\n\x1a\n",), ".jpg": (b"\xff\xd8\xff",), ".jpeg": (b"\xff\xd8\xff",), ".txt": (b"",),
}  # fmt: skip


class CannotTrain(Exception):
    """Why a step is refused; the message is for people, with the remedy."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks. `roles` empty: those the topic is meant for."""

    topic: str
    unit: int
    starts_at: datetime | None
    minutes: int
    place: str
    trainer: str
    title: str = ""
    roles: tuple[str, ...] = ()


def _pick(by: Reader, zh: str, en: str) -> str:
    return zh if by.lang == "zh" else en


def plan(*, wanted: Wanted, by: Reader, now: datetime) -> Training:
    """A session with its list of who is asked. CannotTrain with the reason."""
    if refused := why_not(by, "trainings_plan"):
        raise CannotTrain(refused)
    topic, unit = policies.topics().get(wanted.topic), access.unit(by, wanted.unit)
    if topic is None or unit is None or not wanted.place.strip() or not wanted.trainer.strip():
        raise CannotTrain(
            _pick(by, "请选择主题和您负责的单位，填写地点和主讲人。", "Choose a topic and one of your units; say where and who speaks.")
        )
    if wanted.starts_at is None or wanted.starts_at < now or not 10 <= wanted.minutes <= 480:
        raise CannotTrain(_pick(by, "请选择以后的时间，时长 10–480 分钟。", "Choose a moment to come, 10–480 minutes."))
    roles = [role for role in wanted.roles or topic.roles if role in ROLES]
    people = queries.audience(unit, roles, timezone.localdate(wanted.starts_at))
    if not people or len(people) > MOST_PEOPLE:
        raise CannotTrain(
            _pick(by, "这个单位没有担任这些职责的人（或超过 5000 人），请换单位或职责。", "Nobody (or too many) holds these roles there.")
        )
    with told():
        made = Training.objects.create(
            topic=topic.code, title=wanted.title.strip()[:60] or topic.title, unit=unit, starts_at=wanted.starts_at,
            ends_at=wanted.starts_at + timedelta(minutes=wanted.minutes), place=wanted.place.strip()[:60], trainer=wanted.trainer.strip()[:60],
            pass_mark=topic.pass_mark, made_by_id=by.account_id, made_at=now,
        )  # fmt: skip
        Audience.objects.bulk_create([Audience(training=made, role=role) for role in roles])
        Attendee.objects.bulk_create([Attendee(training=made, account=one) for one in people], batch_size=500)
        ledger.record(
            "trainings.planned", by=by.account_id, about=[made.ref], now=now, content={"people": len(people), "topic": topic.code}
        )
    return made


def _moved(training: int, move: str, by: Reader) -> Training:
    found = queries.training(by, training)
    parts = {"keeper"} if found is not None and queries.keeps(by, found) else {"guest"}
    if found is None or policies.TRAINING.why_not_by(move, actors=parts):
        raise CannotTrain(_pick(by, "没有这次培训，或不由您安排。", "There is no such training, or it is not yours to plan."))
    locked = Training.objects.select_for_update(of=("self",)).select_related("unit").get(pk=found.pk)
    if why := policies.why_not(move, state=locked.state, lang=by.lang):
        raise CannotTrain(why)
    locked.state = policies.MOVES[locked.state, move]
    return locked


def invite(*, training: int, by: Reader, now: datetime) -> Training:
    """Everybody on the list is told. CannotTrain with the reason."""
    with told():
        found = _moved(training, "invite", by)
        found.invited_at = now
        found.save()
        _tell(found, "training.invited", by, now)
        ledger.record("trainings.invited", by=by.account_id, about=[found.ref], now=now)
    return found


def cancel(*, training: int, by: Reader, now: datetime) -> Training:
    """It does not take place. CannotTrain with the reason."""
    with told():
        found = _moved(training, "cancel", by)
        found.cancelled_at = now
        found.save()
        if found.invited_at is not None:
            _tell(found, "training.cancelled", by, now)
        ledger.record("trainings.cancelled", by=by.account_id, about=[found.ref], now=now)
    return found


def _tell(found: Training, kind: str, by: Reader, now: datetime) -> None:
    words = {"title": found.title, "moment": f"{timezone.localtime(found.starts_at):%m-%d %H:%M}"}
    if kind == "training.invited":
        words["place"] = found.place
    to = [pk for pk in found.attendees.values_list("account", flat=True) if pk != by.account_id]
    notifications.send(
        kind=kind, tier="routine", to=to, ref=found.ref, url=f"/trainings/{found.pk}/", by=by.account_id, now=now,
        key=f"{found.ref}:{found.sequence}", words=words,
    )  # fmt: skip


def note(*, training: int, presence: Mapping[int, str], scores: Mapping[int, int | None], by: Reader, now: datetime) -> int:
    """Who came and how the quiz went, by attendee id; how many rows changed. CannotTrain with the reason."""
    with told():
        found = _moved(training, "note", by)
        changed = 0
        for row in found.attendees.filter(pk__in=set(presence) | set(scores)):
            what, score = presence.get(row.pk, row.presence), scores.get(row.pk, row.score)
            if what not in ("", *policies.PRESENCE) or (score is not None and not 0 <= score <= 100):
                raise CannotTrain(_pick(by, "成绩须为 0 到 100。", "A score lies between 0 and 100."))
            score = score if what == "present" and found.pass_mark is not None else None
            if (what, score) != (row.presence, row.score):
                row.presence, row.score, row.noted_by_id, row.noted_at = what, score, by.account_id, now
                row.save()
                changed += 1
        ledger.record("trainings.noted", by=by.account_id, about=[found.ref], now=now, content={"changed": changed})
    return changed


def hold(*, training: int, by: Reader, now: datetime) -> Training:
    """It took place; from now on it counts for the coverage. CannotTrain with the reason."""
    with told():
        found = _moved(training, "hold", by)
        if found.starts_at > now:
            raise CannotTrain(_pick(by, "培训还没有开始，不能标为已举办。", "It has not begun yet."))
        if not found.attendees.filter(presence="present").exists():
            raise CannotTrain(_pick(by, "请先登记谁到场。", "First note who came."))
        found.held_at = now
        found.save()
        ledger.record("trainings.held", by=by.account_id, about=[found.ref], now=now)
    return found


def add_material(*, training: int, filename: str, content: bytes, by: Reader, now: datetime) -> Material:
    """A file for whoever is asked to the training; it lies sealed. CannotTrain with the reason."""
    found = queries.training(by, training)
    if found is None or not queries.keeps(by, found):
        raise CannotTrain(_pick(by, "没有这次培训，或不由您安排。", "There is no such training, or it is not yours to plan."))
    ending = Path(filename).suffix.lower()
    if not content or len(content) > policies.MOST_BYTES:
        raise CannotTrain(_pick(by, "请选择一个不超过 20 MB 的文件。", "Choose a file of at most 20 MB."))
    if ending not in TYPES or not content.startswith(BEGINNINGS[ending]):
        raise CannotTrain(
            _pick(by, f"只收 {'、'.join(TYPES)}，并且内容要与扩展名一致。", f"Only {', '.join(TYPES)}, and what it says it is.")
        )
    with told():
        made = Material(training=found, filename=Path(filename).name[-120:], size=len(content), made_by_id=by.account_id, made_at=now)
        path = _path(made)
        made.sha256 = files.seal_to(io.BytesIO(content), path, subject="school", place=f"trainings/{path.name}").sha256
        made.save()
        ledger.record("trainings.material_added", by=by.account_id, about=[found.ref], now=now, content={"sha256": made.sha256})
    return made


def take_material(*, material: Material, by: Reader, now: datetime) -> bytes:
    """The file, for a reader of its training; on record. FileNotFoundError when it is gone."""
    path = _path(material)
    content = files.open_file(path, place=f"trainings/{path.name}").read()
    with told():
        ledger.record("trainings.material_taken", by=by.actor, about=[material.training.ref], now=now)
    return content


def _path(material: Material) -> Path:
    folder = Path(settings.DATA) / "trainings"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{material.uuid}.bin"
