"""Official notices: what was written to whom, under which number, and whether the signed receipt came back.

The words of a letter are sealed with the student's key, and so is the copy of what was printed; numbers, states and days are not.
"""

import uuid

from django.db import models
from django.db.models import Q

from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField
from shouwang.trust.people.models import Guardian, Student, Unit
from shouwang.trust.vault.fields import SealedField
from shouwang.work.alerts.models import Alert


class Numbering(Guarded):
    """The last number given in a year: to the letters of a unit, or (no unit) to the receipts of the school."""

    SENSITIVITY = dict.fromkeys(("id", "year", "unit", "last"), "public")

    year = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "unit"], name="letters_numbered_by_year_and_unit"),
            models.UniqueConstraint(fields=["year"], condition=Q(unit=None), name="receipts_numbered_by_year"),
        ]


class Template(Guarded):
    """The school's own Word template of a kind of letter. The file lies sealed in the data folder under its uuid."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "kind", "version", "filename", "sha256", "size", "state", "made_by", "made_at", "used_by", "used_at", "retired_at"),
        "public",
    )

    class State(models.TextChoices):
        CHECKED = "checked", "已检查"
        IN_USE = "in_use", "使用中"
        RETIRED = "retired", "已停用"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    filename = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.CHECKED)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    used_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="letter_template_version_once"),
            models.UniqueConstraint(fields=["kind"], condition=Q(state="in_use"), name="one_letter_template_in_use"),
        ]

    @property
    def ref(self) -> str:
        return f"lettertemplate:{self.pk}"


class Batch(Guarded):
    """Letters that are drafted, looked at and issued together; a single letter is a batch of one.

    `bundle_sha256`: of the one file that holds them all, when it has been made; it is made anew whenever it is wanted and gone.
    """

    SENSITIVITY = dict.fromkeys(
        (
            "id",
            "uuid",
            "kind",
            "layout",
            "template",
            "within_days",
            "state",
            "total",
            "done",
            "trouble",
            "made_by",
            "made_at",
            "asked_at",
            "ended_at",
            "bundle_sha256",
        ),
        "public",
    )

    class State(models.TextChoices):
        DRAFT = "draft", "拟稿"
        ISSUING = "issuing", "正在发出"
        DONE = "done", "已发出"
        DROPPED = "dropped", "已放弃"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=40)
    layout = models.CharField(max_length=64)  # fingerprint of kind, wording and page
    template = models.ForeignKey(Template, null=True, on_delete=models.PROTECT, related_name="batches")
    within_days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    bundle_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-made_at"])]

    @property
    def ref(self) -> str:
        return f"letters:{self.pk}"


class Letter(Guarded):
    """One notice to one student or guardian. A number once given stays with its letter, voided or not."""

    SENSITIVITY = (
        dict.fromkeys(
            ("id", "uuid", "batch", "kind", "addressee", "unit", "year", "number", "receipt", "categories", "state", "case_ref"), "public"
        )
        | dict.fromkeys(("owner", "issued_at", "issued_by", "due_at", "returned_on", "returned_at", "returned_by", "outcome"), "public")
        | dict.fromkeys(("voided_at", "voided_by", "copy_format", "copy_sha256"), "public")
        | {"student": "identity", "unit_path": "identity", "dorm_path": "life", "guardian": "family", "level": "of the alert"}
        | {"words": "of the alert", "remark": "of the alert", "void_reason": "of the alert"}
    )

    class State(models.TextChoices):
        DRAFT = "draft", "拟稿"
        ISSUED = "issued", "等回执"
        RETURNED = "returned", "回执已收"
        VOIDED = "voided", "已作废"
        DROPPED = "dropped", "未发出"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=40)
    addressee = models.CharField(max_length=8, choices=[("student", "同学"), ("guardian", "监护人")])
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="letters")
    guardian = models.ForeignKey(Guardian, null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    unit_path = PathField()
    dorm_path = PathField(blank=True)
    categories = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField(default=0)
    case_ref = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    year = models.PositiveSmallIntegerField(null=True)
    number = models.PositiveIntegerField(null=True)
    receipt = models.CharField(max_length=16, null=True, unique=True)
    words = SealedField()
    owner = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True)
    issued_by = models.BigIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    returned_on = models.DateField(null=True)
    returned_at = models.DateTimeField(null=True)
    returned_by = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=8, blank=True)
    remark = SealedField(null=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.BigIntegerField(null=True)
    void_reason = SealedField(null=True)
    copy_format = models.CharField(max_length=4, blank=True)
    copy_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit_path", "state", "due_at"], name="letter_by_unit"),
            models.Index(fields=["batch", "state", "id"], name="letter_by_batch"),
            models.Index(fields=["student", "-issued_at"], name="letter_by_student"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "number"], name="letter_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "dropped")) ^ Q(number__isnull=False), name="letter_numbered_when_issued"
            ),
            models.CheckConstraint(condition=Q(number=None) ^ Q(issued_at__isnull=False), name="letter_issued_with_its_moment"),
            models.CheckConstraint(condition=Q(outcome="") ^ Q(returned_at__isnull=False), name="letter_receipt_with_its_outcome"),
            models.CheckConstraint(condition=~Q(state="returned") | Q(returned_at__isnull=False), name="letter_returned_with_its_moment"),
            models.CheckConstraint(condition=Q(state="voided") ^ Q(voided_at=None), name="letter_voided_with_its_moment"),
        ]

    @property
    def ref(self) -> str:
        return f"letter:{self.pk}"

    def sealed_subject(self) -> str:
        return f"student:{self.student_id}"


class LetterAlert(Guarded):
    """Which alerts a letter speaks of."""

    SENSITIVITY = {"id": "public", "letter": "public", "alert": "of the alert"}

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="about")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="letters")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "alert"], name="letter_about_an_alert_once")]
