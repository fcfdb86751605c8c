"""School time: how long something may take and when it is due, in service hours on school days or round the clock. No clock in here."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from shouwang.common.calendar import SchoolCalendar

Clock = Literal["service", "round"]
Unit = Literal["time", "day", "school_day"]

_FORM = re.compile(r"^(\d{1,4}) ?(min|h|days?|school days?)$")
_WORDS = {"day": ("天", "day"), "school_day": ("个上学日", "school day")}


class OutOfCalendar(Exception):
    """The calendar ends before the moment that was asked for; the message says what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Within:
    """How long something may take: minutes of the clock in use, whole days, or whole school days."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Within":
        """From "30min", "2h", "1 school day", "3 school days" or "2 days". ValueError for anything else."""
        found = _FORM.match(text.strip())
        if found is None:
            raise ValueError(f'not a time limit: {text!r}; write "30min", "2h", "1 school day" or "2 days"')
        count, word = int(found[1]), found[2]
        if word in ("min", "h"):
            return cls(count * (60 if word == "h" else 1), "time")
        return cls(count, "school_day" if word.startswith("school") else "day")

    @property
    def span(self) -> timedelta:
        """The length, of a limit in hours or minutes."""
        return timedelta(minutes=self.count)

    def words(self, lang: str = "zh") -> str:
        """As people say it: 2 小时, 1 个上学日."""
        if self.unit != "time":
            zh, en = _WORDS[self.unit]
            return f"{self.count} {zh}" if lang == "zh" else f"{self.count} {en}{'' if self.count == 1 else 's'}"
        if self.count % 60 == 0:
            return f"{self.count // 60} 小时" if lang == "zh" else f"{self.count // 60} h"
        return f"{self.count} 分钟" if lang == "zh" else f"{self.count} min"


@dataclass(frozen=True)
class SchoolTime:
    """Service hours on school days. Windows are half open: at their end nobody is there any more, yet something may still fall due then."""

    calendar: SchoolCalendar
    hours: tuple[tuple[time, time], ...]
    zone: tzinfo

    def __post_init__(self) -> None:
        edges = [edge for window in self.hours for edge in window]
        if not edges or edges != sorted(set(edges)):
            raise ValueError("service hours are windows in order that do not touch or overlap")

    def is_open(self, at: datetime) -> bool:
        """Whether the school is in service at this moment."""
        local = at.astimezone(self.zone)
        return local.date() in self.calendar and any(begins <= local.time() < ends for begins, ends in self.hours)

    def next_open(self, at: datetime) -> datetime:
        """This moment when the school is in service, else the next one at which it is."""
        local = at.astimezone(self.zone)
        if local.date() in self.calendar:
            for begins, ends in self.hours:
                if local.time() < ends:
                    return at if local.time() >= begins else self._at(local.date(), begins)
        return self._at(self._day(bisect_right(self.calendar.days, local.date())), self.hours[0][0])

    def due(self, start: datetime, within: Within, clock: Clock = "service") -> datetime:
        """When something begun at `start` must be done.

        In service hours it is never due while nobody is there: what begins after hours begins with the next service. "1 school day" is the
        end of service on the school day after the one on which it begins, by either clock. "2 days" is 48 hours round the clock, and in
        service hours the end of service two days later, or of the next school day after that.
        """
        if within.unit == "school_day" or (within.unit == "day" and clock == "service"):
            return self._end_of(self._last_day(self.next_open(start).astimezone(self.zone).date(), within))
        if clock == "round":
            return start + (timedelta(days=within.count) if within.unit == "day" else within.span)
        return self._after(self.next_open(start), within.span)

    def elapsed(self, first: datetime, last: datetime, clock: Clock = "service") -> timedelta:
        """How much of the clock ran between two moments; negative when `last` comes first."""
        if clock == "round":
            return last - first
        return self._served(last) - self._served(first)

    def later(self, at: datetime, by: timedelta, clock: Clock = "service") -> datetime:
        """The moment when the clock has run for `by` since `at`."""
        return at + by if clock == "round" else self._after(self.next_open(at), by)

    def _last_day(self, day: date, within: Within) -> date:
        if within.unit == "school_day":
            return self._day(bisect_left(self.calendar.days, day) + within.count)
        return self._day(bisect_left(self.calendar.days, day + timedelta(days=within.count)))

    def _end_of(self, day: date) -> datetime:
        return self._at(day, self.hours[-1][1])

    def _after(self, start: datetime, span: timedelta) -> datetime:
        """`span` of service after `start`: whole days at one go, the rest window by window."""
        if span <= timedelta(0):
            return start
        target = self._served(start) + span
        days, rest = divmod(target, self._length)
        if not rest:  # due with the last minute of a day, not with the first of the next
            days, rest = days - 1, self._length
        day = self._day(days)
        for begins, ends in self.hours:
            window = _span(begins, ends)
            if rest <= window:
                return self._at(day, begins) + rest
            rest -= window
        raise AssertionError("a day is as long as its windows")

    def _served(self, at: datetime) -> timedelta:
        """Service between the calendar's first day and this moment."""
        local = at.astimezone(self.zone)
        whole = bisect_left(self.calendar.days, local.date()) * self._length
        if local.date() not in self.calendar:
            return whole
        return whole + sum((_span(begins, min(ends, max(begins, local.time()))) for begins, ends in self.hours), timedelta(0))

    @property
    def _length(self) -> timedelta:
        return sum((_span(begins, ends) for begins, ends in self.hours), timedelta(0))

    def _day(self, at: int) -> date:
        if not 0 <= at < len(self.calendar.days):
            raise OutOfCalendar("校历没有这么远的上学日，请教务处补充校历后再试")
        return self.calendar.days[at]

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone)


def _span(begins: time, ends: time) -> timedelta:
    return datetime.combine(date.min, ends) - datetime.combine(date.min, begins)


def parse_hours(text: str) -> tuple[tuple[time, time], ...]:
    """Service hours as settings write them: "08:00-12:00,13:30-17:30". ValueError when they cannot be read."""
    windows = []
    for part in text.split(","):
        begins, _, ends = part.strip().partition("-")
        windows.append((time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())))
    return tuple(windows)
