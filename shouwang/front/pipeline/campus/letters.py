"""Letters of the demo college: the secretary's notices of last week, some of whose receipts are back; a draft of today."""

from datetime import datetime, timedelta

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.letters import actions, queries

BACK = 5  # of the receipts


def open_letters(now: datetime) -> None:
    """What the pages of letters show. Once: a college that has letters keeps them."""
    secretary, head = _reader("T1003", now), _reader("T1002", now)
    if secretary is None or head is None or queries.batches(secretary).exists():
        return
    then = now - timedelta(days=14)
    _issue(secretary, "academic-warning", 4, then)
    rows = list(queries.letters(secretary).order_by("number"))
    back = [row.receipt for row in rows[:BACK] if row.receipt]
    actions.receive_many(numbers=back, on=timezone.localdate(then + timedelta(days=2)), by=secretary, now=then + timedelta(days=2))
    _issue(head, "guardian-notice", 4, now - timedelta(days=1))
    students = queries.with_alerts(secretary, None, 3, "attendance-notice")
    actions.draft(wanted=actions.Wanted("attendance-notice", students=tuple(students[:6])), by=secretary, now=now)


def _issue(by: Reader, kind: str, level: int, now: datetime) -> None:
    students = queries.with_alerts(by, None, level, kind)[:12]
    batch = actions.draft(wanted=actions.Wanted(kind, students=tuple(students)), by=by, now=now)
    actions.ask_issue(batch=batch.pk, by=by, now=now)
    while actions.issue_some(batch=batch.pk, now=now):
        pass
    actions.bundle(batch=batch.pk, now=now)


def _reader(username: str, now: datetime) -> Reader | None:
    account = access.account(username)
    return access.reader(account, timezone.localdate(now), now=now) if account is not None else None
