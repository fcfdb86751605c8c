"""Time limits carry copies of the paths of their student or unit; when one of them moves, whoever hears is sought at the new place."""

from datetime import datetime

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import following
from shouwang.work.deadlines.models import Deadline


def place(*, prefix: str, unit_path: str, dorm_path: str, by: int | None, now: datetime) -> int:
    """The time limits of a matter that moved stand where it stands; how many moved. `prefix`: of their refs."""
    here = Deadline.objects.filter(ref__startswith=prefix, student=None).exclude(unit_path=unit_path, dorm_path=dorm_path)
    if not here.exists():
        return 0
    with told():
        count = here.update(unit_path=unit_path, dorm_path=dorm_path)
        ledger.record("deadlines.followed", by=by, about=[], now=now, content={"rows": count})
    return count


def follow(*, moved: following.Moved, by: int | None, now: datetime) -> int:
    """Every time limit stands where its student stands, or goes with its unit; how many did. `moved`: old path → new path of units."""
    with told():
        count = following.with_students(Deadline.objects.exclude(student=None))
        count += following.with_units(Deadline.objects.filter(student=None), moved)
        ledger.record("deadlines.followed", by=by, about=[], now=now, content={"rows": count})
    return count
