"""Small drawings made on the server: plain SVG without style attributes, readable in print and in grey, with the same facts as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from shouwang.common.levels import LEVELS

Value = float | None
SHAPES = {
    0: '<rect x="1" y="4" width="8" height="2"/>',
    1: '<circle cx="5" cy="5" r="4.2"/>',
    2: '<path d="M5 0 10 5 5 10 0 5z"/>',
    3: '<path d="M5 .5 10 9.5H0z"/>',
    4: '<rect x=".8" y=".8" width="8.4" height="8.4"/>',
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Maps values into a box of `width` × `height`, leaving a margin so that no line is cut."""

    low: float
    high: float
    width: float
    height: float
    margin: float = 4

    def x(self, at: int, count: int) -> float:
        return self.margin + (self.width - 2 * self.margin) * (at / (count - 1) if count > 1 else 1)

    def y(self, value: float) -> float:
        span = (self.high - self.low) or 1
        return self.margin + (self.height - 2 * self.margin) * (1 - (value - self.low) / span)

    def along(self, value: float) -> float:
        span = (self.high - self.low) or 1
        return self.margin + (self.width - 2 * self.margin) * min(1, max(0, (value - self.low) / span))


def level_shape(level: int) -> SafeString:
    return mark_safe(f'<svg viewBox="0 0 10 10" aria-hidden="true">{SHAPES[level]}</svg>')  # noqa: S308  # our own constants


def is_over(value: Value, threshold: Value, worse: str | None) -> bool:
    """Whether a value lies on the worrying side of a threshold, the threshold itself included."""
    if value is None or threshold is None or worse is None:
        return False
    return value >= threshold if worse == "up" else value <= threshold


def segments(points: Sequence[Value]) -> list[list[int]]:
    """The runs of indexes with a value: a gap in the data stays a gap in the line."""
    runs: list[list[int]] = []
    for at, value in enumerate(points):
        if value is None:
            continue
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def sparkline(
    points: Sequence[Value],
    *,
    threshold: Value = None,
    worse: str | None = None,
    event: int | None = None,
    label: str = "",
    width: int = 176,
    height: int = 40,
) -> SafeString:
    """A line over time with the threshold dashed, an event as an upright line and the last value as a dot. Empty text without any value."""
    known = [value for value in points if value is not None]
    if not known:
        return SafeString("")
    extent = [*known, threshold] if threshold is not None else known
    low, high = min(extent), max(extent)
    if low == high:
        low, high = low - 1, high + 1
    frame, count = Frame(low, high, width, height), len(points)
    parts = []
    if threshold is not None:
        y = frame.y(threshold)
        parts.append(f'<line class="spark-threshold" x1="0" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>')
    if event is not None and 0 <= event < count:
        x = frame.x(event, count)
        parts.append(f'<line class="spark-event" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}"/>')
    last = max(at for at, value in enumerate(points) if value is not None)
    for run in segments(points):
        places = [(frame.x(at, count), frame.y(points[at] or 0)) for at in run]
        if len(places) > 1:
            parts.append(f'<polyline class="spark-line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
        elif run[0] != last:
            parts.append(f'<circle class="spark-point" cx="{places[0][0]:.1f}" cy="{places[0][1]:.1f}" r="1.5"/>')
    over = " over" if is_over(points[last], threshold, worse) else ""
    parts.append(f'<circle class="spark-dot{over}" cx="{frame.x(last, count):.1f}" cy="{frame.y(points[last] or 0):.1f}" r="3"/>')
    return _svg("spark", width, height, label, parts)


def strip(
    values: Sequence[float], own: Value, *, worse: str | None = None, label: str = "", width: int = 176, height: int = 18
) -> SafeString:
    """Where one student stands among the class: one faint tick each, the median as a line, the student as a dot. Empty without values."""
    if not values:
        return SafeString("")
    ordered = sorted(values)
    extent = [*ordered, own] if own is not None else ordered
    frame, middle = Frame(min(extent), max(extent), width, height, 6), height / 2
    parts = [f'<line class="strip-base" x1="6" x2="{width - 6}" y1="{middle:g}" y2="{middle:g}"/>']
    counts: dict[float, int] = {}
    for value in ordered:
        x = round(frame.along(value))
        counts[x] = counts.get(x, 0) + 1
    for place, count in counts.items():
        half = min(middle, 2.5 + count**0.5)
        parts.append(f'<rect class="strip-tick" x="{place - 1:g}" y="{middle - half:.1f}" width="2" height="{2 * half:.1f}"/>')
    median = frame.along(ordered[len(ordered) // 2])
    parts.append(f'<line class="strip-median" x1="{median:.1f}" x2="{median:.1f}" y1="1" y2="{height - 1}"/>')
    if own is not None:
        parts.append(f'<circle class="strip-own{_far(ordered, own, worse)}" cx="{frame.along(own):.1f}" cy="{middle:g}" r="4.5"/>')
    return _svg("strip", width, height, label, parts)


def _far(ordered: Sequence[float], own: float, worse: str | None) -> str:
    """Among the worst tenth of a class that is not all alike."""
    if worse is None or len(ordered) < 5 or ordered[0] == ordered[-1]:
        return ""
    better = sum(1 for value in ordered if (value < own if worse == "up" else value > own))
    return " far" if better / len(ordered) >= 0.9 else ""


def levels_bar(counts: Sequence[int], *, label: str = "", width: int = 240, height: int = 10) -> SafeString:
    """One bar of five shares (none, blue, yellow, orange, red). `counts` has five numbers. A share that is not zero is never narrower than 2."""
    total = sum(counts)
    if not total:
        return SafeString("")
    parts, x = [], 0.0
    for level, count in enumerate(counts):
        if count:
            share = max(2.0, width * count / total)
            parts.append(f'<rect class="fill-{level}" x="{x:.1f}" y="0" width="{share:.1f}" height="{height}"/>')
            x += share
    words = label or "，".join(f"{LEVELS[level].zh} {count}" for level, count in enumerate(counts))
    return _svg("levels-bar", max(width, x), height, words, parts, stretch=True)


def meter(part: float, whole: float, *, label: str = "", width: int = 120) -> SafeString:
    """A share as a bar, 0 to 100 %."""
    share = min(1.0, max(0.0, part / whole)) if whole else 0.0
    parts = [
        f'<rect class="meter-base" width="{width}" height="6"/>',
        f'<rect class="meter-fill" width="{width * share:.1f}" height="6"/>',
    ]
    return _svg("meter", width, 6, label, parts, stretch=True)


def _svg(name: str, width: float, height: float, label: str, parts: Sequence[str], *, stretch: bool = False) -> SafeString:
    """`label` is the only text from outside, and is escaped; the parts are numbers in our own markup."""
    described = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    ratio = ' preserveAspectRatio="none"' if stretch else ""
    return mark_safe(f'<svg class="{name}" viewBox="0 0 {width:g} {height:g}"{ratio} {described}>{"".join(parts)}</svg>')  # noqa: S308  # the label is escaped
