"""A procedure as a drawing, made on the server: boxes in layers from the first step down, decisions on the lines, ways back dashed."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from shouwang.front.web.cases.present import role, within
from shouwang.front.web.kit.words import pick
from shouwang.work.playbooks.procedure import START, Procedure, StepPlan

WIDE, HIGH, GAP, DROP, EDGE, SIDE = 196, 56, 22, 58, 14, 84
LONGEST = 13


@dataclass(frozen=True, slots=True)
class Box:
    step: StepPlan
    x: float
    y: float

    @property
    def middle(self) -> float:
        return self.x + WIDE / 2


def diagram(given: Procedure) -> SafeString:
    """Steps that nothing leads to stand in the first layer, so that a procedure which is being written can be drawn too."""
    layers = _layers(given)
    if not layers:
        return SafeString("")
    widest = max(len(layer) for layer in layers)
    width = widest * (WIDE + GAP) + GAP + 2 * SIDE
    boxes: dict[str, Box] = {}
    for row, layer in enumerate(layers):
        left = (width - len(layer) * (WIDE + GAP) + GAP) / 2
        for at, step in enumerate(layer):
            boxes[step.code] = Box(step, left + at * (WIDE + GAP), EDGE + row * (HIGH + DROP))
    height = EDGE * 2 + len(layers) * (HIGH + DROP) - DROP
    lines, words = _edges(given, boxes, width)
    first = {step.code for step in given.first}
    parts = [*lines, *(_box(box, box.step.code in first) for box in boxes.values()), *words]
    label = escape(pick(f"{given.title}：{len(given.steps)} 步的流程图", f"{given.title}: {len(given.steps)} steps"))
    arrow = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="flow-arrow" d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    drawn = f'<svg class="flow" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{label}">{arrow}{"".join(parts)}</svg>'
    return mark_safe(drawn)  # noqa: S308  every text in it is escaped where it is put in


def _layers(given: Procedure) -> list[list[StepPlan]]:
    """Each step one layer below the lowest that leads to it; ways back do not count."""
    known = given.by_code
    order = {step.code: at for at, step in enumerate(given.steps)}
    depth: dict[str, int] = {}
    for step in given.steps:  # written top down: what leads back comes from further below
        above = [depth[one.step] for one in step.after if one.step in depth and order[one.step] < order[step.code]]
        depth[step.code] = max(above, default=-1) + 1
    layers: list[list[StepPlan]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for code, row in depth.items():
        layers[row].append(known[code])
    return layers


def _edges(given: Procedure, boxes: dict[str, Box], width: float) -> tuple[list[str], list[str]]:
    """One line per pair of steps, with every decision that takes it: straight to the next layer, over layers round the nearer side, back on the right."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for step in given.steps:
        for one in step.after:
            if one.step in boxes and one.step != START:
                decisions = boxes[one.step].step.decisions
                title = next((pick(each.title, each.title_en or each.title) for each in decisions if each.code == one.decision), "")
                pairs.setdefault((one.step, step.code), []).append(title)
    lines, words = [], []
    for nth, ((start, end), titles) in enumerate(pairs.items()):
        before, after = boxes[start], boxes[end]
        layers = round((after.y - before.y) / (HIGH + DROP))
        if layers == 1:
            y = before.y + HIGH
            path = f"M{before.middle:.0f} {y:g}C{before.middle:.0f} {y + 30:g} {after.middle:.0f} {after.y - 30:g} {after.middle:.0f} {after.y:g}"
            place = before.middle * 0.45 + after.middle * 0.55, y + DROP * 0.5
        else:
            side, is_left = nth % 3 * 12, layers > 1 and _is_left(before, after, boxes)
            far = 10 + side if is_left else width - 10 - side
            x, end_x = (before.x, after.x) if is_left else (before.x + WIDE, after.x + WIDE)
            y, top = before.y + HIGH / 2 + 8, after.y + HIGH / 2 - 8
            path = f"M{x:g} {y:g}C{far:g} {y:g} {far:g} {top:g} {end_x:g} {top:g}"
            place = x * 0.25 + far * 0.75 + (20 if is_left else -20), (y + top) / 2 + side
        kind = "flow-edge" if layers > 0 else "flow-edge flow-back"
        lines.append(f'<path class="{kind}" marker-end="url(#arrow)" d="{path}"/>')
        said = [title for title in titles if title]
        for at, title in enumerate(said):
            words += _word(title, place[0], place[1] + (at - (len(said) - 1) / 2) * 15)
    return lines, words


def _is_left(before: Box, after: Box, boxes: dict[str, Box]) -> bool:
    """On which side fewer boxes stand in the way of a line that leaves the one and enters the other."""
    beside = [(box, end) for end in (before, after) for box in boxes.values() if box.y == end.y]
    return sum(box.x < end.x for box, end in beside) <= sum(box.x > end.x for box, end in beside)


def _word(title: str, x: float, y: float) -> list[str]:
    if not title:
        return []
    text = title if len(title) <= 9 else f"{title[:8]}…"
    half = len(text) * 5.8 + 4
    return [
        f'<g><title>{escape(title)}</title><rect class="flow-word-back" x="{x - half:.0f}" y="{y - 9:.0f}" width="{2 * half:.0f}" height="14" rx="3"/>'
        f'<text class="flow-word" x="{x:.0f}" y="{y + 2:.0f}" text-anchor="middle">{escape(text)}</text></g>'
    ]


def _box(box: Box, is_first: bool) -> str:
    title = pick(box.step.title, box.step.title_en or box.step.title) or pick("新的一步", "A new step")
    text = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
    kind = "flow-box flow-first" if is_first else "flow-box"
    below = " · ".join(word for word in (role(box.step.responsible), within(box.step.within)) if word)
    return (
        f'<g><title>{escape(title)}</title><rect class="{kind}" x="{box.x:g}" y="{box.y:g}" width="{WIDE}" height="{HIGH}" rx="8"/>'
        f'<text class="flow-title" x="{box.x + 12:g}" y="{box.y + 24:g}">{escape(text)}</text>'
        f'<text class="flow-sub" x="{box.x + 12:g}" y="{box.y + 43:g}">{escape(below)}</text></g>'
    )
