"""Deliveries: what came in, how it was read, what was found, what became of it. The batch id of facts is the id of a Delivery.

A quoted cell (`example`) is as sensitive as the file and shown only to whoever may see the delivery; the rest is about files and work.
"""

import uuid

from django.conf import settings
from django.db import models

from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField
from shouwang.trust.vault.fields import SealedField

STATES = [
    ("received", "已收到"),
    ("recognised", "已识别"),
    ("checked", "已检查"),
    ("previewed", "待确认"),
    ("accepting", "正在接收"),
    ("accepted", "已接收"),
    ("refused", "已退回"),
    ("retracted", "已撤回"),
    ("failed", "无法读取"),
]


class Delivery(Guarded):
    """One file for one table. Its id is the batch id in the facts; the database alone says which batches live."""

    SENSITIVITY = dict.fromkeys((
        "id", "table", "department", "unit", "filename", "sha256", "size", "raw_name", "twin", "state", "trouble", "scope_text",
        "standard_version", "basis", "rows_total", "rows_good", "rows_bad", "rows_new", "rows_changed", "rows_unchanged", "rows_gone",
        "rows_repeated", "rows_ignored", "problems", "students", "students_unknown", "alerts_raised", "alerts_cleared",
        "first_on", "last_on", "received_by", "received_at", "accepted_by",
        "accepted_at", "refused_by", "refused_at", "refused_reason", "retracted_by", "retracted_at", "retracted_reason",
        "confirmed_gates",
    ), "public")  # fmt: skip

    table = models.CharField(max_length=40, blank=True)
    department = models.CharField(max_length=40, blank=True)
    unit = models.ForeignKey("people.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    raw_name = models.CharField(max_length=80, blank=True)
    twin = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=STATES)
    trouble = models.CharField(max_length=500, blank=True)
    scope_text = models.CharField(max_length=300, blank=True)
    standard_version = models.CharField(max_length=64, blank=True)
    basis = models.CharField(max_length=64, blank=True)

    rows_total = models.IntegerField(default=0)
    rows_good = models.IntegerField(default=0)
    rows_bad = models.IntegerField(default=0)
    rows_new = models.IntegerField(default=0)
    rows_changed = models.IntegerField(default=0)
    rows_unchanged = models.IntegerField(default=0)
    rows_gone = models.IntegerField(default=0)
    rows_repeated = models.IntegerField(default=0)
    rows_ignored = models.IntegerField(default=0)
    problems = models.IntegerField(default=0)
    students = models.IntegerField(default=0)
    students_unknown = models.IntegerField(default=0)
    alerts_raised = models.IntegerField(null=True, blank=True)
    alerts_cleared = models.IntegerField(null=True, blank=True)
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)

    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    refused_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=300, blank=True)
    retracted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    retracted_at = models.DateTimeField(null=True, blank=True)
    retracted_reason = models.CharField(max_length=300, blank=True)
    confirmed_gates = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="delivery_accepted_pair",
                condition=models.Q(accepted_at__isnull=False) | ~models.Q(state__in=["accepted", "retracted"]),
            ),
            models.CheckConstraint(name="delivery_refused_pair", condition=models.Q(refused_at__isnull=False) | ~models.Q(state="refused")),
            models.CheckConstraint(
                name="delivery_retracted_pair", condition=models.Q(retracted_at__isnull=False) | ~models.Q(state="retracted")
            ),
        ]
        indexes = [
            models.Index(fields=["state", "table"]),
            models.Index(fields=["table", "-id"]),
            models.Index(fields=["sha256"]),
        ]


class Progress(models.Model):
    """What a job is doing with a delivery right now; empty `job` when nobody works on it. No history: after a kill `let_go` empties it."""

    QUEUED = "queued"

    SENSITIVITY = dict.fromkeys(("delivery", "job", "step", "done", "total"), "public")

    delivery = models.OneToOneField(Delivery, primary_key=True, on_delete=models.CASCADE, related_name="progress")
    job = models.CharField(max_length=12, blank=True)
    step = models.CharField(max_length=40, blank=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)


class DeliverySheet(Guarded):
    """One sheet of the file as it was recognised; the row numbers are those the user sees in Excel."""

    SENSITIVITY = dict.fromkeys(
        (
            "id",
            "delivery",
            "number",
            "name",
            "table",
            "used",
            "header_first",
            "header_last",
            "first_row",
            "last_row",
            "confidence",
            "note",
            "from_title",
        ),
        "public",
    )

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="sheets")
    number = models.SmallIntegerField()
    name = models.CharField(max_length=120, blank=True)
    table = models.CharField(max_length=40, blank=True)
    used = models.BooleanField(default=True)
    header_first = models.IntegerField(default=0)
    header_last = models.IntegerField(default=0)
    first_row = models.IntegerField(default=0)
    last_row = models.IntegerField(default=0)
    confidence = models.FloatField(default=0)
    note = models.CharField(max_length=300, blank=True)
    from_title = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="sheet_once")]
        ordering = ["number"]


class DeliveryColumn(Guarded):
    """One heading of a sheet and the column of the standard it is read as ('' = not used)."""

    SENSITIVITY = dict.fromkeys(("id", "sheet", "position", "heading", "column", "by_hand"), "public")

    sheet = models.ForeignKey(DeliverySheet, on_delete=models.CASCADE, related_name="columns")
    position = models.SmallIntegerField()
    heading = models.CharField(max_length=200)
    column = models.CharField(max_length=60, blank=True)
    by_hand = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "position"], name="column_once")]
        ordering = ["position"]


class ColumnMemory(Guarded):
    """What a department once said a heading means: suggested again with its next file."""

    SENSITIVITY = dict.fromkeys(("id", "department", "table", "heading", "column", "by", "at"), "public")

    department = models.CharField(max_length=40)
    table = models.CharField(max_length=40)
    heading = models.CharField(max_length=200)
    column = models.CharField(max_length=60, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "table", "heading"], name="heading_remembered_once")]


class ProblemCount(Guarded):
    """How often a check failed in one column, with one example; the cells themselves lie in a file beside the raw file."""

    COVERED = False  # counted again from the raw file
    SENSITIVITY = dict.fromkeys(("id", "delivery", "code", "column", "reason", "remedy", "n", "is_notice"), "public") | {
        "example": "identity"
    }

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="problem_counts")
    code = models.CharField(max_length=40)
    column = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300)
    remedy = models.CharField(max_length=300, blank=True)
    n = models.IntegerField()
    example = models.CharField(max_length=120, blank=True)
    is_notice = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "code", "column"], name="problem_counted_once")]
        ordering = ["-n", "code", "column"]


class Gate(Guarded):
    """A sentence in figures that must be confirmed explicitly before the delivery may be accepted."""

    SENSITIVITY = dict.fromkeys(("id", "delivery", "code", "sentence"), "public")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="gates")
    code = models.CharField(max_length=40)
    sentence = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "code"], name="gate_once")]
        ordering = ["id"]


class Coverage(Guarded):
    """How many different students of a class an accepted delivery speaks of: what share is covered, and which class is missing."""

    COVERED = False  # counted again from the batch
    SENSITIVITY = dict.fromkeys(("id", "delivery", "path", "students"), "public")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="coverage")
    path = PathField()
    students = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "path"], name="class_covered_once")]


class Head(models.Model):
    """One counter per table, raised by every acceptance and retraction: what was read at one count is only committed at that count."""

    SENSITIVITY = dict.fromkeys(("table", "version"), "public")

    table = models.CharField(max_length=40, primary_key=True)
    version = models.BigIntegerField(default=0)


class FreeText(Guarded):
    """What a person wrote in a cell of an accepted file: reason of a leave, words of a sanction. It lies here, encrypted, and never in the facts.

    It counts as its delivery does. It can be read again from the raw file, so the ledger covers that, not this.
    """

    COVERED = False
    SENSITIVITY = dict.fromkeys(("id", "uuid", "sid", "delivery", "sheet_no", "row_no", "column"), "public") | {"text": "communication"}

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    sid = models.IntegerField()
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="texts", db_index=False)
    sheet_no = models.SmallIntegerField()
    row_no = models.IntegerField()
    column = models.CharField(max_length=60)
    text = SealedField()

    class Meta:
        indexes = [models.Index(fields=["sid"])]
        constraints = [models.UniqueConstraint(fields=["delivery", "sheet_no", "row_no", "column"], name="text_of_a_cell_once")]

    def sealed_subject(self) -> str:
        return f"student:{self.sid}"
