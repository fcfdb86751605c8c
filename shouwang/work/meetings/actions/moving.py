"""Points of an agenda carry copies of their student's paths; when the student or a unit moves, the copies follow."""

from datetime import datetime

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import following
from shouwang.work.meetings.models import Item


def follow(*, moved: following.Moved, by: int | None, now: datetime) -> int:
    """Every point about a student stands where the student stands; how many did. `moved`: old path → new path of units."""
    with told():
        count = following.with_students(Item.objects.exclude(student=None))
        ledger.record("meetings.followed", by=by, about=[], now=now, content={"rows": count})
    return count
