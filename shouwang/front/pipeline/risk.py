"""Half past seven on a school day: each responsible person hears how many of their students are on the list, and what changed."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from shouwang.front import clock
from shouwang.trust.access import queries as access
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.desk import risk
from shouwang.work.notifications import actions as notifications

AT = time(7, 30)
AT_ONCE = 200


def run() -> int:
    """The daily job; on days without school it does nothing."""
    now = clock.now()
    return risk_list(now=now) if timezone.localdate(now) in deadlines.school_time().calendar else 0


def since(now: datetime) -> datetime:
    """The last list before today's: half past seven of the school day before."""
    today = timezone.localdate(now)
    before = deadlines.school_time().calendar.back(today - timedelta(days=1), 0) or today - timedelta(days=1)
    return timezone.make_aware(datetime.combine(before, AT))


def risk_list(*, now: datetime) -> int:
    """One message a person and day, however often it runs; how many. Who has nobody on the list is not disturbed."""
    today, start = timezone.localdate(now), since(now)
    notes: list[notifications.Note] = []
    told = 0
    for pk in risk.responsible(today):
        by = access.reader_of(pk, today, now)
        found = risk.counts(by, start) if by is not None else None
        if found is not None and found.count:
            words = {"count": found.count, "new": found.new, "worse": found.worse, "again": found.again}
            key, ref = f"{today}", f"risk:{today}"
            notes.append(notifications.Note("risk.daily", "important", [pk], ref, "/today/risk/", key, words, at_once="awake"))
        if len(notes) >= AT_ONCE:
            told += _send(notes, now)
            notes = []
    return told + _send(notes, now)


def _send(notes: list[notifications.Note], now: datetime) -> int:
    return sum(one is not None for one in notifications.send_many(notes=notes, by=None, now=now)) if notes else 0
