"""Merging beyond attendance: rows about no student, merged files that were altered, snapshots that are kept."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shouwang.analysis.facts import Snapshot, Store, compaction, relation
from shouwang.analysis.facts.duck import cursor
from shouwang.analysis.standard import load

NOON = datetime(2025, 12, 10, 12, tzinfo=UTC)
RESPONSIBILITY = load().table("responsibility")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(compaction, "MOST_FILES", 1)
    monkeypatch.setattr(compaction, "PART_ROWS", 2)
    store = Store(tmp_path / "facts")
    units = [{"staff_no": f"T{number}", "role": "homeroom_teacher", "unit": f"QC24{number}"} for number in range(3)]
    one = [{"staff_no": "T9", "role": "homeroom_teacher", "sid": sid} for sid in range(1, 5)]
    store.write_rows(RESPONSIBILITY, 1, [*units, *one])
    store.write_rows(RESPONSIBILITY, 2, [*units, *one[:2]], store.snapshot([1]))
    return store


def merged(store: Store, said: list[str] | None = None) -> Snapshot:
    told = said if said is not None else []
    compaction.compact(store, store.snapshot([1, 2]), [RESPONSIBILITY], now=NOON, tell=told.append)
    return store.snapshot([1, 2])


def rows_of(snapshot: Snapshot) -> list[tuple[object, ...]]:
    return sorted(cursor().execute(f"SELECT staff_no, unit, sid FROM ({relation(RESPONSIBILITY, snapshot)})").fetchall(), key=str)


def test_rows_about_no_student_are_merged_too(store: Store) -> None:
    snapshot = merged(store)
    assert snapshot.merged["responsibility"][0].ids == {1, 2}
    assert len(rows_of(snapshot)) == 7
    assert rows_of(snapshot) == rows_of(snapshot.plain)


def test_a_merged_file_that_lost_rows_is_never_used(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "_ranges", lambda task: [(1, 2), (3, 4)])  # forgets whoever has no number
    with pytest.raises(compaction.NotTheSame, match="有 4 行，原批次有 7 行"):
        merged(store)
    assert not store.snapshot([1, 2]).bundles and len(rows_of(store.snapshot([1, 2]))) == 7


def test_an_altered_merged_file_is_found_and_made_anew(store: Store) -> None:
    part = merged(store).merged["responsibility"][0].parts[0].path
    content = part.read_bytes()
    part.write_bytes(content[:-1] + b"?")
    said: list[str] = []
    snapshot = merged(store, said)
    assert "合并时不同" in said[0]
    assert part.read_bytes() == content and len(rows_of(snapshot)) == 7


def test_a_snapshot_is_read_again_only_when_a_folder_changed(store: Store) -> None:
    for folder in store.root.iterdir():
        os.utime(folder, ns=(1, 1))
    kept = store.snapshot([1, 2])
    assert store.snapshot([2, 1]) is kept
    (store.root / "responsibility" / "2.json").unlink()
    with pytest.raises(LookupError, match="没有批次 2 的文件"):
        store.snapshot([1, 2])
