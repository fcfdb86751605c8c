"""When somebody must be there, where nobody is, who is in two places, and which steps are allowed. Tables and pure functions."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from shouwang.common.calendar import SchoolCalendar
from shouwang.common.states import Table

AHEAD = timedelta(days=28)  # how far gaps are looked for
FURTHEST = timedelta(days=200)  # a roster is filled for a term at most
LONGEST = timedelta(hours=26)  # one person, one stretch: a day and its hand-over
REMIND = timedelta(hours=20)
EDITORS = ("student_affairs", "security", "moral_education", "college_lead")
DAY_WORDS = {
    "every": ("每天", "Every day"),
    "school": ("上学日", "School days"),
    "off": ("周末与假日", "Weekends and holidays"),
    "eve": ("次日不上学的日子", "Days before a day off"),
    "weekly": ("每周固定几天", "Fixed days of the week"),
}
CALLERS = {
    "student": ("学生", "A student"),
    "guardian": ("家长", "A guardian"),
    "staff": ("教职工", "Staff"),
    "dorm": ("宿舍", "The dormitory"),
    "police": ("公安、医院等", "Police, hospital, …"),
    "other": ("其他", "Other"),
}

# What may become of a shift, and of a question to swap it.
MOVES: dict[tuple[str, str], str] = {
    ("new", "plan"): "planned",
    ("planned", "begin"): "on",
    ("planned", "end"): "done",
    ("on", "end"): "done",
    ("absent", "end"): "removed",  # nobody came in place of them: nobody was there
    ("planned", "give"): "planned",
    ("on", "give"): "planned",  # begins for the other with the next turn
    ("absent", "give"): "planned",
    ("planned", "ask"): "planned",
    ("on", "ask"): "on",
    ("absent", "ask"): "absent",
    ("planned", "leave"): "absent",
    ("on", "leave"): "absent",
    ("planned", "remove"): "removed",
    ("absent", "remove"): "removed",
    ("planned", "note"): "planned",
    ("on", "note"): "on",
    ("done", "note"): "done",
}
SWAP_MOVES: dict[tuple[str, str], str] = {
    ("new", "ask"): "asked",
    ("asked", "agree"): "agreed",
    ("asked", "refuse"): "refused",
    ("asked", "withdraw"): "withdrawn",
}
STATES = {
    "planned": ("已安排", "Planned"),
    "on": ("值班中", "On duty"),
    "done": ("已结束", "Over"),
    "absent": ("请假待替", "On leave, to be covered"),
    "removed": ("已取消", "Taken off"),
}
SWAP_STATES = {
    "asked": ("等对方同意", "Asked"),
    "agreed": ("已换班", "Swapped"),
    "refused": ("对方未同意", "Refused"),
    "withdrawn": ("已撤回", "Withdrawn"),
}
ACTORS = {
    "own": ("值班人本人", "Whoever has the shift"),
    "colleague": ("被请换班的老师", "The colleague who was asked"),
    "planner": ("安排值班的部门", "The office that plans duty"),
    "machine": ("系统按钟点", "The clock"),
}
SHIFT = Table(
    "shift",
    ("这个班次", "The shift"),
    STATES,
    MOVES,
    {
        "plan": ("planner",),
        "begin": ("machine",),
        "end": ("machine",),
        "give": ("planner", "colleague"),
        "ask": ("own",),
        "leave": ("own",),
        "remove": ("planner",),
        "note": ("own",),
    },
    {
        "plan": ("安排", "plan it"),
        "begin": ("开始", "begin it"),
        "end": ("结束", "end it"),
        "give": ("换人", "give it to somebody else"),
        "ask": ("请求换班", "ask for a swap"),
        "leave": ("请假", "take leave"),
        "remove": ("取消", "take it off"),
        "note": ("写交班和来电", "write notes and calls"),
    },
    ACTORS,
)
SWAP = Table(
    "swap",
    ("这次换班", "The swap"),
    SWAP_STATES,
    SWAP_MOVES,
    {"ask": ("own",), "agree": ("colleague",), "refuse": ("colleague",), "withdraw": ("own",)},
    {
        "ask": ("请求换班", "ask"),
        "agree": ("同意", "agree"),
        "refuse": ("不同意", "refuse"),
        "withdraw": ("撤回", "withdraw it"),
    },
    ACTORS,
)
TABLES = (SHIFT, SWAP)
_REASONS = {
    "done": ("这个班次已经结束。", "This shift is over."),
    "removed": ("这个班次已经取消。", "This shift was taken off."),
    "absent": ("这个班次已经请假，请先找到替班的人。", "Somebody took leave from this shift; find a substitute first."),
    "planned": ("这个班次还没有开始。", "This shift has not begun."),
    "on": ("这个班次正在进行，请办理请假或换班。", "This shift is running; take leave or ask for a swap."),
}
_SWAP_REASONS = {
    "agreed": ("已经换过班了。", "It has been swapped."),
    "refused": ("对方没有同意，可以再请另一位。", "It was refused; ask somebody else."),
    "withdrawn": ("这次换班已经撤回。", "This question was withdrawn."),
}


def pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def why_not(state: str, move: str, lang: str = "zh") -> str:
    """Empty when the move is allowed for a shift in this state, else the reason."""
    return "" if (state, move) in MOVES else pick(lang, *_REASONS[state])


def why_not_swap(state: str, move: str, lang: str = "zh") -> str:
    """Empty when a question to swap may still be answered so, else the reason."""
    return "" if (state, move) in SWAP_MOVES else pick(lang, *_SWAP_REASONS[state])


class Need(NamedTuple):
    """Somebody must be there: when, how many, for which pattern."""

    pattern: int
    starts_at: datetime
    ends_at: datetime
    people: int


class Held(NamedTuple):
    """A shift as the arithmetic wants it."""

    shift: int
    roster: int
    account: int
    starts_at: datetime
    ends_at: datetime


class Gap(NamedTuple):
    """A stretch for which `missing` people are not there."""

    starts_at: datetime
    ends_at: datetime
    missing: int


@dataclass(frozen=True, slots=True)
class Times:
    """When a pattern wants somebody. `weekdays`: a bit a day, Monday is 1."""

    pattern: int
    days: str
    weekdays: int
    begins: time
    ends: time
    people: int
    from_on: date
    until: date | None

    def wants(self, day: date, calendar: SchoolCalendar) -> bool:
        if day < self.from_on or (self.until is not None and day > self.until):
            return False
        if self.days == "weekly":
            return bool(self.weekdays & 1 << day.weekday())
        if self.days == "eve":
            return day + timedelta(days=1) not in calendar
        return self.days == "every" or (self.days == "school") == (day in calendar)


def needs(patterns: Iterable[Times], first: date, last: date, calendar: SchoolCalendar, zone: tzinfo) -> list[Need]:
    """Every stretch between two days (both included, by the day it begins) for which somebody must be there, in order."""
    found = []
    for one in patterns:
        for day in days_between(first, last):
            if one.wants(day, calendar):
                ends_on = day if one.ends > one.begins else day + timedelta(days=1)
                begins, ends = (datetime.combine(on, clock, tzinfo=zone) for on, clock in ((day, one.begins), (ends_on, one.ends)))
                found.append(Need(one.pattern, begins, ends, one.people))
    return sorted(found, key=lambda need: (need.starts_at, need.pattern))


def days_between(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def gaps(need: Need, held: Collection[Held]) -> list[Gap]:
    """The parts of a stretch for which fewer people are there than must be; neighbours with the same lack are one."""
    here = [one for one in held if one.starts_at < need.ends_at and one.ends_at > need.starts_at]
    edges = sorted(
        {need.starts_at, need.ends_at}
        | {edge for one in here for edge in (one.starts_at, one.ends_at) if need.starts_at < edge < need.ends_at}
    )
    found: list[Gap] = []
    for starts, ends in zip(edges, edges[1:], strict=False):
        there = len({one.account for one in here if one.starts_at <= starts and one.ends_at >= ends})
        if there >= need.people:
            continue
        missing = need.people - there
        if found and found[-1].ends_at == starts and found[-1].missing == missing:
            found[-1] = Gap(found[-1].starts_at, ends, missing)
        else:
            found.append(Gap(starts, ends, missing))
    return found


def doubles(held: Collection[Held]) -> list[tuple[Held, Held]]:
    """Pairs of shifts of the same person that overlap."""
    found, last = [], dict[int, list[Held]]()
    for one in sorted(held, key=lambda one: (one.starts_at, one.shift)):
        before = [other for other in last.get(one.account, []) if other.ends_at > one.starts_at]
        found += [(other, one) for other in before]
        last[one.account] = [*before, one]
    return found


def overlaps(starts_at: datetime, ends_at: datetime, held: Iterable[Held]) -> bool:
    return any(one.starts_at < ends_at and one.ends_at > starts_at for one in held)


def rotate(needed: Iterable[Need], turns: list[int], after: int | None, busy: dict[int, list[Held]], roster: int) -> list[tuple[Need, int]]:
    """(stretch, account) in turn, beginning behind `after`; who is busy then is passed over and keeps the next place. `busy` grows along.

    A stretch for which nobody is free stays open: it is shown as a gap.
    """
    made: list[tuple[Need, int]] = []
    queue = list(turns)
    if after in queue:
        at = queue.index(after) + 1
        queue = queue[at:] + queue[:at]
    for need in needed:
        free = [one for one in queue if not overlaps(need.starts_at, need.ends_at, busy.get(one, []))]
        for account in free[: need.people]:
            made.append((need, account))
            busy.setdefault(account, []).append(Held(0, roster, account, need.starts_at, need.ends_at))
            queue.remove(account)
            queue.append(account)
    return made
