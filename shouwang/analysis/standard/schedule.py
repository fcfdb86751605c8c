"""When a table is due: the next and the latest due moment, the days it covers, and how late a delivery is. Time is handed in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Literal

Kind = Literal["daily", "weekly", "monthly", "yearly", "term_start", "term_end", "on_change"]
Span = tuple[date, date]
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Lateness:
    """`state`: fresh (delivered since the due before), due (the first due moment lies ahead), late, or free (delivered on change)."""

    state: Literal["fresh", "due", "late", "free"]
    due_at: datetime | None
    next_due_at: datetime | None
    days_late: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """`weekday` 1-7 for weekly, `day` of the month for monthly and yearly (with `month`), `days` after the anchor for the term kinds."""

    kind: Kind
    by: str = "17:00"
    weekday: int = 1
    day: int = 1
    month: int = 9
    days: int = 14
    terms_only: bool = True

    def sentence(self, lang: str = "zh") -> str:
        """The schedule in words."""
        zh = {
            "daily": f"每个教学日 {self.by} 前",
            "weekly": f"每周{WEEKDAYS[self.weekday - 1]} {self.by} 前，报上一周",
            "monthly": f"每月 {self.day} 日 {self.by} 前，报上一个月",
            "yearly": f"每年 {self.month} 月 {self.day} 日 {self.by} 前",
            "term_start": f"开学后 {self.days} 天内",
            "term_end": f"学期结束后 {self.days} 天内",
            "on_change": "有变动时随时报送",
        }
        en = {
            "daily": f"every school day by {self.by}",
            "weekly": f"every week by day {self.weekday} (Monday is 1), {self.by}, for the week before",
            "monthly": f"by day {self.day} of each month, {self.by}, for the month before",
            "yearly": f"every year by {self.month}/{self.day}, {self.by}",
            "term_start": f"within {self.days} days of the term's start",
            "term_end": f"within {self.days} days of the term's end",
            "on_change": "whenever something changes",
        }
        return (zh if lang == "zh" else en)[self.kind]

    def last_due(self, moment: datetime, terms: Sequence[Span]) -> datetime | None:
        """The latest due moment not after `moment`; None when nothing was due yet."""
        return next((due for due in self._backwards(moment, terms) if due <= moment), None)

    def dues(self, moment: datetime, terms: Sequence[Span], count: int) -> list[datetime]:
        """The latest `count` due moments not after `moment`, latest first."""
        return list(islice((due for due in self._backwards(moment, terms) if due <= moment), count))

    def next_due(self, moment: datetime, terms: Sequence[Span]) -> datetime | None:
        """The first due moment after `moment`; None when none is known (after the last term, or without a schedule)."""
        hour, minute = map(int, self.by.split(":"))
        if self.kind in ("term_start", "term_end"):
            days: Iterable[date] = sorted(self._days(moment.date(), terms))
        elif self.kind == "on_change":
            return None
        else:
            every = (moment.date() + timedelta(days=n) for n in range(400))
            days = (day for day in every if self._matches(day) and self._in_term(day, terms))
        dues = (datetime.combine(day, time(hour, minute), tzinfo=moment.tzinfo) for day in days)
        return next((due for due in dues if due > moment), None)

    def period(self, due: datetime) -> Span | None:
        """The days a delivery due at `due` reports on; None for kinds that report a term or a state rather than days."""
        day = due.date()
        if self.kind == "daily":
            return day, day
        if self.kind == "weekly":
            monday = day - timedelta(days=day.weekday() + 7)
            return monday, monday + timedelta(days=6)
        if self.kind == "monthly":
            last = day.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        return None

    def lateness(self, now: datetime, delivered_at: datetime | None, terms: Sequence[Span]) -> Lateness:
        """How the newest delivery stands against the schedule: it counts for a due moment when it came after the one before."""
        due, ahead = self.last_due(now, terms), self.next_due(now, terms)
        if self.kind == "on_change":
            return Lateness("free", None, None, 0)
        if due is None:
            return Lateness("fresh" if delivered_at else "due", None, ahead, 0)
        before = self.last_due(due - timedelta(seconds=1), terms)
        if delivered_at is not None and (before is None or delivered_at > before):
            return Lateness("fresh", due, ahead, 0)
        return Lateness("late", due, ahead, (now.date() - due.date()).days)

    def _backwards(self, moment: datetime, terms: Sequence[Span]) -> Iterator[datetime]:
        """Due moments from shortly after `moment` back to two years before it, latest first."""
        hour, minute = map(int, self.by.split(":"))
        for day in self._days(moment.date(), terms):
            yield datetime.combine(day, time(hour, minute), tzinfo=moment.tzinfo)

    def _days(self, around: date, terms: Sequence[Span]) -> Iterator[date]:
        """Latest first, and no further than somebody asks: pages ask for a few of 26 tables' days."""
        if self.kind == "term_start":
            yield from sorted((first + timedelta(days=self.days) for first, _ in terms), reverse=True)
        elif self.kind == "term_end":
            yield from sorted((last + timedelta(days=self.days) for _, last in terms), reverse=True)
        elif self.kind != "on_change":
            last = around + timedelta(days=1)
            every = (last - timedelta(days=n) for n in range(732))
            yield from (day for day in every if self._matches(day) and self._in_term(day, terms))

    def _matches(self, day: date) -> bool:
        if self.kind == "daily":
            return day.weekday() < 5
        if self.kind == "weekly":
            return day.isoweekday() == self.weekday
        return day.day == self.day and (self.kind == "monthly" or day.month == self.month)

    def _in_term(self, day: date, terms: Sequence[Span]) -> bool:
        """A weekly report falls due while a term runs, up to the week after it; holidays ask for nothing."""
        if not self.terms_only or self.kind == "yearly":
            return True
        grace = {"daily": 0, "weekly": 7, "monthly": 31}[self.kind]
        started = {"daily": 0, "weekly": 7, "monthly": 14}[self.kind]
        return any(first + timedelta(days=started) <= day <= last + timedelta(days=grace) for first, last in terms)
