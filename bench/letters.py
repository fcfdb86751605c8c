"""A thousand notices: numbered, kept one by one, and set as one PDF.

python -m bench.letters [COUNT]
"""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

COUNT, LIMIT = 1_000, 10.0
NOW = datetime(2025, 12, 10, 2, tzinfo=UTC)


def run(count: int = COUNT) -> list[dict[str, object]]:
    """Rows for the page: the whole job (numbers, copies, deadlines, one file), and the one PDF alone."""
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as folder:
        os.environ.update(SHOUWANG_DATA=folder, SHOUWANG_SECRET_KEY="bench", DJANGO_SETTINGS_MODULE="shouwang.config.settings")
        (Path(folder) / "temp").mkdir()
        import django

        django.setup()
        job, one = _measure(count)
    return [
        {"what": f"{count:,} notices as one PDF", "measured": f"{one:.1f} s", "target": f"< {LIMIT:.0f} s", "reached": one < LIMIT},
        {
            "what": f"{count:,} notices numbered, kept sealed one by one, deadlines set",
            "measured": f"{job:.1f} s",
            "target": "—",
            "reached": True,
        },
    ]


def _measure(count: int) -> tuple[float, float]:
    from django.core.management import call_command

    from shouwang.trust.access import queries as access
    from shouwang.trust.people import actions as people
    from shouwang.work.letters import actions
    from tests.worlds import account_of, small_school

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    small_school(NOW)
    rows = [
        {
            "student_no": f"2025{n:06d}", "name": f"同学{n:04d}", "gender": "unknown", "unit": "RJ2401", "major_code": "RJ", "entry_year": 2025,
            "status": "enrolled", "room": "", "phone": "",
        }
        for n in range(count)
    ]  # fmt: skip
    people.project("student", rows, batch_id=0, now=NOW)
    by = access.reader(account_of("陈主任"), NOW.date(), now=NOW)
    sids = tuple(access.students(by).filter(number__startswith="2025000").values_list("sid", flat=True)[:count])
    remark = "根据本学期学业检查情况，请于周四下午三点到学院办公室面谈，届时一起制定学习计划。" * 4
    batch = actions.draft(wanted=actions.Wanted("talk-notice", students=sids, remark=remark), by=by, now=NOW)
    actions.ask_issue(batch=batch.pk, by=by, now=NOW)
    begun = time.perf_counter()
    while actions.issue_some(batch=batch.pk, now=NOW):
        pass
    issued = time.perf_counter()
    actions.bundle(batch=batch.pk, now=NOW)
    return issued - begun, time.perf_counter() - issued


if __name__ == "__main__":
    for row in run(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT):
        print(f"{row['what']}: {row['measured']} (asked: {row['target']})")
