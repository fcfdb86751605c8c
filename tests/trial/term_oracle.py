"""Who must have been told when, worked out anew from what people did: the slow way, with no line of the product's own arithmetic.

Service windows are listed one by one for the whole calendar; sums walk over them. Ladders are read from their files. Whoever answers for a
student is found by walking the responsibilities.
"""

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = ((time(8), time(12)), (time(13, 30), time(17, 30)))
LADDERS = Path(__file__).parents[2] / "shouwang" / "catalogue" / "ladders"
BREATH = timedelta(minutes=5)
ZERO = timedelta(0)


class Windows:
    """Every stretch of service of a calendar, in order."""

    def __init__(self, days: Iterable[date]) -> None:
        self.days = sorted(days)
        self.all = [(datetime.combine(day, a, ZONE), datetime.combine(day, b, ZONE)) for day in self.days for a, b in HOURS]
        self.begins = [begins for begins, _ in self.all]

    def from_(self, at: datetime) -> Iterable[tuple[datetime, datetime]]:
        """What is left of service from a moment on."""
        for begins, ends in self.all[max(0, bisect_right(self.begins, at) - 1) :]:
            if ends > at:
                yield max(begins, at), ends

    def is_open(self, at: datetime) -> bool:
        return next(iter(self.from_(at)))[0] == at

    def next_open(self, at: datetime) -> datetime:
        return next(iter(self.from_(at)))[0]

    def later(self, at: datetime, span: timedelta) -> datetime:
        """The first moment by which `span` of service has run since `at`."""
        if span <= ZERO:
            return self.next_open(at)
        for begins, ends in self.from_(at):
            if span <= ends - begins:
                return begins + span
            span -= ends - begins
        raise AssertionError("the calendar ends")

    def between(self, first: datetime, last: datetime) -> timedelta:
        found = ZERO
        for begins, ends in self.from_(first):
            if begins >= last:
                break
            found += min(ends, last) - begins
        return found

    def end_of_day(self, after: date, count: int) -> datetime:
        """The end of service `count` school days after a school day."""
        return datetime.combine(self.days[self.days.index(after) + count], HOURS[-1][1], ZONE)


@dataclass
class Limit:
    """What the product was told when the time limit began, and what happened to it since; moments in order."""

    ref: str
    ladder: str
    clock: str
    within: str
    owner: int
    place: tuple[str, str, int | None]
    started: datetime
    happened: list[tuple[datetime, str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    rung: int
    account: int
    at: datetime


def _amount(text: str) -> tuple[str, int]:
    count, word = int("".join(sign for sign in text if sign.isdigit())), text.lstrip("0123456789 ")
    if word.startswith("school"):
        return "school_day", count
    return ("minute", count) if word == "min" else ("minute", count * 60) if word == "h" else ("day", count)


class People:
    """Who answered for whom on a day, from the rows of responsibilities: (role, path, student, account, begins, ends)."""

    def __init__(self, rows: Sequence[tuple[str, str | None, int | None, int, date, date | None]]) -> None:
        self.rows = rows

    def nearest(self, role: str, place: tuple[str, str, int | None], on: date, without: int) -> set[int]:
        unit, dorm, sid = place
        best: dict[int, set[int]] = {}
        for held, path, student, account, begins, ends in self.rows:
            if held != role or account == without or begins > on or (ends is not None and ends < on):
                continue
            if student is not None:
                near = 10_000 if student == sid else -1
            else:
                assert path is not None
                near = len(path) if unit.startswith(path) or (dorm and dorm.startswith(path)) else -1
            if near >= 0:
                best.setdefault(near, set()).add(account)
        return best[max(best)] if best else set()


def expected(one: Limit, windows: Windows, people: People, on_duty: Any, until: datetime) -> list[Told]:
    """Everybody who must have been told of one time limit, until the end of the term."""
    rungs = tomllib.loads((LADDERS / f"{one.ladder}.toml").read_text("utf-8"))["rungs"]
    unit, count = _amount(one.within)
    service = one.clock != "round" or unit == "school_day"

    def run(at: datetime, span: timedelta) -> datetime:
        return windows.later(at, span) if service else at + span

    def whole(begin: datetime, amount: tuple[str, int]) -> datetime:
        kind, n = amount
        if kind == "school_day":
            return windows.end_of_day(windows.next_open(begin).date(), n)
        if kind == "day":
            assert not service
            return begin + timedelta(days=n)
        return run(begin if not service else windows.next_open(begin), timedelta(minutes=n))

    base = whole(one.started, (unit, count))
    due, rung, owner, held, paused, floor = base, 0, one.owner, ZERO, None, one.started
    said: list[Told] = []

    def moment() -> datetime:
        """When the watch must climb next."""
        kind, n = _amount(rungs[rung]["wait"])
        if n == 0:
            at = due
        elif kind == "minute":
            at = run(due, timedelta(minutes=n))
        else:
            at = whole(due - timedelta(microseconds=1), (kind, n))
        at = max(at, floor)
        if service:
            at = windows.next_open(at)
        minute = at.replace(second=0, microsecond=0)
        tick = at if at == minute else minute + timedelta(minutes=1)
        return windows.next_open(tick) if service else tick

    happened = list(one.happened)
    while rung < len(rungs):
        at = moment() if paused is None else None
        if happened and (at is None or happened[0][0] <= at):
            when, what, extra = happened.pop(0)
            if what in ("met", "cancelled"):
                return said
            if what == "rehanded":
                owner = extra
            elif what == "paused":
                paused = when
            elif what == "resumed":
                assert paused is not None
                held += windows.between(paused, when) if service else when - paused
                paused, floor = None, when
                due = run(base, held) if held > ZERO else base
            continue
        if at is None or at > until:
            return said
        heard: set[int] = set()
        while rung < len(rungs) and not heard:
            for word in rungs[rung]["tell"]:
                if word == "owner":
                    heard.add(owner)
                elif word == "on_duty":
                    heard |= on_duty(one.place, at)
                else:
                    heard |= people.nearest(word, one.place, at.date(), owner)
            if not service and not windows.is_open(at):
                heard |= on_duty(one.place, at)
            rung += 1
        said += [Told(rung, account, at) for account in sorted(heard)]
        floor = at + BREATH if rung < len(rungs) and rungs[rung]["tier"] != "crisis" else at
    return said
