"""Until when a matter must be answered, what stopped the clock, and who was told that it is late. What it is about stays in its own room."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from shouwang.common.schooltime import Clock, Within
from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField
from shouwang.trust.people.models import Student
from shouwang.trust.vault.fields import SealedField


class State(models.TextChoices):
    OPEN = "open", "进行中"
    PAUSED = "paused", "已暂停"
    MET = "met", "已完成"
    CANCELLED = "cancelled", "已取消"


RUNNING = (State.OPEN, State.PAUSED)


class Deadline(Guarded):
    """One matter's time limit. `look_at`: when the watch must look again; null when there is nothing more to do.

    `rung`: how many rungs of the ladder have been climbed. Lateness always counts from `due_at`, whatever happened since.
    """

    SENSITIVITY = (
        dict.fromkeys(
            ("id", "ref", "kind", "owner", "ladder", "clock", "within", "unit_path", "url", "started_at", "due_at", "look_at"), "public"
        )
        | dict.fromkeys(("rung", "state", "ended_at", "troubles"), "public")
        | {"student": "identity", "dorm_path": "life"}
    )

    ref = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    owner = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="deadlines")
    ladder = models.CharField(max_length=40)
    clock = models.CharField(max_length=7, choices=[("service", "服务时间"), ("round", "昼夜")])
    within = models.CharField(max_length=20)
    unit_path = PathField()
    dorm_path = PathField(blank=True)
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="deadlines")
    url = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    look_at = models.DateTimeField(null=True)
    rung = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)  # met or cancelled
    troubles = models.PositiveSmallIntegerField(default=0)  # how often running it failed in a row

    class Meta:
        indexes = [
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="deadlines_to_look_at"),
            models.Index(fields=["ref"]),
            models.Index(fields=["owner", "state", "due_at"]),
            models.Index(fields=["state", "unit_path"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ref"], condition=Q(state__in=["open", "paused"]), name="deadline_once_a_matter"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "paused"], ended_at=None) | Q(state__in=["met", "cancelled"], ended_at__isnull=False),
                name="deadline_ends_with_its_moment",
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "paused"]) | Q(look_at=None), name="deadline_over_is_not_watched"),
        ]

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def met_at(self) -> datetime | None:
        """When it was answered; None while it was not."""
        return self.ended_at if self.state == State.MET else None

    @property
    def limit(self) -> Within:
        return Within.parse(self.within)

    @property
    def pace(self) -> Clock:
        """By which clock pauses and lateness count: school days are service, even on a matter that runs round the clock."""
        return "round" if self.clock == "round" and self.limit.unit != "school_day" else "service"


class Pause(Guarded):
    """The clock stood still: why (sealed), from when, until when at the latest. `ended_at` null: it still does."""

    SENSITIVITY = dict.fromkeys(("id", "uuid", "deadline", "from_at", "until", "ended_at", "by"), "public") | {"reason": "incident"}

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="pauses")
    reason = SealedField()
    from_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deadline"], condition=Q(ended_at=None), name="pause_once_at_a_time")]

    def sealed_subject(self) -> str:
        student = self.deadline.student_id
        return f"student:{student}" if student is not None else "school"


class Climb(Guarded):
    """Somebody was told, at this rung, that the matter is late. `due_at`: the moment at which the rung was due."""

    SENSITIVITY = dict.fromkeys(("id", "deadline", "rung", "account", "as_role", "due_at", "climbed_at"), "public")

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="climbs")
    rung = models.PositiveSmallIntegerField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    as_role = models.CharField(max_length=30)  # owner, on_duty, or the role in which they were told
    due_at = models.DateTimeField()
    climbed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "-climbed_at"])]
        constraints = [models.UniqueConstraint(fields=["deadline", "rung", "account"], name="climb_told_once_a_rung")]
