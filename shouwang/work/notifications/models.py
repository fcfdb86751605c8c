"""What was said, to whom, by which way, and whether it arrived. The text is neutral by construction; it is kept in both languages as it was sent."""

import uuid

from django.db import models
from django.db.models import F, Q

from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import Guarded, Sealed, SealedQuerySet


class Message(Guarded):
    """One thing that was said to several people. `look_at`: when a crisis message that nobody has taken is repeated next.

    `follows`: the message about which this one tells who took it. `is_asking`: somebody must acknowledge.
    """

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "kind", "tier", "ref", "url", "title", "title_en", "body", "body_en", "is_asking", "sent_by", "sent_at"), "public"
    ) | dict.fromkeys(("taken_by", "taken_at", "rounds", "look_at", "follows"), "public")
    UNSEALED = frozenset({"rounds", "look_at"})  # the repeats; each of them leaves its own deliveries

    class Tier(models.TextChoices):
        CRISIS = "crisis", "紧急"
        IMPORTANT = "important", "重要"
        ROUTINE = "routine", "日常"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=60)
    tier = models.CharField(max_length=9, choices=Tier.choices)
    ref = models.CharField(max_length=60)
    url = models.CharField(max_length=200)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=200)
    body = models.CharField(max_length=400)
    body_en = models.CharField(max_length=600)
    is_asking = models.BooleanField()
    sent_by = models.BigIntegerField(null=True)
    sent_at = models.DateTimeField()
    taken_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    rounds = models.PositiveSmallIntegerField(default=0)
    look_at = models.DateTimeField(null=True)
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by")

    class Meta:
        indexes = [
            models.Index(fields=["ref", "-id"]),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="message_to_repeat"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(taken_by=None) ^ Q(taken_at__isnull=False), name="message_taken_with_its_moment"),
            models.CheckConstraint(condition=Q(look_at=None) | Q(tier="crisis", taken_at=None), name="message_repeats_until_taken"),
        ]


class Receipt(Sealed):
    """One person was told: it stands in their list from this moment. `dedupe`: kind and key; the same is said to a person once.

    Written inside actions; only `read_at` is set without one (opening the list is no act, and who reads how fast is nobody's evidence).
    """

    SENSITIVITY = dict.fromkeys(("id", "message", "account", "dedupe", "told_at", "read_at", "acknowledged_at"), "public")
    UNSEALED = frozenset({"read_at"})

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="receipts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    dedupe = models.CharField(max_length=160, blank=True)
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    objects = models.Manager.from_queryset(SealedQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"]),
            models.Index(fields=["account", "message"], condition=Q(read_at=None), name="receipt_unread"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["message", "account"], name="receipt_once_a_person"),
            models.UniqueConstraint(fields=["account", "dedupe"], condition=~Q(dedupe=""), name="receipt_once_a_key"),
        ]


class Delivery(Sealed):
    """One way to one person, or to a group (`receipt` null), with its attempts. `uuid` is the key by which a gateway knows a repetition.

    A technical row that changes with every attempt and says nothing that message and receipt do not: the ledger does not bind it.
    """

    COVERED = False
    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "message", "receipt", "channel", "rank", "round", "state", "due_at", "attempts", "claimed_until", "handed_at"),
        "public",
    ) | dict.fromkeys(("trouble", "answer", "instead_of", "noted_by", "noted_at"), "public")

    class State(models.TextChoices):
        WAITING = "waiting", "等待发出"
        HANDING = "handing", "正在发出"
        HANDED = "handed", "已发出"
        FAILED = "failed", "没有发出"
        DROPPED = "dropped", "不再需要"
        RETURNED = "returned", "回执已收"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=20)
    rank = models.PositiveSmallIntegerField()  # 0 crisis, 1 important, 2 routine: what is claimed first
    round = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=120, blank=True)
    answer = models.CharField(max_length=80, blank=True)
    instead_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    noted_by = models.BigIntegerField(null=True)
    noted_at = models.DateTimeField(null=True)

    objects = models.Manager.from_queryset(SealedQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["channel", "rank", "due_at"], condition=Q(state="waiting"), name="delivery_to_hand_over"),
            models.Index(fields=["claimed_until"], condition=Q(state="handing"), name="delivery_in_hand"),
            models.Index(fields=["channel", "state", "-handed_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "channel", "round"], condition=Q(receipt__isnull=False), name="delivery_once_a_round"
            ),
            models.UniqueConstraint(fields=["message", "channel", "round"], condition=Q(receipt=None), name="delivery_to_a_group_once"),
            models.CheckConstraint(condition=Q(state="handing") ^ Q(claimed_until=None), name="delivery_in_hand_until"),
        ]


class Preference(Guarded):
    """What somebody chose within what the tiers allow. Without a row: the defaults of policies."""

    SENSITIVITY = dict.fromkeys(("account", "first", "digest_at", "quiet_from", "quiet_until", "outside_hours", "set_at"), "public")

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="notification_preference")
    first = models.CharField(max_length=20, blank=True)
    digest_at = models.TimeField()
    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    outside_hours = models.BooleanField(default=False)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(quiet_from=F("quiet_until")), name="quiet_hours_have_a_length")]


class Muted(Guarded):
    """A way by which somebody does not want messages of a tier. Crisis messages cannot be muted."""

    SENSITIVITY = dict.fromkeys(("id", "account", "tier", "channel"), "public")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=9, choices=[("important", "重要"), ("routine", "日常")])
    channel = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "tier", "channel"], name="muted_once")]
