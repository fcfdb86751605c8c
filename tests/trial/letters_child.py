"""Letters as a job that is killed.

python -m tests.trial.letters_child build DATA | issue DATA FIRST | check DATA
`issue` goes through both batches, a few letters at a time, beginning with the named one; it prints "ready" first. Begun again it goes on.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from tests.trial.import_child import start

LETTERS = 40


def build() -> None:
    """Two batches whose letters are numbered by the same two colleges."""
    from django.core.management import call_command

    from shouwang.trust.people import actions as people
    from shouwang.work.letters import actions
    from tests.worlds import NOW, World, reader_of, small_school

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    world: World = small_school()
    rows = [
        {
            "student_no": f"2025{n:06d}", "name": f"同学{n:04d}", "gender": "unknown", "unit": ("RJ2401", "SK2401")[n % 2],
            "major_code": ("RJ", "SK")[n % 2], "entry_year": 2025, "status": "enrolled", "room": "", "phone": "",
        }
        for n in range(2 * LETTERS)
    ]  # fmt: skip
    people.project("student", rows, batch_id=0, now=world.now)
    by = reader_of("陈主任")
    from shouwang.trust.people.models import Student

    sids = list(Student.objects.filter(number__startswith="2025000").order_by("number").values_list("sid", flat=True))
    assert len(sids) == 2 * LETTERS
    for at in range(2):
        wanted = actions.Wanted("talk-notice", students=tuple(sids[at * LETTERS : (at + 1) * LETTERS]), remark="请周四下午来谈一谈。")
        batch = actions.draft(wanted=wanted, by=by, now=NOW)
        actions.ask_issue(batch=batch.pk, by=by, now=NOW)


def issue(first: int) -> None:
    from django.db import OperationalError

    from shouwang.work.letters import actions
    from shouwang.work.letters.models import Batch
    from tests.worlds import NOW

    batches = list(Batch.objects.order_by("pk").values_list("pk", flat=True))
    print("ready", flush=True)
    for batch in batches[first:] + batches[:first]:
        left = 1
        while left:
            try:
                left = actions.issue_some(batch=batch, now=NOW, most=3)
            except OperationalError:  # the other one holds the file longer than it should on a busy machine: the job goes on
                continue
        actions.bundle(batch=batch, now=NOW)


def check() -> None:
    """Numbers by unit, receipts, how many copies say what they should, and what an audit finds."""
    from shouwang.trust.ledger import audit
    from shouwang.trust.ledger.sequencer import sequence
    from shouwang.work.deadlines.models import Deadline
    from shouwang.work.letters import paper, queries
    from shouwang.work.letters.models import Batch, Letter

    sequence()
    numbers: dict[str, list[int]] = defaultdict(list)
    rows = list(Letter.objects.filter(state="issued").select_related("unit").order_by("number"))
    for one in rows:
        numbers[f"{one.unit.code} {one.year}"].append(one.number or 0)
    state = {
        "numbers": numbers,
        "receipts": sorted(str(one.receipt) for one in rows),
        "copies": sum(queries.copy(one) is not None for one in rows),
        "limits": Deadline.objects.filter(ref__startswith="letter:", state="open").count(),
        "batches": [[one.state, one.done, one.total, paper.bundle_path(one).exists()] for one in Batch.objects.order_by("pk")],
        "found": [str(one) for one in audit.audit()],
    }
    print(json.dumps(state))


if __name__ == "__main__":
    job, folder, *more = sys.argv[1:]
    start(Path(folder))
    if job == "issue":
        issue(int(more[0]))
    else:
        {"build": build, "check": check}[job]()
