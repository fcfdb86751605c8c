"""What happens every second in the worker: deadlines climb, crises are said again, shifts turn, the ledger grows. Couriers hand over beside it.

One part that fails is logged and tried again with the next tick; it neither ends the watch nor keeps the others from their turn.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import close_old_connections

from shouwang.front import clock
from shouwang.front.pipeline import proving
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.duty import actions as duty
from shouwang.work.incidents import actions as incidents
from shouwang.work.notifications import actions as notifications

logger = logging.getLogger(__name__)


def tick(now: datetime | None = None) -> None:
    """Every part once, in their order."""
    moment = now or clock.now()
    for name, part in parts():
        _one(name, part, moment)


def parts() -> tuple[tuple[str, Callable[[datetime], object]], ...]:
    """Shifts first: whoever is on duty from this minute on hears of what is late in this minute."""
    return (("shifts", _shifts), ("reports", _reports), ("deadlines", _deadlines), ("repeats", _repeats), ("ledger", _ledger))


def _shifts(now: datetime) -> object:
    return duty.turn(now=now)


def _reports(now: datetime) -> object:
    """Before the deadlines: an unanswered report goes to the next station instead of up the ladder of the one before."""
    return incidents.climb(now=now)


def _deadlines(now: datetime) -> object:
    return deadlines.watch(now=now)


def _ledger(now: datetime) -> None:
    proving.tick()


def _repeats(now: datetime) -> object:
    notifications.release(now=now)
    return notifications.repeat(now=now)


def _one(name: str, part: Callable[[datetime], object], now: datetime) -> None:
    try:
        part(now)
    except Exception:
        logger.exception("a part of the tick failed", extra={"part": name})
        close_old_connections()  # a broken connection is not carried into the next part
