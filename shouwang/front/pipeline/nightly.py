"""What happens at night: what is known by now is evaluated, as of the day."""

from datetime import date, datetime

from shouwang.work.alerts import actions as alerts
from shouwang.work.alerts.actions import CannotEvaluate


def evaluate(*, as_of: date, by: int | None, now: datetime) -> alerts.Evaluation:
    """One run over everything accepted so far. The same day, data and rules again change nothing. CannotEvaluate with the reason."""
    return alerts.evaluate(as_of=as_of, by=by, now=now)


__all__ = ["CannotEvaluate", "evaluate"]
