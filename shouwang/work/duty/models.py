"""Who is on duty where and when; what they handed over, who called, who swapped with whom."""

import uuid

from django.db import models
from django.db.models import F, Q

from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.models import Unit
from shouwang.trust.vault.fields import SealedField

DAYS = [("every", "每天"), ("school", "上学日"), ("off", "周末与假日"), ("eve", "次日不上学的日子"), ("weekly", "每周固定几天")]


class Roster(Guarded):
    """A list of who is on duty for a place: the school at night, a college at weekends, a building."""

    SENSITIVITY = dict.fromkeys(("id", "code", "title", "unit", "phone", "is_open", "made_by", "made_at"), "public")

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="rosters")
    phone = models.CharField(max_length=40, blank=True)  # the duty telephone, when the place has one
    is_open = models.BooleanField(default=True)
    made_by = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Pattern(Guarded):
    """When somebody must be there: on which days, from when to when (over midnight when it ends earlier than it begins), how many."""

    SENSITIVITY = dict.fromkeys(("id", "roster", "days", "weekdays", "begins", "ends", "people", "from_on", "until"), "public")

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="patterns")
    days = models.CharField(max_length=6, choices=DAYS)
    weekdays = models.PositiveSmallIntegerField(default=127)  # a bit a day, Monday is 1; counts for "weekly" only
    begins = models.TimeField()
    ends = models.TimeField()
    people = models.PositiveSmallIntegerField(default=1)
    from_on = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(people__gte=1, people__lte=9), name="pattern_of_some_people"),
            models.CheckConstraint(condition=Q(weekdays__gte=1, weekdays__lte=127), name="pattern_on_some_days"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("from_on")), name="pattern_ends_after_it_begins"),
        ]


class Turn(Guarded):
    """Who takes part in a roster's rotation, in which order."""

    SENSITIVITY = dict.fromkeys(("id", "roster", "account", "place"), "public")

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="turns")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["roster", "account"], name="turn_once_a_person"),
            models.UniqueConstraint(fields=["roster", "place"], name="turn_once_a_place"),
        ]


class Shift(Guarded):
    """One person on duty for a while. `absent`: they reported leave and nobody has taken it yet; such a shift covers nothing."""

    SENSITIVITY = dict.fromkeys(("id", "roster", "account", "starts_at", "ends_at", "state", "told_at", "begun_at"), "public")

    class State(models.TextChoices):
        PLANNED = "planned", "已安排"
        ON = "on", "值班中"
        DONE = "done", "已结束"
        ABSENT = "absent", "请假待替"
        REMOVED = "removed", "已取消"

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="shifts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.PLANNED)
    told_at = models.DateTimeField(null=True)  # reminded of it
    begun_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "ends_at"]),
            models.Index(fields=["account", "ends_at"]),
            models.Index(fields=["roster", "starts_at"]),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_starts"),
            models.UniqueConstraint(
                fields=["roster", "account", "starts_at"], condition=~Q(state__in=["absent", "removed"]), name="shift_once_a_person"
            ),
        ]

    @property
    def ref(self) -> str:
        return f"shift:{self.pk}"


class Swap(Guarded):
    """Somebody asks a colleague to take a shift, or to exchange it for one of theirs. Nothing changes before the colleague agrees."""

    SENSITIVITY = dict.fromkeys(("id", "shift", "back", "asked_by", "asked_of", "state", "asked_at", "decided_at"), "public")

    class State(models.TextChoices):
        ASKED = "asked", "等对方同意"
        AGREED = "agreed", "已换班"
        REFUSED = "refused", "对方未同意"
        WITHDRAWN = "withdrawn", "已撤回"

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="swaps")
    back = models.ForeignKey(Shift, null=True, on_delete=models.PROTECT, related_name="+")  # what the asker takes in exchange
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    asked_of = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["asked_of", "state"]), models.Index(fields=["asked_by", "state"])]
        constraints = [
            models.UniqueConstraint(fields=["shift"], condition=Q(state="asked"), name="swap_one_question_at_a_time"),
            models.CheckConstraint(condition=~Q(asked_by=F("asked_of")), name="swap_between_two"),
        ]


class Leave(Guarded):
    """Somebody cannot come to a shift; the reason is sealed. `substitute` null: a gap that somebody must fill."""

    SENSITIVITY = dict.fromkeys(("id", "uuid", "shift", "account", "substitute", "reported_at", "covered_at", "covered_by"), "public") | {
        "reason": "health"
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="leaves")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    substitute = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    reason = SealedField(null=True)
    reported_at = models.DateTimeField()
    covered_at = models.DateTimeField(null=True)
    covered_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(substitute=None) ^ Q(covered_at__isnull=False), name="leave_covered_with_moment")]

    def sealed_subject(self) -> str:
        return "school"


class HandOver(Guarded):
    """What the next person must know. Sealed; whoever follows confirms having read it."""

    SENSITIVITY = dict.fromkeys(("id", "uuid", "shift", "written_by", "written_at", "taken_by", "taken_at"), "public") | {
        "note": "incident"
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="hand_overs")
    note = SealedField()
    written_by = models.BigIntegerField()
    written_at = models.DateTimeField()
    taken_by = models.BigIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["shift", "written_at"])]
        constraints = [models.CheckConstraint(condition=Q(taken_by=None) ^ Q(taken_at__isnull=False), name="hand_over_taken_with_moment")]

    def sealed_subject(self) -> str:
        return "school"


class Call(Guarded):
    """Somebody called or came while a person was on duty: when, from where, what it was and what was done (sealed)."""

    SENSITIVITY = dict.fromkeys(("id", "uuid", "shift", "at", "caller", "logged_by", "logged_at"), "public") | {
        "what": "incident",
        "done": "incident",
    }
    CALLERS = (
        ("student", "学生"),
        ("guardian", "家长"),
        ("staff", "教职工"),
        ("dorm", "宿舍"),
        ("police", "公安、医院等"),
        ("other", "其他"),
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="calls")
    at = models.DateTimeField()
    caller = models.CharField(max_length=8, choices=CALLERS)
    what = SealedField()
    done = SealedField(null=True)
    logged_by = models.BigIntegerField()
    logged_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["shift", "-at"])]

    def sealed_subject(self) -> str:
        return "school"


class Feed(Guarded):
    """The secret address of somebody's duty calendar. Only the digest of its word is kept; a new address ends the old one."""

    SENSITIVITY = dict.fromkeys(("id", "account", "token_digest", "made_at", "revoked_at"), "public")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="duty_feeds")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account"], condition=Q(revoked_at=None), name="feed_one_address")]
