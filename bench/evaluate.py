"""Evaluation of 100,000 students: all indicators and rules, against a raw scan of the columns used and one hand-written statement.

    python -m bench.evaluate

Every figure comes from a fresh process; contestants take turns and the median counts. The hand-written statement must give equal rows.
"""

import json
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.generate import AS_OF, facts
from shouwang.analysis.engine import DuckDB, DuckSession
from shouwang.analysis.indicators import compute, load, wide_sql
from shouwang.analysis.rules import Rule, load_presets, verdict_sql
from shouwang.analysis.standard import load as load_standard

STUDENTS = 100_000
ROUNDS = 3
HAND = Path(__file__).parent / "peers" / "hand.sql"
WORD = re.compile(r"[a-z_]+")


def run() -> list[dict[str, object]]:
    """One row per figure."""
    facts(STUDENTS)
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
    for _ in range(ROUNDS):
        for name in CONTESTANTS:
            figures[name].append(_alone(name))
    # Processor seconds: what else the machine does must not decide. All contestants use both cores.
    seconds = {name: statistics.median(figure["processor"] for figure in found) for name, found in figures.items()}
    clock = statistics.median(figure["seconds"] for figure in figures["product"])
    memory = statistics.median(figure["megabytes"] for figure in figures["product"])
    different = _alone("compare")["different"]
    rows = [
        (f"raw scan of the columns used ({_count():,} facts)", f"{seconds['scan']:.2f} processor s", "", True),
        (f"{len(load().names)} indicators and {len(rules())} rules of {STUDENTS:,} students", f"{clock:.2f} s by the clock", "", True),
        _ratio("all indicators and rules", seconds["product"], seconds["scan"], "the raw scan", 12),
        _ratio("all indicators and rules", seconds["product"], seconds["hand"], "the hand-written statement", 1.4),
        _ratio("the hand-written statement", seconds["hand"], seconds["statement"], "the product's SQL as one statement", 1.0),
        ("peak memory of the evaluation", f"{memory:.0f} MB", "< 400 MB", memory < 400),
        ("rows in which the hand-written statement differs", f"{different:.0f}", "0", different == 0),
    ]
    return [{"what": what, "measured": measured, "target": target, "reached": reached} for what, measured, target, reached in rows]


def _ratio(what: str, seconds: float, other: float, against: str, limit: float) -> tuple[str, str, str, bool]:
    ratio = seconds / other
    return what, f"{seconds:.2f} processor s, {ratio:.2f} × {against}", f"≤ {limit} ×", ratio <= limit


def _alone(name: str) -> dict[str, float]:
    """A contestant's figures from a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.evaluate", name], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _count() -> int:
    return sum(batch.rows for batch in facts(STUDENTS)[1].batches)


def rules() -> list[Rule]:
    """Every preset's rules, each once."""
    known = {rule.code: rule for preset in load_presets().values() for rule in preset}
    return list(known.values())


def scan(session: DuckSession) -> None:
    """Reads every column the indicators use, so that statistics cannot answer."""
    tables = load_standard().tables
    for table in session.snapshot.tables:
        words = {
            word
            for area in load().areas
            for text in (area.values, area.peers or "")
            if table in (found := {word.removeprefix("everyone_") for word in WORD.findall(text)})
            for word in found
        }
        used = [
            name
            for name, _ in load_standard().fact_schema(tables[table])
            if name in words and name not in {"batch_id", "sheet_no", "row_no"}
        ]
        if used:
            session.rows(f"SELECT {', '.join(f'bit_xor(hash({name}))' for name in used)} FROM {table}")


def product(session: DuckSession) -> None:
    compute(session)
    session.create("verdicts", verdict_sql(rules()))


def statement(session: DuckSession) -> None:
    """The product's own SQL put into one statement."""
    session.create("wide", one_statement())
    session.create("verdicts", verdict_sql(rules()))


def hand(session: DuckSession) -> None:
    session.create("wide", HAND.read_text("utf-8"))
    session.create("verdicts", verdict_sql(rules()))


def one_statement() -> str:
    """Panels as common table expressions, peers among them."""
    parts = []
    for area in load().areas:
        if area.peers:
            parts.append(f"peers_{area.name} AS MATERIALIZED ({area.peers})")
        parts.append(f"{area.panel} AS MATERIALIZED ({area.values})")
    return f"WITH {', '.join(parts)} {wide_sql(load())}"


def compare() -> dict[str, float]:
    """How many rows of the two wide tables differ, either way."""
    folder, snapshot = facts(STUDENTS)
    with DuckDB([folder], threads=2, memory="2GB").open(snapshot, AS_OF) as session:
        compute(session)
        session.create("ours", "SELECT * FROM wide")
        session.create("wide", HAND.read_text("utf-8"))
        names = ", ".join(("sid", *load().names))
        found = session.rows(
            f"SELECT (SELECT COUNT(*) FROM (SELECT {names} FROM ours EXCEPT ALL SELECT {names} FROM wide))"
            f" + (SELECT COUNT(*) FROM (SELECT {names} FROM wide EXCEPT ALL SELECT {names} FROM ours)) AS n"
        )
    return {"different": float(found[0]["n"])}


CONTESTANTS: dict[str, Callable[[DuckSession], None]] = {"scan": scan, "product": product, "statement": statement, "hand": hand}


def measure(name: str) -> dict[str, float]:
    """Seconds and peak memory of one contestant in this process; definitions are read and the files are in the page cache before."""
    folder, snapshot = facts(STUDENTS)
    load(), rules()
    engine = DuckDB([folder], threads=2, memory="1GB")
    with engine.open(snapshot, AS_OF) as session:
        session.rows("SELECT COUNT(*) AS n FROM student")
        start, spent = time.perf_counter(), time.process_time()
        CONTESTANTS[name](session)
        seconds, processor = time.perf_counter() - start, time.process_time() - spent
    return {"seconds": seconds, "processor": processor, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(compare() if sys.argv[1] == "compare" else measure(sys.argv[1])))
    else:
        for row in run():
            print(" | ".join(str(value) for value in row.values()))
