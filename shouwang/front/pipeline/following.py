"""When students or units change place, everything that carries a copy of the place follows in the same transaction: nobody sees through a place that was left."""

from collections.abc import Mapping
from datetime import datetime

from shouwang.trust.people import following as people
from shouwang.work.alerts import actions as alerts
from shouwang.work.cases import actions as cases
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.imports import actions as imports
from shouwang.work.incidents import actions as incidents
from shouwang.work.letters import actions as letters
from shouwang.work.meetings import actions as meetings

TABLES = ("unit", "student")  # of the data standard; what else is delivered moves nobody


def places(table: str) -> Mapping[int, str]:
    """Where the units stand, before a delivery of this table changes them."""
    return people.places() if table == "unit" else {}


def follow(*, before: Mapping[int, str], by: int | None, now: datetime) -> None:
    """Every copy stands where its student or unit stands. Within the caller's transaction."""
    moved = people.moves(before)
    alerts.follow_students(by=by, now=now)
    for room in (cases, incidents, letters, meetings, deadlines, imports):
        room.follow(moved=moved, by=by, now=now)
