"""Break-glass, consents and disclosures. Reasons, notes and the names of outsiders are sealed; the rest says who, whom, what, until when."""

import uuid

from django.db import models
from django.db.models import F, Q

from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.models import Guardian, Student
from shouwang.trust.vault.fields import SealedField


class BreakGlass(Guarded):
    """Somebody without a right asks to read a student's file for some hours, and why. Afterwards the data steward judges it."""

    SENSITIVITY = (
        dict.fromkeys(
            ("id", "uuid", "asked_by", "categories", "hours", "asked_at", "needs_second", "state", "decided_by", "decided_at"), "public"
        )
        | dict.fromkeys(("until", "ended_at", "ended_by", "reviewed_by", "reviewed_at", "verdict"), "public")
        | {"student": "identity", "reason": "incident", "note": "incident"}
    )

    class State(models.TextChoices):
        ASKED = "asked", "等第二人同意"
        OPEN = "open", "已打开"
        REFUSED = "refused", "未同意"
        ENDED = "ended", "已结束"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="break_glasses")
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    categories = models.PositiveIntegerField()
    reason = SealedField()
    hours = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    needs_second = models.BooleanField()
    state = models.CharField(max_length=8, choices=State.choices)
    decided_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=12, blank=True, choices=[("justified", "有正当理由"), ("unjustified", "理由不成立")])
    note = SealedField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "until"]), models.Index(fields=["asked_by", "-asked_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(hours__gte=1, hours__lte=24), name="glass_for_a_day_at_most"),
            models.CheckConstraint(
                condition=Q(needs_second=False) | Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="glass_second_person"
            ),
            models.CheckConstraint(condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("asked_by")), name="glass_not_judged_by_oneself"),
            models.CheckConstraint(condition=Q(verdict="") ^ Q(reviewed_at__isnull=False), name="glass_verdict_with_its_moment"),
        ]

    @property
    def ref(self) -> str:
        return f"breakglass:{self.pk}"

    def sealed_subject(self) -> str:
        return f"student:{self.student_id}"


class GlassNotice(Guarded):
    """Who was told at once that a glass was broken, and when they took note; notifications brings it to them."""

    SENSITIVITY = dict.fromkeys(("id", "glass", "account", "told_at", "seen_at"), "public")

    glass = models.ForeignKey(BreakGlass, on_delete=models.PROTECT, related_name="notices")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["glass", "account"], name="glass_told_once")]


class Consent(Guarded):
    """A student or a guardian agreed that fields go to a recipient for a purpose. Withdrawn at any time, with effect at once."""

    SENSITIVITY = dict.fromkeys(
        ("id", "given_by", "how", "given_on", "recorded_by", "recorded_at", "withdrawn_at", "withdrawn_by"), "public"
    ) | {
        "student": "identity",
        "guardian": "family",
    }

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="consents")
    given_by = models.CharField(max_length=8, choices=[("student", "同学本人"), ("guardian", "监护人")])
    guardian = models.ForeignKey(Guardian, null=True, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=8, choices=[("paper", "书面"), ("present", "当面"), ("phone", "电话"), ("online", "线上")])
    given_on = models.DateField()
    recorded_by = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.BigIntegerField(null=True)


class Disclosure(Guarded):
    """Exactly these fields of these students, to one recipient, for one purpose, until a day. `outsider`: a named person without account."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "purpose", "basis", "recipient", "until", "state", "made_by", "made_at", "sent_at", "ended_at", "ended_by"), "public"
    ) | {"outsider": "contact", "remark": "incident"}

    class State(models.TextChoices):
        DRAFT = "draft", "未发出"
        SENT = "sent", "有效"
        ENDED = "ended", "已结束"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    purpose = models.CharField(max_length=12)
    basis = models.CharField(max_length=12)
    recipient = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="disclosures")
    outsider = SealedField(null=True)
    remark = SealedField(null=True)
    until = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["recipient", "state"]), models.Index(fields=["state", "until"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient=None, outsider__isnull=False) | Q(recipient__isnull=False, outsider=None),
                name="disclosure_to_one_recipient",
            )
        ]

    @property
    def ref(self) -> str:
        return f"disclosure:{self.pk}"

    def sealed_subject(self) -> str:
        return "school"


class DisclosedStudent(Guarded):
    SENSITIVITY = {"id": "public", "disclosure": "public", "student": "identity", "consent": "public"}

    disclosure = models.ForeignKey(Disclosure, on_delete=models.PROTECT, related_name="students")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="disclosed")
    consent = models.ForeignKey(Consent, null=True, on_delete=models.PROTECT, related_name="disclosed")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["disclosure", "student"], name="disclosed_student_once")]


class DisclosedField(Guarded):
    """One field: `student.phone`, `guardian.name`, or table and column of the data standard (`score.result`)."""

    SENSITIVITY = dict.fromkeys(("id", "disclosure", "field"), "public")

    disclosure = models.ForeignKey(Disclosure, on_delete=models.PROTECT, related_name="fields")
    field = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["disclosure", "field"], name="disclosed_field_once")]
