"""Rules in force, runs, and the episodes they leave behind. Written only by alerts.actions; see README.md."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from shouwang.common.levels import LEVELS
from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField


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


class Snapshot(Guarded):
    """What was known when: the set of fact batches a run read."""

    SENSITIVITY = dict.fromkeys(("id", "digest"), "public")

    digest = models.CharField("摘要", max_length=64, unique=True)

    def __str__(self) -> str:
        return self.digest[:12]


class SnapshotBatch(Guarded):
    """One batch of a snapshot with the digests its files had. `batch_id` is a number in the facts, which outlive the delivery's row."""

    SENSITIVITY = dict.fromkeys(("id", "snapshot", "batch_id", "table", "sha256", "tomb_sha256"), "public")

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="batches")
    batch_id = models.PositiveBigIntegerField("批次")
    table = models.CharField("数据表", max_length=64)
    sha256 = models.CharField("文件摘要", max_length=64)
    tomb_sha256 = models.CharField("更正文件摘要", max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "batch_id"], name="snapshot_batch_once")]


class Definition(Guarded):
    """The fingerprint an indicator had under a digest of all indicators: says later which definition changed, and which did not."""

    SENSITIVITY = dict.fromkeys(("id", "digest", "indicator", "fingerprint"), "public")

    digest = models.CharField("指标摘要", max_length=64)
    indicator = models.CharField("指标", max_length=64)
    fingerprint = models.CharField("数据指纹", max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "indicator"], name="definition_once")]


class Run(Guarded):
    """One evaluation: as of a day, of one snapshot, by one set of rule versions. Never changed after it is written."""

    SENSITIVITY = dict.fromkeys(
        (
            "id",
            "as_of",
            "term",
            "snapshot",
            "rules_digest",
            "indicators_digest",
            "engine",
            "path",
            "sha256",
            "is_historic",
            "students",
            "fired",
            "unknown",
            "opened",
            "reopened",
            "cleared",
            "started_at",
            "started_by",
        ),
        "public",
    )

    as_of = models.DateField("评估日")
    term = models.PositiveIntegerField("学期")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="runs")
    rules_digest = models.CharField("规则摘要", max_length=64)
    indicators_digest = models.CharField("指标摘要", max_length=64)
    engine = models.CharField("计算引擎", max_length=64)
    path = models.CharField("指标文件", max_length=200)
    sha256 = models.CharField("指标文件摘要", max_length=64)
    is_historic = models.BooleanField("只留数据、不动预警", default=False)
    students = models.PositiveIntegerField("学生数")
    fired = models.PositiveIntegerField("触发数")
    unknown = models.PositiveIntegerField("无法判断数")
    opened = models.PositiveIntegerField("新开", default=0)
    reopened = models.PositiveIntegerField("重开", default=0)
    cleared = models.PositiveIntegerField("解除", default=0)
    started_at = models.DateTimeField("开始时刻")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-as_of", "-id"]
        indexes = [models.Index(fields=["as_of", "id"], name="run_by_day"), models.Index(fields=["path"], name="run_by_file")]

    def __str__(self) -> str:
        return f"{self.as_of} #{self.pk}"


class RunRule(Guarded):
    """What one rule said in one run. `error` is set when its SQL failed: it is then quarantined, and its alerts are left as they were."""

    SENSITIVITY = dict.fromkeys(("id", "run", "rule", "fired", "unknown", "error"), "public")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rules")
    rule = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="runs")
    fired = models.PositiveIntegerField("触发数")
    unknown = models.PositiveIntegerField("无法判断数")
    error = models.TextField("隔离原因", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "rule"], name="run_rule_once")]


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
            models.Index(fields=["state", "level", "opened_on", "id"], name="alert_by_urgency"),
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


class StudentLevel(Guarded):
    """A student's level now: the worse of the worst active alert and the band of their summed weights."""

    COVERED = False  # every run works it out anew from the alerts
    SENSITIVITY = dict.fromkeys(("student", "level", "score", "unknown_count", "run", "since_on"), "identity")

    student = models.OneToOneField("people.Student", primary_key=True, on_delete=models.CASCADE, related_name="level")
    level = models.PositiveSmallIntegerField("级别")
    score = models.PositiveIntegerField("加权分")
    unknown_count = models.PositiveSmallIntegerField("无法判断的规则数")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    since_on = models.DateField("从何日起")

    class Meta:
        indexes = [models.Index(fields=["level", "student"], name="student_by_level")]


class LevelCount(Guarded):
    """Rollup for dashboards: how many students of a unit (its whole subtree) stood at a level in a run."""

    COVERED = False  # a sum over the run's file
    SENSITIVITY = dict.fromkeys(("id", "run", "unit", "level", "n"), "public")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="level_counts")
    unit = models.ForeignKey("people.Unit", on_delete=models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField("级别")
    n = models.PositiveIntegerField("学生数")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "unit", "level"], name="level_count_once")]
        indexes = [models.Index(fields=["unit", "run"], name="level_count_by_unit")]
