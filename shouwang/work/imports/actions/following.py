"""What a delivery covers is told by the paths of classes: when classes move, these follow, or the board would miss them."""

from datetime import datetime

from django.db.models import Case, Value, When

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import following
from shouwang.work.imports.models import Coverage

CHUNK = 200  # pairs in one statement: each statement looks through the whole table once


def follow(*, moved: following.Moved, by: int | None, now: datetime) -> int:
    """Every delivery speaks of the classes where they stand now; how many rows moved. `moved`: old path → new path of units."""
    with told():
        count, every = 0, list(moved.items())
        for at in range(0, len(every), CHUNK):
            pairs = every[at : at + CHUNK]
            # Nobody stood at the new paths before this change: what says so is left from a class that went away, and was never looked at again.
            Coverage.objects.filter(path__in=[new for _, new in pairs]).delete()
            change = Case(*(When(path=old, then=Value(new)) for old, new in pairs), output_field=Coverage._meta.get_field("path"))
            count += Coverage.objects.filter(path__in=[old for old, _ in pairs]).update(path=change)
        ledger.record("delivery.followed", by=by, about=[], now=now, content={"rows": count})
    return count
