"""Cases carry copies of their student's paths; when the student or a unit moves, the copies follow."""

from datetime import datetime

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import following
from shouwang.work.cases.models import Case


def follow(*, moved: following.Moved, by: int | None, now: datetime) -> int:
    """Every case stands where its student stands; how many did. `moved`: old path → new path of units."""
    with told():
        count = following.with_students(Case.objects.all())
        ledger.record("cases.followed", by=by, about=[], now=now, content={"rows": count})
    return count
