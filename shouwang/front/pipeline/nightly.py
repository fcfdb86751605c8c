"""What happens at night: what is known by now is evaluated, as of the day. By day whatever was left over is caught up with."""

from datetime import date, datetime

from django.utils import timezone

from shouwang.front import clock
from shouwang.front.pipeline import casework, tidying
from shouwang.work.alerts import actions as alerts
from shouwang.work.alerts import queries as judged
from shouwang.work.alerts.actions import CannotEvaluate
from shouwang.work.imports import actions as receiving
from shouwang.work.imports import queries as imports


def evaluate(*, as_of: date, by: int | None, now: datetime) -> alerts.Evaluation:
    """One run over everything accepted so far. The same day, data and rules again change nothing. CannotEvaluate with the reason."""
    return alerts.evaluate(as_of=as_of, by=by, now=now)


def evaluate_touched_and_open(*, as_of: date, by: int | None, now: datetime) -> alerts.Evaluation:
    """After a delivery: the students it is about, at once; everybody where only that can tell. Then the cases it asks for."""
    run = alerts.evaluate_touched(as_of=as_of, by=by, now=now) or evaluate(as_of=as_of, by=by, now=now)
    casework.open_due(by=None, now=now)
    return run


def evaluate_and_open(*, as_of: date, by: int | None, now: datetime) -> alerts.Evaluation:
    """The run, and then the cases it asks for; a day of the past opens none."""
    run = evaluate(as_of=as_of, by=by, now=now)
    if as_of == timezone.localdate(now):
        casework.open_due(by=None, now=now)
    tidying.learn()
    return run


def catch_up() -> str:
    """Job: what came or went and was never judged, because a process was killed in between. When there is nothing, no run and no ledger entry.

    Deliveries of killed jobs are let go first. While files are being worked on, the last one asks.
    """
    now = clock.now()
    if imports.is_marked():
        receiving.let_go(now=now)
        if imports.at_work():
            return ""
    if not judged.is_behind():
        return ""
    try:
        return evaluate_touched_and_open(as_of=timezone.localdate(now), by=None, now=now).sentence
    except CannotEvaluate as reason:
        return str(reason)


def night() -> str:
    """Job: the day's run over everybody, before anybody comes. What was delivered the day before has been judged for those it is about."""
    now = clock.now()
    try:
        return evaluate_and_open(as_of=timezone.localdate(now), by=None, now=now).sentence
    except CannotEvaluate as reason:
        return str(reason)


__all__ = ["CannotEvaluate", "catch_up", "evaluate", "evaluate_and_open", "evaluate_touched_and_open", "night"]
