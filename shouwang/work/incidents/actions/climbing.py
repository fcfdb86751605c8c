"""What nobody answers in time goes up by itself. Called by the tick before the deadlines' own watch; each matter in a transaction of its own."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from shouwang.trust.ledger.guard import told
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.incidents.actions import steps
from shouwang.work.incidents.models import Incident, Level
from shouwang.work.incidents.policies import LEVEL

logger = logging.getLogger(__name__)


@dataclass
class Climbed:
    """What one look did; `failed`: matters that could not be put further up, for the log."""

    levels: int = 0
    opened: int = 0
    failed: list[str] = field(default_factory=list)


def climb(*, now: datetime, limit: int = 500) -> Climbed:
    """Every station whose time is over without an answer: the next one is asked. Safe beside another worker: the row is claimed."""
    done = Climbed()
    due = Level.objects.filter(state=Level.State.OPEN, due_at__lte=now, incident__state=Incident.State.REPORTED)
    for pk in due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit]:
        try:
            with transaction.atomic():
                _one(pk, now, done)
        except Exception:  # one matter that cannot be put further up must not stop the others
            logger.exception("a report could not climb", extra={"level": pk})
            done.failed.append(f"level:{pk}")
    return done


def _one(pk: int, now: datetime, done: Climbed) -> None:
    """The report is locked before its station, as by whoever answers it; one that somebody else has is passed over, until the next look."""
    incident = Incident.objects.select_for_update(of=("self",), skip_locked=True).filter(levels=pk).first()
    level = Level.objects.filter(pk=pk, state=Level.State.OPEN).first()
    if incident is None or level is None:
        return
    with told():
        level.state, level.ended_at = LEVEL.after(level.state, "climb"), now
        level.save()
        made: list[Level] = []
        if not incident.levels.filter(state=Level.State.OPEN).exists():
            made = steps.next_step(incident, why="climbed", by=None, now=now)
            incident.save()
        steps.note(incident, "climb", by=None, now=now, level=level.number, code=made[0].station if made else "")
        if made or incident.levels.filter(state=Level.State.OPEN).exists():
            deadlines.cancel(ref=level.ref, by=None, now=now)  # above the last station the ladder goes on
        steps.told_of("climbed", incident, by=None, now=now, level=level.number, to=[one.station for one in made])
        done.levels, done.opened = done.levels + 1, done.opened + len(made)
