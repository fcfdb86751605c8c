"""The ledger at a million entries: appends in batches, single commits by four writers, proofs, and an audit. PostgreSQL when it is installed.

python -m bench.ledger [COUNT]; the parts run in processes of their own: grow URL COUNT | write URL COUNT
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime

from tests import postgres

ENTRIES, BATCH, LOOKS = 1_000_000, 5_000, 300
WRITERS, COMMITS = 4, 500
DURABLE = "-c listen_addresses=127.0.0.1 -c max_connections=60"  # as installed: every commit is on disk
NOW = datetime(2025, 12, 10, tzinfo=UTC)


def run(count: int = ENTRIES) -> list[dict[str, object]]:
    """Rows for the page. Where PostgreSQL is missing, SQLite is measured, and the row says so."""
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="shouwang-bench-"))
        os.environ.update(SHOUWANG_DATA=folder, SHOUWANG_SECRET_KEY="bench", DJANGO_SETTINGS_MODULE="shouwang.config.settings")
        if reason := postgres.missing():
            print(f"跳过 PostgreSQL：{reason}", file=sys.stderr)
        else:
            os.environ["SHOUWANG_DATABASE_URL"] = opened.enter_context(postgres.server(DURABLE)) + "/postgres"
        where = "SQLite" if reason else "PostgreSQL"
        grown = _child("grow", count)
        seconds = _write_together()
    rate, single = count / grown["append"], WRITERS * COMMITS / seconds
    return [
        _row(
            f"{count:,} written entries put into the tree in batches of {BATCH:,}, {where}", f"{rate:,.0f}/s", "> 10,000/s", rate > 10_000
        ),
        _row(f"single commits by {WRITERS} writers, {where}", f"{single:,.0f}/s", "> 300/s", single > 300),
        _row(f"inclusion proof at {count:,}", f"p50 {grown['p50']:.1f} ms, p95 {grown['p95']:.1f} ms", "< 5 ms", grown["p95"] < 5),
        _row(f"consistency proof at {count:,}", f"p50 {grown['between']:.1f} ms", "< 5 ms", grown["between"] < 5),
        _row(f"audit of {count:,} entries and their tree", f"{grown['audit']:.0f} s", "< 300 s", grown["audit"] < 300),
    ]


def _row(what: str, measured: str, target: str, reached: bool) -> dict[str, object]:
    return {"what": what, "measured": measured, "target": target, "reached": reached}


def _child(job: str, count: int) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "bench.ledger", job, str(count)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _write_together() -> float:
    """Seconds from the first commit to the last; the tree grows meanwhile, as it does beside real writers."""
    command = [sys.executable, "-m", "bench.ledger", "write", str(COMMITS)]
    writers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(WRITERS)]
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    spans = [json.loads(writer.communicate()[0].splitlines()[-1]) for writer in writers]
    return max(span["end"] for span in spans) - min(span["start"] for span in spans)


def grow(count: int) -> dict[str, float]:
    from django.core.management import call_command
    from django.db import transaction

    from shouwang.trust.ledger import actions, audit, queries
    from shouwang.trust.ledger.models import Entry
    from shouwang.trust.ledger.sequencer import sequence

    call_command("migrate", verbosity=0)
    append = 0.0
    for low in range(0, count, BATCH):
        with transaction.atomic():
            _append(range(low, min(low + BATCH, count)))
        started = time.perf_counter()
        sequence()
        append += time.perf_counter() - started
    half = actions.sign_head(NOW)
    actions.record("alerts.acknowledged", by=1, about=["student:1"], now=NOW)
    head = actions.sign_head(NOW)
    dice, times, between = random.Random(7), [], []
    for look in range(LOOKS + 1):
        entry = Entry.objects.get(leaf=dice.randrange(head.size))
        before = time.perf_counter()
        queries.inclusion(entry, reveal=True)
        middle = time.perf_counter()
        queries.consistency(half, head)
        if look:
            times.append((middle - before) * 1000)
            between.append((time.perf_counter() - middle) * 1000)
    before = time.perf_counter()
    assert audit.audit() == []
    took = time.perf_counter() - before
    p95 = statistics.quantiles(times, n=20)[-1]
    return {"append": append, "p50": statistics.median(times), "p95": p95, "between": statistics.median(between), "audit": took}


def _append(numbers: range) -> None:
    """As `actions.record` writes them, many at a time: mark, entry, subject."""
    from shouwang.trust.ledger import keys
    from shouwang.trust.ledger.canonical import marked_text
    from shouwang.trust.ledger.models import About, Entry

    digest = "0" * 64
    made = [
        Entry(kind="alerts.acknowledged", by=n % 97, at=NOW, digest=digest,
              mark=keys.mark(marked_text("alerts.acknowledged", n % 97, NOW, digest, [f"alert:{n}"])))
        for n in numbers
    ]  # fmt: skip
    Entry.objects.bulk_create(made)
    About.objects.bulk_create([About(entry=entry, subject=f"alert:{n}") for entry, n in zip(made, numbers, strict=True)])


def write(count: int) -> dict[str, float]:
    from django.db import connection

    from shouwang.trust.ledger import actions
    from shouwang.trust.ledger.guard import told

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.time()
    for n in range(count):
        with told():
            actions.record("alerts.acknowledged", by=1, about=[f"alert:{n}"], now=NOW)
    return {"start": start, "end": time.time()}


def main() -> None:
    job, count = (sys.argv[1:] + [""])[0], int((sys.argv[1:] + ["", ""])[1] or ENTRIES)
    if job in ("grow", "write"):
        import django

        django.setup()
        print(json.dumps((grow if job == "grow" else write)(count)))
        return
    for row in run(int(job) if job else ENTRIES):
        print(row)


if __name__ == "__main__":
    main()
