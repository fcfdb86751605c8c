"""Bar charts of ratios as SVG, drawn by the bench itself: docs/performance-<part>.svg, one bar a figure, the target as a line."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
WIDTH, LEFT, BAR, GAP = 860, 430, 22, 12


def draw(part: str, rows: Sequence[Mapping[str, object]]) -> str:
    """Writes a chart of the rows that carry a ratio and a target; the name of the file, or '' when there is nothing to draw."""
    found = [(str(row["what"]), float(str(row["ratio"])), _target(str(row["target"]))) for row in rows if "ratio" in row]
    if not found:
        return ""
    height = 16 + len(found) * (BAR + GAP)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">']
    for at, (what, ratio, target) in enumerate(found):
        top, scale = 8 + at * (BAR + GAP), (WIDTH - LEFT - 70) / max(ratio, target, 1e-9)
        reached = "#2f6f4f" if ratio <= target else "#b3452c"
        lines += [
            f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(what[:72])}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{ratio * scale:.1f}" height="{BAR}" fill="{reached}"/>',
            f'<line x1="{LEFT + target * scale:.1f}" x2="{LEFT + target * scale:.1f}" y1="{top - 3}" y2="{top + BAR + 3}" stroke="#333"/>',
            f'<text x="{WIDTH - 64}" y="{top + 15}">{ratio:.2f} × ≤ {target:g}</text>',
        ]
    name = f"performance-{part}.svg"
    (DOCS / name).write_text("\n".join([*lines, "</svg>\n"]), encoding="utf-8")
    return name


def _target(text: str) -> float:
    return float(re.sub(r"[^0-9.]", "", text) or 0)
