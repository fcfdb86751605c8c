"""Runs, and what was known when. Written only by alerts.actions."""

from django.conf import settings
from django.db import models

from shouwang.trust.ledger.guard import Guarded
from shouwang.work.alerts.models.rulebook import RuleVersion


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
            "is_partial",
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
    is_partial = models.BooleanField("只评估了新数据涉及的学生", default=False)
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
