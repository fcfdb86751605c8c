"""Who was told of a matter, when, by which way, who read it, who took it. Asked by pages that have checked who may see the matter."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from shouwang.common.reader import Reader
from shouwang.trust.access.models import Account
from shouwang.work.notifications import channels
from shouwang.work.notifications.models import Delivery, Message
from shouwang.work.notifications.policies import pick

SHOWN = 200
STATES = {
    "waiting": ("等待发出", "Waiting"),
    "handing": ("正在发出", "Going out"),
    "handed": ("已发出", "Sent"),
    "failed": ("没有发出", "Not sent"),
    "dropped": ("不再需要", "Not needed"),
    "returned": ("回执已收", "Slip returned"),
}
PRINTED = ("书面", "On paper")


@dataclass(frozen=True, slots=True)
class Way:
    """One way, as words. `at`: when it went out, or is next tried."""

    title: str
    state: str
    words: str
    at: datetime | None
    attempts: int
    trouble: str


@dataclass(frozen=True, slots=True)
class Person:
    """`name` empty: a student or guardian, of whom only that is said."""

    name: str
    is_me: bool
    told_at: datetime
    read_at: datetime | None
    acknowledged_at: datetime | None
    ways: tuple[Way, ...]


def message(pk: int) -> Message | None:
    return Message.objects.select_related("taken_by__staff", "taken_by__student", "taken_by__guardian").filter(pk=pk).first()


def ref_of(pk: int) -> str:
    """What a message is about; "" when there is no such message."""
    return Message.objects.filter(pk=pk).values_list("ref", flat=True).first() or ""


def state_of(ref: str) -> QuerySet[Message]:
    """Everything that was said about a matter, newest first."""
    return Message.objects.filter(ref=ref).select_related("taken_by__staff", "taken_by__student", "taken_by__guardian").order_by("-pk")


def taken(message: Message) -> Account | None:
    """Who took a crisis message."""
    return message.taken_by


def told(by: Reader, message: Message) -> tuple[list[Person], list[Way]]:
    """The people, and the groups, one message went to."""
    deliveries: dict[int | None, list[Delivery]] = defaultdict(list)
    for one in Delivery.objects.filter(message=message).order_by("receipt", "round", "pk")[: SHOWN * 10]:
        deliveries[one.receipt_id].append(one)
    receipts = message.receipts.select_related("account__staff").order_by("pk")[:SHOWN]
    people = [
        Person(
            name=one.account.staff.name if one.account.staff is not None else "",
            is_me=one.account_id == by.account_id,
            told_at=one.told_at,
            read_at=one.read_at,
            acknowledged_at=one.acknowledged_at,
            ways=tuple(_way(delivery, by.lang) for delivery in deliveries[one.pk]),
        )
        for one in receipts
    ]
    return people, [_way(one, by.lang) for one in deliveries[None]]


def _way(delivery: Delivery, lang: str) -> Way:
    title = pick(lang, *PRINTED) if delivery.channel == "print" else channels.titles([delivery.channel], lang)[0]
    if delivery.round:
        title += pick(lang, f"（第 {delivery.round + 1} 次）", f" ({delivery.round + 1})")
    at = delivery.handed_at or (delivery.due_at if delivery.state in ("waiting", "handing") else None)
    return Way(title, delivery.state, pick(lang, *STATES[delivery.state]), at, delivery.attempts, delivery.trouble)
