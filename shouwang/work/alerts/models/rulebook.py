"""Rules in force and what they say. Written only by alerts.actions."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from shouwang.common.levels import LEVELS
from shouwang.trust.ledger.guard import Guarded


class RuleVersion(Guarded):
    """A rule as it was published. A rule is never edited: each edit is the next version. Sensitivity: none of a person."""

    SENSITIVITY = dict.fromkeys(
        (
            "id",
            "code",
            "version",
            "title",
            "title_en",
            "condition",
            "level",
            "weight",
            "domain",
            "playbook",
            "preset",
            "source",
            "family",
            "categories",
            "fingerprint",
            "text_fingerprint",
            "published_at",
            "published_by",
            "retired_at",
        ),
        "public",
    )

    code = models.CharField("编号", max_length=64)
    version = models.PositiveIntegerField("版本")
    title = models.CharField("名称", max_length=120)
    title_en = models.CharField("英文名称", max_length=200, blank=True)
    condition = models.TextField("条件")
    level = models.PositiveSmallIntegerField("级别", choices=[(level.number, level.zh) for level in LEVELS if level.number])
    weight = models.PositiveSmallIntegerField("权重")
    domain = models.CharField("领域", max_length=32)
    playbook = models.CharField("处置流程", max_length=64, blank=True)
    preset = models.CharField("来自预设", max_length=64, blank=True)
    source = models.TextField("依据", blank=True)
    family = models.CharField("同类规则", max_length=64, blank=True)
    categories = models.PositiveIntegerField("信息类别")
    fingerprint = models.CharField("数据指纹", max_length=64)
    text_fingerprint = models.CharField("文字指纹", max_length=64)
    published_at = models.DateTimeField("发布时刻")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField("停用时刻", null=True)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="rule_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(retired_at=None), name="rule_one_in_force"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=4), name="rule_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class RuleReason(Guarded):
    """One sentence a rule says when its condition, or `condition` if given, holds."""

    SENSITIVITY = dict.fromkeys(("id", "rule", "position", "zh", "en", "condition"), "public")

    rule = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="reasons")
    position = models.PositiveSmallIntegerField("次序")
    zh = models.TextField("说明句")
    en = models.TextField("英文说明句")
    condition = models.TextField("何时说", blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["rule", "position"], name="rule_reason_once")]
