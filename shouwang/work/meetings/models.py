"""Regular meetings: who sits in them, what is on the agenda and why, what was said and agreed. What was said is sealed."""

import uuid

from django.db import models
from django.db.models import F, Q

from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField
from shouwang.trust.people.models import Student, Unit
from shouwang.trust.vault.fields import SealedField

PARTS = [("chair", "主持"), ("minutes", "记录"), ("member", "参加")]


class Series(Guarded):
    """A meeting that is held again and again, with the rule by which its agenda is drawn."""

    SENSITIVITY = dict.fromkeys(
        ("id", "title", "unit", "weekday", "every_weeks", "at", "minutes", "place", "least_level", "silent_days", "is_open"), "public"
    ) | dict.fromkeys(("made_by", "made_at"), "public")

    title = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    weekday = models.PositiveSmallIntegerField()
    every_weeks = models.PositiveSmallIntegerField()
    at = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    place = models.CharField(max_length=60)
    least_level = models.PositiveSmallIntegerField(default=3)
    silent_days = models.PositiveSmallIntegerField(default=14)
    is_open = models.BooleanField(default=True)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(every_weeks__gte=1, every_weeks__lte=12, weekday__lte=6), name="series_comes_round")
        ]

    @property
    def ref(self) -> str:
        return f"series:{self.pk}"


class SeriesMember(Guarded):
    SENSITIVITY = dict.fromkeys(("id", "series", "account", "part"), "public")

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="members")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=8, choices=PARTS, default="member")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "account"], name="series_member_once"),
            models.UniqueConstraint(fields=["series"], condition=Q(part="chair"), name="series_has_one_chair"),
        ]


class Meeting(Guarded):
    """One sitting. `sequence` counts the changes of its time or place, as calendars want it; `left_out`: how many matters did not fit."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "series", "number", "starts_at", "ends_at", "place", "state", "sequence", "made_by", "made_at", "drawn_at"), "public"
    ) | dict.fromkeys(("left_out", "invited_at", "opened_at", "closed_at", "closed_by", "cancelled_at"), "public")

    class State(models.TextChoices):
        PLANNED = "planned", "筹备"
        INVITED = "invited", "已通知"
        RUNNING = "running", "进行中"
        CLOSED = "closed", "已结束"
        CANCELLED = "cancelled", "已取消"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="meetings")
    number = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=60)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    sequence = models.PositiveSmallIntegerField(default=0)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True)
    left_out = models.PositiveIntegerField(default=0)
    invited_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "starts_at"], name="meeting_by_start")]
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="meeting_number_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_start"),
            models.CheckConstraint(condition=Q(state="closed") ^ Q(closed_at=None), name="meeting_closed_with_its_moment"),
        ]

    @property
    def ref(self) -> str:
        return f"meeting:{self.pk}"


class Participant(Guarded):
    SENSITIVITY = dict.fromkeys(("id", "meeting", "account", "part", "answer", "answered_at", "presence"), "public")

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="participants")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="meetings")
    part = models.CharField(max_length=8, choices=PARTS, default="member")
    answer = models.CharField(max_length=8, blank=True, choices=[("yes", "参加"), ("no", "不能参加")])
    answered_at = models.DateTimeField(null=True)
    presence = models.CharField(max_length=8, blank=True, choices=[("present", "到会"), ("absent", "缺席"), ("excused", "请假")])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "account"], name="meeting_participant_once")]


class Item(Guarded):
    """A point of the agenda: an open case (`ref` "case:12"), letters whose receipts are late, a training, or a topic in words.

    `why`: by which part of the rule it came. What was said of a student is sealed with the student's key.
    """

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "meeting", "place", "kind", "ref", "why", "count", "categories", "state", "told_at"), "public"
    ) | {
        "student": "identity",
        "unit_path": "identity",
        "dorm_path": "life",
        "level": "of the case",
        "title": "of the case",
        "discussed": "of the case",
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=[("case", "个案"), ("letters", "通知书"), ("training", "培训"), ("topic", "议题")])
    ref = models.CharField(max_length=40, blank=True)
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="+")
    unit_path = PathField(blank=True)
    dorm_path = PathField(blank=True)
    categories = models.PositiveIntegerField(default=0)
    level = models.PositiveSmallIntegerField(default=0)
    why = models.CharField(max_length=12)
    count = models.PositiveIntegerField(default=0)
    title = SealedField(null=True)  # of a topic: words of whoever put it on the agenda
    discussed = SealedField(null=True)
    state = models.CharField(
        max_length=10, choices=[("waiting", "待议"), ("discussed", "已议"), ("put_off", "下次再议")], default="waiting"
    )
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["place", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "ref"], condition=~Q(ref=""), name="meeting_item_once"),
            models.CheckConstraint(condition=Q(kind="case") ^ Q(student=None), name="meeting_item_of_a_case_has_its_student"),
        ]

    def sealed_subject(self) -> str:
        return f"student:{self.student_id}" if self.student_id is not None else "school"


class Decision(Guarded):
    """What was agreed: who does it, until when. On a case it became a step of the case (`ref` "step:99"); elsewhere it is kept here."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "item", "owner", "due_on", "ref", "state", "made_by", "made_at", "ended_at", "ended_by"), "public"
    ) | {"agreed": "of the case"}

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="decisions")
    agreed = SealedField()
    owner = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="decisions")
    due_on = models.DateField()
    ref = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=[("open", "未完成"), ("done", "已完成"), ("dropped", "不再需要")], default="open")
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["owner", "state", "due_on"], name="decision_by_owner")]
        constraints = [models.CheckConstraint(condition=Q(state="open") ^ Q(ended_at__isnull=False), name="decision_ended_with_its_moment")]

    def sealed_subject(self) -> str:
        return self.item.sealed_subject()


class Feed(Guarded):
    """Somebody's own calendar address. Only the digest of its word is kept; a new word ends the old one."""

    SENSITIVITY = dict.fromkeys(("id", "account", "digest", "made_at"), "public")

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="meeting_feed")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
