"""What a person was told: their list, the count under the bell, and the crises that wait for somebody."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import QuerySet

from shouwang.common.reader import Reader
from shouwang.work.notifications import policies
from shouwang.work.notifications.models import Message, Muted, Preference, Receipt
from shouwang.work.notifications.policies import pick

MOST = 99  # the bell says "99+"
CRISES = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One row of somebody's list, in their language. `asks`: it waits for somebody's hand, and nobody has taken it."""

    pk: int
    kind: str
    tier: str
    title: str
    body: str
    ref: str
    url: str
    at: datetime
    is_read: bool
    asks: bool
    acknowledged_at: datetime | None
    taken_by: int | None
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bell:
    """`unread` counts up to MOST + 1. `crises` wait for this person's hand."""

    unread: int
    crises: tuple[Item, ...]


def _own(by: Reader) -> QuerySet[Receipt]:
    """Whoever looks through another person's eyes has no list: what one is told is one's own."""
    rows = Receipt.objects.select_related("message").order_by("-pk")
    return rows.none() if by.is_read_only else rows.filter(account=by.account_id)


def item(receipt: Receipt, lang: str) -> Item:
    message = receipt.message
    return Item(
        pk=message.pk,
        kind=message.kind,
        tier=message.tier,
        title=pick(lang, message.title, message.title_en),
        body=pick(lang, message.body, message.body_en),
        ref=message.ref,
        url=message.url,
        at=receipt.told_at,
        is_read=receipt.read_at is not None,
        asks=message.is_asking and receipt.acknowledged_at is None and message.taken_at is None,
        acknowledged_at=receipt.acknowledged_at,
        taken_by=message.taken_by_id,
        taken_at=message.taken_at,
    )


def unread(by: Reader) -> int:
    """At most MOST + 1: nobody counts further."""
    return len(_own(by).filter(read_at=None).order_by()[: MOST + 1].values_list("pk"))


def bell(by: Reader) -> Bell:
    """What every page shows: how much is new, and which crises nobody has taken."""
    waiting = Message.objects.filter(look_at__isnull=False, is_asking=True, taken_at=None).values("pk")
    crises = _own(by).filter(acknowledged_at=None, message__in=waiting)[:CRISES]
    return Bell(unread(by), tuple(item(one, by.lang) for one in crises))


def listing(by: Reader, *, before: int = 0, only: str = "", size: int = 30) -> tuple[list[Item], int]:
    """Newest first, and where the next page begins (0: no more). `only`: "unread", "asks" or a tier."""
    rows = _own(by)
    if before:
        rows = rows.filter(pk__lt=before)
    if only == "unread":
        rows = rows.filter(read_at=None)
    elif only == "asks":
        rows = rows.filter(message__is_asking=True, message__taken_at=None, acknowledged_at=None)
    elif only in policies.RANKS:
        rows = rows.filter(message__tier=only)
    found = list(rows[: size + 1])
    following = found[size - 1].pk if len(found) > size else 0
    return [item(one, by.lang) for one in found[:size]], following


def mine(by: Reader, message: int) -> Item | None:
    """One thing this person was told, or None."""
    found = _own(by).filter(message=message).first()
    return item(found, by.lang) if found is not None else None


@dataclass(frozen=True, slots=True)
class Choice:
    first: str
    digest_at: time
    quiet_from: time
    quiet_until: time
    outside_hours: bool
    muted: frozenset[tuple[str, str]]


def preference(by: Reader) -> Choice:
    """What this person chose, or the defaults."""
    muted = frozenset(Muted.objects.filter(account=by.account_id).values_list("tier", "channel"))
    one = Preference.objects.filter(account=by.account_id).first()
    if one is None:
        return Choice("", policies.DIGEST_AT, policies.QUIET_FROM, policies.QUIET_UNTIL, False, muted)
    return Choice(one.first, one.digest_at, one.quiet_from, one.quiet_until, one.outside_hours, muted)
