"""What a list says of itself is read from rollups: it is what counting every row would say, for every reader and whatever happened before."""

from collections import Counter
from dataclasses import replace

import pytest

from shouwang.common.categories import EVERYTHING
from shouwang.common.reader import Scope
from shouwang.trust.access import queries as access
from shouwang.trust.people import actions as people
from shouwang.work.alerts import actions, queries
from shouwang.work.alerts.models import Alert, AlertTally
from shouwang.work.alerts.queries.counting import Kind
from tests import cast
from tests.rooms.test_alerts import MON, TUE, Days, publish
from tests.worlds import NOW, reader_of, student_rows

pytestmark = pytest.mark.django_db
ACTORS = [actor.name for actor in cast.EVERYBODY]


@pytest.fixture
def days(data_folder) -> Days:
    """Everybody was absent, every second one often; 小雨's alert is acknowledged, two others are put off and dismissed."""
    made = Days(data_folder)
    publish()
    publish("often", "absences_term >= 4", 4, 40)
    for place, sid in enumerate(made.sids):
        made.attendance(MON, "absent", 3 + 2 * (place % 2), sid)
    made.evaluate(MON)
    by = reader_of("陈主任")
    actions.acknowledge(alert=Alert.objects.filter(student_id=made.sid)[0].pk, by=by, now=NOW)
    others = Alert.objects.exclude(student_id=made.sid).order_by("pk")
    actions.dismiss(alert=others[0].pk, reason="data_wrong", by=by, now=NOW)
    actions.bulk_acknowledge(alerts=[others[1].pk, others[2].pk, others[5].pk], by=by, now=NOW)
    return made


def counted(by, unit=None) -> Counter[Kind]:
    rows = queries.alerts(by, queries.Filters(state="all", unit=unit)).select_related(None).prefetch_related(None).order_by()
    return Counter(Kind(*row) for row in rows.values_list(*Kind._fields))


def test_every_reader_is_told_what_they_would_count(days):
    for by in map(reader_of, ACTORS):
        assert queries.tally(by) == counted(by)
        for unit in access.units(by):
            assert queries.tally(by, unit.pk) == counted(by, unit.pk), unit
    _overlapping_grounds_count_nobody_twice(days)


def _overlapping_grounds_count_nobody_twice(days):
    """A college seen for attendance, its class seen for everything, a student of it and one of elsewhere by name, and a dormitory."""
    world, whole = days.world, reader_of("陈主任")
    college, own = world.units["XX"].path, world.units["RJ2401"].path

    def scope(tree, path="", categories=EVERYTHING, sids=()):
        return Scope("test", tree, path, categories, "", sids=sids)

    few = Alert.objects.first().categories | 1
    scopes = (
        scope("organisation", college, few), scope("organisation", own), scope("organisation", own), scope("dormitory", world.units["D2"].path),
        scope("student", sids=(world.sid("小雨"), world.sid("石大山"))),
    )  # fmt: skip
    by = replace(whole, scopes=scopes)
    assert queries.tally(by) == counted(by)
    assert 0 < sum(queries.tally(by).values()) < sum(queries.tally(whole).values())


def test_figures_follow_runs_and_moves_of_students(days):
    for sid in days.sids[:6]:
        days.attendance(TUE, "present", 1, sid)
    days.evaluate(TUE)
    moved = [row | ({"unit": "SK2401", "room": ""} if row["name"] == "宋小雨" else {}) for row in student_rows()]
    people.project("student", moved, batch_id=1, now=NOW)
    assert actions.follow_students(by=None, now=NOW)
    for name in ACTORS:
        assert queries.tally(reader_of(name)) == counted(reader_of(name))
    assert not AlertTally.objects.filter(place=days.world.units["RJ2401"].path).exists(), "classes are counted, not kept"


def test_somebody_who_is_housed_in_a_building_is_counted_there(days):
    building = days.world.units["D1"]
    assert building.kind == "building"
    moved = [row | ({"room": "D1"} if row["name"] == "宋小雨" else {}) for row in student_rows()]
    people.project("student", moved, batch_id=1, now=NOW)
    assert actions.follow_students(by=None, now=NOW)
    assert Alert.objects.filter(student_id=days.sid).first().dorm_path == building.path
    for name in ACTORS:
        by = reader_of(name)
        assert queries.tally(by) == counted(by), name
    actions.dismiss(alert=Alert.objects.filter(student_id=days.sid)[0].pk, reason="data_wrong", by=reader_of("陈主任"), now=NOW)
    for name in ACTORS:
        assert queries.tally(reader_of(name)) == counted(reader_of(name)), name


def test_the_chips_count_with_the_other_filters_in_force(days):
    by = reader_of("陈主任")
    found = queries.counts(queries.tally(by), queries.Filters(state="open", level=4))
    listed = Counter(queries.alerts(by, queries.Filters(state="open")).values_list("level", flat=True))
    assert found["level"] == dict(listed)
    assert found["state"] == dict(Counter(queries.alerts(by, queries.Filters(state="all", level=4)).values_list("state", flat=True)))
    assert queries.counts(queries.tally(by), queries.Filters(rule="often", state="all"))["level"] == {
        4: Alert.objects.filter(level=4).count()
    }


def test_students_stand_once_by_their_gravest_alert(days):
    by = reader_of("陈主任")
    first, more = queries.grouped_page(by, queries.Filters(), None, 5)
    rest, none = queries.grouped_page(by, queries.Filters(), first[-1].key, 100)
    sids = [group.sid for group in (*first, *rest)]
    assert more and not none and len(sids) == len(set(sids))
    assert set(sids) == set(Alert.objects.filter(state="open").values_list("student_id", flat=True))
    levels = [group.level for group in (*first, *rest)]
    assert levels == sorted(levels, reverse=True)
    assert all(group.level == max(row.level for row in group.alerts) for group in (*first, *rest))
