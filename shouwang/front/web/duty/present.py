"""Shifts, gaps and swaps as people read them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.work.duty import policies

STATES = {
    "planned": ("已安排", "Planned"),
    "on": ("值班中", "On duty"),
    "done": ("已结束", "Over"),
    "absent": ("请假待替", "On leave, no substitute"),
    "removed": ("已取消", "Taken off"),
}


def span(starts_at: datetime, ends_at: datetime, today: date) -> str:
    """「12月10日 周三 17:30 – 次日 08:00」."""
    return f"{words.day(timezone.localdate(starts_at), today, weekday=True)} {hours(starts_at, ends_at)}"


def hours(starts_at: datetime, ends_at: datetime) -> str:
    starts, ends = timezone.localtime(starts_at), timezone.localtime(ends_at)
    if ends.date() == starts.date():
        return f"{starts:%H:%M} – {ends:%H:%M}"
    if ends.date() == starts.date() + timedelta(days=1):
        return f"{starts:%H:%M} – {pick('次日', 'next day')} {ends:%H:%M}"
    return f"{starts:%H:%M} – {ends:%m-%d %H:%M}"


def shift(one: Any, by: Reader, today: date) -> dict[str, Any]:
    staff = one.account.staff
    return {
        "pk": one.pk,
        "who": one.account.name,
        "phone": one.roster.phone or (staff.phone if staff else ""),
        "title": one.roster.title,
        "roster": one.roster_id,
        "place": one.roster.unit.name,
        "when": span(one.starts_at, one.ends_at, today),
        "hours": hours(one.starts_at, one.ends_at),
        "state": one.state,
        "status": pick(*STATES[one.state]),
        "mine": one.account_id == by.account_id,
    }


def gap(one: policies.Gap, today: date) -> dict[str, Any]:
    short = pick(f"缺 {one.missing} 人", f"{one.missing} missing")
    return {"when": span(one.starts_at, one.ends_at, today), "hours": hours(one.starts_at, one.ends_at), "what": short, "gap": one}


def swap(one: Any, by: Reader, today: date) -> dict[str, Any]:
    """Who asks whom for what, from where the reader stands."""
    to_me = one.asked_of_id == by.account_id
    back = span(one.back.starts_at, one.back.ends_at, today) if one.back else ""
    return {
        "pk": one.pk,
        "to_me": to_me,
        "who": one.asked_by.name if to_me else one.asked_of.name,
        "title": one.shift.roster.title,
        "when": span(one.shift.starts_at, one.shift.ends_at, today),
        "back": back,
        "asked_at": one.asked_at,
    }


def days(found: Iterable[Any], by: Reader, today: date) -> list[dict[str, Any]]:
    """The roster day by day; days on which nobody must be there and nobody is are left out."""
    return [
        {
            "on": words.day(day.on, today, weekday=True),
            "today": day.on == today,
            "off": not day.is_school_day,
            "shifts": [shift(one, by, today) for one in day.shifts],
            "gaps": [gap(one, today) for one in day.gaps],
        }
        for day in found
        if day.shifts or day.gaps
    ]


SHOWN = 5


def trouble(one: Any, by: Reader, today: date) -> dict[str, Any]:
    """What must be seen to on a roster; the gap that a leave makes is said once, with the leave."""
    left = {(each.starts_at, each.ends_at) for each in one.leaves}
    gaps = [each for each in one.gaps if (each.starts_at, each.ends_at) not in left]
    return {
        "pk": one.roster.pk,
        "title": one.roster.title,
        "gaps": [gap(each, today) for each in gaps[:SHOWN]],
        "more": max(0, len(gaps) - SHOWN),
        "doubles": [(first.account.name, shift(first, by, today), shift(second, by, today)) for first, second in one.doubles],
        "leaves": [shift(each, by, today) for each in one.leaves],
        "count": len(gaps) + len(one.doubles) + len(one.leaves),
    }


def pattern(one: Any) -> dict[str, Any]:
    weekdays = words.WEEKDAYS if words.chinese() else words.WEEKDAYS_EN
    chosen = pick("、", ", ").join(name for at, name in enumerate(weekdays) if one.weekdays & 1 << at)
    which = chosen if one.days == "weekly" else pick(*policies.DAY_WORDS[one.days])
    over = pick("次日 ", "next day ") if one.ends <= one.begins else ""
    return {
        "pk": one.pk,
        "words": f"{which} {one.begins:%H:%M} – {over}{one.ends:%H:%M}",
        "people": pick(f"{one.people} 人", f"{one.people} people" if one.people > 1 else "1 person"),
        "from": one.from_on,
        "until": one.until,
    }
