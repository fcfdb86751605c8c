"""The watch as processes that are killed.

python -m tests.trial.watch_child build DATA | watch DATA | check DATA
`watch` goes through a school week in steps of half an hour and looks at what is due, a few rows at a time; it prints "ready" first. A second
one beside it, or one started after a kill, goes through the same week again.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

from tests.trial.import_child import start

MATTERS, STEP, WEEK = 40, timedelta(minutes=30), timedelta(days=9)


def build() -> None:
    from django.core.management import call_command

    from shouwang.work.deadlines import actions
    from tests.worlds import NOW, account_of, small_school

    call_command("migrate", verbosity=0)
    world = small_school()
    students = sorted(set(world.students.values()), key=lambda one: one.sid)
    for number in range(MATTERS):
        student, ladder = students[number % len(students)], ("standard", "urgent", "crisis")[number % 3]
        actions.start(
            ref=f"case:{number}", kind="case_step", owner=account_of(("林老师", "孙外人", "李秘书")[number % 3]).pk, ladder=ladder,
            within=f"{1 + number % 7}h", clock="round" if ladder == "crisis" else "service", unit_path=student.unit_path,
            dorm_path=student.dorm_path, student=student.sid, url="/", by=None, now=NOW,
        )  # fmt: skip
        if number % 10 == 9:
            actions.meet(ref=f"case:{number}", by=None, now=NOW)
        if number % 10 == 8:
            actions.pause(ref=f"case:{number}", reason="等家长回电", until=NOW + timedelta(days=1), by=None, now=NOW)


def watch() -> None:
    from django.db import OperationalError

    from shouwang.work.deadlines import actions, queries
    from tests.worlds import NOW

    print("ready", flush=True)
    now = NOW
    while now < NOW + WEEK:
        try:
            looked = actions.watch(now=now, limit=3).looked
        except OperationalError:  # the other one holds the file longer than it should on a busy machine: the tick comes again
            continue
        # Another watch may still be at work on what is due: a clock that ran ahead of it would be a school that lives at two moments.
        if not looked and not queries.waiting_for_watch(now).exists():
            now += STEP


def check() -> None:
    """What stands there, as one line of JSON: every climb, how often each person was told, and what an audit finds."""
    from shouwang.trust.ledger import audit
    from shouwang.trust.ledger.sequencer import sequence
    from shouwang.work.deadlines.models import Climb, Deadline
    from shouwang.work.notifications.models import Receipt

    sequence()
    climbs = [f"{c.deadline.ref} {c.rung} {c.account_id} {c.due_at.isoformat()}" for c in Climb.objects.select_related("deadline")]
    told = [f"{r.dedupe} {r.account_id}" for r in Receipt.objects.filter(message__kind__startswith="deadlines.")]
    left = sorted(Deadline.objects.exclude(look_at=None).values_list("ref", flat=True))
    found = [str(one) for one in audit.audit()]
    print(json.dumps({"climbs": sorted(climbs), "told": sorted(told), "left": left, "found": found}))


if __name__ == "__main__":
    job, folder, *_ = sys.argv[1:]
    start(Path(folder))
    {"build": build, "watch": watch, "check": check}[job]()
