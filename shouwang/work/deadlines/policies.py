"""Ladders, and what may be done to a deadline in which state. Data and pure functions."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from shouwang.common.schooltime import Within
from shouwang.common.states import Table
from shouwang.trust.access.answering import LADDER_ROLES

FOLDER = Path(__file__).parents[2] / "catalogue" / "ladders"
OWNER, ON_DUTY = "owner", "on_duty"
WORDS = {OWNER: ("责任人", "the responsible person"), ON_DUTY: ("值班人员", "the person on duty")}
LONGEST_PAUSE = timedelta(days=60)
BREATH = timedelta(minutes=5)  # no two rungs of an ordinary ladder within it
AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4))  # a row that failed

MOVES: dict[tuple[str, str], str] = {
    ("new", "start"): "open",
    ("open", "meet"): "met",
    ("paused", "meet"): "met",
    ("open", "cancel"): "cancelled",
    ("paused", "cancel"): "cancelled",
    ("open", "pause"): "paused",
    ("paused", "resume"): "open",
    ("open", "rehand"): "open",
    ("paused", "rehand"): "paused",
    ("open", "change"): "open",
    ("paused", "change"): "paused",
    ("open", "climb"): "open",
}
STATES = {
    "open": ("进行中", "Running"),
    "paused": ("已暂停", "Paused"),
    "met": ("已完成", "Met"),
    "cancelled": ("已取消", "Cancelled"),
}
# The room a matter belongs to decides which person may; the watch alone climbs, and ends a pause whose time is over.
DEADLINE = Table(
    "deadline",
    ("这个期限", "The time limit"),
    STATES,
    MOVES,
    {
        **dict.fromkeys(("start", "meet", "cancel", "pause", "rehand", "change"), ("room",)),
        "resume": ("room", "watch"),
        "climb": ("watch",),
    },
    {
        "start": ("开始计时", "start it"),
        "meet": ("完成", "meet it"),
        "cancel": ("取消", "cancel it"),
        "pause": ("暂停", "pause it"),
        "resume": ("恢复", "resume it"),
        "rehand": ("换责任人", "give it to somebody else"),
        "change": ("改时限", "change it"),
        "climb": ("逐级提醒", "climb"),
    },
    {"room": ("这件事所在的房间", "The room of the matter"), "watch": ("系统按钟点", "The watch")},
)
TABLES = (DEADLINE,)
_REASONS = {
    ("met", "*"): ("这件事已经完成，期限不再计时。", "The matter is done; its time limit is over."),
    ("cancelled", "*"): ("这个期限已经取消。", "This time limit was cancelled."),
    ("open", "resume"): ("这个期限没有暂停。", "This time limit is not paused."),
    ("paused", "pause"): ("这个期限已经暂停，请先恢复。", "It is paused already; resume it first."),
    ("paused", "climb"): ("暂停期间不催办。", "Nobody is told while it is paused."),
}


def pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def why_not(state: str, move: str, lang: str = "zh") -> str:
    """Empty when the move is allowed in this state, else the reason. KeyError for an unknown state."""
    if state not in STATES:
        raise KeyError(state)
    if (state, move) in MOVES:
        return ""
    return pick(lang, *(_REASONS.get((state, move)) or _REASONS[state, "*"]))


@dataclass(frozen=True, slots=True)
class Rung:
    """Who hears, how long after the due moment, and how loudly."""

    wait: Within
    tell: tuple[str, ...]
    tier: Literal["important", "crisis"]
    title: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Ladder:
    code: str
    title: str
    title_en: str
    rungs: tuple[Rung, ...]

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(role for rung in self.rungs for role in rung.tell if role not in WORDS)


class BadLadder(Exception):
    """The file contradicts itself; the message names ladder and rung."""


@cache
def ladders(folder: Path = FOLDER) -> dict[str, Ladder]:
    """Every ladder of the catalogue, checked. BadLadder with the place and the reason."""
    return {path.stem: _ladder(path.stem, tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.toml"))}


def _ladder(code: str, said: dict[str, Any]) -> Ladder:
    rungs = tuple(_rung(f"{code} {at}", row) for at, row in enumerate(said.get("rungs", ()), 1))
    if not rungs:
        raise BadLadder(f"{code}: a ladder without rungs")
    minutes = [_minutes(rung.wait) for rung in rungs]
    if minutes != sorted(minutes):
        raise BadLadder(f"{code}: a later rung waits less than the one before")
    return Ladder(code, said["title"], said["title_en"], rungs)


def _rung(place: str, row: dict[str, Any]) -> Rung:
    tell = tuple(row.get("tell", ()))
    if unknown := set(tell) - LADDER_ROLES - set(WORDS):
        raise BadLadder(f"{place}: {sorted(unknown)} are no roles of the school")
    if not tell or row["tier"] not in ("important", "crisis"):
        raise BadLadder(f"{place}: nobody is told, or the tier is unknown")
    return Rung(Within.parse(row["wait"]), tell, row["tier"], row["title"], row["title_en"])


def _minutes(wait: Within) -> int:
    return wait.count * {"time": 1, "day": 24 * 60, "school_day": 24 * 60}[wait.unit]
