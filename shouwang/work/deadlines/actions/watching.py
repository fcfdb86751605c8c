"""The watch: whatever is due is looked at, one rung of its ladder is climbed, everybody on that rung is told. Called by the tick.

Row locks (on SQLite the one write lock) are the claim; climb, look-again moment and messages are one transaction with it. Whoever is killed in
between has done nothing, and what two watches find at the same time only one of them gets.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import check, told, touched
from shouwang.work.deadlines.actions.planning import Plan, plan
from shouwang.work.deadlines.models import Climb, Deadline, Pause
from shouwang.work.deadlines.policies import AGAIN_AFTER
from shouwang.work.deadlines.queries import school_time, waiting_for_watch
from shouwang.work.deadlines.standing import around
from shouwang.work.notifications import actions as notifications

logger = logging.getLogger(__name__)
BATCH = 500
COLUMNS = ["look_at", "due_at", "rung", "state", "troubles"]


@dataclass
class Watched:
    """What one watch did; `failed` names the matters whose row was put forward."""

    looked: int = 0
    climbed: int = 0
    told: int = 0
    resumed: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, other: "Watched") -> None:
        self.looked += other.looked
        self.climbed += other.climbed
        self.told += other.told
        self.resumed += other.resumed
        self.failed += other.failed


def watch(*, now: datetime, limit: int = 2_000) -> Watched:
    """Looks at what is due, the longest waiting first; each climbs one rung. Safe beside other watches, and when killed at any moment."""
    done = Watched()
    due = list(waiting_for_watch(now).order_by("look_at", "pk").values_list("pk", flat=True)[:limit])
    for first in range(0, len(due), BATCH):
        pks = due[first : first + BATCH]
        try:
            with transaction.atomic():
                here = _batch(_claimed(pks, now), now)
        except Exception:
            logger.exception("a batch of deadlines failed; its rows are looked at one by one")
            here = _one_by_one(pks, now)
        done.add(here)
    return done


def _claimed(pks: Sequence[int], now: datetime) -> list[Deadline]:
    """Due rows that nobody else is working on, locked until the transaction ends. Read again under the lock: an answer that came first wins."""
    rows = waiting_for_watch(now).filter(pk__in=pks)
    return list(rows.select_for_update(skip_locked=True, of=("self",)).order_by("look_at", "pk"))


def _one_by_one(pks: Sequence[int], now: datetime) -> Watched:
    done = Watched()
    for pk in pks:
        try:
            with transaction.atomic():
                done.add(_batch(_claimed([pk], now), now))
        except Exception:
            logger.exception("deadline %s failed", pk)
            with transaction.atomic():
                done.add(_put_forward([(one, "it cannot be written") for one in _claimed([pk], now)], now))
    return done


def _batch(rows: Sequence[Deadline], now: datetime) -> Watched:
    """One transaction: what each row needs is decided without the database, then everything is written at one go."""
    if not rows:
        return Watched()
    times = school_time()
    near = around(rows, now)
    plans: list[Plan] = []
    failed: list[tuple[Deadline, str]] = []
    for one in rows:
        try:
            plans.append(plan(one, near, times, now))
        except Exception as trouble:  # one row that cannot be decided must not stop the watch
            failed.append((one, f"{type(trouble).__name__}: {trouble}"))
    if plans:
        with told():
            _write(plans, now)
    done = _put_forward(failed, now)
    done.add(Watched(len(plans)))
    for made in plans:
        done.add(Watched(climbed=bool(made.tell), told=len(made.tell), resumed=made.resumed))
    return done


def _write(plans: Sequence[Plan], now: datetime) -> None:
    if resumed := [one.deadline.pk for one in plans if one.resumed]:
        for pause in Pause.objects.filter(deadline__in=resumed, ended_at=None):
            pause.ended_at = min(pause.until, now)
            pause.save(update_fields=["ended_at"])
    _save([one.deadline for one in plans])
    climbs = [
        Climb(deadline=one.deadline, rung=one.rung, account_id=account, as_role=role, due_at=one.due_at, climbed_at=now)
        for one in plans
        if one.due_at is not None
        for account, role in one.tell.items()
    ]
    Climb.objects.bulk_create(climbs, batch_size=1000)
    notifications.send_many(notes=[note for one in plans for note in one.notes], by=None, now=now)
    about = {one.deadline.ref for one in plans} | {f"student:{one.deadline.student_id}" for one in plans if one.deadline.student_id}
    content = {"rows": len(plans), "climbed": [[one.deadline.ref, one.rung, sorted(one.tell)] for one in plans if one.tell]}
    ledger.record("deadlines.climbed" if climbs else "deadlines.resumed", by=None, about=about, now=now, content=content)


def _save(rows: Collection[Deadline]) -> None:
    """The columns that a watch changes, by one prepared statement: saved one by one they would be most of a tick."""
    check()
    fields = [field for field in Deadline._meta.concrete_fields if field.name in COLUMNS]
    values = [(*(field.get_db_prep_save(getattr(one, field.attname), connection) for field in fields), one.pk) for one in rows]
    named = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in fields)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {Deadline._meta.db_table} SET {named} WHERE id = %s", values)
    touched(Deadline, [one.pk for one in rows])


def _put_forward(failed: Sequence[tuple[Deadline, str]], now: datetime) -> Watched:
    """Looked at again later, a little later each time; the matter stays late from its due moment. Nothing of a row's plan is kept."""
    if not failed:
        return Watched()
    fresh = Deadline.objects.in_bulk([one.pk for one, _ in failed])
    with told():
        for row, trouble in failed:
            one = fresh[row.pk]
            one.look_at = now + AGAIN_AFTER[min(one.troubles, len(AGAIN_AFTER) - 1)]
            one.troubles += 1
            one.save(update_fields=["look_at", "troubles"])
            logger.error("deadline %s of %s was put forward: %s", one.pk, one.ref, trouble)
        refs = [one.ref for one, _ in failed]
        ledger.record("deadlines.put_forward", by=None, about=refs, now=now)
    return Watched(looked=len(failed), failed=refs)
