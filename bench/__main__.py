"""`make bench`: every measurement in one run on one machine, printed and written to docs/performance.md. Seconds vary; quote the ratios."""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb

from bench.drawing import draw

PARTS = (
    ("intake", "导入 Import"),
    ("evaluate", "评估 Evaluation"),
    ("scale", "规模 Scale"),
    ("timeline", "时间线 Timeline"),
    ("pages", "页面 Pages"),
    ("ledger", "操作记录 Ledger"),
    ("deadlines", "期限 Deadlines"),
    ("notifications", "通知 Notifications"),
    ("letters", "通知书 Letters"),
)
PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def machine() -> str:
    """Processor, cores, memory and versions, in one line."""
    cpuinfo = Path("/proc/cpuinfo")
    names = (
        [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        if cpuinfo.exists()
        else []
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    versions = f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, {platform.system()} {platform.machine()}"
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {versions}"


def main() -> None:
    """Runs each part and writes the page. A part's `run()` returns rows of what, measured, target, reached.

    `--students 1000000` makes the school of the part "scale" larger, `--only scale` prints one part and writes nothing.
    """
    asked = argparse.ArgumentParser(prog="python -m bench")
    asked.add_argument("--students", type=int, default=100_000)
    asked.add_argument("--only", choices=[name for name, _ in PARTS])
    given = asked.parse_args()
    students: int = given.students
    if given.only:
        print("\n".join(" | ".join(str(value) for value in row.values()) for row in _alone(given.only, students)))
        return
    lines = [
        "# Performance",
        "",
        f"Measured by `make bench` on: {machine()}.",
        "Ratios of one run; seconds vary between machines and days.",
        "",
    ]
    for name, title in PARTS:
        rows = _alone(name, students)
        lines += [f"## {title}", "", "| what | measured | target | reached |", "|---|---|---|---|"]
        lines += [f"| {row['what']} | {row['measured']} | {row['target']} | {'yes' if row['reached'] else '**no**'} |" for row in rows]
        if chart := draw(name, rows):
            lines += ["", f"![{title}]({chart})"]
        lines.append("")
    text = "\n".join(lines)
    print(text)
    notes = PAGE.read_text(encoding="utf-8").partition("<!-- notes -->")[2] if PAGE.exists() else "\n"
    PAGE.write_text(text + "<!-- notes -->" + notes, encoding="utf-8")


def _alone(name: str, students: int) -> list[Mapping[str, object]]:
    """A part in a process of its own: a child's peak memory counts what its parent held when it was started."""
    command = [
        sys.executable,
        "-c",
        f"import json; from bench import {name}; print(json.dumps({name}.run({students if name == 'scale' else ''})))",
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    rows: list[Mapping[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return rows


if __name__ == "__main__":
    main()
