"""The room's reads. Whatever returns people's data takes the reader first."""

from shouwang.work.alerts.queries.counting import Tally, counts, rules_of, tally, unknown_students
from shouwang.work.alerts.queries.evidence import Card, card
from shouwang.work.alerts.queries.history import (
    Distribution,
    History,
    class_distribution,
    class_distributions,
    indicator_history,
    latest_run,
    latest_values,
)
from shouwang.work.alerts.queries.listing import (
    Filters,
    StudentGroup,
    alert,
    alerts,
    grouped_page,
    key_of,
    of_student,
    page,
    reason,
    values_of,
)
from shouwang.work.alerts.queries.reproduction import Reproduction, find, reproduce, reproduce_all, reproduce_run
from shouwang.work.alerts.queries.rulebook import all_current, current, dismissals, in_force, last_said, meaning, names, retired, versions
from shouwang.work.alerts.queries.trial import AlertPreview, WouldFlag, flag, preview, would_flag

__all__ = [
    "AlertPreview",
    "Card",
    "Distribution",
    "Filters",
    "History",
    "Reproduction",
    "StudentGroup",
    "Tally",
    "WouldFlag",
    "alert",
    "alerts",
    "all_current",
    "card",
    "class_distribution",
    "class_distributions",
    "counts",
    "current",
    "dismissals",
    "find",
    "flag",
    "grouped_page",
    "in_force",
    "indicator_history",
    "key_of",
    "last_said",
    "latest_run",
    "latest_values",
    "meaning",
    "names",
    "of_student",
    "page",
    "preview",
    "reason",
    "reproduce",
    "reproduce_all",
    "reproduce_run",
    "retired",
    "rules_of",
    "tally",
    "unknown_students",
    "values_of",
    "versions",
    "would_flag",
]
