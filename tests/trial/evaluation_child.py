"""The process that is killed: it evaluates a small school day by day.

python -m tests.trial.evaluation_child build DATA | evaluate DATA | states DATA | state DATA
Prints "ready" when its work begins; `evaluate` does every day from the first, as a restart would: days already done change nothing.
"""

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.trial.import_child import start

DAYS = [date(2025, 11, 24) + timedelta(days=n) for n in range(5)]
PERIODS = ("1-2", "3-4", "5-6")
RULES = {
    "absent": ("absent_days_running >= 1", 4, 30),
    "absences": ("absences_term >= 4", 2, 20),
    "hours": ("truancy_hours_term >= 6", 3, 20),
}


def build() -> None:
    """The small school; five days of attendance, each a batch, of students who miss school in turns; three rules."""
    from django.conf import settings
    from django.core.management import call_command

    from shouwang.analysis.rules import Rule, parse
    from shouwang.work.alerts import actions
    from shouwang.work.alerts.queries import rulebook
    from tests import worlds
    from tests.facts_world import FactsWorld

    call_command("migrate", verbosity=0)
    world = worlds.small_school()
    facts = FactsWorld(settings.DATA)
    sids = sorted({student.sid for student in world.students.values()})
    facts.students(*sids)
    for at, day in enumerate(DAYS):
        rows = [
            {"sid": sid, "day": day.isoformat(), "period": period, "course": "C", "status": _status(sid, at), "hours": 2}
            for sid in sids
            for period in PERIODS
        ]
        facts.add("attendance", rows)
    for code, (when, level, weight) in RULES.items():
        made = Rule(code, code, code, parse(when, rulebook.names()), level, weight, "attendance", "", "", "")
        actions.publish_rule(rule=made, by=None, now=worlds.NOW)


def _status(sid: int, at: int) -> str:
    return "absent" if (sid + at) % 4 == 0 or sid % 5 == 0 and at < 3 else "present"


def evaluate(tell: bool) -> None:
    """All days; with `tell`, prints the state after each as one line of JSON."""
    from shouwang.work.alerts import actions
    from shouwang.work.imports import queries as imports
    from tests import worlds

    masters = [int(path.stem) for path in imports.store().root.glob("*/*.json") if path.parent.name != "attendance"]
    attendance = sorted(int(path.stem) for path in imports.store().root.glob("attendance/*.json"))
    print("ready", flush=True)
    actions.recover()
    for at, day in enumerate(DAYS):
        snapshot = imports.store().snapshot([*masters, *attendance[: at + 1]])
        actions.evaluate(as_of=day, by=None, now=worlds.NOW, snapshot=snapshot)
        if tell:
            print(json.dumps(state(), ensure_ascii=False, default=str), flush=True)


def state() -> dict[str, Any]:
    """What stands in the database and in the run files, by natural names."""
    from shouwang.common.digest import file_digest
    from shouwang.trust.ledger.models import Entry
    from shouwang.work.alerts.models import Alert, AlertEvent, AlertValue, LevelCount, Run, RunRule, StudentLevel
    from shouwang.work.alerts.queries import computing

    runs = list(Run.objects.order_by("pk"))
    return {
        "runs": [[run.as_of, run.fired, run.unknown, run.opened, run.reopened, run.cleared, run.sha256] for run in runs],
        "damaged": [run.path for run in runs if file_digest(computing.run_file(run.path)) != run.sha256],
        "rules": list(
            RunRule.objects.order_by("run__as_of", "rule__code").values_list("run__as_of", "rule__code", "fired", "unknown", "error")
        ),
        "alerts": list(
            Alert.objects.order_by("student", "rule_code").values_list(
                "student",
                "rule_code",
                "state",
                "opened_on",
                "last_fired_on",
                "episodes",
                "false_runs",
                "cleared_on",
                "run__as_of",
                "values_run__as_of",
            )
        ),
        "values": list(
            AlertValue.objects.order_by("alert__student", "alert__rule_code", "run__as_of", "indicator").values_list(
                "alert__student", "alert__rule_code", "run__as_of", "indicator", "value"
            )
        ),
        "events": list(
            AlertEvent.objects.order_by("alert__student", "alert__rule_code", "pk").values_list(
                "alert__student", "alert__rule_code", "kind", "run__as_of"
            )
        ),
        "levels": list(
            StudentLevel.objects.order_by("student").values_list("student", "level", "score", "unknown_count", "since_on", "run__as_of")
        ),
        "counts": list(LevelCount.objects.order_by("run__as_of", "unit", "level").values_list("run__as_of", "unit__code", "level", "n")),
        "ledger": Entry.objects.filter(kind="alerts.evaluated").count(),
    }


if __name__ == "__main__":
    job, folder = sys.argv[1], Path(sys.argv[2])
    start(folder)
    if job == "build":
        build()
    elif job in ("evaluate", "states"):
        evaluate(tell=job == "states")
    else:
        print(json.dumps(state(), ensure_ascii=False, default=str))
