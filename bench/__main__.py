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
    ("million", "一百万名学生 A million"),
    ("timeline", "时间线 Timeline"),
    ("pages", "页面 Pages"),
    ("crowd_pages", "一百万名学生的页面 Pages with a million students"),
    ("ledger", "操作记录 Ledger"),
    ("deadlines", "期限 Deadlines"),
    ("notifications", "通知 Notifications"),
    ("letters", "通知书 Letters"),
)
MARK = "<!-- notes -->"
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

    `--only scale` measures one part and replaces only its section.
    """
    asked = argparse.ArgumentParser(prog="python -m bench")
    asked.add_argument("--only", choices=[name for name, _ in PARTS])
    given = asked.parse_args()
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    body, _, notes = text.partition(MARK)
    known = {part.partition("\n")[0]: part for part in body.split("\n## ")[1:]}
    for name, title in PARTS:
        if given.only in (None, name):
            known[title] = _section(name, title, _alone(name))
            print(known[title])
    head = f"# Performance\n\nMeasured by `make bench` on: {machine()}.\nRatios of one run of each part; seconds vary between machines and days.\n"
    parts = [f"\n## {known[title].strip()}\n" for _, title in PARTS if title in known]
    PAGE.write_text(f"{head}{''.join(parts)}\n{MARK}{notes}", encoding="utf-8")


def _section(name: str, title: str, rows: list[Mapping[str, object]]) -> str:
    lines = [title, "", "| what | measured | target | reached |", "|---|---|---|---|"]
    lines += [f"| {row['what']} | {row['measured']} | {row['target']} | {'yes' if row['reached'] else '**no**'} |" for row in rows]
    if chart := draw(name, rows):
        lines += ["", f"![{title}]({chart})"]
    return "\n".join(lines)


def _alone(name: str) -> list[Mapping[str, object]]:
    """A part in a process of its own: a child's peak memory counts what its parent held when it was started."""
    command = [
        sys.executable,
        "-c",
        f"import json; from bench import {name}; print(json.dumps({name}.run()))",
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    rows: list[Mapping[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return rows


if __name__ == "__main__":
    main()
