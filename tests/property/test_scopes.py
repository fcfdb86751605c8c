"""The set and the single check come from the same ground: for any duties, `students(by)` holds exactly those with a ground, and `visible` agrees."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shouwang.common.categories import EVERYTHING, Category
from shouwang.trust.access import queries
from shouwang.trust.access.policies import ROLES
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Responsibility, Student
from tests.worlds import NOW, UNITS, reader_of, small_school

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
HELD = sorted(set(ROLES) - {"student", "guardian"})
DUTIES = st.lists(
    st.tuples(
        st.sampled_from(HELD),
        st.one_of(st.sampled_from([code for code, *_ in UNITS]), st.integers(1, 24)),
        st.integers(-40, 10),
        st.one_of(st.none(), st.integers(0, 60)),
    ),
    max_size=4,
)


def give(world, duties):
    """陈主任 holds exactly these duties: (role, unit code or sid, first day from today, last day after the first)."""
    staff = world.staff["陈主任"]
    with told():
        Responsibility.objects.filter(staff=staff).update(is_current=False)
        for role, place, first, length in duties:
            starts = TODAY + timedelta(days=first)
            where = {"unit": world.units[place]} if isinstance(place, str) else {"student_id": place}
            ends = None if length is None else starts + timedelta(days=length)
            Responsibility.objects.create(staff=staff, role=role, starts_on=starts, ends_on=ends, **where)
        ledger.record("tests.duties", by=None, about=[], now=NOW)


@pytest.fixture
def world():
    return small_school()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(duties=DUTIES, mask=st.integers(0, EVERYTHING))
def test_the_set_and_the_single_check_agree(world, duties, mask):
    give(world, duties)
    by = reader_of("陈主任")
    seen = {student.sid for student in queries.students(by)}
    rows = {student.sid for student in queries.visible(by, Student.objects.filter(is_current=True), sid="sid", mask=None)}
    assert seen == rows
    for student in Student.objects.all():
        allowed = queries.categories(by, student.sid)
        assert (student.sid in seen) == bool(queries.grounds(by, student.sid)) == bool(allowed)
        assert (queries.student(by, student.sid) is not None) == (student.sid in seen)
        assert not allowed or allowed & Category.identity


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(duties=DUTIES, mask=st.integers(0, EVERYTHING))
def test_a_row_is_seen_through_one_scope_that_allows_all_of_it(world, duties, mask):
    """Against the definition written out in Python, with the entry year standing in for a row's categories."""
    give(world, duties)
    with told():
        Student.objects.update(entry_year=mask)
        ledger.record("tests.mask", by=None, about=[], now=NOW)
    by = reader_of("陈主任")
    seen = {student.sid for student in queries.visible(by, Student.objects.all(), sid="sid", mask="entry_year")}

    def allows(scope, student):
        path = {"organisation": student.unit_path, "dormitory": student.dorm_path}.get(scope.tree)
        covers = student.sid in scope.sids or (path is not None and bool(path) and path.startswith(scope.path))
        return covers and scope.categories & Category.identity and mask & ~scope.categories == 0

    assert seen == {student.sid for student in Student.objects.all() if any(allows(scope, student) for scope in by.scopes)}


def test_a_duty_holds_on_its_first_and_last_day_only(world):
    give(world, [("homeroom_teacher", "RJ2401", 0, 2)])
    days = [TODAY + timedelta(days=n) for n in range(-1, 4)]
    assert [bool(reader_of("陈主任", day).scopes) for day in days] == [False, True, True, True, False]
    assert reader_of("陈主任", date(2024, 1, 1)).roles == frozenset()
