"""The evaluation at any size: against a raw scan, hand-written SQL, Polars, pandas and a rule loop; with little memory, tombstones, small files, in parts.

python -m bench.scale [STUDENTS]          one table of ratios; a million students only on demand

Every figure comes from a process of its own. Processor seconds are compared, so that other work on the machine does not decide.
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import peers_subset
from bench.evaluate import HAND, rules, scan
from bench.generate import AS_OF, facts
from shouwang.analysis.engine import DuckDB, DuckSession, Session, why_not
from shouwang.analysis.facts import Snapshot, Store, compaction, relation
from shouwang.analysis.facts.duck import cursor as new_cursor
from shouwang.analysis.indicators import compute, load
from shouwang.analysis.indicators.compute import record_peers
from shouwang.analysis.rules import verdict_sql
from shouwang.analysis.standard import load as load_standard

BATCH = 2_000
HUNDRED = 100_000
SPARK = "local[2]"
LOOPED = 20_000  # students of the Python loop: its time is the same for each
LIBRARIES = Path(__file__).parents[1] / ".tools" / "bench"
WHOLE = ("scan", "product", "hand", "limited", "delivered")
TOUCHED = ("school", "spread")
Row = dict[str, object]


def run(students: int = HUNDRED) -> list[Row]:
    """One row per figure. Facts are merged first: what is delivered un-merged is a contestant of its own."""
    spent = contest(students, WHOLE, rounds=3)
    rows = absolute(students, spent)
    if (LIBRARIES / "polars").exists():
        rows += _libraries(students)
    else:
        print("没有安装 polars、pandas、rule-engine，略过：make .tools/bench", file=sys.stderr)
    return [*rows, *_spark(students, spent["product"]), *_small_files(students)]


def contest(students: int, names: Sequence[str], rounds: int) -> dict[str, dict[str, float]]:
    """Medians of each contestant's figures."""
    prepare(students)
    return {name: _median(name, students, rounds) for name in names}


def absolute(students: int, spent: dict[str, dict[str, float]]) -> list[Row]:
    """The whole evaluation against what reads, what is written by hand, and itself under hardship."""
    product, count = spent["product"], f"{students:,}"
    limit = 15 if students > 500_000 else 10
    return [
        _row(f"all indicators and rules of {count} students", f"{product['seconds']:.1f} s by the clock, {product['processor']:.1f} processor s"),
        _ratio("the same, against a raw scan of the columns used", product, spent["scan"], limit),
        _ratio("the same, against one hand-written DuckDB statement", product, spent["hand"], 1.3),
        _limit("peak memory", product["megabytes"], 1536, "MB"),
        _ratio(f"with a memory limit of 1 GB (peak {spent['limited']['megabytes']:.0f} MB)", spent["limited"], product, 1.25),
        _ratio("with un-merged tombstones, against merged files", spent["delivered"], product, 1.25),
    ]  # fmt: skip


def parts(students: int, spent: dict[str, dict[str, float]]) -> list[Row]:
    """What a delivery costs that touches a few."""
    found = []
    for name, what, share in (("school", "of one school", 40), ("spread", "spread over all", 8)):
        part = spent["product"]["processor"] / spent[name]["processor"]
        measured = f"1/{part:.0f} of a full run ({spent[name]['processor']:.2f} processor s)"
        found.append(_row(f"{min(BATCH, students // 20):,} touched students {what}", measured, f"≤ 1/{share}", part >= share))
    return found


def growth(students: int, product: dict[str, float]) -> list[Row]:
    """Against a tenth of the students."""
    prepare(students // 10)
    tenth = _median("product", students // 10, 3)
    return [_ratio(f"growth from {students // 10:,} to {students:,} students", product, tenth, 11)]


def _libraries(students: int) -> list[Row]:
    """At most a hundred thousand students: pandas holds everything in memory, nineteen gigabytes for ten times as many."""
    spent = {name: _median(name, students, 1 if name == "pandas" else 3) for name in ("subset", "polars", "pandas", "loop", "verdicts")}
    same, verdicts = _alone("same", students), spent["verdicts"]
    ours, frames = spent["subset"], spent["pandas"]
    faster = frames["processor"] / ours["processor"]
    smaller = frames["megabytes"] / ours["megabytes"]
    looped = spent["loop"]["processor"] / min(LOOPED, students) / (verdicts["processor"] / students)
    n = len(peers_subset.NAMES)
    return [
        _ratio(f"{n} representative indicators of {students:,} students, against Polars with the same algorithm", ours, spent["polars"], 1.0),
        _row(
            f"{n} representative indicators of {students:,} students, against pandas",
            f"{faster:.1f} × faster, 1/{smaller:.0f} of the memory ({frames['megabytes']:.0f} MB)",
            "≥ 20 ×, ≤ 1/10",
            faster >= 20 and smaller >= 10,
        ),
        _row("values in which Polars or pandas differ", f"{same['different']:.0f}", "0", same["different"] == 0),
        _row(f"{len(rules())} rules, against PyPI rule-engine per student", f"{looped:.0f} × faster", "≥ 200 ×", looped >= 200),
    ]  # fmt: skip


def _spark(students: int, product: dict[str, float]) -> list[Row]:
    """Seconds by the clock: what a JVM spends is not this process's. The second evaluation of one application counts."""
    if lacking := why_not(SPARK):
        print(f"略过 Spark：{'；'.join(lacking)}（make spark）", file=sys.stderr)
        return []
    warm = _alone("spark", students, module="bench.on_spark")
    ratio = warm["seconds"] / product["seconds"]
    measured = f"{ratio:.1f} × ({warm['seconds']:.0f} : {product['seconds']:.1f} s by the clock)"
    return [
        _row(f"Spark {SPARK}, warm, tombstones included, {students:,} students, against DuckDB", measured, "≤ 10 ×", ratio <= 10),
        _row("rows in which Spark differs", f"{warm['different']:.0f}", "0", warm["different"] == 0),
    ]


def _small_files(students: int) -> list[Row]:
    """A term delivered by fifty schools, day by day: as delivered, and merged school by school."""
    spent = {name: _median(name, students, 3) for name in ("small", "few")}
    store = _small(students)[0]
    files = len(list(store.root.glob("attendance/*.parquet")))
    merged = _alone("one", students)
    return [
        _row(f"attendance in {files:,} small files, not merged", f"{spent['small']['processor'] / merged['processor']:.2f} × of one weekly file each"),
        _ratio("the same after merging school by school", spent["few"], merged, 1.2),
    ]  # fmt: skip


def prepare(students: int) -> tuple[Path, Snapshot]:
    """The school of this size with its facts merged as they would be overnight."""
    folder, snapshot = facts(students)
    (folder / "temp").mkdir(exist_ok=True)
    store = Store(folder / "facts")
    compaction.compact(store, snapshot, load_standard().tables.values(), now=datetime(2025, 12, 19, tzinfo=UTC), tell=lambda said: None)
    return folder, store.snapshot(snapshot.ids)


def opened(students: int, *, memory: str = "1400MB", merged: bool = True, scope: Sequence[int] | None = None) -> DuckSession:
    """A session over the school of this size: merged as overnight, or as delivered."""
    folder, snapshot = facts(students)
    (folder / "temp").mkdir(exist_ok=True)
    engine = DuckDB([folder / "facts", folder / "temp"], threads=os.cpu_count() or 1, memory=memory)
    return engine.open(snapshot if merged else snapshot.plain, AS_OF, scope)


def evaluated(session: Session) -> None:
    """All indicators and rules of everybody in the session."""
    compute(session)
    session.create("verdicts", verdict_sql(rules()))


def _partly(session: DuckSession, kept: Path) -> None:
    compute(session, kept=kept)
    session.create("verdicts", verdict_sql(rules()))


def _recorded(session: DuckSession, kept: Path) -> None:
    """As the night's run left it, but for what a delivery of attendance makes out of date."""
    for area in load().areas:
        for path in kept.glob(f"*-{area.name}-*") if "attendance" in area.peer_tables else ():
            path.unlink()
        if "attendance" not in area.peer_tables:
            record_peers(session, area, kept)


def _hand(session: DuckSession) -> None:
    session.create("wide", HAND.read_text("utf-8"))
    session.create("verdicts", verdict_sql(rules()))


def _attendance(session: DuckSession) -> None:
    session.rows(
        "SELECT COUNT(*) AS n, BIT_OR(status) AS s, MAX(day) AS d FROM (SELECT sid, BIT_OR(status) AS status, MAX(day) AS day FROM attendance GROUP BY sid)"
    )


def _touched(students: int, kind: str) -> list[int]:
    count = min(BATCH, students // 20)
    if kind == "spread":
        return sorted(random.Random(1).sample(range(1, students + 1), count))
    return list(range(students // 2, students // 2 + count))


def _small(students: int) -> tuple[Store, Snapshot]:
    """The attendance of the made-up term again, as fifty schools deliver it every day."""
    folder, snapshot = facts(students)
    root = folder.parent / f"{students}-small"
    store, table = Store(root / "facts"), load_standard().table("attendance")
    ids = [batch.id for batch in snapshot.batches if batch.table in ("term", "school_calendar")]
    if not (root / "done").exists():
        cursor, each = new_cursor(), students // 50
        cursor.execute(f"CREATE TEMP TABLE delivered AS SELECT * EXCLUDE (batch_id) FROM ({relation(table, snapshot)})")
        days = [day for (day,) in cursor.execute("SELECT DISTINCT day FROM delivered ORDER BY day").fetchall()]
        for number, (day, school) in enumerate(((day, school) for day in days for school in range(50)), start=1_000):
            first, last = school * each + 1, students if school == 49 else (school + 1) * each
            rows = f"SELECT * FROM delivered WHERE day = DATE '{day}' AND sid BETWEEN {first} AND {last}"
            store.write(table, number, rows, cursor)
        (root / "done").touch()
    found = [int(path.stem) for path in (root / "facts").glob("attendance/*.json")]
    return store, Snapshot.of_batches((*store.snapshot(found).batches, *(batch for batch in snapshot.batches if batch.id in ids)))


def measure(name: str, students: int) -> dict[str, float]:
    """One contestant in this process: definitions are read and files opened before the clock starts."""
    load(), load_standard(), rules()
    work, session = _contestant(name, students)
    started, spent = time.perf_counter(), time.process_time()
    different = work() or 0
    seconds, processor = time.perf_counter() - started, time.process_time() - spent
    if session:
        session.close()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "processor": processor, "megabytes": megabytes, "different": float(different)}


def _contestant(name: str, students: int) -> tuple[Callable[[], float | None], DuckSession | None]:
    if name in peers_subset.CONTESTANTS:
        return peers_subset.contestant(name, students, min(LOOPED, students))
    if name in ("small", "few"):
        return _of_files(name, students)
    scope = _touched(students, name) if name in TOUCHED else None
    session = opened(students, memory="1GB" if name == "limited" else "1400MB", merged=name != "delivered", scope=scope)
    session.rows("SELECT COUNT(*) AS n FROM student")
    if scope is not None:
        kept = facts(students)[0] / "temp" / "peers"
        _recorded(session, kept)
        return (lambda: _partly(session, kept)), session
    if name == "verdicts":
        compute(session)
    works: dict[str, Callable[[DuckSession], None]] = {
        "scan": scan,
        "hand": _hand,
        "one": _attendance,
        "verdicts": lambda wide: wide.create("verdicts", verdict_sql(rules())),
    }
    return (lambda: works.get(name, evaluated)(session)), session


def _of_files(name: str, students: int) -> tuple[Callable[[], float | None], DuckSession | None]:
    store, snapshot = _small(students)
    if name == "few":
        tables = [load_standard().table("attendance")]
        compaction.compact(
            store,
            store.snapshot([b.id for b in snapshot.of("attendance")]),
            tables,
            now=datetime(2025, 12, 19, tzinfo=UTC),
            tell=lambda said: None,
        )
        bundles = store.snapshot([b.id for b in snapshot.of("attendance")]).bundles
        snapshot = Snapshot.of_batches(snapshot.batches, bundles)
    roots = [store.root, facts(students)[0] / "facts"]
    session = DuckDB(roots, threads=os.cpu_count() or 1, memory="1400MB").open(snapshot, AS_OF)
    return (lambda: _attendance(session)), session


def _median(name: str, students: int, rounds: int) -> dict[str, float]:
    found = [_alone(name, students) for _ in range(rounds)]
    return {key: statistics.median(one[key] for one in found) for key in found[0]}


def _alone(name: str, students: int, module: str = "bench.scale") -> dict[str, float]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(LIBRARIES), *filter(None, [os.environ.get("PYTHONPATH")])])}
    command = [sys.executable, "-m", module, str(students), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"{name}：\n{done.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(name, students, {key: round(value, 2) for key, value in figures.items()}, file=sys.stderr)
    return figures


def _row(what: str, measured: str, target: str = "", reached: bool = True) -> Row:
    return {"what": what, "measured": measured, "target": target, "reached": reached}


def _ratio(what: str, one: dict[str, float], other: dict[str, float], limit: float) -> Row:
    ratio = one["processor"] / other["processor"]
    measured = f"{ratio:.2f} × ({one['processor']:.2f} : {other['processor']:.2f} processor s)"
    return _row(what, measured, f"≤ {limit} ×", ratio <= limit) | {"ratio": ratio}


def _limit(what: str, found: float, limit: float, unit: str) -> Row:
    return _row(what, f"{found:.0f} {unit}", f"≤ {limit} {unit}", found <= limit)


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if len(sys.argv) > 2:
        print(json.dumps(measure(sys.argv[2], size)))
    else:
        for row in run(size):
            print(" | ".join(str(row[key]) for key in ("what", "measured", "target", "reached")))
