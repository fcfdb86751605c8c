"""The network as the catalogue describes it: categories, stations, departments, channels, emergency plans. Data, read once and checked."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shouwang.common.categories import mask
from shouwang.common.schooltime import Within
from shouwang.trust.access.answering import LADDER_ROLES

ROOT = Path(__file__).parents[2] / "catalogue"
URGENCIES: dict[str, tuple[str, str]] = {
    "routine": ("一般", "Routine"),
    "urgent": ("紧急", "Urgent"),
    "critical": ("危急", "Critical"),
}
RANK = {code: rank for rank, code in enumerate(URGENCIES)}
# Urgent matters run round the clock: outside service hours the person on duty is asked as well.
CLOCKS = {"routine": "service", "urgent": "round", "critical": "round"}


class BadNetwork(Exception):
    """The catalogue contradicts itself; the message names the place."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A category of reports. `skips`: stations that are asked at once with the first, from an urgency on."""

    code: str
    zh: str
    en: str
    icon: str
    urgency: str
    departments: tuple[str, ...]
    mask: int
    skips: Mapping[str, tuple[str, ...]]
    domain: str
    playbook: str
    level: int
    own: bool = False

    def at_once(self, urgency: str) -> tuple[str, ...]:
        """The stations that a report of this urgency reaches together with the first: what the nearest lower urgency says."""
        for code in reversed(list(URGENCIES)[: RANK[urgency] + 1]):
            if code in self.skips:
                return self.skips[code]
        return ()


@dataclass(frozen=True, slots=True)
class Station:
    code: str
    zh: str
    en: str
    roles: tuple[str, ...]
    within: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    zh: str
    en: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """`path`: station after station; several in one step are asked at once."""

    code: str
    zh: str
    en: str
    reporters: tuple[str, ...]
    path: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """`each`: everybody who holds the role below the place, else one person, the nearest."""

    code: str
    zh: str
    en: str
    roles: tuple[str, ...]
    each: bool
    within: Within


@dataclass(frozen=True, slots=True)
class Plan:
    code: str
    zh: str
    en: str
    icon: str
    order: int
    tasks: tuple[Task, ...]

    def task(self, code: str) -> Task:
        return next(task for task in self.tasks if task.code == code)


@dataclass(frozen=True, slots=True)
class Network:
    kinds: Mapping[str, Kind]
    stations: Mapping[str, Station]
    departments: Mapping[str, Department]
    channels: Mapping[str, Channel]


def _rows(name: str, key: str) -> list[dict[str, Any]]:
    found = tomllib.loads((ROOT / "channels" / f"{name}.toml").read_text("utf-8"))[key]
    assert isinstance(found, list)
    return found


@cache
def load() -> Network:
    """The shipped network. BadNetwork when a file names what another does not know."""
    stations = {row["code"]: _station(row) for row in _rows("stations", "station")}
    departments = {
        row["code"]: Department(row["code"], row["zh"], row["en"], _roles(row["code"], row["roles"]))
        for row in _rows("stations", "department")
    }
    channels = {row["code"]: _channel(row, stations) for row in _rows("channels", "channel")}
    kinds = {row["code"]: _kind(row, stations, departments) for row in _rows("categories", "category")}
    return Network(kinds, stations, departments, channels)


def _roles(place: str, roles: list[str]) -> tuple[str, ...]:
    if unknown := set(roles) - LADDER_ROLES:
        raise BadNetwork(f"{place}: {sorted(unknown)} are no roles of the school")
    return tuple(roles)


def _station(row: dict[str, Any]) -> Station:
    for urgency in URGENCIES:
        Within.parse(row["within"][urgency])
    return Station(row["code"], row["zh"], row["en"], _roles(row["code"], row["roles"]), row["within"])


def _channel(row: dict[str, Any], stations: Mapping[str, Station]) -> Channel:
    path = tuple((step,) if isinstance(step, str) else tuple(step) for step in row["path"])
    if unknown := {code for step in path for code in step} - set(stations):
        raise BadNetwork(f"channel {row['code']}: no stations {sorted(unknown)}")
    return Channel(row["code"], row["zh"], row["en"], tuple(row["reporters"]), path)


def _kind(row: dict[str, Any], stations: Mapping[str, Station], departments: Mapping[str, Department]) -> Kind:
    skips = {urgency: tuple(codes) for urgency, codes in row.get("skips", {}).items()}
    concerned = tuple(row.get("departments", ()))
    if set(skips) - set(URGENCIES) or {code for codes in skips.values() for code in codes} - set(stations):
        raise BadNetwork(f"category {row['code']}: unknown urgency or station in skips")
    if set(concerned) - set(departments) or row["urgency"] not in URGENCIES:
        raise BadNetwork(f"category {row['code']}: unknown department or urgency")
    return Kind(
        code=row["code"],
        zh=row["zh"],
        en=row["en"],
        icon=row["icon"],
        urgency=row["urgency"],
        departments=concerned,
        mask=mask(["identity", *row["mask"]]),
        skips=skips,
        domain=row["domain"],
        playbook=row.get("playbook", ""),
        level=row["level"],
    )


@cache
def plans() -> dict[str, Plan]:
    """The emergency plans, in their order."""
    found = [_plan(tomllib.loads(path.read_text("utf-8"))) for path in (ROOT / "emergencies").glob("*.toml")]
    return {plan.code: plan for plan in sorted(found, key=lambda plan: plan.order)}


def _plan(said: dict[str, Any]) -> Plan:
    tasks = tuple(
        Task(row["code"], row["zh"], row["en"], _roles(said["code"], row["roles"]), row["who"] == "each", Within.parse(row["within"]))
        for row in said["task"]
    )
    if len({task.code for task in tasks}) < len(tasks) or any(row["who"] not in ("one", "each") for row in said["task"]):
        raise BadNetwork(f"emergency {said['code']}: a task twice, or nobody said who")
    return Plan(said["code"], said["zh"], said["en"], said["icon"], said["order"], tasks)


def way_of(role: str, lang: str) -> list[str]:
    """Station after station, in words, which a report from this role climbs; several at once are one word."""
    stations = load().stations
    channel, _ = channel_of(frozenset({role}))
    join = "、" if lang == "zh" else ", "
    return [join.join(stations[code].zh if lang == "zh" else stations[code].en for code in step) for step in channel.path]


def channel_of(roles: frozenset[str], *, association: bool = False) -> tuple[Channel, str]:
    """The channel of a reporter and the role in which they report. `association`: they report for a student association."""
    channels = load().channels
    for channel in channels.values():
        for role in channel.reporters:
            if role in roles:
                return (channels["association"], role) if association else (channel, role)
    role = min(roles & LADDER_ROLES, default="")
    return (channels["association"], role) if association else (channels["staff"], role)
