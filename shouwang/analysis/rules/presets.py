"""The rules a school starts with: general ones, one TOML each, and one folder per published policy."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from shouwang.analysis.rules.language import parse, to_text
from shouwang.analysis.rules.refusals import Refused
from shouwang.analysis.rules.sentences import Says, spoken_of
from shouwang.analysis.rules.tree import Node
from shouwang.analysis.rules.verdicts import Bands
from shouwang.common.digest import digest
from shouwang.common.levels import BY_CODE

CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue" / "rules"
DOMAINS = {
    "academic": ("学业", "Academic"),
    "attendance": ("考勤", "Attendance"),
    "internship": ("实习", "Internship"),
    "safety": ("安全", "Safety"),
    "health": ("身心", "Well-being"),
    "conduct": ("操行", "Conduct"),
    "economic": ("经济", "Economic"),
    "family": ("家庭", "Family"),
    "data": ("数据", "Data"),
}
GENERAL = ("higher", "secondary", "compulsory")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as data: when it fires, how serious that is, how it is said, what is to be done."""

    code: str
    title: str
    title_en: str
    when: Node
    level: int
    weight: int
    domain: str
    playbook: str
    preset: str
    source: str
    says: tuple[Says, ...] = ()
    version: int = 1
    family: str = ""

    @property
    def text(self) -> str:
        return to_text(self.when)

    @property
    def indicators(self) -> tuple[str, ...]:
        """What the condition reads and what the sentences mention: an alert keeps the value of each."""
        return spoken_of(self.when, self.says)

    @property
    def fingerprint(self) -> str:
        """Changes when verdicts could change."""
        return digest({"code": self.code, "when": self.text, "level": self.level, "weight": self.weight})

    @property
    def text_fingerprint(self) -> str:
        """Changes when only the words changed."""
        says = [[reason.zh, reason.en, to_text(reason.when) if reason.when else ""] for reason in self.says]
        return digest([self.title, self.title_en, self.domain, self.playbook, self.source, says])

    def categories(self, masks: Mapping[str, int]) -> int:
        """The kinds of knowledge its values reveal, from each indicator's mask."""
        bits = 0
        for name in self.indicators:
            bits |= masks[name]
        return bits


@cache
def load_presets(root: Path = CATALOGUE) -> dict[str, tuple[Rule, ...]]:
    """Preset → its rules, by file name and level. Raises Refused or KeyError, naming the file, for a catalogue that is not right."""
    presets: dict[str, list[Rule]] = {name: [] for name in GENERAL}
    for path in sorted(root.glob("*.toml")):
        for found in _read(path) if path.name != "bands.toml" else ():
            for preset in _of(path).get("presets", GENERAL):
                presets[preset].append(replace(found, preset=preset))
    for path in sorted(root.glob("presets/*/*.toml")):
        presets.setdefault(path.parent.name, []).extend(replace(found, preset=path.parent.name) for found in _read(path))
    return {name: tuple(rules) for name, rules in presets.items()}


@cache
def bands(root: Path = CATALOGUE) -> Bands:
    """The score bands of the catalogue."""
    steps = _of(root / "bands.toml")["from"]
    return Bands(tuple(sorted((int(least), BY_CODE[level].number) for level, least in steps.items())))


@cache
def _of(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _read(path: Path) -> Iterator[Rule]:
    """A file is one rule; its `[[tier]]`s are the same rule at several thresholds, each with its own level."""
    content = _of(path)
    tiers: list[dict[str, Any]] = content.get("tier") or [{}]
    family = path.stem.replace("_", "-")
    for tier in tiers:
        both = {**content, **tier}
        if both["domain"] not in DOMAINS:
            raise ValueError(f"{path.name}：没有领域 {both['domain']}，可用的有 {'、'.join(DOMAINS)}")
        code = f"{family}-{both['level']}" if len(tiers) > 1 else family
        if path.parent.parent.name == "presets":
            code = f"{path.parent.name}-{code}"
        try:
            says = tuple(_says(reason) for reason in both["says"])
            when = parse(both["when"], None)
        except (Refused, KeyError) as error:
            raise ValueError(f"{path.name} {code}：{error}") from error
        level, weight = BY_CODE[both["level"]].number, int(both["weight"])
        words = both["title"], both["title_en"]
        yield Rule(code, *words, when, level, weight, both["domain"], both["playbook"], "", both["source"], says, family=family)


def _says(reason: dict[str, str]) -> Says:
    return Says(reason["zh"], reason["en"], parse(reason["when"], None) if "when" in reason else None)
