"""Reports, whom they were put before, what was done; emergencies and everybody's task. Words and photographs are sealed."""

import uuid

from django.db import models
from django.db.models import F, Q

from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField
from shouwang.trust.people.models import Student
from shouwang.trust.vault.fields import SealedField


class OwnCategory(Guarded):
    """A category a school added to those of the catalogue. It is retired, never changed: reports keep their meaning."""

    SENSITIVITY = dict.fromkeys(
        ("id", "code", "title", "title_en", "urgency", "departments", "skips", "mask", "added_by", "added_at", "retired_at"), "public"
    )

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=20)
    title_en = models.CharField(max_length=40, blank=True)
    urgency = models.CharField(max_length=8)
    departments = models.CharField(max_length=120, blank=True)  # codes of catalogue/channels, with spaces between
    skips = models.BooleanField(default=False)
    mask = models.PositiveIntegerField()
    added_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)


class Incident(Guarded):
    """One matter somebody reported. `key`: made on the reporter's telephone, so that the same report sent twice is stored once."""

    subject_sid: int | None = None  # the one student the words belong to, set while they are written; without one they are the school's
    SENSITIVITY = (
        dict.fromkeys(("id", "uuid", "key", "reporter", "reported_as", "channel", "category", "categories", "urgency", "state"), "public")
        | dict.fromkeys(("happened_at", "reported_at", "still_handling", "level", "handler", "merged_into"), "public")
        | dict.fromkeys(("acknowledged_at", "resolved_at", "outcome", "case_ref"), "public")
        | {"unit_path": "identity", "dorm_path": "life", "where": "incident", "what": "incident", "who": "incident"}
    )

    class State(models.TextChoices):
        REPORTED = "reported", "等人确认"
        ACKNOWLEDGED = "acknowledged", "已确认"
        HANDLING = "handling", "处理中"
        RESOLVED = "resolved", "已办结"
        MERGED = "merged", "已合并"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    key = models.UUIDField()
    reporter = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="incidents")
    reported_as = models.CharField(max_length=30)
    channel = models.CharField(max_length=24)
    category = models.CharField(max_length=40)
    categories = models.PositiveIntegerField()
    urgency = models.CharField(max_length=8, choices=[("routine", "一般"), ("urgent", "紧急"), ("critical", "危急")])
    unit_path = PathField()
    dorm_path = PathField(blank=True)
    where = SealedField(null=True)
    what = SealedField(null=True)
    who = SealedField(null=True)
    happened_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    still_handling = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.REPORTED)
    level = models.PositiveSmallIntegerField(default=0)
    handler = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    case_ref = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit_path", "state"], name="incident_by_unit"),
            models.Index(fields=["dorm_path", "state"], name="incident_by_dorm"),
            models.Index(fields=["state", "-reported_at"], name="incident_by_state"),
            models.Index(fields=["reporter", "-reported_at"], name="incident_by_reporter"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reporter", "key"], name="incident_sent_once"),
            models.CheckConstraint(condition=Q(state="merged") ^ Q(merged_into=None), name="incident_merged_into_one"),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False) | ~Q(state="resolved"), name="incident_resolved_at"
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("pk")), name="incident_not_into_itself"),
        ]

    @property
    def ref(self) -> str:
        return f"incident:{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.REPORTED, self.State.ACKNOWLEDGED, self.State.HANDLING)

    def sealed_subject(self) -> str:
        return f"student:{self.subject_sid}" if self.subject_sid else "school"


class IncidentStudent(Guarded):
    """A student the matter is about, linked by the reporter or by somebody who handled it."""

    SENSITIVITY = {"id": "public", "incident": "public", "student": "identity", "linked_by": "public", "linked_at": "public"}

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="students")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="incidents")
    linked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "student"], name="incident_student_once")]


class IncidentPhoto(Guarded):
    """A photograph without its metadata; sealed with everything else, so that backup, rotation and erasure reach it."""

    subject_sid: int | None = None  # the one student the words belong to, set while they are written; without one they are the school's
    SENSITIVITY = dict.fromkeys(("id", "uuid", "incident", "number", "kind", "size", "sha256", "added_at"), "public") | {
        "image": "incident"
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="photos")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=4, choices=[("jpeg", "JPEG"), ("png", "PNG")])
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    image = SealedField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="incident_photo_once")]

    def sealed_subject(self) -> str:
        return f"student:{self.subject_sid}" if self.subject_sid else "school"


class Level(Guarded):
    """One station of the channel that was asked. `number` counts the stations in the order in which they were opened."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "incident", "number", "station", "why", "within", "clock", "opened_by", "opened_at", "due_at", "state", "ended_at"),
        "public",
    ) | {"reason": "incident"}

    class State(models.TextChoices):
        OPEN = "open", "等待确认"
        ANSWERED = "answered", "已确认"
        CLIMBED = "climbed", "无人确认，已上报"
        PASSED = "passed", "已转交"
        OVER = "over", "已由他处确认"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="levels")
    number = models.PositiveSmallIntegerField()
    station = models.CharField(max_length=24)
    why = models.CharField(max_length=12)
    reason = SealedField(null=True)
    within = models.CharField(max_length=24)
    clock = models.CharField(max_length=8, choices=[("service", "工作时间"), ("round", "全天")])
    opened_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"], name="incident_level_due")]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="incident_level_once"),
            models.CheckConstraint(condition=Q(state="open") ^ Q(ended_at__isnull=False), name="incident_level_ended_at"),
        ]

    @property
    def ref(self) -> str:
        return f"incident:{self.incident_id}/level:{self.number}"

    def sealed_subject(self) -> str:
        return "school"


class Ask(Guarded):
    """One person who was asked to answer at a station, or informed. `due_at` is the person's own: nobody is late before their service began."""

    SENSITIVITY = dict.fromkeys(
        ("id", "level", "incident", "account", "part", "how", "clock", "asked_at", "due_at", "answered_at"), "public"
    )

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="asks")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="asks")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="asks")
    part = models.CharField(max_length=8, choices=[("answer", "请确认"), ("inform", "知会")])
    how = models.CharField(max_length=12)
    clock = models.CharField(max_length=8)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "incident"], name="incident_ask_by_account"), models.Index(fields=["asked_at"])]
        constraints = [models.UniqueConstraint(fields=["level", "account"], name="incident_asked_once")]


class IncidentEvent(Guarded):
    """What happened to a matter, in order; appended only. The words said with it are sealed."""

    subject_sid: int | None = None  # the one student the words belong to, set while they are written; without one they are the school's
    SENSITIVITY = dict.fromkeys(("id", "uuid", "incident", "kind", "by", "at", "level", "code"), "public") | {"note": "incident"}

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12)
    by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=40, blank=True)
    note = SealedField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["by", "kind", "at"], name="incident_event_by_person")]

    def sealed_subject(self) -> str:
        return f"student:{self.subject_sid}" if self.subject_sid else "school"


class Emergency(Guarded):
    """A plan that a leader has started: everybody has their task at once."""

    SENSITIVITY = (
        dict.fromkeys(("id", "uuid", "plan", "unit_path", "incident", "started_by", "started_at", "state", "drill"), "public")
        | dict.fromkeys(("stood_down_by", "stood_down_at", "reviewed_by", "reviewed_at"), "public")
        | {"situation": "incident", "ending": "incident", "review": "incident"}
    )

    class State(models.TextChoices):
        RUNNING = "running", "进行中"
        STOOD_DOWN = "stood_down", "已解除"
        REVIEWED = "reviewed", "已复盘"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    plan = models.CharField(max_length=40)
    unit_path = PathField()
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="emergencies")
    drill = models.BooleanField(default=False)
    situation = SealedField()
    started_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    ending = SealedField(null=True)
    stood_down_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    stood_down_at = models.DateTimeField(null=True)
    review = SealedField(null=True)
    reviewed_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-started_at"], name="emergency_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["plan", "unit_path"], condition=Q(state="running"), name="emergency_once_at_a_time"),
            models.CheckConstraint(condition=Q(state="running") ^ Q(stood_down_at__isnull=False), name="emergency_stood_down_at"),
            models.CheckConstraint(condition=Q(state="reviewed") ^ Q(reviewed_at=None), name="emergency_reviewed_at"),
        ]

    @property
    def ref(self) -> str:
        return f"emergency:{self.pk}"

    def sealed_subject(self) -> str:
        return "school"


class EmergencyTask(Guarded):
    """What one person does in an emergency. Without an account nobody holds the role: the board says so, and the leader names somebody."""

    SENSITIVITY = dict.fromkeys(
        ("id", "emergency", "code", "role", "account", "given_at", "due_at", "state", "acknowledged_at", "done_at"), "public"
    )

    class State(models.TextChoices):
        GIVEN = "given", "未确认"
        ACKNOWLEDGED = "acknowledged", "已确认"
        DONE = "done", "已完成"
        ENDED = "ended", "随预案解除"

    emergency = models.ForeignKey(Emergency, on_delete=models.PROTECT, related_name="tasks")
    code = models.CharField(max_length=40)
    role = models.CharField(max_length=30)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="emergency_tasks")
    given_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.GIVEN)
    acknowledged_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "state"], name="emergency_task_of")]
        constraints = [models.UniqueConstraint(fields=["emergency", "code", "account"], name="emergency_task_once")]


class EmergencyEntry(Guarded):
    """The log of an emergency, in order; appended only."""

    SENSITIVITY = dict.fromkeys(("id", "uuid", "emergency", "kind", "task", "by", "at"), "public") | {"note": "incident"}

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    emergency = models.ForeignKey(Emergency, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12)
    task = models.ForeignKey(EmergencyTask, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = SealedField(null=True)

    class Meta:
        ordering = ["id"]

    def sealed_subject(self) -> str:
        return "school"
