"""Notices on paper for those whom nothing else reaches: printed, handed out, and the receipt slip noted when it comes back."""

from collections.abc import Collection
from datetime import datetime

from shouwang.common.reader import Reader
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.notifications import queries
from shouwang.work.notifications.models import Delivery
from shouwang.work.notifications.policies import DELIVERY, pick


class CannotPrint(Exception):
    """Why paper is not noted; the sentence is for people."""


def note_printed(*, deliveries: Collection[int], by: Reader, now: datetime) -> int:
    """These were printed and are on their way. CannotPrint with the reason."""
    return _note(deliveries, by, now, move="print", told_as="notifications.printed")


def note_returned(*, deliveries: Collection[int], by: Reader, now: datetime) -> int:
    """The signed slips of these came back. CannotPrint with the reason."""
    return _note(deliveries, by, now, move="return", told_as="notifications.slip_returned")


def _note(deliveries: Collection[int], by: Reader, now: datetime, *, move: str, told_as: str) -> int:
    if refused := why_not(by, "notices_print"):
        raise CannotPrint(refused)
    mine = queries.on_paper(by).filter(pk__in=deliveries, state__in=DELIVERY.before(move))
    found = list(mine.values_list("pk", "message__ref"))
    if not found:
        raise CannotPrint(pick(by.lang, "没有可以登记的纸质通知，请先勾选。", "Choose printed notices first; none of these is waiting."))
    with told():
        to = DELIVERY.after(DELIVERY.before(move)[0], move)
        changed = {"state": to, "noted_by": by.account_id, "noted_at": now} | ({"handed_at": now} if to == "handed" else {})
        done = Delivery.objects.filter(pk__in=[pk for pk, _ in found], state__in=DELIVERY.before(move)).update(**changed)
        ledger.record(told_as, by=by.account_id, about=sorted({ref for _, ref in found}), now=now, content={"slips": done})
    return done
