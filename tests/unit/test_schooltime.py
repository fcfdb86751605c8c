"""School time by example: lunch, nights, weekends, holidays, make-up workdays, term breaks."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shouwang.common.calendar import SchoolCalendar, national_days
from shouwang.common.schooltime import OutOfCalendar, SchoolTime, Within, parse_hours

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = parse_hours("08:00-12:00,13:30-17:30")
DAYS = SchoolCalendar.of(day for day, kind in national_days(date(2025, 9, 1), date(2025, 12, 31)) if kind in {"school", "makeup"})
TIMES = SchoolTime(DAYS, HOURS, ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2025-{text}").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "within", "due"),
    [
        ("12-10 09:00", "2h", "12-10 11:00"),
        ("12-10 10:00", "2h", "12-10 12:00"),  # with the last minute before lunch, not with the first after it
        ("12-10 11:30", "1h", "12-10 14:00"),  # lunch does not count
        ("12-10 12:30", "30min", "12-10 14:00"),
        ("12-10 17:00", "1h", "12-11 08:30"),
        ("12-10 23:30", "2h", "12-11 10:00"),  # nobody is there at night
        ("12-12 16:30", "2h", "12-15 09:00"),  # a weekend
        ("12-10 08:00", "16h", "12-11 17:30"),
        ("09-30 16:30", "2h", "10-09 09:00"),  # National Day and Mid-autumn
        ("10-10 17:00", "1h", "10-11 08:30"),  # a Saturday that is worked (调休)
        ("12-10 09:00", "1 school day", "12-11 17:30"),
        ("12-10 18:00", "1 school day", "12-12 17:30"),  # begins with the next service
        ("12-12 09:00", "1 school day", "12-15 17:30"),
        ("10-10 09:00", "1 school day", "10-11 17:30"),
        ("09-30 09:00", "3 school days", "10-11 17:30"),
        ("12-10 09:00", "2 days", "12-12 17:30"),
        ("12-11 09:00", "2 days", "12-15 17:30"),
    ],
)
def test_due_by_service(start: str, within: str, due: str) -> None:
    assert TIMES.due(at(start), Within.parse(within)) == at(due)


@pytest.mark.parametrize(
    ("start", "within", "due"),
    [("12-13 23:30", "30min", "12-14 00:00"), ("12-12 09:00", "2 days", "12-14 09:00"), ("12-12 09:00", "1 school day", "12-15 17:30")],
)
def test_due_round_the_clock(start: str, within: str, due: str) -> None:
    assert TIMES.due(at(start), Within.parse(within), "round") == at(due)


def test_elapsed_counts_service_only() -> None:
    assert TIMES.elapsed(at("12-12 16:30"), at("12-15 09:00")) == timedelta(hours=2)
    assert TIMES.elapsed(at("12-13 08:00"), at("12-14 20:00")) == timedelta(0)
    assert TIMES.elapsed(at("12-10 11:00"), at("12-10 10:00")) == timedelta(hours=-1)
    assert TIMES.elapsed(at("12-12 16:30"), at("12-15 09:00"), "round") == timedelta(hours=64, minutes=30)


def test_open_until_the_last_minute() -> None:
    assert TIMES.is_open(at("12-10 08:00")) and TIMES.is_open(at("12-10 17:29"))
    assert not TIMES.is_open(at("12-10 17:30")) and not TIMES.is_open(at("12-10 12:15")) and not TIMES.is_open(at("12-13 10:00"))
    assert TIMES.next_open(at("12-10 12:00")) == at("12-10 13:30")
    assert TIMES.next_open(at("12-10 10:00")) == at("12-10 10:00")


def test_another_zone_is_the_same_moment() -> None:
    from datetime import UTC

    assert TIMES.due(at("12-10 09:00").astimezone(UTC), Within.parse("2h")) == at("12-10 11:00")


def test_a_calendar_that_ends_says_so() -> None:
    with pytest.raises(OutOfCalendar, match="校历"):
        TIMES.due(at("12-31 09:00"), Within.parse("3 school days"))


@pytest.mark.parametrize("text", ["", "2", "h", "-1h", "1 week", "2 h later", "1 school"])
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="not a time limit"):
        Within.parse(text)


def test_limits_in_words() -> None:
    said = [Within.parse(text).words(lang) for text in ("2h", "90min", "1 school day", "2 days") for lang in ("zh", "en")]
    assert said == ["2 小时", "2 h", "90 分钟", "90 min", "1 个上学日", "1 school day", "2 天", "2 days"]
