"""The demo college's time: three terms, their school days, and the fixed day on which the demo opens."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from shouwang.common.calendar import national_days

TODAY = date(2025, 12, 10)
ZONE = ZoneInfo("Asia/Shanghai")
TERMS: dict[int, tuple[date, date]] = {
    20241: (date(2024, 9, 2), date(2025, 1, 17)),
    20242: (date(2025, 2, 17), date(2025, 7, 4)),
    20251: (date(2025, 9, 1), date(2026, 1, 16)),
}
NOW_TERM = 20251
DRILL_ENDS = date(2025, 9, 12)
"""Freshmen drill until then and are called up by the day."""


def term_text(term: int) -> str:
    year, number = divmod(term, 10)
    return f"{year}-{year + 1}-{number}"


def term_title(term: int) -> str:
    year, number = divmod(term, 10)
    return f"{year}-{year + 1}学年第{number}学期"


@cache
def school_days(first: date, last: date) -> tuple[date, ...]:
    """School days (make-up workdays included) of the terms between two days."""
    return tuple(
        day
        for day, kind in national_days(first, last)
        if kind in {"school", "makeup"} and any(starts <= day <= ends for starts, ends in TERMS.values())
    )


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def moment(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of 2025 at the college."""
    return datetime(2025, month, day, hour, minute, tzinfo=ZONE)
