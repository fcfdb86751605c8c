"""What is summed up so that no page counts a school: rebuilt by every run. Written only by alerts.actions."""

from django.db import models

from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import PathField
from shouwang.work.alerts.models.runs import Run


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
    """Rollup for dashboards: how many students of a unit (its whole subtree) stood at a level in a run; of `unknown` of them a rule could not be
    judged."""

    COVERED = False  # a sum over the run's file
    SENSITIVITY = dict.fromkeys(("id", "run", "unit", "level", "n", "unknown"), "public")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="level_counts")
    unit = models.ForeignKey("people.Unit", on_delete=models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField("级别")
    n = models.PositiveIntegerField("学生数")
    unknown = models.PositiveIntegerField("其中无法判断", default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "unit", "level"], name="level_count_once")]
        indexes = [models.Index(fields=["unit", "run"], name="level_count_by_unit")]


class AlertTally(Guarded):
    """Rollup for lists: how many alerts lie below a unit of either tree, by everything the list is narrowed by.

    `place` is the unit's path; `tree` says by which of a student's two places it is counted, as both lie below the school. Classes and rooms
    have no rows, their alerts are few. Rows add up: a person's move appends a row of +1 and one
    of -1, so that nobody waits for anybody; the next run counts anew.
    """

    COVERED = False  # a sum over the alerts
    SENSITIVITY = dict.fromkeys(("id", "tree", "place", "rule_code", "state", "level", "domain", "categories", "n"), "public")
    tree = models.CharField("组织树", max_length=12)
    place = PathField("组织路径")
    rule_code = models.CharField("规则编号", max_length=64)
    state = models.CharField("状态", max_length=12)
    level = models.PositiveSmallIntegerField("级别")
    domain = models.CharField("领域", max_length=32)
    categories = models.PositiveIntegerField("信息类别")
    n = models.IntegerField("条数")

    class Meta:
        indexes = [models.Index(fields=["place", "tree"], name="alert_tally_by_place")]
