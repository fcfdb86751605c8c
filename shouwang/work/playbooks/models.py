"""Procedures as they were published. Never edited: each edit is the next version, and a case keeps the version it began with."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from shouwang.trust.ledger.guard import Guarded
from shouwang.work.playbooks.procedure import CLOCKS, DOMAINS, LADDERS, OUTPUTS


def _choices(table: dict[str, tuple[str, str]]) -> list[tuple[str, str]]:
    return [(code, pair[0]) for code, pair in table.items()]


class PlaybookVersion(Guarded):
    """One version of a procedure. Sensitivity: none of a person."""

    SENSITIVITY = dict.fromkeys(
        ("id", "code", "version", "title", "title_en", "about", "about_en", "domain", "lead", "lead_instead", "supervisor", "approval")
        + ("kinds", "source", "is_shipped", "fingerprint", "text_fingerprint", "published_at", "published_by", "retired_at"),
        "public",
    )

    code = models.CharField("编号", max_length=64)
    version = models.PositiveIntegerField("版本")
    title = models.CharField("名称", max_length=120)
    title_en = models.CharField("英文名称", max_length=200, blank=True)
    about = models.TextField("用途", blank=True)
    about_en = models.TextField("英文用途", blank=True)
    domain = models.CharField("领域", max_length=20, choices=_choices(DOMAINS))
    lead = models.CharField("主责角色", max_length=30)
    lead_instead = models.CharField("主责替补角色", max_length=120, blank=True)
    supervisor = models.CharField("审批角色", max_length=30)
    approval = models.BooleanField("结案须审批", default=False)
    kinds = models.CharField("信息类别", max_length=200, blank=True)
    source = models.TextField("依据", blank=True)
    is_shipped = models.BooleanField("随平台提供", default=False)
    fingerprint = models.CharField("内容指纹", max_length=64)
    text_fingerprint = models.CharField("文字指纹", max_length=64)
    published_at = models.DateTimeField("发布时刻")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField("停用时刻", null=True)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="playbook_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(retired_at=None), name="playbook_one_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Step(Guarded):
    """One step: exactly one responsible role, a term, an output."""

    SENSITIVITY = dict.fromkeys(
        (
            "id",
            "playbook",
            "position",
            "code",
            "title",
            "title_en",
            "how",
            "how_en",
            "responsible",
            "within",
            "clock",
            "output",
            "ladder",
            "kinds",
        ),
        "public",
    )

    playbook = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField("次序")
    code = models.CharField("编号", max_length=64)
    title = models.CharField("名称", max_length=120)
    title_en = models.CharField("英文名称", max_length=200, blank=True)
    how = models.TextField("怎么做", blank=True)
    how_en = models.TextField("英文怎么做", blank=True)
    responsible = models.CharField("责任角色", max_length=30)
    within = models.CharField("期限", max_length=20)
    clock = models.CharField("计时", max_length=8, choices=_choices(CLOCKS))
    output = models.CharField("产出", max_length=12, choices=_choices(OUTPUTS))
    ladder = models.CharField("逾期阶梯", max_length=20, choices=_choices(LADDERS))
    kinds = models.CharField("信息类别", max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["playbook", "code"], name="playbook_step_once"),
            models.CheckConstraint(condition=~Q(responsible=""), name="playbook_step_has_an_owner"),
        ]


class StepRole(Guarded):
    """A further role at a step: who stands in (D), is consulted (C), is informed (I)."""

    SENSITIVITY = dict.fromkeys(("id", "step", "part", "role", "position"), "public")

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="roles")
    part = models.CharField(max_length=1, choices=[("D", "替补"), ("C", "协商"), ("I", "知会")])
    role = models.CharField(max_length=30)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["part", "position"]
        constraints = [models.UniqueConstraint(fields=["step", "part", "role"], name="playbook_step_role_once")]


class StepDecision(Guarded):
    """What can be decided at the end of a step."""

    SENSITIVITY = dict.fromkeys(("id", "step", "position", "code", "title", "title_en"), "public")

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="decisions")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=30)
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["step", "code"], name="playbook_decision_once")]


class StepAfter(Guarded):
    """A step follows another, or one decision of it; `before` null: it begins with the procedure."""

    SENSITIVITY = dict.fromkeys(("id", "step", "before", "decision", "position"), "public")

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="after")
    before = models.ForeignKey(Step, null=True, on_delete=models.CASCADE, related_name="leads_to")
    decision = models.CharField(max_length=30, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["step", "before", "decision"], name="playbook_after_once")]
