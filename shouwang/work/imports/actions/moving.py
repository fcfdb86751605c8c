"""One move of a delivery, claimed by a conditional update, told to the ledger; and what a job is doing right now."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.imports import raw
from shouwang.work.imports.models import Delivery, Progress
from shouwang.work.imports.policies import MOVES, why_not


class Moved(Exception):
    """The delivery was moved by somebody else meanwhile; the reason is the message, in Chinese."""


def account_id(by: Reader | None) -> int | None:
    """Null is the operator at the machine (a command)."""
    return by.account_id if by is not None else None


def move(delivery: Delivery, name: str, *, by: int | None, now: datetime, content: dict[str, Any] | None = None, **changes: Any) -> None:
    """Make one move of policies.MOVES. Moved when it is not allowed from where the delivery stands now. Joins the caller's action."""
    starts, end = MOVES[name]
    with told():
        hit = Delivery.objects.filter(pk=delivery.pk, state__in=starts).update(state=end, **changes)
        if not hit:
            delivery.refresh_from_db()
            raise Moved(why_not(delivery.state, name) or "这份数据刚刚被别人处理了，请刷新页面。")
        ledger.record(f"delivery.{name}", by=by, about=[f"delivery:{delivery.pk}"], now=now, content=content)
    delivery.state = end
    for field, value in changes.items():
        setattr(delivery, field, value)


def progress(delivery: Delivery, step: str, done: int = 0, total: int = 0) -> None:
    """What the page shows while a job works; in a transaction of its own, no history."""
    Progress.objects.filter(delivery=delivery).update(step=step, done=done, total=total)


@contextmanager
def working(delivery: Delivery, job: str) -> Iterator[bool]:
    """Hold the delivery for one job: yields whether it was free. A killed job lets go by itself; `let_go` then tidies up."""
    with raw.held(delivery.pk) as free:
        if not free:
            yield False
            return
        Progress.objects.filter(delivery=delivery).update(job=job, step="", done=0, total=0)
        try:
            yield True
        finally:
            Progress.objects.filter(delivery=delivery).update(job="", step="", done=0, total=0)


def expect(delivery: Delivery) -> None:
    """A job has been queued: the page waits for it."""
    Progress.objects.filter(delivery=delivery).update(job=Progress.QUEUED, step="排队等候处理", done=0, total=0)
