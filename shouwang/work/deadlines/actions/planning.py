"""What a due row needs: on which rung it climbs, who stands there, when to look again. Reads first, then decides without the database."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from shouwang.common.schooltime import SchoolTime
from shouwang.work.deadlines import moments
from shouwang.work.deadlines.models import Deadline, Pause, State
from shouwang.work.deadlines.policies import BREATH, DEADLINE, ON_DUTY, OWNER, Rung, ladders
from shouwang.work.deadlines.standing import Around, recipients
from shouwang.work.notifications import policies as wording
from shouwang.work.notifications.actions import Note


class Nobody(Exception):
    """No rung of the ladder has anybody; the row is put forward until somebody is named."""


@dataclass
class Plan:
    """What becomes of a row. `tell`: account → as what; empty when nobody must hear yet."""

    deadline: Deadline
    rung: int = 0
    due_at: datetime | None = None
    tell: dict[int, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    resumed: bool = False


def plan(one: Deadline, near: Around, times: SchoolTime, now: datetime) -> Plan:
    """Changes the row in memory and says whom to tell. Nobody when the rest of the ladder is empty; other errors when it cannot be decided."""
    made = Plan(one)
    if one.state == State.PAUSED:
        _run_on(one, near.pauses[one.pk], times, now)
        made.resumed = True
    elif one.rung == 0 and (due := moments.due(one, times, near.pauses[one.pk])) > one.due_at:
        one.due_at = due  # the calendar was changed meanwhile: a holiday is not counted against anybody
    one.look_at = moments.of_rung(one, times)
    if one.look_at is None or one.look_at > now:
        return made
    if one.pace == "service" and not times.is_open(now):  # the watch stood still over the closing hour
        one.look_at = times.next_open(now)
        return made
    _climb(made, near, times, now)
    return made


def _run_on(one: Deadline, pauses: list[Pause], times: SchoolTime, now: datetime) -> None:
    for pause in pauses:
        if pause.ended_at is None:
            pause.ended_at = min(pause.until, now)
    one.state, one.due_at = DEADLINE.after(one.state, "resume"), moments.due(one, times, pauses)


def _climb(made: Plan, near: Around, times: SchoolTime, now: datetime) -> None:
    """The next rung on which somebody stands; an empty one is passed over at once."""
    one = made.deadline
    rungs = ladders()[one.ladder].rungs
    while one.rung < len(rungs):
        made.due_at = moments.of_rung(one, times)
        made.tell = recipients(one, rungs[one.rung], near, times, now)
        one.rung += 1
        if made.tell:
            break
    if not made.tell:
        raise Nobody(f"{one.ladder}: nobody stands on the rest of the ladder")
    made.rung, one.troubles = one.rung, 0
    one.look_at = moments.of_rung(one, times)
    if one.look_at is not None and rungs[one.rung].tier != "crisis":  # after an outage whoever hears late still gets a moment
        one.look_at = max(one.look_at, now + BREATH)
    made.notes = _notes(made, rungs[one.rung - 1], near, times, now)


def _notes(made: Plan, rung: Rung, near: Around, times: SchoolTime, now: datetime) -> list[Note]:
    """One message for each manner of hearing: as owner, as somebody above, as whoever is on duty now (who does not wait for the morning)."""
    one, notes = made.deadline, []
    late = times.elapsed(one.due_at, now, one.pace).total_seconds() / 3600
    due = timezone.localtime(one.due_at)
    words: dict[str, str | int] = {
        "moment": f"{due:%m-%d %H:%M}",
        "hours": max(0, round(late)),
        "unit": near.units.get(one.unit_path, ""),
    }
    for kind, chosen in (
        ("due", [pk for pk, role in made.tell.items() if role == OWNER]),
        ("duty", [pk for pk, role in made.tell.items() if role == ON_DUTY]),
        ("late", [pk for pk, role in made.tell.items() if role not in (OWNER, ON_DUTY)]),
    ):
        if chosen:
            text, key = _text(kind, one.kind), f"{one.pk}/{made.rung}"
            notes.append(Note(text, rung.tier, chosen, one.ref, one.url, key=key, words=words, at_once=kind == "duty"))
    return notes


def _text(manner: str, kind: str) -> str:
    """A room's own wording for its kind of matter, else the general one."""
    own = f"deadlines.{manner}.{kind}"
    return own if own in wording.wordings() else f"deadlines.{manner}"
