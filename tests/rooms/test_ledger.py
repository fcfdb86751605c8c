"""ledger: every action is told, rows are added and never touched again."""

from datetime import date, datetime

import pytest

from shouwang.trust.ledger import actions, queries
from shouwang.trust.ledger.guard import NotTold, OutsideAction, told
from shouwang.trust.ledger.models import Entry
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import CalendarDay, Term
from shouwang.trust.people.queries import calendar
from tests.worlds import NOW, small_school

pytestmark = pytest.mark.django_db
TERM = {"code": 20261, "name": "2026-2027-1", "starts_on": NOW.date(), "ends_on": NOW.replace(year=2026).date()}


def test_a_record_says_who_did_what_to_whom_and_when():
    entry = actions.record("alerts.acknowledged", by=7, about=["alert:2", "student:1", "alert:2"], now=NOW, content={"level": 3})
    assert (entry.kind, entry.by, entry.at) == ("alerts.acknowledged", 7, NOW)
    assert sorted(about.subject for about in entry.about.all()) == ["alert:2", "student:1"]
    assert list(queries.entries("student:1")) == [entry] and list(queries.entries(kind="none.such")) == []


def test_the_digest_is_of_the_content():
    first = actions.record("a", by=None, about=["student:1"], now=NOW, content={"level": 3, "rule": "x"})
    same = actions.record("a", by=None, about=["student:1"], now=NOW, content={"rule": "x", "level": 3})
    other = actions.record("a", by=None, about=["student:1"], now=NOW, content={"rule": "x", "level": 4})
    assert first.digest == same.digest != other.digest


@pytest.mark.parametrize("wrong", [{"now": datetime(2025, 12, 10)}, {"digest": "short"}])
def test_a_record_without_time_zone_or_digest_is_refused(wrong):
    with pytest.raises(ValueError):
        actions.record(**({"kind": "a", "by": None, "about": [], "now": NOW} | wrong))


def test_nothing_is_changed_or_removed():
    entry = actions.record("a", by=None, about=[], now=NOW)
    entry.kind = "b"
    for attempt in (entry.save, entry.delete, Entry.objects.all().delete, lambda: Entry.objects.update(kind="b")):
        with pytest.raises(OutsideAction):
            attempt()
    assert Entry.objects.get().kind == "a"


def test_an_action_that_tells_nothing_does_not_commit():
    with pytest.raises(NotTold), told():
        Term.objects.create(**TERM)
    assert not Term.objects.exists()


def test_what_an_action_has_read_is_read_again_when_it_has_written_it():
    """The calendar is projected, so the ledger binds none of its rows; an action that changes it must not count by the old one."""
    small_school()
    saturday = date(2025, 12, 13)
    rows = {
        "school_calendar": lambda: people.project("school_calendar", [{"day": saturday, "kind": "makeup"}], batch_id=1, now=NOW),
        "saved": lambda: CalendarDay(day=saturday, kind="weekend").save(),
        "updated": lambda: CalendarDay.objects.filter(day=saturday).update(kind="makeup"),
        "deleted": lambda: CalendarDay.objects.all().delete(),
    }
    with told():
        assert saturday not in calendar()
        found = []
        for write in rows.values():
            write()
            found.append(saturday in calendar())
        actions.record("a", by=None, about=[], now=NOW)
    assert found == [True, False, True, False]


def test_what_an_action_reads_and_does_not_write_is_read_once(django_assert_num_queries):
    with told():
        calendar()
        with django_assert_num_queries(0):
            calendar()
        actions.record("a", by=None, about=[], now=NOW)


def test_a_record_vanishes_with_the_action_that_failed():
    with pytest.raises(ZeroDivisionError), told():
        actions.record("a", by=None, about=[], now=NOW)
        raise ZeroDivisionError
    assert not Entry.objects.exists()


def test_nested_actions_are_one_transaction():
    with pytest.raises(ZeroDivisionError), told():
        with told():
            Term.objects.create(**TERM)
            actions.record("inner", by=None, about=[], now=NOW)
        raise ZeroDivisionError
    assert not Term.objects.exists() and not Entry.objects.exists()


def test_the_small_school_was_told():
    world = small_school()
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"people.unit_projected", "people.student_projected", "people.sids_allocated", "access.account_opened"} <= kinds
    assert world.students["小雨"].name not in str(list(Entry.objects.values()))
