"""The process that is killed: it merges the batches of a school of a few thousand students.

python -m tests.trial.compaction_child build DATA | compact DATA | state DATA
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from shouwang.analysis.facts import Store, compaction, relation
from shouwang.analysis.facts.duck import cursor
from shouwang.analysis.standard import load
from shouwang.common.digest import digest

TABLE = load().table("attendance")
NOON = datetime(2025, 12, 10, 12, tzinfo=UTC)
SCHOOLS, STUDENTS, DAYS = 5, 2_000, 22


def build(store: Store) -> None:
    """Five schools deliver day by day; then the first day of every school is corrected."""
    for school in range(SCHOOLS):
        for day in range(DAYS):
            _deliver(store, school, day, "present")
    for school in range(SCHOOLS):
        _deliver(store, school, 0, "absent")


def _deliver(store: Store, school: int, day: int, status: str) -> None:
    ids = _ids(store)
    sids = range(school * STUDENTS + 1, (school + 1) * STUDENTS + 1)
    rows = [{"sid": sid, "day": f"2025-11-{day + 1:02}", "period": "1", "status": status, "hours": 2} for sid in sids]
    store.write_rows(TABLE, len(ids) + 1, rows, store.snapshot(ids) if status == "absent" else None)


def _ids(store: Store) -> list[int]:
    return [int(path.stem) for path in store.root.glob("attendance/*.json")]


def state(store: Store) -> dict[str, object]:
    """What is read with bundles and without, and how many files that takes."""
    snapshot = store.snapshot(_ids(store))
    seen = [
        digest(cursor().execute(f"SELECT sid, day::VARCHAR, status, batch_id FROM ({relation(TABLE, one)}) ORDER BY ALL").fetchall())
        for one in (snapshot, snapshot.plain)
    ]
    merged = [bundle for chosen in snapshot.merged.values() for bundle in chosen]
    return {"seen": seen, "bundles": len(merged), "held": sum(len(one.holds) for one in merged), "damage": snapshot.verify()}


def main() -> None:
    job, folder = sys.argv[1], Path(sys.argv[2])
    store = Store(folder / "facts")
    if job == "build":
        build(store)
    elif job == "compact":
        compaction.PART_ROWS = 12_000  # several parts a school
        print("ready", flush=True)
        compaction.compact(store, store.snapshot(_ids(store)), [TABLE], now=NOON)
    else:
        print(json.dumps(state(store)))


if __name__ == "__main__":
    main()
