"""Figures of a unit as ready strings: each number with its change, its meaning and the way to the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shouwang.common.levels import LEVELS
from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.work.desk.levels import Cause, Silence, UnitLevels, Week


@dataclass(frozen=True, slots=True)
class UnitRow:
    name: str
    url: str
    rows_url: str
    students: str
    share: str
    change: str
    counts: tuple[int, ...]
    shown: tuple[str, ...]


def table(rows: Sequence[UnitLevels]) -> list[UnitRow]:
    return [
        UnitRow(
            row.unit.name,
            f"/units/{row.unit.pk}/",
            f"/students/?unit={row.unit.pk}&level=",
            f"{sum(row.counts):,}",
            words.share(sum(row.counts[1:]), sum(row.counts)),
            words.change(sum(row.change[1:])) if row.change else "",
            row.counts,
            tuple(f"{row.counts[level]:,}" if row.counts[level] else "" for level in (4, 3, 2, 1)),
        )
        for row in rows
    ]


def stats(row: UnitLevels) -> list[dict[str, str]]:
    """The levels from red down, and how many students there are at all."""
    rows_url = f"/students/?unit={row.unit.pk}&level="
    whole = sum(row.counts)
    found = [
        {
            "title": pick("有预警的同学", "Students with alerts"),
            "value": f"{whole - row.counts[0]:,}",
            "note": _note(words.share(whole - row.counts[0], whole), -row.change[0] if row.change else None),
            "url": rows_url + "any",
        }
    ]
    return found + [
        {
            "title": pick(level.zh, level.en),
            "value": f"{row.counts[level.number]:,}",
            "note": _note("", row.change[level.number] if row.change else None),
            "url": rows_url + str(level.number),
        }
        for level in reversed(LEVELS[1:])
    ]


def _note(share: str, change: int | None) -> str:
    moved = "" if change is None else pick(f"较一周前 {words.change(change)}", f"{words.change(change)} on the week before")
    return " · ".join(part for part in (share, moved) if part)


def chart(weeks: Sequence[Week], name: str) -> dict[str, Any] | None:
    """Stacked weeks, red at the bottom where the eye begins; a week without counts stays empty."""
    known = [week for week in weeks if week.counts is not None]
    if len(known) < 2:
        return None
    return {
        "kind": "stack",
        "description": pick(f"{name}各周各级别的同学数", f"Students of {name} at each level by week"),
        "labels": [f"{week.as_of.month}/{week.as_of.day}" for week in weeks],
        "right": 8,
        "series": [
            {
                "name": pick(level.zh, level.en),
                "level": level.number,
                "values": [week.counts[level.number] if week.counts is not None else None for week in weeks],
            }
            for level in reversed(LEVELS[1:])
        ],
    }


def causes(rows: Sequence[Cause], unit: int) -> list[dict[str, Any]]:
    return [
        {
            "title": row.title,
            "level": row.level,
            "n": f"{row.n:,}",
            "fresh": words.change(row.fresh) if row.fresh else "",
            "url": f"/alerts/?rule={row.code}&unit={unit}",
        }
        for row in rows
    ]


def silences(rows: Sequence[Silence]) -> list[dict[str, str]]:
    return [{"title": row.title, "share": f"{100 * row.share:.0f} %", "unknown": f"{row.unknown:,}"} for row in rows]


def as_of(day: date, today: date) -> str:
    return words.day(day, today, weekday=True)
