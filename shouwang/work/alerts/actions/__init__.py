"""The room's writes. Each is one transaction with one ledger record."""

from shouwang.work.alerts.actions.evaluation import CannotEvaluate, Evaluation, evaluate, recover
from shouwang.work.alerts.actions.handling import (
    CannotHandle,
    NoSuchAlert,
    acknowledge,
    bulk_acknowledge,
    dismiss,
    return_to_open,
    snooze,
    tell_export,
)
from shouwang.work.alerts.actions.moving import follow_students
from shouwang.work.alerts.actions.partial import evaluate_touched
from shouwang.work.alerts.actions.rulebook import CannotPublish, install_presets, publish_rule, retire_rule

__all__ = [
    "CannotEvaluate",
    "CannotHandle",
    "CannotPublish",
    "Evaluation",
    "NoSuchAlert",
    "acknowledge",
    "bulk_acknowledge",
    "dismiss",
    "evaluate",
    "evaluate_touched",
    "follow_students",
    "install_presets",
    "publish_rule",
    "recover",
    "retire_rule",
    "return_to_open",
    "snooze",
    "tell_export",
]
