"""The process that is killed: it delivers the files of a folder, one after the other, through the real door.

python -m tests.trial.import_child build DATA | deliver DATA FOLDER | state DATA
Prints "ready" when its work begins; `deliver` skips what has already been accepted, as a person who comes back would.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any


def start(data: Path) -> None:
    os.environ["SHOUWANG_DATA"] = str(data)
    os.environ.setdefault("SHOUWANG_SECRET_KEY", "only-for-the-trial")
    (data / "temp").mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "shouwang.config.settings"
    import django

    django.setup()


def build() -> None:
    """An empty school with the cast."""
    from django.core.management import call_command

    from tests import worlds

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    worlds.small_school()


def deliver(folder: Path) -> None:
    from shouwang.front.pipeline import intake
    from shouwang.trust.access import queries as access
    from shouwang.work.imports import actions
    from shouwang.work.imports.models import Delivery
    from tests import worlds

    account = access.account("T1009")  # 何数据 delivers for the whole school
    assert account is not None
    by = access.reader(account, worlds.NOW.date())
    print("ready", flush=True)
    actions.recover(now=worlds.NOW)
    for path in sorted(folder.iterdir()):
        table = path.stem.split("-")[1]
        for stuck in Delivery.objects.filter(filename=path.name).exclude(state__in=("accepted", "refused")):
            actions.refuse(delivery=stuck, reason="程序中断后重新报送", by=by, now=worlds.NOW)
        if not Delivery.objects.filter(filename=path.name, state="accepted").exists():
            done = intake.deliver(path, table, by=by, now=worlds.NOW, confirm=True)
            assert done.state == "accepted", (path.name, done.state, done.trouble)


def state() -> None:
    """What stands in the database and in the facts, without the ids that depend on how often it was tried."""
    print(json.dumps(_state(), ensure_ascii=False, default=str))


def _state() -> dict[str, Any]:
    from shouwang.analysis.engine import DuckDB
    from shouwang.trust.people.models import Guardian, Student
    from shouwang.work.imports import actions, queries, raw
    from shouwang.work.imports.models import Coverage, Delivery, Progress
    from tests import worlds

    recovered = actions.recover(now=worlds.NOW)
    again = actions.recover(now=worlds.NOW)
    live = list(queries.live())
    store = queries.store()
    snapshot = store.snapshot([one.pk for one in live])
    names = {one.pk: one.filename for one in live}
    facts = {}
    with DuckDB([store.root]).open(snapshot, worlds.NOW.date(), None) as session:
        for table in ("score", "attendance", "student", "guardian", "leave"):
            rows = session.rows(f"SELECT * FROM {table}", {})
            facts[table] = sorted(str({**row, "batch_id": names[row["batch_id"]]}) for row in rows)
    return {
        "half_done": list(Delivery.objects.filter(state="accepting").values_list("filename", flat=True)),
        "jobs": Progress.objects.exclude(job="").count(),
        "accepted": sorted(one.filename for one in live),
        "counts": sorted([one.filename, one.rows_good, one.rows_new, one.rows_changed, one.rows_gone] for one in live),
        "coverage": sorted([one.delivery.filename, one.path, one.students] for one in Coverage.objects.select_related("delivery")),
        "students": sorted(Student.objects.filter(is_current=True).values_list("number", "sid", "class_unit__code")),
        "guardians": sorted(Guardian.objects.filter(is_current=True).values_list("student__number", "name", "phone")),
        "facts": facts,
        "damaged": snapshot.verify(),
        "orphans": [str(path) for path in store.root.glob("*/*") if int(path.name.split(".")[0] or 0) not in names],
        "left": [path.name for path in raw.temporary_folder().glob("receive.*")],
        "raw": [one.filename for one in live if not queries.raw_path(one).exists()],
        "recovered": recovered,
        "again": again,
    }


if __name__ == "__main__":
    job, data = sys.argv[1], Path(sys.argv[2])
    start(data)
    if job == "build":
        build()
    elif job == "deliver":
        deliver(Path(sys.argv[3]))
    else:
        state()
