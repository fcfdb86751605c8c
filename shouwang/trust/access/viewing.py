"""Looking through somebody else's eyes: read-only, for half an hour, both ends on record. The rights are `common.reader.intersect`."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from shouwang.common.reader import Reader
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told

LASTS = timedelta(minutes=30)


class CannotView(Exception):
    """Why somebody may not be looked through; the message is for people."""


def candidates(by: Reader, text: str) -> QuerySet[Account]:
    """Staff accounts by name or number. Families are never looked through: what they see is on their child's page."""
    if why_not(by, "view_as") is not None:
        return Account.objects.none()
    found = Account.objects.filter(is_active=True, staff__is_current=True).exclude(pk=by.actor).select_related("staff__office")
    wanted = "".join(text.split())
    if wanted:
        found = found.filter(
            Q(staff__name__contains=wanted) | Q(username__istartswith=wanted) | Q(staff__pinyin__startswith=wanted.lower())
        )
    return found.order_by("staff__pinyin", "username")


def start(*, account: int, by: Reader, now: datetime) -> tuple[Account, datetime]:
    """(whose eyes, until when). CannotView with the reason."""
    if reason := why_not(by, "view_as"):
        raise CannotView(reason)
    found = candidates(by, "").filter(pk=account).first()
    if found is None:
        raise CannotView("没有找到这个账号，请重新选择")
    with told():
        ledger.record("access.view_as_started", by=by.actor, about=[f"account:{found.pk}"], now=now)
    return found, now + LASTS


def end(*, account: int, by: int, now: datetime) -> None:
    """Ended by the button, or because the time is over."""
    with told():
        ledger.record("access.view_as_ended", by=by, about=[f"account:{account}"], now=now)
