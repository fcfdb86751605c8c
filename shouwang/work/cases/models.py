"""One open case per student. Its strands say what it is about; each carries the categories one must be allowed to see to read it.

Words (plans, notes, outcomes, answers) are sealed with the student's key. Everything here is written by cases.actions only.
"""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField
from shouwang.trust.vault.fields import SealedField
from shouwang.work.cases import states
from shouwang.work.playbooks.procedure import DOMAINS, OUTPUTS

ACCOUNT = settings.AUTH_USER_MODEL


def _choices(table: dict[str, tuple[str, str]]) -> list[tuple[str, str]]:
    return [(code, pair[0]) for code, pair in table.items()]


class Case(Guarded):
    """Everything that is done about one student now. `domain`, `level`, `categories`: of the strand it began with."""

    # "of the case": readable by whoever may read every category in `categories`; presence by whoever may know of one (matrix: know).
    SENSITIVITY = (
        dict.fromkeys(("id", "uuid", "categories", "lead", "supervisor", "opened_at", "opened_by", "closed_at", "closed_by"), "public")
        | dict.fromkeys(("state", "paused_until", "pause_reason", "plan_state", "outcome", "merged_into"), "of the case")
        | dict.fromkeys(("domain", "level", "origin", "origin_ref", "plan", "summary"), "of the case")
        | {"student": "identity", "unit_path": "identity", "dorm_path": "life"}
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    student = models.ForeignKey("people.Student", on_delete=models.PROTECT, related_name="cases")
    unit_path = PathField("组织路径")
    dorm_path = PathField("宿舍路径", blank=True)
    domain = models.CharField("领域", max_length=20, choices=_choices(DOMAINS))
    level = models.PositiveSmallIntegerField("级别")
    categories = models.PositiveIntegerField("信息类别")
    origin = models.CharField("来源", max_length=12, choices=_choices(states.ORIGINS))
    origin_ref = models.CharField("来源编号", max_length=60, blank=True)
    lead = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="led_cases")
    supervisor = models.ForeignKey(ACCOUNT, null=True, on_delete=models.PROTECT, related_name="supervised_cases")
    state = models.CharField("状态", max_length=8, choices=_choices(states.CASE_STATES), default="open")
    plan = SealedField(null=True)
    plan_state = models.CharField("方案", max_length=10, blank=True, choices=_choices(states.APPROVAL_STATES))
    paused_until = models.DateField("暂停到", null=True)
    pause_reason = models.CharField("暂停原因", max_length=12, blank=True, choices=_choices(states.PAUSE_REASONS))
    outcome = models.CharField("结果", max_length=16, blank=True, choices=_choices(states.OUTCOMES))
    summary = SealedField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    opened_at = models.DateTimeField("开始时刻")
    opened_by = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField("结案时刻", null=True)
    closed_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student"], condition=Q(closed_at=None), name="case_one_open_per_student"),
            models.CheckConstraint(condition=Q(state__in=("closed", "merged")) ^ Q(closed_at=None), name="case_closed_at"),
            models.CheckConstraint(condition=Q(state="closed") | Q(outcome=""), name="case_outcome_when_closed"),
            models.CheckConstraint(condition=Q(state="paused") ^ Q(paused_until=None), name="case_paused_until"),
            models.CheckConstraint(condition=Q(state="merged") ^ Q(merged_into=None), name="case_merged_into"),
        ]
        indexes = [
            models.Index(fields=["unit_path", "state", "level"], name="case_by_unit"),
            models.Index(fields=["dorm_path", "state"], name="case_by_dorm"),
            models.Index(fields=["lead", "state"], name="case_by_lead"),
        ]

    @property
    def ref(self) -> str:
        return f"case:{self.pk}"

    @property
    def number(self) -> str:
        return f"{self.opened_at:%Y}-{self.pk:05d}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def url(self) -> str:
        return f"/cases/{self.pk}/"

    def sealed_subject(self) -> str:
        return f"student:{self.student_id}"


class Strand(Guarded):
    """One matter within a case: what raised it, under which procedure it is handled, and who may read it."""

    SENSITIVITY = dict.fromkeys(("id", "case", "categories", "opened_at", "opened_by", "ended_at", "raised_by"), "public") | dict.fromkeys(
        ("domain", "level", "origin", "origin_ref", "playbook"), "of the strand"
    )

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="strands")
    domain = models.CharField("领域", max_length=20, choices=_choices(DOMAINS))
    level = models.PositiveSmallIntegerField("级别")
    categories = models.PositiveIntegerField("信息类别")
    origin = models.CharField("来源", max_length=12, choices=_choices(states.ORIGINS))
    origin_ref = models.CharField("来源编号", max_length=60, blank=True)
    playbook = models.ForeignKey("playbooks.PlaybookVersion", null=True, on_delete=models.PROTECT, related_name="strands")
    raised_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("开始时刻")
    opened_by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField("结束时刻", null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["origin_ref"], name="strand_by_origin")]


class Link(Guarded):
    """An alert, a report or a referral that joined the case. What it says is shown by its own room to whoever may see it there."""

    SENSITIVITY = dict.fromkeys(("id", "case", "strand", "ref", "linked_at", "linked_by"), "of the strand")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="links")
    ref = models.CharField(max_length=60)
    linked_at = models.DateTimeField()
    linked_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "ref"], name="case_link_once")]
        indexes = [models.Index(fields=["ref"], name="case_link_by_ref")]


class Member(Guarded):
    """Who is on the team, in which part: R works on it, A answers for it, C is asked, I is told. R, A and C read by a timed grant."""

    SENSITIVITY = dict.fromkeys(("id", "case", "strand", "account", "part", "since", "until"), "public")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="members")
    strand = models.ForeignKey(Strand, null=True, on_delete=models.PROTECT, related_name="members")
    account = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="case_parts")
    part = models.CharField("职责", max_length=1, choices=_choices(states.PARTS))
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "account", "part"], condition=Q(until=None, strand=None), name="case_member_once"),
            models.UniqueConstraint(
                fields=["strand", "account", "part"], condition=Q(until=None, strand__isnull=False), name="strand_member_once"
            ),
        ]
        indexes = [models.Index(fields=["account", "until"], name="case_member_by_account")]


class CaseStep(Guarded):
    """A step that has begun: exactly one person answers for it. `code` and `round`: of the procedure; empty for a step added by hand."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "case", "strand", "categories", "responsible", "state", "within", "clock", "ladder", "begun_at", "begun_by"),
        "public",
    ) | dict.fromkeys(
        ("code", "round", "title", "title_en", "output", "origin", "decision", "done_at", "done_by", "skipped", "words"), "of the casestep"
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="steps")
    categories = models.PositiveIntegerField("信息类别")
    code = models.CharField(max_length=64, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    title = models.CharField("步骤", max_length=120)
    title_en = models.CharField("英文", max_length=200, blank=True)
    output = models.CharField("产出", max_length=12, choices=_choices(OUTPUTS))
    origin = models.CharField("来自", max_length=60, blank=True)
    responsible = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="case_steps")
    within = models.CharField("期限", max_length=20)
    clock = models.CharField("计时", max_length=8, default="service")
    ladder = models.CharField("逾期阶梯", max_length=20, default="standard")
    state = models.CharField("状态", max_length=10, choices=_choices(states.STEP_STATES), default="open")
    begun_at = models.DateTimeField("开始时刻")
    begun_by = models.BigIntegerField(null=True)
    done_at = models.DateTimeField("完成时刻", null=True)
    done_by = models.BigIntegerField(null=True)
    decision = models.CharField("决定", max_length=30, blank=True)
    skipped = models.CharField("不做的原因", max_length=12, blank=True, choices=_choices(states.SKIP_REASONS))
    words = SealedField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["strand", "code", "round"], condition=~Q(code=""), name="case_step_begun_once"),
            models.CheckConstraint(condition=Q(state="done") ^ Q(done_at=None), name="case_step_done_at"),
            models.CheckConstraint(condition=Q(state="skipped") ^ Q(skipped=""), name="case_step_skipped_why"),
        ]
        indexes = [
            models.Index(fields=["responsible", "state"], name="case_step_by_owner"),
            models.Index(fields=["case", "state"], name="case_step_by_case"),
        ]

    @property
    def ref(self) -> str:
        return f"step:{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in states.STEP_LIVE

    def sealed_subject(self) -> str:
        return f"student:{self.case.student_id}"


class Note(Guarded):
    """What somebody wrote about the matter, for those who may read its categories."""

    SENSITIVITY = dict.fromkeys(("id", "uuid", "case", "strand", "categories", "written_by", "written_at"), "public") | {
        "words": "of the note"
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="notes")
    categories = models.PositiveIntegerField("信息类别")
    words = SealedField()
    written_by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def sealed_subject(self) -> str:
        return f"student:{self.case.student_id}"


class Document(Guarded):
    """A file of the case, encrypted with the student's key."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "case", "strand", "categories", "kind", "size", "sha256", "added_by", "added_at"), "public"
    ) | {"name": "of the document"}

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="documents")
    categories = models.PositiveIntegerField("信息类别")
    name = SealedField()
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def sealed_subject(self) -> str:
        return f"student:{self.case.student_id}"

    @property
    def place(self) -> str:
        """Where the file lies below the data folder, and what it is bound to."""
        return f"cases/{self.uuid.hex[:2]}/{self.uuid.hex}.sealed"


class Goal(Guarded):
    """What shall be reached by when."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "case", "strand", "categories", "due_on", "state", "set_by", "set_at", "judged_by"), "public"
    ) | {
        "judged_at": "public",
        "words": "of the case",
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="goals")
    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="goals")
    categories = models.PositiveIntegerField("信息类别")
    words = SealedField()
    due_on = models.DateField("到何日")
    state = models.CharField("状态", max_length=8, choices=_choices(states.GOAL_STATES), default="open")
    set_by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    judged_by = models.BigIntegerField(null=True)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_on", "pk"]

    def sealed_subject(self) -> str:
        return f"student:{self.case.student_id}"

    def is_late(self, today: date) -> bool:
        return self.state == "open" and self.due_on < today


class Referral(Guarded):
    """Another department is asked to take something on: it accepts, declines with a reason, or later gives it back with an answer."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "case", "strand", "categories", "role", "to", "state", "asked_by", "asked_at", "answered_by", "answered_at", "step"),
        "public",
    ) | dict.fromkeys(("words", "answer"), "of the strand")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals")
    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="referrals")
    categories = models.PositiveIntegerField("信息类别")
    role = models.CharField("转介给", max_length=30)
    to = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="case_referrals")
    words = SealedField()
    state = models.CharField("状态", max_length=10, choices=_choices(states.REFERRAL_STATES), default="sent")
    asked_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = SealedField(null=True)
    answered_by = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    step = models.ForeignKey(CaseStep, null=True, on_delete=models.PROTECT, related_name="referrals")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["to", "state"], name="referral_by_receiver"),
            models.Index(fields=["role", "state"], name="referral_by_role"),
        ]

    @property
    def ref(self) -> str:
        return f"referral:{self.pk}"

    def sealed_subject(self) -> str:
        return f"student:{self.case.student_id}"


class Approval(Guarded):
    """Somebody else's word is asked for: of the plan, of closing, or a second opinion. Nobody answers their own question."""

    SENSITIVITY = dict.fromkeys(
        ("id", "uuid", "case", "categories", "kind", "state", "asked_by", "asked_of", "asked_at", "answered_at"), "public"
    ) | dict.fromkeys(("words", "answer", "outcome"), "of the case")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approvals")
    categories = models.PositiveIntegerField("信息类别")
    kind = models.CharField("事项", max_length=8, choices=_choices(states.APPROVAL_KINDS))
    outcome = models.CharField("拟定结果", max_length=16, blank=True, choices=_choices(states.OUTCOMES))
    words = SealedField(null=True)
    state = models.CharField("状态", max_length=10, choices=_choices(states.APPROVAL_STATES), default="asked")
    asked_by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    asked_of = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="case_approvals")
    asked_at = models.DateTimeField()
    answer = SealedField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(state="asked") & ~Q(kind="opinion"), name="case_approval_asked_once"
            ),
            models.CheckConstraint(condition=~Q(asked_by=models.F("asked_of")), name="case_approval_by_another"),
        ]
        indexes = [models.Index(fields=["asked_of", "state"], name="case_approval_by_asked")]

    @property
    def ref(self) -> str:
        return f"approval:{self.pk}"

    def sealed_subject(self) -> str:
        return f"student:{self.case.student_id}"


class CaseEvent(Guarded):
    """What happened, in order; appended only. `account`: whom it concerned besides whoever did it."""

    SENSITIVITY = dict.fromkeys(("id", "case", "strand", "categories", "kind", "by", "at", "account", "ref", "code"), "of the strand")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    strand = models.ForeignKey(Strand, null=True, on_delete=models.PROTECT, related_name="events")
    categories = models.PositiveIntegerField("信息类别")
    kind = models.CharField(max_length=24)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["case", "at"], name="case_event_by_case")]
