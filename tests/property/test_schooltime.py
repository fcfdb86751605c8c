"""School time over random calendars, hours and moments: it never runs backwards, there and back is the same, nothing is due while nobody is there."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from shouwang.common.calendar import SchoolCalendar
from shouwang.common.schooltime import SchoolTime, Within

ZONES = [ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Urumqi"), UTC]
FIRST = date(2025, 9, 1)


@st.composite
def schools(draw) -> SchoolTime:
    """Half a year with random school days and one to three windows a day."""
    days = draw(st.lists(st.booleans(), min_size=60, max_size=180))
    edges = sorted(draw(st.sets(st.integers(6 * 60, 22 * 60), min_size=2, max_size=6)))
    edges = edges[: len(edges) // 2 * 2]
    clock = [time(edge // 60, edge % 60) for edge in edges]
    calendar = SchoolCalendar.of(FIRST + timedelta(days=at) for at, school in enumerate([*days, *([True] * 3200)]) if school)
    return SchoolTime(calendar, tuple(zip(clock[::2], clock[1::2], strict=True)), draw(st.sampled_from(ZONES)))


moments = st.datetimes(datetime(2025, 9, 1), datetime(2026, 1, 31)).map(lambda at: at.replace(tzinfo=UTC))
limits = st.one_of(
    st.integers(1, 3000).map(lambda n: Within(n, "time")),
    st.integers(0, 10).map(lambda n: Within(n, "school_day")),
    st.integers(0, 10).map(lambda n: Within(n, "day")),
)


def inside(times: SchoolTime, at: datetime) -> bool:
    """In service, or at the last instant of a window."""
    return times.is_open(at) or times.is_open(at - timedelta(microseconds=1))


@given(schools(), moments, limits)
def test_nothing_is_due_outside_service_or_before_it_begins(times, start, within):
    due = times.due(start, within)
    assert inside(times, due) and due >= start


@given(schools(), moments, st.integers(1, 3000))
def test_what_is_due_after_so_many_minutes_took_so_many_minutes(times, start, minutes):
    within = Within(minutes, "time")
    due = times.due(start, within)
    assert times.elapsed(start, due) == within.span
    assert times.elapsed(start, due - timedelta(microseconds=1)) < within.span  # and not a moment earlier


@given(schools(), moments, moments, limits)
def test_whoever_begins_later_is_not_due_earlier(times, one, two, within):
    first, second = sorted((one, two))
    assert times.due(first, within) <= times.due(second, within)


@given(schools(), moments, st.integers(1, 1500), st.integers(1, 1500))
def test_more_time_is_not_less(times, start, one, more):
    assert times.due(start, Within(one, "time")) < times.due(start, Within(one + more, "time"))


@given(schools(), moments, moments, moments)
def test_elapsed_adds_up_and_never_exceeds_the_clock_on_the_wall(times, one, two, three):
    a, b, c = sorted((one, two, three))
    assert times.elapsed(a, b) + times.elapsed(b, c) == times.elapsed(a, c)
    assert timedelta(0) <= times.elapsed(a, c) <= c - a and times.elapsed(c, a) == -times.elapsed(a, c)


@given(schools(), moments)
def test_the_next_opening_is_open_and_nothing_was_missed(times, at):
    opens = times.next_open(at)
    assert times.is_open(opens) and opens >= at and times.elapsed(at, opens) == timedelta(0)


@given(schools(), moments, st.integers(1, 600), moments, st.integers(0, 5000))
def test_a_pause_moves_the_due_moment_by_what_stood_still(times, start, minutes, paused, length):
    """The same minutes are left after the pause as before it."""
    due = times.due(start, Within(minutes, "time"))
    assume(start <= paused <= due)
    resumed = paused + timedelta(minutes=length)
    held = times.elapsed(paused, resumed)
    moved = times.later(due, held) if held else due
    assert times.elapsed(resumed, moved) == times.elapsed(paused, due)
