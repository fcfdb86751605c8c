"""Reads catalogue/indicators: one folder an area, one SQL pass per area, a column per indicator."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from shouwang.analysis.engine import codes, duckdb_sql
from shouwang.analysis.standard import load as load_standard
from shouwang.common.categories import Category
from shouwang.common.digest import digest

ROOT = Path(__file__).parents[2] / "catalogue" / "indicators"
WORD = re.compile(r"[a-z_][a-z0-9_]*")
SOURCE = re.compile(r"(?:FROM|JOIN)\s+(?:everyone_)?([a-z_]+)")
CALENDAR = ("term", "school_calendar")  # read through every session's own relations


class BadIndicator(Exception):
    """The catalogue of indicators contradicts itself; the text names area and indicator."""


@dataclass(frozen=True)
class Indicator:
    name: str
    area: str
    title: str
    title_en: str
    unit: str
    unit_en: str
    window: str
    window_en: str
    null_means: str
    null_means_en: str
    sensitivity: str
    """One category name, or several joined by `+` when the number mixes kinds of knowledge."""
    worse: Literal["up", "down"] | None
    decimals: int
    tables: tuple[str, ...]
    measure: str
    """Windows of one measure share its name."""
    evidence: str
    """Which rows of the area's evidence.sql this indicator follows from."""
    relative: bool
    """Whether the value also depends on recorded statistics of others (peers.sql)."""
    for_families: bool
    """Whether it says something to a student or guardian as it stands; the rest are tools of those who help."""
    fingerprint: str

    @property
    def categories(self) -> int:
        """The bit mask of everything one learns by reading the value."""
        bits = 0
        for name in self.sensitivity.split("+"):
            bits |= Category[name]
        return int(bits)


@dataclass(frozen=True)
class Area:
    name: str
    title: str
    title_en: str
    after: tuple[str, ...]
    values: str
    evidence: str
    peers: str | None
    indicators: tuple[Indicator, ...]

    @property
    def recorded(self) -> str:
        """The session's table of what is recorded about peers."""
        return f"peers_{self.name}"

    @property
    def peer_tables(self) -> frozenset[str]:
        return frozenset(load_standard().tables) & {*SOURCE.findall(self.peers or ""), *CALENDAR}

    @property
    def panel(self) -> str:
        """The session's table that holds this area's values."""
        return f"indicators_{self.name}"


@dataclass(frozen=True)
class Indicators:
    areas: tuple[Area, ...]

    @cached_property
    def by_name(self) -> dict[str, Indicator]:
        return {indicator.name: indicator for area in self.areas for indicator in area.indicators}

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.by_name)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables of the standard that any value is computed from."""
        words = {word for area in self.areas for text in (area.values, area.peers or "") for word in SOURCE.findall(text)}
        return frozenset(load_standard().tables) & {*words, "student", *CALENDAR}

    @cached_property
    def fingerprint(self) -> str:
        return digest({name: indicator.fingerprint for name, indicator in self.by_name.items()})

    def indicator(self, name: str) -> Indicator:
        """The indicator of this name. KeyError (in Chinese) when there is none."""
        if name not in self.by_name:
            raise KeyError(f"没有指标 {name}")
        return self.by_name[name]

    def area(self, name: str) -> Area:
        """The area of this name. KeyError when there is none."""
        for area in self.areas:
            if area.name == name:
                return area
        raise KeyError(f"没有指标领域 {name}")

    def only(self, names: Iterable[str]) -> "Indicators":
        """These areas and those they build on, in order."""
        wanted = set(names)
        for area in reversed(self.areas):
            if area.name in wanted:
                wanted.update(area.after)
        return Indicators(tuple(area for area in self.areas if area.name in wanted))


@cache
def load(root: Path = ROOT) -> Indicators:
    """All areas, those that build on others after them. BadIndicator or RefusedSQL naming the place when a definition is wrong."""
    pending = {path.parent.name: path.parent for path in sorted(root.glob("*/about.toml"))}
    areas: dict[str, Area] = {}
    while pending:
        ready = [name for name, folder in pending.items() if set(_about(folder).get("after", [])) <= areas.keys()]
        if not ready:
            raise BadIndicator(f"指标领域互相等待或缺少依据：{'、'.join(pending)}")
        for name in ready:
            areas[name] = _area(pending.pop(name), areas)
    names = [indicator.name for area in areas.values() for indicator in area.indicators]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadIndicator(f"指标重名：{'、'.join(sorted(twice))}")
    return Indicators(tuple(areas.values()))


def _about(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "about.toml").read_text("utf-8"))


def _area(folder: Path, earlier: dict[str, Area]) -> Area:
    about = _about(folder)
    values, evidence = (_statement(folder / file) for file in ("values.sql", "evidence.sql"))
    peers = _statement(folder / "peers.sql") if (folder / "peers.sql").exists() else None
    after = tuple(about.get("after", ()))
    # What would change a number: the SQL in its canonical form, that of the areas below, and the codes and types it reads.
    basis = digest([values, peers, [earlier[name].indicators[0].fingerprint for name in after], _versions(values, peers or "")])
    defaults = {name: value for name, value in about.items() if name not in {"title", "title_en", "after", "indicators"}}
    indicators = tuple(_indicator(folder.name, name, defaults | words, basis) for name, words in about["indicators"].items())
    return Area(folder.name, about["title"], about["title_en"], after, values, evidence, peers, indicators)


def _indicator(area: str, name: str, words: dict[str, Any], basis: str) -> Indicator:
    given = dict(words)
    if unknown := set(given) - set(Indicator.__dataclass_fields__):
        raise BadIndicator(f"{area}/about.toml 的 {name}：不认识的项 {'、'.join(sorted(unknown))}")
    given.setdefault("measure", name)
    given.setdefault("decimals", 0)
    given.setdefault("relative", False)
    given.setdefault("for_families", False)
    given.setdefault("evidence", "TRUE")
    given["worse"] = given["worse"] or None
    given["tables"] = tuple(given["tables"])
    given["evidence"] = codes(given["evidence"], load_standard())
    try:
        return Indicator(name=name, area=area, fingerprint=digest([name, basis])[:16], **given)
    except TypeError as problem:
        raise BadIndicator(f"{area}/about.toml 的 {name}：{problem}") from None


def _statement(path: Path) -> str:
    place = f"{path.parent.name}/{path.name}"
    try:
        return duckdb_sql(codes(path.read_text("utf-8"), load_standard()), place)
    except KeyError as problem:
        raise BadIndicator(f"{place}：{problem}") from None


def _versions(*statements: str) -> dict[str, str]:
    words = {word.removeprefix("everyone_") for text in statements for word in WORD.findall(text)}
    return {name: table.version for name, table in load_standard().tables.items() if name in words}
