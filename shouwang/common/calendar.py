"""School days: weekends, public holidays and make-up workdays (调休), as a value that is handed in and never looked up."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from chinese_calendar.constants import holidays, workdays

_HOLIDAYS, _MAKEUP = frozenset(holidays), frozenset(workdays)
KINDS = ("school", "makeup", "weekend", "holiday")


@dataclass(frozen=True)
class SchoolCalendar:
    """The school days in order. A day outside them is no school day, also when the calendar ends before it."""

    days: tuple[date, ...]

    @classmethod
    def of(cls, days: Iterable[date]) -> "SchoolCalendar":
        return cls(tuple(sorted(set(days))))

    def __contains__(self, day: date) -> bool:
        at = bisect_left(self.days, day)
        return at < len(self.days) and self.days[at] == day

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """School days from `first` to `last`, both included."""
        return self.days[bisect_left(self.days, first) : bisect_right(self.days, last)]

    def back(self, day: date, count: int) -> date | None:
        """The school day `count` school days before `day` (0: the latest on or before it); None before the calendar begins."""
        at = bisect_right(self.days, day) - 1 - count
        return self.days[at] if at >= 0 else None


def national_days(first: date, last: date) -> Iterator[tuple[date, str]]:
    """(day, kind) for every day, kind one of KINDS, from the State Council's published holidays. The seed of a school's own editable calendar.

    chinesecalendar knows 2004 to 2026; beyond it, only weekends are known and holidays must be filled in by the school.
    """
    day = first
    while day <= last:
        weekend = day.weekday() >= 5
        # Asked day by day, the library looks through all its years every time: twenty years of days took a quarter of a second.
        workday = day in _MAKEUP or not (weekend or day in _HOLIDAYS)
        if workday:
            yield day, "makeup" if weekend else "school"
        else:
            yield day, "weekend" if weekend else "holiday"
        day += timedelta(days=1)
