"""The authored stories: what happens to some sixty students, as data in stories.toml."""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

RATES = {"absent", "late", "early", "sick", "night_out", "late_return", "missed_work", "missed_checkin"}
FACTORS = {"platform", "loans", "activity"}


@dataclass(frozen=True, slots=True)
class Phase:
    """From `start` until the next phase begins: chances per session, night or task, and factors on what the student usually does."""

    start: date
    values: dict[str, float] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Story:
    kind: str
    name: str
    gender: str
    college: str
    entry: int
    title: str
    look: str
    class_no: int = 0
    ability: float = 0.2
    boarder: bool = True
    flags: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    marks: dict[int, float] = field(default_factory=dict, hash=False)
    fails: dict[int, int] = field(default_factory=dict, hash=False)
    leaves: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    conduct: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    change: dict[str, Any] = field(default_factory=dict, hash=False)
    fee_paid: float = 1.0
    aid: str = ""
    resit: bool | None = None
    silent: tuple[str, ...] = ()
    silent_from: date = date(2099, 1, 1)
    skill: float = 0.0
    certificate: bool = True
    milestone: bool = True

    def now(self, day: date) -> dict[str, float]:
        """The values that hold on a day; empty before the first phase."""
        current: dict[str, float] = {}
        for phase in self.phases:
            if phase.start <= day:
                current = phase.values
        return current

    def says_nothing(self, table: str, day: date) -> bool:
        """Whether the department's data about this student has a gap on that day."""
        return table in self.silent and day >= self.silent_from


@cache
def load_stories() -> tuple[Story, ...]:
    """The stories in their order. KeyError or ValueError when one uses a word that no generator knows."""
    source = tomllib.loads((Path(__file__).parent / "stories.toml").read_text("utf-8"))
    return tuple(_story(entry) for entry in source["story"])


def _story(entry: dict[str, Any]) -> Story:
    words = dict(entry)
    words["phases"] = tuple(_phase(dict(phase)) for phase in words.get("phases", ()))
    for name in ("flags", "leaves", "conduct", "silent"):
        words[name] = tuple(words.get(name, ()))
    for name in ("marks", "fails"):
        words[name] = {int(term): value for term, value in words.get(name, {}).items()}
    return Story(**words)


def _phase(phase: dict[str, Any]) -> Phase:
    start = phase.pop("from")
    unknown = set(phase) - RATES - FACTORS
    if unknown:
        raise ValueError(f"stories.toml：不认识 {sorted(unknown)}")
    return Phase(start, phase)
