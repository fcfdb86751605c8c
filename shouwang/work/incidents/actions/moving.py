"""A matter stands where its first student stands, else where its reporter stood; an emergency at its unit. When they move, these follow."""

from datetime import datetime

from django.db.models import OuterRef

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import following
from shouwang.trust.people.models import Student
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.incidents.models import Emergency, Incident


def follow(*, moved: following.Moved, by: int | None, now: datetime) -> int:
    """Every matter stands where its student stands or goes with its unit, its time limits with it; how many did. `moved`: old path → new path of units."""
    with told():
        count = 0
        first = Student.objects.filter(incidents__incident=OuterRef("pk")).order_by("incidents__pk")
        for one in following.astray(Incident.objects.all(), first):
            Incident.objects.filter(pk=one.pk).update(unit_path=one.to_unit, dorm_path=one.to_dorm)
            deadlines.place(prefix=f"{one.ref}/", unit_path=one.to_unit, dorm_path=one.to_dorm, by=by, now=now)
            count += 1
        count += following.with_units(Incident.objects.filter(students=None), moved)
        count += following.with_units(Emergency.objects.all(), moved)
        ledger.record("incidents.followed", by=by, about=[], now=now, content={"rows": count})
    return count
