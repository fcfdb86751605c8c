"""Copies of places: when a student changes class or a unit moves, every row of every room that carries a path stands where it belongs."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import Model

from shouwang.front.pipeline import following
from shouwang.trust.access import queries as access
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.fields import PathField
from shouwang.trust.people.models import Student, Unit
from shouwang.work.alerts.models import Alert, AlertTally
from shouwang.work.cases import actions as cases
from shouwang.work.cases.models import Case
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.deadlines.models import Deadline
from shouwang.work.imports import actions as imports
from shouwang.work.imports.models import Coverage, Delivery
from shouwang.work.incidents import actions as incidents
from shouwang.work.incidents.actions import emergencies
from shouwang.work.incidents.models import Emergency, Incident
from shouwang.work.letters.models import Letter
from shouwang.work.meetings.models import Item
from shouwang.work.playbooks import actions as playbooks
from tests.letters_world import issued, school_of
from tests.rooms.test_incidents import report
from tests.rooms.test_meetings import sitting
from tests.worlds import NOW, account_of, reader_of

pytestmark = pytest.mark.django_db
# Every model with a copy of a path, and who makes sure that it follows. A new one is added here and to the room's `follow`.
FOLLOWED = {Alert, AlertTally, Case, Coverage, Deadline, Emergency, Incident, Item, Letter}


def paths_of(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.fields if isinstance(field, PathField) or field.name in ("unit_path", "dorm_path")}


def carrying() -> set[type[Model]]:
    return {model for model in apps.get_models() if paths_of(model)} - {Student, Unit}


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    with school_of(django_db_blocker, tmp_path_factory.mktemp("following")) as made:
        playbooks.install(by=None, now=NOW)
        yield made


@pytest.fixture
def world(built, settings, db):
    """One row of each kind about 小雨, and some that stand at her college without a student."""
    settings.DATA = built.folder
    issued()
    cases.open(student=built.world.sid("小雨"), origin="person", domain="academic", level=3, by=reader_of("陈主任"), now=NOW)
    sitting(built.world, "林老师")
    incidents.acknowledge(incident=report(students=["小雨"]).pk, by=reader_of("林老师"), now=NOW)
    report(students=[])
    college = Unit.objects.get(code="XX")
    leader = access.reader(account_of("高院长"), NOW.date(), now=NOW)
    emergencies.start(plan="missing-student", unit=college.pk, situation="夜间有人未归", by=leader, now=NOW)
    deadlines.start(
        ref="decision:1", kind="meeting_decision", owner=account_of("林老师").pk, ladder="standard", within="2 school days",
        unit_path=college.path, url="/", by=None, now=NOW,
    )  # fmt: skip
    cover("RJ2401", "SK2401")
    return built.world


def cover(*codes):
    """A delivery that speaks of six students of each of these classes."""
    with told():
        delivery = Delivery.objects.create(table="attendance", filename="a.csv", sha256="", size=0, state="checked", received_at=NOW)
        Coverage.objects.bulk_create([Coverage(delivery=delivery, path=Unit.objects.get(code=code).path, students=6) for code in codes])
        ledger.record("delivery.check", by=None, about=[], now=NOW)
    return delivery


def test_no_model_that_carries_a_path_is_forgotten(world):
    assert carrying() == FOLLOWED
    assert all(model._default_manager.exists() for model in FOLLOWED), "each kind has a row here, so that the moves below prove something"


def test_a_student_who_changes_college_takes_everything_along(world):
    was = Student.objects.get(name="宋小雨")
    to = Unit.objects.get(code="SK2401")
    with told():
        Student.objects.filter(pk=was.pk).update(class_unit=to, unit_path=to.path)
        ledger.record("people.rebuilt", by=None, about=[], now=NOW)
    following.follow(before={}, by=None, now=NOW)
    for model in (Alert, Case, Item, Letter):
        assert set(model._default_manager.filter(student=was.pk).values_list("unit_path", flat=True)) == {to.path}, model
    one = Incident.objects.get(students__student=was.pk)
    assert one.unit_path == to.path
    theirs = Deadline.objects.filter(student=was.pk) | Deadline.objects.filter(ref__startswith=f"{one.ref}/")
    assert theirs.count() > 2 and set(theirs.values_list("unit_path", flat=True)) == {to.path}
    assert Deadline.objects.get(ref="decision:1").unit_path == Unit.objects.get(code="XX").path, "what is not theirs stays"


def test_a_unit_that_moves_takes_everything_along(world):
    """The whole college gets another path: nothing stands at a place that is no more."""
    college = Unit.objects.get(code="XX")
    before = following.places("unit")
    old, new = college.path, college.path[:-1] + "z"
    assert not Unit.objects.filter(path=new).exists()
    with told():
        for unit in Unit.objects.filter(path__startswith=old):
            Unit.objects.filter(pk=unit.pk).update(path=new + unit.path[len(old) :])
        for student in Student.objects.filter(unit_path__startswith=old):
            Student.objects.filter(pk=student.pk).update(unit_path=new + student.unit_path[len(old) :])
        ledger.record("people.rebuilt", by=None, about=[], now=NOW + timedelta(hours=1))
    following.follow(before=before, by=None, now=NOW)
    known = {"", *Unit.objects.values_list("path", flat=True)}
    for model in FOLLOWED:
        for name in paths_of(model):
            left = set(model._default_manager.values_list(name, flat=True)) - known
            assert not left, (model, name, left)
    assert Emergency.objects.get().unit_path == new and Deadline.objects.get(ref="decision:1").unit_path == new


def test_what_a_delivery_covers_goes_with_the_class(world):
    """And what an old place still says of a class that went away long ago makes room."""
    one, other = (Unit.objects.get(code=code) for code in ("RJ2401", "SK2401"))
    delivery, free = cover("RJ2401", "SK2401"), other.path[:-1] + "z"
    with told():
        Coverage.objects.create(delivery=delivery, path=free, students=1)
        ledger.record("delivery.check", by=None, about=[], now=NOW)
    assert imports.follow(moved={one.path: free}, by=None, now=NOW) == 2, "in this delivery and in the one of the world"
    assert dict(delivery.coverage.values_list("path", "students")) == {free: 6, other.path: 6}
    assert imports.follow(moved={}, by=None, now=NOW) == 0


def test_only_units_and_students_move_anything():
    assert following.places("grade") == {} and set(following.TABLES) == {"unit", "student"}
