"""Rules in force, runs, and the episodes they leave behind; see README.md."""

from shouwang.work.alerts.models.episodes import Alert, AlertEvent, AlertValue
from shouwang.work.alerts.models.rollups import AlertTally, LevelCount, StudentLevel
from shouwang.work.alerts.models.rulebook import RuleReason, RuleVersion
from shouwang.work.alerts.models.runs import Definition, Run, RunRule, Snapshot, SnapshotBatch

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertTally",
    "AlertValue",
    "Definition",
    "LevelCount",
    "RuleReason",
    "RuleVersion",
    "Run",
    "RunRule",
    "Snapshot",
    "SnapshotBatch",
    "StudentLevel",
]
