"""A student's indicators for one reader: the value now, its past, its place in the class, the line a rule draws, and why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shouwang.analysis import indicators
from shouwang.analysis.indicators import Indicator
from shouwang.analysis.rules.tree import Compare, leaves
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.alerts.queries import history, rulebook

Line = tuple[float, bool]
BEYOND = (">", "<")
UPWARDS, DOWNWARDS = (">", ">="), ("<", "<=")


@dataclass(frozen=True, slots=True)
class Measure:
    """`points` oldest first, one a day of `days`; `mates` empty when too few to stay anonymous; `last_known` the last day with a value."""

    indicator: Indicator
    value: float | None
    points: tuple[float | None, ...]
    days: tuple[date, ...]
    mates: tuple[float, ...]
    threshold: float | None
    last_known: date | None
    is_strict: bool = False
    """Whether the rule asks for more than the line (fee_owed > 0): on the line is then calm."""

    @property
    def is_over(self) -> bool:
        """On the worrying side of the mildest line; the line itself counts unless the rule says beyond it."""
        if self.value is None or self.threshold is None or (self.is_strict and self.value == self.threshold):
            return False
        return self.value >= self.threshold if self.indicator.worse == "up" else self.value <= self.threshold

    @property
    def median(self) -> float | None:
        return sorted(self.mates)[len(self.mates) // 2] if self.mates else None

    @property
    def change(self) -> float | None:
        """Against the first known value of the days shown."""
        known = [point for point in self.points if point is not None]
        return known[-1] - known[0] if len(known) > 1 else None


@dataclass(frozen=True, slots=True)
class Panel:
    """An area's measures with a value, those over a line first, and those without data."""

    title: str
    known: list[Measure]
    silent: list[Measure]

    @property
    def over(self) -> int:
        return sum(measure.is_over for measure in self.known)


@dataclass(frozen=True, slots=True)
class Panels:
    areas: list[Panel]
    as_of: date | None


def panels(by: Reader, sid: int) -> Panels:
    """Everything the reader may know, by area. Empty without a run, or for a student they may not see."""
    run, catalogue = history.latest_run(), indicators.load()
    names = history.readable(by, sid, catalogue.names)
    if run is None or not names:
        return Panels([], run.as_of if run else None)
    past = history.indicator_history(by, sid, names, until=run.as_of)
    # Lines, classmates and technical figures are for those who help; a family sees the student's own figures that speak for themselves.
    compares = access.may(by, "alerts")
    if not compares:
        names = [name for name in names if catalogue.indicator(name).for_families]
    spread = history.class_distributions(by, sid, names) if compares else {}
    lines = thresholds() if compares else {}
    found = []
    for area in catalogue.areas:
        measures = [_measure(one, past, spread, lines.get(one.name)) for one in area.indicators if one.name in names]
        if measures:
            known = sorted((one for one in measures if one.value is not None), key=lambda one: not one.is_over)
            silent = [one for one in measures if one.value is None]
            found.append(Panel(area.title if by.lang == "zh" else area.title_en, known, silent))
    return Panels(sorted(found, key=lambda panel: (-panel.over, not panel.known)), run.as_of)


def _measure(one: Indicator, past: history.History, spread: dict[str, history.Distribution], line: Line | None) -> Measure:
    points = past.values.get(one.name, ())
    place = spread.get(one.name, history.Distribution((), None))
    value = points[-1] if points else place.own
    known = [day for day, point in zip(past.days, points, strict=True) if point is not None] if points else []
    threshold, is_strict = line or (None, False)
    return Measure(one, value, points, past.days, place.values, threshold, known[-1] if known else None, is_strict)


def thresholds() -> dict[str, Line]:
    """Of each indicator, the mildest line that a rule in force draws in its worrying direction, and whether only beyond it counts."""
    catalogue = indicators.load().by_name
    found: dict[str, Line] = {}
    for leaf in _comparisons():
        if not isinstance(leaf.right, Decimal) or leaf.left not in catalogue:
            continue
        worse, line = catalogue[leaf.left].worse, (float(leaf.right), leaf.op in BEYOND)
        if worse == "up" and leaf.op in UPWARDS:
            found[leaf.left] = min(found.get(leaf.left, line), line)
        elif worse == "down" and leaf.op in DOWNWARDS:
            found[leaf.left] = max(found.get(leaf.left, line), line, key=lambda drawn: (drawn[0], not drawn[1]))
    return found


def _comparisons() -> Iterable[Compare]:
    for known in rulebook.in_force():
        if known.rule is not None:
            yield from (leaf for leaf in leaves(known.rule.when) if isinstance(leaf, Compare))
