"""Facts: what a snapshot shows after corrections, retractions, kills and damage."""

from datetime import date
from pathlib import Path

import pytest

from shouwang.analysis.facts import MissingBatch, Snapshot, Store, relation, relations
from shouwang.analysis.facts.duck import cursor
from shouwang.analysis.standard import load

STANDARD = load()
ATTENDANCE = STANDARD.table("attendance")
SCORE = STANDARD.table("score")
MONDAY = date(2025, 12, 8)


def session(sid: int, status: str, period: str = "1-2节", day: date = MONDAY) -> dict[str, object]:
    return {"sid": sid, "day": day, "period": period, "status": status, "hours": 2}


def seen(snapshot: Snapshot, columns: str = "sid, status, batch_id") -> list[tuple[object, ...]]:
    return cursor().execute(f"SELECT {columns} FROM ({relation(ATTENDANCE, snapshot)}) ORDER BY ALL").fetchall()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "facts")


def test_a_table_without_batches_is_an_empty_relation_of_the_right_columns(store: Store) -> None:
    for name, sql in relations(STANDARD.tables.values(), store.snapshot()).items():
        described = cursor().execute(f"DESCRIBE {sql}").fetchall()
        assert [(row[0], row[1]) for row in described] == list(STANDARD.fact_schema(name))
        assert cursor().execute(sql).fetchall() == []


def test_rows_come_back_sorted_by_student_with_their_source(store: Store) -> None:
    store.write_rows(ATTENDANCE, 7, [session(3, "absent"), session(1, "present")])
    snapshot = store.snapshot([7])
    assert seen(snapshot, "sid, status, batch_id, sheet_no, row_no") == [(1, 1, 7, 1, 3), (3, 3, 7, 1, 2)]
    [batch] = snapshot.of("attendance")
    assert (batch.rows, batch.first_sid, batch.last_sid, batch.first_day, batch.last_day) == (2, 1, 3, "2025-12-08", "2025-12-08")


def test_retracting_the_middle_of_three_never_revives_the_first(store: Store) -> None:
    a = store.write_rows(ATTENDANCE, 1, [session(1, "present"), session(2, "present")])
    b = store.write_rows(ATTENDANCE, 2, [session(1, "absent")], store.snapshot([1]))
    c = store.write_rows(ATTENDANCE, 3, [session(1, "leave")], store.snapshot([1, 2]))
    assert a.supersedes == () and b.supersedes == (1,) and c.supersedes == (1, 2)
    assert seen(store.snapshot([1, 2, 3])) == [(1, 4, 3), (2, 1, 1)]
    assert seen(store.snapshot([1, 3])) == [(1, 4, 3), (2, 1, 1)]
    assert seen(store.snapshot([1, 2])) == [(1, 3, 2), (2, 1, 1)]
    assert seen(store.snapshot([1])) == [(1, 1, 1), (2, 1, 1)]
    assert seen(store.snapshot([3])) == [(1, 4, 3)]


def test_with_and_without_a_batch_are_snapshots_of_their_own(store: Store) -> None:
    store.write_rows(ATTENDANCE, 1, [session(1, "present")])
    before = store.snapshot([1])
    batch = store.write_rows(ATTENDANCE, 2, [session(1, "absent")], before)
    after = before.with_batch(batch)
    assert after == store.snapshot([2, 1]) and after.digest != before.digest
    assert after.without(2) == before and after.without(2).digest == before.digest
    assert after.ids == (1, 2) and after.tables == ("attendance",)


def test_an_empty_key_cell_equals_an_empty_key_cell(store: Store) -> None:
    row = {"sid": 1, "term": 20251, "course_code": "C1", "result": 55, "result_mark": 0}
    store.write_rows(SCORE, 1, [row])
    store.write_rows(SCORE, 2, [{**row, "result": 65}], store.snapshot([1]))
    sql = f"SELECT result::INTEGER FROM ({relation(SCORE, store.snapshot([1, 2]))})"
    assert cursor().execute(sql).fetchall() == [(65,)]


def test_file_lists_are_cut_by_students_and_days_but_rows_are_not_filtered(store: Store) -> None:
    store.write_rows(ATTENDANCE, 1, [session(1, "present"), session(9, "present")])
    store.write_rows(ATTENDANCE, 2, [session(50, "present", day=date(2025, 12, 1))])
    snapshot = store.snapshot([1, 2])
    assert "2.parquet" not in relation(ATTENDANCE, snapshot, sids=(5, 9))
    assert "1.parquet" not in relation(ATTENDANCE, snapshot, days=("2025-11-01", "2025-12-05"))


def test_verify_names_the_file_in_which_one_byte_changed_or_that_is_gone(store: Store) -> None:
    store.write_rows(ATTENDANCE, 1, [session(1, "present")])
    second = store.write_rows(ATTENDANCE, 2, [session(1, "absent")], store.snapshot([1]))
    snapshot = store.snapshot([1, 2])
    assert snapshot.verify() == []
    content = bytearray(second.path.read_bytes())
    content[len(content) // 2] ^= 1
    second.path.write_bytes(content)
    snapshot.of("attendance")[0].path.unlink()
    missing, changed = snapshot.verify()
    assert "批次 1（attendance）" in missing and "不见了" in missing
    assert "批次 2（attendance）" in changed and "与接收时不同" in changed


def test_a_batch_without_its_sidecar_does_not_exist(store: Store) -> None:
    batch = store.write_rows(ATTENDANCE, 4, [session(1, "present")])
    (batch.path.with_name("4.json")).unlink()
    with pytest.raises(MissingBatch, match="没有批次 4 的文件"):
        store.snapshot([4])


def test_a_retry_after_a_kill_replaces_what_was_never_accepted(store: Store) -> None:
    store.write_rows(ATTENDANCE, 4, [session(1, "present"), session(2, "present")])
    store.write_rows(ATTENDANCE, 4, [session(1, "absent")])
    assert seen(store.snapshot([4])) == [(1, 3, 4)]


def test_sweep_removes_unknown_batches_and_dead_writers_leftovers_only(store: Store) -> None:
    store.write_rows(ATTENDANCE, 1, [session(1, "present")])
    store.write_rows(ATTENDANCE, 2, [session(1, "absent")], store.snapshot([1]))
    (store.root / "attendance" / ".9.parquet.999999999.tmp").write_bytes(b"half")
    removed = store.sweep([1])
    assert removed == ["attendance/.9.parquet.999999999.tmp", "attendance/2.json", "attendance/2.parquet", "attendance/2.tomb.parquet"]
    assert seen(store.snapshot([1])) == [(1, 1, 1)]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [session(sid, "present") for sid in range(50)]
    digests = {Store(tmp_path / place).write_rows(ATTENDANCE, 1, rows).sha256 for place in ("one", "two")}
    assert len(digests) == 1


def test_rows_of_an_older_standard_are_read_with_todays_columns(store: Store, tmp_path: Path) -> None:
    batch = store.write_rows(ATTENDANCE, 1, [session(1, "present")])
    cursor().execute(f"COPY (SELECT * EXCLUDE (course) FROM read_parquet('{batch.path}')) TO '{tmp_path / 'old'}' (FORMAT parquet)")
    (tmp_path / "old").replace(batch.path)
    sidecar = batch.path.with_name("1.json")
    sidecar.write_text(sidecar.read_text("utf-8").replace(ATTENDANCE.version, "older"), "utf-8")
    assert seen(store.snapshot([1]), "sid, course, status") == [(1, None, 1)]
