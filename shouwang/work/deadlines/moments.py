"""When a deadline is due and when its ladder's next rung is: pure, from what the rows say and the school's time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from shouwang.common.schooltime import Clock, SchoolTime, Within
from shouwang.work.deadlines.models import Deadline, Pause
from shouwang.work.deadlines.policies import ladders

_INSTANT = timedelta(microseconds=1)


def due(one: Deadline, times: SchoolTime, pauses: Iterable[Pause] | None = None) -> datetime:
    """Its limit from its start, and behind that as much of its clock as stood still in pauses that are over."""
    if pauses is None:
        pauses = one.pauses.exclude(ended_at=None) if one.pk is not None else ()
    whole = times.due(one.started_at, one.limit, cast(Clock, one.clock))
    held = timedelta(0)
    for pause in pauses:
        if pause.ended_at is not None:
            held += times.elapsed(pause.from_at, pause.ended_at, one.pace)
    return times.later(whole, held, one.pace) if held > timedelta(0) else whole


def of_rung(one: Deadline, times: SchoolTime) -> datetime | None:
    """When the next rung of its ladder is due; None above the last. By service time nobody hears while nobody is there."""
    rungs = ladders()[one.ladder].rungs
    if one.rung >= len(rungs):
        return None
    at = _after(one.due_at, rungs[one.rung].wait, one, times)
    return times.next_open(at) if one.pace == "service" else at


def _after(due_at: datetime, wait: Within, one: Deadline, times: SchoolTime) -> datetime:
    """A wait of whole days counts from the due day itself, also when the matter is due with that day's last minute."""
    if not wait.count:
        return due_at
    if wait.unit == "time":
        return times.later(due_at, wait.span, one.pace)
    return times.due(due_at - _INSTANT, wait, one.pace)
