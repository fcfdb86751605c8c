"""Saying something: rows of the outbox in the caller's transaction. Nothing is handed over here, so a roll-back says nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from shouwang.trust.access.models import Account
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.notifications import channels, hours, policies
from shouwang.work.notifications.models import Delivery, Message, Muted, Preference, Receipt
from shouwang.work.notifications.policies import AtOnce, Tier

PRINT = "print"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say. The same (kind, key) is said to the same account once; without a key, every time."""

    kind: str
    tier: Tier
    to: Collection[int]
    ref: str
    url: str
    key: str = ""
    words: Mapping[str, str | int] = field(default_factory=dict)
    at_once: AtOnce = False
    asks: bool | None = None
    follows: int | None = None

    @property
    def dedupe(self) -> str:
        return f"{self.kind}:{self.key}"[:160] if self.key else ""


def send(
    *,
    kind: str,
    tier: Tier,
    to: Collection[int],
    ref: str,
    url: str,
    by: int | None,
    now: datetime,
    key: str = "",
    words: Mapping[str, str | int] | None = None,
    at_once: AtOnce = False,
) -> Message | None:
    """Tells open accounts of something; None when there is nobody left to tell. UnknownKind, UnknownWords.

    `at_once`: an important message to somebody who is on duty now; it does not wait for working hours. "awake": nor for them, but for quiet hours.
    """
    note = Note(kind, tier, to, ref, url, key, words or {}, at_once)
    return send_many(notes=[note], by=by, now=now)[0]


def send_many(*, notes: Sequence[Note], by: int | None, now: datetime) -> list[Message | None]:
    """Many things at once, in a handful of statements and one ledger entry. In the order given; None where nobody was left to tell."""
    spoken = [policies.wording(note.kind).say(note.words) for note in notes]
    for _ in range(3):
        try:
            with transaction.atomic():  # another worker may say the same at this very moment: then only the rest is said
                return _say(notes, spoken, by, now)
        except IntegrityError as collision:
            problem = collision
    raise problem


def _say(notes: Sequence[Note], spoken: Sequence[tuple[str, str, str, str]], by: int | None, now: datetime) -> list[Message | None]:
    people = {one.pk: one for one in accounts({pk for note in notes for pk in note.to})}
    said = _said(notes)
    made: list[Message | None] = []
    pairs: list[tuple[Message, Note, list[Account]]] = []
    for note, words in zip(notes, spoken, strict=True):
        left = [people[pk] for pk in dict.fromkeys(note.to) if pk in people and (pk, note.dedupe) not in said]
        message = _message(note, words, by, now) if left else None
        said |= {(one.pk, note.dedupe) for one in left if note.dedupe}
        made.append(message)
        if message is not None:
            pairs.append((message, note, left))
    if pairs:
        _write(pairs, by, now)
    return made


def accounts(pks: Collection[int]) -> list[Account]:
    """The open ones, with what is needed to reach them."""
    found = Account.objects.filter(pk__in=pks, is_active=True).select_related("staff", "student", "guardian", "notification_preference")
    return list(found.order_by("pk"))


def _said(notes: Sequence[Note]) -> set[tuple[int, str]]:
    keys = {note.dedupe for note in notes if note.dedupe}
    return set(Receipt.objects.filter(dedupe__in=keys).values_list("account_id", "dedupe")) if keys else set()


def _message(note: Note, words: tuple[str, str, str, str], by: int | None, now: datetime) -> Message:
    asks = note.asks if note.asks is not None else note.tier == "crisis" or policies.wording(note.kind).asks
    title, body, title_en, body_en = words
    texts = {"title": title, "body": body, "title_en": title_en, "body_en": body_en}
    return Message(
        kind=note.kind,
        tier=note.tier,
        ref=note.ref,
        url=note.url,
        is_asking=asks,
        sent_by=by,
        sent_at=now,
        look_at=policies.next_repeat(0, now) if asks and note.tier == "crisis" else None,
        follows_id=note.follows,
        **texts,
    )


def _write(pairs: Sequence[tuple[Message, Note, list[Account]]], by: int | None, now: datetime) -> None:
    with told(savepoint=False):  # send_many has one around it, and looks at what it may say again
        Message.objects.bulk_create([message for message, _, _ in pairs])
        receipts = [Receipt(message=message, account=one, dedupe=note.dedupe, told_at=now) for message, note, left in pairs for one in left]
        Receipt.objects.bulk_create(receipts, batch_size=1000)
        deliver([(receipt, note.at_once) for receipt, note in zip(receipts, _notes(pairs), strict=True)], now)
        about = {f"message:{message.pk}" for message, _, _ in pairs} | {message.ref for message, _, _ in pairs}
        content = {"told": len(receipts), "kinds": sorted({message.kind for message, _, _ in pairs})}
        ledger.record("notifications.sent", by=by, about=about, now=now, content=content)


def _notes(pairs: Sequence[tuple[Message, Note, list[Account]]]) -> list[Note]:
    return [note for _, note, left in pairs for _ in left]


def deliver(receipts: Sequence[tuple[Receipt, AtOnce]], now: datetime, round: int = 0) -> None:
    """The ways by which these people hear of it, beside their own list: all of them in a crisis, else the first that suits them."""
    school, open_ways = hours.school_time(), channels.in_use()
    silenced = muted({receipt.account_id for receipt, _ in receipts})
    rows, grouped = [], set()
    for receipt, at_once in receipts:
        message = receipt.message
        for code in ways(receipt.account, message.tier, silenced, open_ways):
            due_at = hours.due(message.tier, chosen(receipt.account), now, school, at_once=at_once)
            rows.append(_delivery(message, receipt, code, due_at, round))
        if message.tier == "crisis" and message.pk not in grouped:
            grouped.add(message.pk)
            rows += [_delivery(message, None, code, now, round) for code, way in open_ways.items() if way.groups]
    Delivery.objects.bulk_create(rows, batch_size=1000)


def _delivery(message: Message, receipt: Receipt | None, channel: str, due_at: datetime, round: int) -> Delivery:
    rank = policies.RANKS[message.tier]
    return Delivery(message=message, receipt=receipt, channel=channel, rank=rank, due_at=due_at, round=round)


def chosen(account: Account) -> Preference | None:
    return getattr(account, "notification_preference", None)


def muted(pks: Collection[int]) -> set[tuple[int, str, str]]:
    return set(Muted.objects.filter(account__in=pks).values_list("account_id", "tier", "channel"))


def ways(account: Account, tier: str, silenced: Collection[tuple[int, str, str]], open_ways: Mapping[str, channels.Channel]) -> list[str]:
    """By which channels a person is told at first. A family that never signed in and cannot be reached gets a printed notice."""
    found = reaching(account, tier, silenced, open_ways)
    if not found and account.last_login is None and account.staff_id is None:
        return [PRINT]
    return found if tier == "crisis" else found[:1]


def reaching(
    account: Account, tier: str, silenced: Collection[tuple[int, str, str]], open_ways: Mapping[str, channels.Channel]
) -> list[str]:
    """The channels that reach a person, the one they prefer first; in a crisis muting counts for nothing."""
    first = chosen(account)
    codes = [code for code, way in open_ways.items() if not way.groups and way.address(account)]
    if tier != "crisis":
        codes = [code for code in codes if (account.pk, tier, code) not in silenced]
    return sorted(codes, key=lambda code: first is None or code != first.first)
