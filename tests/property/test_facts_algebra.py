"""Whatever is delivered, corrected, retracted and merged, in any order: facts read as a few lines of plain Python say they must."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shouwang.analysis.facts import Batch, Store, compaction, relation
from shouwang.analysis.facts.duck import cursor
from shouwang.analysis.standard import load

TABLE = load().table("attendance")
NOON = datetime(2025, 12, 10, 12, tzinfo=UTC)
Key = tuple[int, str, str]

keys = st.tuples(st.integers(1, 6), st.sampled_from(["2025-12-08", "2025-12-09"]), st.just("1-2节"))
deliveries = st.tuples(st.just("deliver"), st.dictionaries(keys, st.sampled_from(["present", "absent", "leave"]), min_size=1, max_size=6))
retractions = st.tuples(st.just("retract"), st.integers(0, 9))
merges = st.tuples(st.just("compact"), st.sampled_from([1, 2, 20]))
stories = st.lists(st.one_of(deliveries, deliveries, retractions, merges), min_size=2, max_size=14)


@pytest.fixture
def fewer_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setattr(compaction, "PART_ROWS", 2)  # several parts even of so few rows
    yield monkeypatch


class Oracle:
    """Batches in their order; of each key the row of the latest live batch that has it."""

    def __init__(self) -> None:
        self.batches: dict[int, dict[Key, str]] = {}
        self.live: list[int] = []

    def rows(self) -> set[tuple[int, str, str, str, int]]:
        newest = {key: (status, number) for number in self.live for key, status in self.batches[number].items()}
        return {(*key, status, number) for key, (status, number) in newest.items()}


@given(story=stories)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_story_of_deliveries_reads_as_the_oracle_says(story: list[tuple[str, Any]], fewer_files: pytest.MonkeyPatch) -> None:
    folder, oracle, clock = Path(tempfile.mkdtemp()), Oracle(), NOON
    try:
        store = Store(folder / "facts")
        for what, given_ in story:
            clock += timedelta(minutes=40)
            if what == "deliver":
                _deliver(store, oracle, given_)
            elif what == "retract" and oracle.live:
                oracle.live.pop(int(given_) % len(oracle.live))
            elif what == "compact":
                fewer_files.setattr(compaction, "MOST_FILES", given_)
                compaction.compact(store, store.snapshot(oracle.live), [TABLE], now=clock, tell=lambda said: None)
            assert _seen(store, oracle) == oracle.rows()
    finally:
        shutil.rmtree(folder)


def _deliver(store: Store, oracle: Oracle, rows: dict[Key, str]) -> Batch:
    number = len(oracle.batches) + 1
    given_ = [{"sid": sid, "day": day, "period": period, "status": status, "hours": 2} for (sid, day, period), status in rows.items()]
    batch = store.write_rows(TABLE, number, given_, store.snapshot(oracle.live))
    oracle.batches[number] = rows
    oracle.live.append(number)
    return batch


def _seen(store: Store, oracle: Oracle) -> set[tuple[int, str, str, str, int]]:
    """What all readers see: with bundles, without, and student by student."""
    snapshot = store.snapshot(oracle.live)
    names = {code.number: code.code for code in TABLE.column("status").codes}

    def read(sql: str) -> set[tuple[int, str, str, str, int]]:
        found = cursor().execute(f"SELECT sid, day::VARCHAR, period, status, batch_id FROM ({sql})").fetchall()
        rows = [(sid, day, period, names[status], number) for sid, day, period, status, number in found]
        assert len(rows) == len(set(rows))
        return set(rows)

    whole = read(relation(TABLE, snapshot))
    assert whole == read(relation(TABLE, snapshot.plain))
    one = {row for sid in range(1, 7) for row in read(f"SELECT * FROM ({relation(TABLE, snapshot, sids=(sid, sid))}) WHERE sid = {sid}")}
    assert one == whole
    assert not snapshot.verify()
    return whole
