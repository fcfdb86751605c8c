"""Acknowledging, taking, repeating: a crisis message comes again until one person takes it; then all the others hear who did."""

from datetime import datetime, timedelta
from logging import getLogger

from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from shouwang.trust.access.models import Account
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.notifications import policies
from shouwang.work.notifications.actions import sending
from shouwang.work.notifications.models import Delivery, Message, Receipt

logger = getLogger(__name__)
FORWARD = timedelta(minutes=1)
DROPPABLE, DROPPED = policies.DELIVERY.before("drop"), policies.DELIVERY.after("waiting", "drop")


class CannotAcknowledge(Exception):
    """Why a message is not acknowledged; the sentence is for people."""


def acknowledge(*, message: int, by: int, lang: str = "zh", now: datetime) -> Message:
    """This person has it. In a crisis the first takes it: the repeats end and the others are told. CannotAcknowledge with the reason."""
    receipt = Receipt.objects.select_related("message").filter(message=message, account=by).first()
    if receipt is None:
        raise CannotAcknowledge(policies.pick(lang, "没有发给您的这条消息。", "There is no such message to you."))
    if receipt.acknowledged_at is not None:
        return receipt.message
    with told():
        Receipt.objects.filter(pk=receipt.pk, acknowledged_at=None).update(acknowledged_at=now)
        ledger.record("notifications.acknowledged", by=by, about=_about(receipt.message), now=now)
        if receipt.message.is_asking and receipt.message.tier == "crisis":
            _take(receipt.message, by, now)
        else:
            _drop(receipt.message, account=by)
    read(by=by, now=now, message=message)
    return Message.objects.get(pk=message)


def settle(*, ref: str, by: int, now: datetime, key: str = "") -> int:
    """The matter was taken on its own page: whatever crisis message asked for it is taken by this account. How many.

    `key`: only what was said under it, of a matter of which others still ask somebody else.
    """
    asking = Message.objects.filter(ref=ref, tier="crisis", is_asking=True, taken_at=None)
    mine = Receipt.objects.filter(message__ref=ref, message__is_asking=True, account=by, acknowledged_at=None)
    if key:
        said = Receipt.objects.filter(message__ref=ref, dedupe__endswith=f":{key}")
        asking, mine = asking.filter(pk__in=said.values("message")), mine.filter(pk__in=said.values("pk"))
    waiting = list(asking)
    if not waiting and not mine.exists():
        return 0
    with told():
        about = {one for message in waiting for one in _about(message)} | {ref}
        ledger.record("notifications.settled", by=by, about=about, now=now)
        mine.update(acknowledged_at=now)
        return sum(_take(message, by, now) for message in waiting)


def _take(message: Message, by: int, now: datetime) -> bool:
    """Whether this account is the one: a conditional update, so that two who press at once are not both told they have it."""
    won = Message.objects.filter(pk=message.pk, taken_at=None).update(taken_by=by, taken_at=now, look_at=None)
    if not won:
        return False
    ledger.record("notifications.taken", by=by, about=_about(message), now=now)
    _drop(message)
    others = list(message.receipts.exclude(account=by).values_list("account", flat=True))
    words = {
        "notice": message.title[: policies.LONGEST_WORD],
        "person": _named(by),
        "moment": f"{timezone.localtime(now):%H:%M}",
    }
    note = sending.Note(
        "notifications.taken", "crisis", others, message.ref, message.url, f"message:{message.pk}", words, asks=False, follows=message.pk
    )
    sending.send_many(notes=[note], by=by, now=now)
    return True


def _named(account: int) -> str:
    """Staff by name; that a student took it is said, not which."""
    found = Account.objects.select_related("staff").get(pk=account)
    return found.staff.name if found.staff is not None else "一位同学"


def _drop(message: Message, account: int | None = None) -> None:
    """What has not gone out need not any more."""
    waiting = Delivery.objects.filter(message=message, state__in=DROPPABLE)
    if account is not None:
        waiting = waiting.filter(receipt__account=account)
    waiting.update(state=DROPPED)


def _about(message: Message) -> list[str]:
    return [f"message:{message.pk}", message.ref]


def read(*, by: int, now: datetime, message: int | None = None) -> int:
    """This person has opened it, or their whole list. Paper that was waiting is not needed then."""
    mine = Receipt.objects.filter(account=by, read_at=None)
    if message is not None:
        mine = mine.filter(message=message)
    pks = list(mine.values_list("pk", flat=True))
    if not pks:
        return 0
    Delivery.objects.filter(receipt__in=pks, state__in=DROPPABLE, channel=sending.PRINT).update(state=DROPPED)
    return Receipt.objects.filter(pk__in=pks, read_at=None).update(read_at=now)


def repeat(*, now: datetime) -> int:
    """Says again what nobody has taken; how many messages. One that fails is put forward and does not stop the others."""
    done = 0
    for pk in Message.objects.filter(look_at__lte=now).order_by("look_at").values_list("pk", flat=True)[:50]:
        try:
            done += _repeat(pk, now)
        except DatabaseError:
            logger.exception("a crisis message was not repeated", extra={"number": pk})
            with told():
                Message.objects.filter(pk=pk, look_at__lte=now).update(look_at=now + FORWARD)
                ledger.record("notifications.repeated", by=None, about=[f"message:{pk}"], now=now)
    return done


def _repeat(pk: int, now: datetime) -> bool:
    message = Message.objects.get(pk=pk)
    with told():
        following = policies.next_repeat(message.rounds + 1, now)
        claimed = Message.objects.filter(pk=pk, look_at=message.look_at, taken_at=None, rounds=message.rounds)
        if not claimed.update(look_at=following, rounds=F("rounds") + 1):
            return False  # another worker has it, or it was taken this very moment
        _drop(message)
        people = message.receipts.filter(account__is_active=True)
        receipts = people.select_related(
            "message", "account__staff", "account__student", "account__guardian", "account__notification_preference"
        )
        sending.deliver([(receipt, True) for receipt in receipts], now, round=message.rounds + 1)
        ledger.record("notifications.repeated", by=None, about=_about(message), now=now, content={"round": message.rounds + 1})
    return True
