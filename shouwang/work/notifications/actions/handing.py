"""Handing over to the channels: claimed by tier, outside any transaction, with a lease; what fails comes again or goes another way.

At least once: whoever is killed between a hand-over and its note hands over again after the lease, with the same key.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger

from django.db import transaction
from django.db.models import F, QuerySet

from shouwang.work.notifications import channels, policies
from shouwang.work.notifications.actions import sending
from shouwang.work.notifications.actions.parcels import Errand, errand
from shouwang.work.notifications.channels import Channel, Parcel, Refused, Unreached
from shouwang.work.notifications.models import Delivery, Message, Receipt
from shouwang.work.notifications.policies import DELIVERY

logger = getLogger(__name__)
ROUTINE = policies.RANKS["routine"]
WAITING, HANDING = Delivery.State.WAITING, Delivery.State.HANDING


@dataclass(frozen=True, slots=True)
class Result:
    """`lasting`: the channel will never take it. `trouble` empty: it went out."""

    answer: str = ""
    trouble: str = ""
    lasting: bool = False


def dispatch(*, now: datetime, channel: str = "", ranks: Collection[int] = (0, 1, 2), between: Callable[[], None] = lambda: None) -> int:
    """Hands over what is due, crisis first; how many deliveries were tried. `between`: called when the database is not needed for a while."""
    if not channel:
        release(now=now)
    known = channels.everything()
    tried = 0
    for code in [channel] if channel else list(known):
        for rank in sorted(ranks):
            while claimed := claim(code, rank, now):
                tried += len(claimed)
                _hand_over(known[code], claimed, now, between)
                if channel:  # a lane looks for something graver after every batch
                    return tried
    return tried


def release(*, now: datetime) -> int:
    """What somebody claimed and did not finish waits again, unless the matter was taken meanwhile."""
    left = Delivery.objects.filter(state__in=DELIVERY.before("release"), claimed_until__lt=now)
    if (taken := left.filter(message__taken_at__isnull=False)).exists():
        let_go(taken)
    return (
        left.update(state=DELIVERY.after(HANDING, "release"), claimed_until=None) if left.exists() else 0
    )  # an update that changes nothing still takes the one writer


def release_all() -> int:
    """At the start of the only worker: whatever is in hand was left by one that died."""
    return Delivery.objects.filter(state=HANDING).update(state=WAITING, claimed_until=None)


def let_go(rows: QuerySet[Delivery]) -> None:
    """Somebody took the matter while these were in hand: nobody else is called away for it."""
    rows.update(state=DELIVERY.after(HANDING, "let_go"), claimed_until=None)


def claim(channel: str, rank: int, now: datetime) -> list[Delivery]:
    """Due deliveries, now in our hand. For the digest, everything that is due for the same people goes with them."""
    due = Delivery.objects.filter(channel=channel, rank=rank, state=WAITING, due_at__lte=now)
    if not due.exists():
        return []
    with transaction.atomic():
        first = due.order_by("due_at", "pk")
        if rank == ROUTINE:  # whose digest is due is only looked up; PostgreSQL locks no nullable side of a join
            people = set(first[: policies.BATCH].values_list("receipt__account", flat=True)) - {None}
            first = due.filter(receipt__in=Receipt.objects.filter(account__in=people).order_by().values("pk"))
            found = list(first.select_for_update(skip_locked=True).values_list("pk", flat=True))
        else:
            found = list(first.select_for_update(skip_locked=True)[: policies.BATCH].values_list("pk", flat=True))
        if not found:
            return []
        mine = Delivery.objects.filter(pk__in=found, state=WAITING)
        mine.update(state=DELIVERY.after(WAITING, "claim"), claimed_until=now + policies.LEASE, attempts=F("attempts") + 1)
    rows = Delivery.objects.filter(pk__in=found, state=HANDING).order_by("pk")
    return list(rows.select_related("message", "receipt__account__staff", "receipt__account__student", "receipt__account__guardian"))


def _hand_over(channel: Channel, claimed: Sequence[Delivery], now: datetime, between: Callable[[], None]) -> None:
    began = time.monotonic()
    errands = [errand(channel, rows) for rows in _together(claimed)]
    between()
    with ThreadPoolExecutor(max_workers=policies.BATCH) as hands:
        asked: dict[Future[Result], Errand] = {hands.submit(attempt, channel, one.parcel): one for one in errands}
        for done in as_completed(asked):
            note(asked[done].rows, done.result(), now + timedelta(seconds=time.monotonic() - began))


def _together(claimed: Sequence[Delivery]) -> list[list[Delivery]]:
    """What goes out as one: routine messages of one person. Those tried before stay with those they were tried with, so their key stays."""
    grouped: dict[object, list[Delivery]] = defaultdict(list)
    for row in claimed:
        alone = row.rank != ROUTINE or row.receipt is None
        grouped[row.pk if alone or row.receipt is None else ("person", row.receipt.account_id, row.attempts)].append(row)
    return list(grouped.values())


def attempt(channel: Channel, parcel: Parcel) -> Result:
    """One try. Whatever a channel may do wrong, the others are handed over."""
    if not channel.is_configured():
        return Result(trouble="这一渠道没有配置", lasting=True)
    if not parcel.address:
        return Result(trouble="没有登记这一渠道的联系方式", lasting=True)
    try:
        return Result(answer=channel.hand_over(parcel)[:80])
    except Refused as refusal:
        return Result(trouble=str(refusal)[:120], lasting=True)
    except Unreached as problem:
        return Result(trouble=str(problem)[:120])
    except Exception as problem:
        logger.exception("channel broke", extra={"channel": channel.code})
        return Result(trouble=f"渠道出错（{type(problem).__name__}）")


def note(rows: Sequence[Delivery], result: Result, now: datetime) -> None:
    """Writes down what came of an attempt, if it is still ours. What will not go this way goes another."""
    pks = [row.pk for row in rows]
    with transaction.atomic():
        mine = Delivery.objects.filter(pk__in=pks, state__in=DELIVERY.before("deliver"), claimed_until__isnull=False)
        if not result.trouble:
            mine.update(state=DELIVERY.after(HANDING, "deliver"), handed_at=now, claimed_until=None, answer=result.answer, trouble="")
            return
        # Whoever takes it writes the message first, then drops what waits: with it locked, either they see the row wait or we see it taken.
        told = Message.objects.select_for_update().filter(pk__in={row.message_id for row in rows}).order_by("pk")
        if taken := {one.pk for one in told if one.taken_at is not None}:
            let_go(mine.filter(message__in=taken))
            rows = [row for row in rows if row.message_id not in taken]
            if not rows:
                return
        again = None if result.lasting else policies.retry_at(rows[0].rank, rows[0].attempts, now)
        if again is not None:
            mine.update(state=DELIVERY.after(HANDING, "again"), due_at=again, claimed_until=None, trouble=result.trouble)
            return
        mine.update(state=DELIVERY.after(HANDING, "give_up"), claimed_until=None, trouble=result.trouble)
        for row in rows:
            _another_way(row, now)


def _another_way(row: Delivery, now: datetime) -> None:
    """The next channel that reaches this person and was not tried; paper when there is none and they have not read it."""
    receipt = row.receipt
    if receipt is None or Receipt.objects.filter(pk=receipt.pk, read_at__isnull=False).exists():
        return
    tried = list(Delivery.objects.filter(receipt=receipt, round=row.round).values_list("channel", "state"))
    if any(state in ("waiting", "handing", "handed", "returned") for _, state in tried):
        return
    account = sending.accounts([receipt.account_id])[:1]
    used = {code for code, _ in tried}
    open_ways = channels.in_use()
    found = [
        code for one in account for code in sending.reaching(one, row.message.tier, sending.muted([one.pk]), open_ways) if code not in used
    ]
    left = found[:1] or ([sending.PRINT] if sending.PRINT not in used and row.rank != ROUTINE else [])
    for code in left:
        Delivery.objects.get_or_create(
            receipt=receipt,
            channel=code,
            round=row.round,
            defaults={"message": row.message, "rank": row.rank, "due_at": now, "instead_of": row},
        )
