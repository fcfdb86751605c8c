"""Notices for whom paper is left: who prints them, and what stands on the slip."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.notifications.models import Delivery

PRINT = "print"


@dataclass(frozen=True, slots=True)
class Slip:
    pk: int
    number: str
    name: str
    place: str
    title: str
    body: str
    told_at: datetime
    state: str
    printed_at: datetime | None


def on_paper(by: Reader) -> QuerySet[Delivery]:
    """Printed notices to the reader's students, their guardians, and the staff of their units. Always in Chinese: they are given to families."""
    rows = Delivery.objects.filter(channel=PRINT, receipt__isnull=False).order_by("pk")
    if not access.may(by, "notices_print") or by.is_read_only:
        return rows.none()
    students, units = access.students(by).order_by().values("pk"), access.units(by).order_by().values("pk")
    reached = Q(receipt__account__student__in=students) | Q(receipt__account__guardian__student__in=students)
    return rows.filter(reached | Q(receipt__account__staff__office__in=units))


def slips(by: Reader, state: str, size: int = 200) -> list[Slip]:
    """`state`: "waiting" (to print) or "handed" (slip is out)."""
    rows = (
        on_paper(by)
        .filter(state=state)
        .select_related(
            "message",
            "receipt__account__staff__office",
            "receipt__account__student__class_unit",
            "receipt__account__guardian__student__class_unit",
        )
    )
    return [_slip(one) for one in rows[:size]]


def _slip(row: Delivery) -> Slip:
    assert row.receipt is not None
    account, message = row.receipt.account, row.message
    place = ""
    if account.staff is not None and account.staff.office is not None:
        place = account.staff.office.name
    elif account.student is not None:
        place = account.student.class_unit.name
    elif account.guardian is not None:
        place = f"{account.guardian.student.class_unit.name} {account.guardian.student.name} 家长"
    number = f"{message.sent_at:%Y}-{message.pk:06d}"
    return Slip(row.pk, number, account.name, place, message.title, message.body, row.receipt.told_at, row.state, row.handed_at)
