"""Alerts carry copies of their student's paths, so that a scope is one index range. When students or units move, the copies follow at once."""

from datetime import datetime

from django.db.models import F, OuterRef, Subquery

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student
from shouwang.work.alerts.actions import tallies
from shouwang.work.alerts.actions.locks import hold
from shouwang.work.alerts.models import Alert


def follow_students(*, by: int | None, now: datetime) -> int:
    """Every alert stands where its student stands; returns how many moved. One statement."""
    moved = Alert.objects.exclude(unit_path=F("student__unit_path"), dorm_path=F("student__dorm_path"))
    place = Student.objects.filter(pk=OuterRef("student"))
    with told():
        hold("alerts")  # a run that read the old places ends first; what it opened there follows as well
        count = Alert.objects.filter(pk__in=moved.values("pk")).update(
            unit_path=Subquery(place.values("unit_path")), dorm_path=Subquery(place.values("dorm_path"))
        )
        if count:
            tallies.recount()
        ledger.record("alerts.followed", by=by, about=[], now=now, content={"alerts": count})
    return count
