"""One watch over 200,000 open deadlines of which 2,000 are due: claim, decide, climb, seal, record, put the messages out. SQLite and PostgreSQL.

python -m bench.deadlines [OPEN DUE]; the part runs in a process of its own: watch OPEN DUE
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from tests import postgres

OPEN, DUE, TARGET = 200_000, 2_000, 5.0
DURABLE = "-c listen_addresses=127.0.0.1 -c max_connections=60"  # as installed: every commit is on disk


def run(count: int = OPEN, due: int = DUE) -> list[dict[str, object]]:
    """Rows for the page. Where PostgreSQL is missing, it is left out with the reason."""
    rows = [_row("SQLite", count, due, _child(count, due))]
    if reason := postgres.missing():
        print(f"跳过 PostgreSQL：{reason}", file=sys.stderr)
        return rows
    with postgres.server(DURABLE) as url:
        rows.append(_row("PostgreSQL", count, due, _child(count, due, url + "/postgres")))
    return rows


def _row(where: str, count: int, due: int, found: dict[str, float]) -> dict[str, object]:
    what = f"watch over {count:,} open deadlines, {due:,} of them due ({found['told']:,.0f} people told), {where}"
    measured = f"{found['first']:.2f} s; a watch with nothing due {found['idle'] * 1000:.1f} ms"
    return {"what": what, "measured": measured, "target": f"< {TARGET:.0f} s", "reached": found["first"] < TARGET}


def _child(count: int, due: int, url: str = "") -> dict[str, float]:
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="shouwang-bench-"))
        settings = {"SHOUWANG_DATA": folder, "SHOUWANG_SECRET_KEY": "bench", "SHOUWANG_DATABASE_URL": url}
        command = [sys.executable, "-m", "bench.deadlines", "watch", str(count), str(due)]
        env = os.environ | settings | {"DJANGO_SETTINGS_MODULE": "shouwang.config.settings"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def watch(count: int, due: int) -> dict[str, float]:
    from django.core.management import call_command

    from shouwang.work.deadlines import actions
    from tests.worlds import NOW, small_school

    call_command("migrate", verbosity=0)
    world = small_school()
    _fill(world, count, due, NOW)
    before = time.perf_counter()
    done = actions.watch(now=NOW, limit=due)
    first = time.perf_counter() - before
    assert done.climbed == due and not done.failed, done
    before = time.perf_counter()
    for _ in range(20):
        actions.watch(now=NOW)
    return {"first": first, "told": done.told, "idle": (time.perf_counter() - before) / 20}


def _fill(world: Any, count: int, due: int, now: datetime) -> None:
    """Written past the guard: a quarter of a million seals would be measured by nobody."""
    from django.db import connection, models

    from shouwang.work.deadlines.models import Deadline

    rows = _rows(world, count, due, now)
    while some := list(islice(rows, 5000)):
        models.QuerySet(Deadline).bulk_create(some)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _rows(world: Any, count: int, due: int, now: datetime) -> Iterator[Any]:
    """Matters of every student, on three ladders, at every rung; the due ones stand anywhere among the others."""
    from shouwang.work.deadlines.models import Deadline

    dice = random.Random(7)
    students = sorted(set(world.students.values()), key=lambda one: one.sid)
    owners = [world.accounts[name].pk for name in ("林老师", "孙外人", "高院长", "李秘书")]
    chosen = set(dice.sample(range(count), due))
    for number in range(count):
        student, is_due = students[number % len(students)], number in chosen
        began = now - timedelta(days=dice.randrange(1, 9), minutes=dice.randrange(500))
        rung = 1 if is_due and number % 3 == 0 else 0  # some have been climbed once: the next rung is four hours after the due moment
        ahead = -60 * 5 * rung - 1 if is_due else dice.randrange(1, 90_000)
        due_at = now + timedelta(minutes=ahead)
        yield Deadline(
            ref=f"case:{number}", kind="case_step", owner_id=owners[number % len(owners)], ladder="standard", clock="round", within="2h",
            unit_path=student.unit_path, dorm_path=student.dorm_path, student_id=student.sid, url=f"/cases/{number}/",
            started_at=began, due_at=due_at, look_at=due_at, rung=rung,
        )  # fmt: skip


def main() -> None:
    job, count, due = (*sys.argv[1:], "", "", "")[:3]
    if job == "watch":
        import django

        django.setup()
        print(json.dumps(watch(int(count), int(due))))
        return
    for row in run(int(job) if job else OPEN, int(count) if count else DUE):
        print(row)


if __name__ == "__main__":
    main()
