"""A term in virtual time (term.py): no matter without an owner, every climb at its minute to the right people, nobody told twice for a rung.

With SHOUWANG_REPORT=1 what happened is written to docs/simulation.md.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import college

SEED = 1
REPORT = college.ROOT / "docs" / "simulation.md"


@pytest.mark.trial
def test_a_term_of_people_who_are_late_ill_and_swap_duty(tmp_path: Path) -> None:
    college.prepare(tmp_path / "data")
    env = college.environment(tmp_path / "data") | {"DJANGO_SETTINGS_MODULE": "shouwang.config.settings", "PYTHONPATH": str(college.ROOT)}
    command = [sys.executable, "-m", "tests.trial.term", str(SEED)]
    done = subprocess.run(command, env=env, cwd=college.ROOT, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    assert found["staff"] == 200 and found["students"] == 3200
    assert found["deadlines"] > 500 and sum(found["climbs"].values()) > 200, "too little happened to prove anything"
    assert found["done"]["duty swapped"] and found["done"]["duty substituted"] and found["done"]["paused"] and found["done"]["handed on"]
    assert found["without an owner"] == []
    assert found["missing"] == [], "somebody was not told, or not at the right minute"
    assert found["surplus"] == [], "somebody was told who should not have been, or at the wrong minute"
    assert found["told twice"] == 0
    if os.environ.get("SHOUWANG_REPORT"):
        REPORT.write_text(_page(found), "utf-8")


def _page(found: dict[str, Any]) -> str:
    """The report for people: what happened, who heard, what was checked."""
    climbs, done = found["climbs"], found["done"]
    total = sum(climbs.values())
    rungs = "\n".join(f"| {rung} | {n} |" for rung, n in climbs.items())
    roles = "\n".join(f"| {role} | {n} |" for role, n in sorted(found["by role"].items(), key=lambda pair: -pair[1]))
    happened = "\n".join(f"| {what} | {n} |" for what, n in done.items())
    return f"""# A school term, simulated

`tests/trial/test_term.py` (part of `make trial`) lives through the autumn term of the demo college, 1 September 2025 to 16 January 2026, in
virtual time: {found["staff"]} members of staff, {found["students"]:,} students, the demo's alerts of orange and red. People answer in time, late
or not at all, fall ill, hand over, wait for guardians, swap duty and report leave (seed {SEED}). The watch looks whenever something is due.
This page is written by the run itself (`SHOUWANG_REPORT=1`).

| what | how many |
|---|---|
| alerts that opened or joined a case | {done["alerts"]} |
| cases; closed by the end of the term | {found["cases"]}; {found["closed"]} |
| time limits (steps, approvals, closings) | {found["deadlines"]} |
| answered; of these in time | {found["met"]}; {found["in time"]} |
| still running at the end | {found["running at the end"]} |
| times somebody was told that a matter is late | {total} |
| messages in people's lists | {found["messages"]} |

| rung | told |
|---|---|
{rungs}

| as whom they heard | told |
|---|---|
{roles}

| what people did | times |
|---|---|
{happened}

## What was checked

`tests/trial/term_oracle.py` works out anew, without a line of the product's arithmetic, who must have been told of each time limit, at which
minute, and on which rung: it lists every service window of the calendar one by one and walks the responsibilities.

* {total} of {total} climbs happened at the minute and to the people the oracle names; none is missing, none is surplus.
* Nobody was told twice for the same rung ({found["told twice"]}).
* After every one of {found["looks"]:,} events (nothing changes in between): every open case had a lead with an open account and a running time
  limit with an owner ({len(found["without an owner"])} exceptions).
"""
