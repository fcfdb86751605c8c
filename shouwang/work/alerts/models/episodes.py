"""The episodes runs leave behind, with their values and what people did. Written only by alerts.actions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField
from shouwang.work.alerts.models.rulebook import RuleVersion
from shouwang.work.alerts.models.runs import Run


class Alert(Guarded):
    """One student and one rule: an episode that opens, is refreshed, clears and reopens. Sensitivity: that of `categories`."""

    # "of the alert": readable by whoever may read every category in `categories`.
    SENSITIVITY = (
        dict.fromkeys(
            (
                "id",
                "categories",
                "state",
                "term",
                "opened_on",
                "last_fired_on",
                "episodes",
                "false_runs",
                "false_on",
                "unknown_since",
                "run",
                "values_run",
                "dismissed_run",
                "snoozed_until",
                "cleared_on",
            ),
            "public",
        )
        | {"student": "identity", "unit_path": "identity", "dorm_path": "life"}
        | dict.fromkeys(("rule_code", "rule_version", "domain", "level", "weight", "dismissed_reason"), "of the alert")
    )

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        ACKNOWLEDGED = "acknowledged", "已确认"
        SNOOZED = "snoozed", "已暂缓"
        DISMISSED = "dismissed", "已排除"
        CLEARED = "cleared", "已解除"

    student = models.ForeignKey("people.Student", on_delete=models.PROTECT, related_name="alerts")
    unit_path = PathField("组织路径")
    dorm_path = PathField("宿舍路径", blank=True)
    rule_code = models.CharField("规则编号", max_length=64)
    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="alerts")
    domain = models.CharField("领域", max_length=32)
    level = models.PositiveSmallIntegerField("级别")
    weight = models.PositiveSmallIntegerField("权重")
    categories = models.PositiveIntegerField("信息类别")
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.OPEN)
    term = models.PositiveIntegerField("学期")
    opened_on = models.DateField("本次开始日")
    last_fired_on = models.DateField("最近触发日")
    episodes = models.PositiveSmallIntegerField("第几次", default=1)
    false_runs = models.PositiveSmallIntegerField("连续不再成立的次数", default=0)
    false_on = models.DateField("最近一次不成立的评估日", null=True)
    unknown_since = models.DateField("从何日起无法判断", null=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="alerts")
    values_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    dismissed_run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")
    dismissed_reason = models.CharField("排除原因", max_length=24, blank=True)
    snoozed_until = models.DateField("暂缓到", null=True)
    cleared_on = models.DateField("解除日", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "rule_code"], name="alert_once"),
            models.CheckConstraint(condition=Q(state="snoozed") ^ Q(snoozed_until=None), name="alert_snoozed_until"),
            models.CheckConstraint(condition=Q(state="cleared") ^ Q(cleared_on=None), name="alert_cleared_on"),
            models.CheckConstraint(condition=Q(state="dismissed") ^ Q(dismissed_run=None), name="alert_dismissed_run"),
            models.CheckConstraint(condition=Q(state="dismissed") ^ Q(dismissed_reason=""), name="alert_dismissed_reason"),
            models.CheckConstraint(condition=Q(last_fired_on__gte=F("opened_on")), name="alert_fired_after_opening"),
        ]
        indexes = [
            models.Index(fields=["unit_path", "state", "level"], name="alert_by_unit"),
            models.Index(fields=["dorm_path", "state", "level"], name="alert_by_dorm"),
            # With what decides who may see a row: what a reader may not see is passed over without a look at the table.
            models.Index(fields=["state", "level", "opened_on", "id", "unit_path", "categories"], name="alert_by_urgency"),
            models.Index(fields=["rule_code", "state"], name="alert_by_rule"),
        ]

    @property
    def is_active(self) -> bool:
        return self.state not in (self.State.CLEARED, self.State.DISMISSED)


class AlertValue(Guarded):
    """An indicator's value behind an alert, written when the alert opens and when a value changes. Null is unknown, not zero."""

    SENSITIVITY = dict.fromkeys(("id", "alert", "run", "indicator", "value"), "of the alert")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="values")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    indicator = models.CharField("指标", max_length=64)
    value = models.FloatField("值", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "run", "indicator"], name="alert_value_once")]


class AlertEvent(Guarded):
    """What happened to an alert, in order. Appended only."""

    SENSITIVITY = dict.fromkeys(("id", "alert", "kind", "run", "by", "at", "reason", "until"), "of the alert")

    class Kind(models.TextChoices):
        OPENED = "opened", "触发"
        REOPENED = "reopened", "再次触发"
        WORSENED = "worsened", "数值加重，重新打开"
        CLEARED = "cleared", "条件不再成立，解除"
        WITHDRAWN = "withdrawn", "规则停用或学生离校，撤下"
        RETRACTED = "retracted", "依据的数据已撤回，撤下"
        WOKEN = "woken", "暂缓到期"
        ACKNOWLEDGED = "acknowledged", "确认收到"
        DISMISSED = "dismissed", "排除"
        SNOOZED = "snoozed", "暂缓"
        RETURNED = "returned", "放回待处理"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField("事件", max_length=12, choices=Kind.choices)
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时刻")
    reason = models.CharField("原因", max_length=24, blank=True)
    until = models.DateField("到何日", null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["kind", "at"], name="alert_event_by_kind")]
