"""Letters carry copies of their student's paths; when the student or a unit moves, the copies follow. Number and issuing unit stay."""

from datetime import datetime

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import following
from shouwang.work.letters.models import Letter


def follow(*, moved: following.Moved, by: int | None, now: datetime) -> int:
    """Every letter stands where its student stands; how many did. `moved`: old path → new path of units."""
    with told():
        count = following.with_students(Letter.objects.all())
        ledger.record("letters.followed", by=by, about=[], now=now, content={"rows": count})
    return count
