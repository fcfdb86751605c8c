"""Trainings of staff and student cadres: planned, attended, judged by a quiz; and who has been trained at all."""

import uuid

from django.db import models
from django.db.models import F, Q

from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.models import Unit


class Training(Guarded):
    """One session on one topic of the plan (catalogue/wording/trainings.toml), for those who hold some roles below a unit."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "topic", "title", "unit", "starts_at", "ends_at", "place", "trainer", "pass_mark", "state"), "public"
    ) | dict.fromkeys(("sequence", "made_by", "made_at", "invited_at", "held_at", "cancelled_at"), "public")

    class State(models.TextChoices):
        PLANNED = "planned", "筹备"
        INVITED = "invited", "已通知"
        HELD = "held", "已举办"
        CANCELLED = "cancelled", "已取消"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    topic = models.CharField(max_length=40)
    title = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=60)
    trainer = models.CharField(max_length=60)
    pass_mark = models.PositiveSmallIntegerField(null=True)  # of 100; null: no quiz
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    sequence = models.PositiveSmallIntegerField(default=0)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    invited_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "starts_at"], name="training_by_start")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="training_ends_after_start"),
            models.CheckConstraint(condition=Q(pass_mark=None) | Q(pass_mark__lte=100), name="training_marks_of_a_hundred"),
        ]

    @property
    def ref(self) -> str:
        return f"training:{self.pk}"


class Audience(Guarded):
    """A role a training is for."""

    SENSITIVITY = dict.fromkeys(("id", "training", "role"), "public")

    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="audience")
    role = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["training", "role"], name="training_audience_once")]


class Attendee(Guarded):
    """One person of the audience. A student cadre's name is the student's own and is shown only to who may know them."""

    SENSITIVITY = dict.fromkeys(("id", "training", "account", "presence", "score", "noted_by", "noted_at"), "public")

    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="attendees")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="trainings")
    presence = models.CharField(max_length=8, blank=True, choices=[("present", "到场"), ("absent", "缺席"), ("excused", "请假")])
    score = models.PositiveSmallIntegerField(null=True)
    noted_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["training", "account"], name="training_attendee_once"),
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=100, presence="present"), name="training_score_of_who_came"),
        ]


class Material(Guarded):
    """A file of a training; it lies sealed in the data folder under its uuid."""

    SENSITIVITY = dict.fromkeys(("id", "uuid", "training", "filename", "size", "sha256", "made_by", "made_at"), "public")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="materials")
    filename = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
