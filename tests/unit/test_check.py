"""Check, preview and write: figures, gates, scopes and what a delivery replaces."""

import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from shouwang.analysis.facts import Snapshot, Store, relation
from shouwang.analysis.facts.duck import cursor
from shouwang.analysis.intake import CannotWrite, Checked, Limits, Preview, Roster, check, marked_copy, preview, read, recognise, write
from shouwang.analysis.standard import load
from tests.unit.nasty.build import text, xls, xlsx

STANDARD = load()
CLASS_A, CLASS_B = "000100010001", "000100010002"
ROSTER = Roster.of([(f"2024{at:04d}", at, CLASS_A if at <= 10 else CLASS_B, "00010001", None) for at in range(1, 21)])
HEAD = ["学号", "日期", "节次", "考勤状态"]
MONDAY, TUESDAY = "2025-12-08", "2025-12-09"
Rows = Sequence[Sequence[Any]]


class Door:
    """Deliveries of one table, one after the other, into one store."""

    def __init__(self, folder: Path, table: str = "attendance", roster: Roster = ROSTER) -> None:
        self.folder, self.table, self.roster = folder, STANDARD.table(table), roster
        self.store = Store(folder / "facts")
        self.snapshot = Snapshot()
        self.books: list[Any] = []
        self.last = 0

    def checked(self, rows: Rows) -> Checked:
        path = self.folder / "file.csv"
        path.write_bytes(text(rows))
        self.books.append(read(path))
        return check(self.books[-1], recognise(self.books[-1], STANDARD, self.table.name), self.table, self.roster)

    def look(self, rows: Rows, **options: Any) -> Preview:
        return preview(self.checked(rows), self.snapshot, **options)

    def deliver(self, rows: Rows) -> Preview:
        checked = self.checked(rows)
        seen = preview(checked, self.snapshot)
        self.last += 1
        self.snapshot = self.snapshot.with_batch(write(checked, self.store, self.snapshot, self.last))
        return seen

    def facts(self, columns: str) -> list[tuple[Any, ...]]:
        return cursor().execute(f"SELECT {columns} FROM ({relation(self.table, self.snapshot)}) ORDER BY ALL").fetchall()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    yield made
    for book in made.books:
        book.close()


def sessions(sids: Sequence[int], day: str = MONDAY, status: str = "出勤") -> list[list[Any]]:
    return [[f"2024{sid:04d}", day, "1-2节", status] for sid in sids]


def figures(seen: Preview) -> tuple[int, int, int, int]:
    return seen.new, seen.changed, seen.unchanged, seen.gone


def test_the_first_delivery_is_all_new(door: Door) -> None:
    seen = door.deliver([HEAD, *sessions(range(1, 11))])
    assert figures(seen) == (10, 0, 0, 0) and seen.gates == ()
    assert seen.scope == "2025-12-08，1 个班级，10 名学生，10 行"


def test_a_whole_delivery_is_compared_within_its_days_and_classes(door: Door) -> None:
    door.deliver([HEAD, *sessions(range(1, 11)), *sessions(range(1, 11), TUESDAY)])
    door.deliver([HEAD, *sessions(range(11, 21))])
    seen = door.deliver([HEAD, *sessions(range(1, 9)), *sessions([9], status="旷课")])
    assert figures(seen) == (0, 1, 8, 1)
    assert [(sample.kind, sample.sid, sample.before, sample.after) for sample in seen.samples] == [
        ("changed", 9, "考勤状态 出勤", "考勤状态 旷课"),
        ("gone", 10, "考勤状态 出勤，学时 2.00", ""),
    ]
    # Tuesday and the other class are untouched; 10's Monday is gone.
    assert len(door.facts("sid")) == 9 + 10 + 10
    assert door.facts("day, status, batch_id")[-1] == (date(2025, 12, 9), 1, 1)


def test_retracting_a_delivery_reads_as_if_it_had_not_come(door: Door) -> None:
    door.deliver([HEAD, *sessions(range(1, 11))])
    before = door.facts("sid, status, batch_id")
    door.deliver([HEAD, *sessions([1], status="旷课")])
    assert len(door.facts("sid")) == 1
    door.snapshot = door.snapshot.without(2)
    assert door.facts("sid, status, batch_id") == before


def test_retracting_the_middle_delivery_revives_nothing_beside_the_last(door: Door) -> None:
    for status in ("出勤", "迟到", "旷课"):
        door.deliver([HEAD, *sessions([1, 2], status=status)])
    door.snapshot = door.snapshot.without(2)
    assert door.facts("sid, status, batch_id") == [(1, 3, 3), (2, 3, 3)]


def test_the_old_row_stays_while_its_new_version_is_refused(door: Door) -> None:
    door.deliver([HEAD, *sessions(range(1, 11))])
    seen = door.deliver([HEAD, *sessions(range(1, 10)), ["20240010", MONDAY, "1-2节", "在图书馆"]])
    assert figures(seen) == (0, 0, 9, 0)
    assert (10, 1, 1) in door.facts("sid, status, batch_id")


def test_additions_never_let_anything_disappear(tmp_path: Path) -> None:
    door = Door(tmp_path, "library_loan")
    assert door.table.delivery == "additions"
    head = [column.title for column in door.table.required]
    row = {"student_no": "20240001"}
    samples = {"date": "2025-12-08", "datetime": "2025-12-08 10:00", "text": "B1"}
    first = [row.get(column.name, samples.get(column.type, "1")) for column in door.table.required]
    second = [
        value if name != "student_no" else "20240002" for name, value in zip([c.name for c in door.table.required], first, strict=True)
    ]
    door.deliver([head, first])
    assert figures(door.deliver([head, second])) == (1, 0, 0, 0)
    assert door.facts("sid") == [(1,), (2,)]
    for book in door.books:
        book.close()


def test_gates_carry_their_figures(door: Door) -> None:
    door.deliver([HEAD, *sessions(range(1, 11))])
    seen = door.look([HEAD, *sessions(range(1, 6), status="旷课"), *sessions([99])])
    told = {gate.code: gate.sentence for gate in seen.gates}
    assert told["refused"] == "6 行中有 1 行（17%）不合格，不会进入系统"
    assert told["gone"] == "同一范围已有 10 行，其中 5 行（50%）不在这次的文件里，接收后不再有效"
    assert told["changed"] == "与已有的 5 行相比，5 行（100%）内容不同，接收后以这次为准"


def test_gates_stay_shut_below_their_limits(door: Door) -> None:
    door.deliver([HEAD, *sessions(range(1, 11))])
    assert door.look([HEAD, *sessions(range(1, 11)), *sessions([1], TUESDAY)]).gates == ()
    loose = Limits(refused=1, gone=1, changed=2, thin=0)
    assert door.look([HEAD, *sessions(range(1, 6), status="旷课")], limits=loose).gates == ()


def test_a_class_of_which_only_few_students_come_is_asked_about(door: Door) -> None:
    seen = door.look([HEAD, *sessions(range(1, 11)), *sessions([11])])
    [gate] = seen.gates
    assert gate.code == "thin" and "2 个班级中，有 1 个班只出现了 1 名学生（共 10 名）" in gate.sentence


def test_days_to_come_and_endless_spans_are_asked_about(door: Door) -> None:
    rows = [HEAD, *sessions(range(1, 11)), *sessions(range(1, 11), "2027-12-08")]
    codes = {gate.code: gate.sentence for gate in door.look(rows, today=date(2025, 12, 10)).gates}
    assert "有 10 行的日期在今天（2025-12-10）之后，最晚 2027-12-08" in codes["future"]
    assert "日期从 2025-12-08 到 2027-12-08，跨 731 天" in codes["days"]


def test_a_file_delivered_twice_is_said(door: Door) -> None:
    door.deliver([HEAD, *sessions(range(1, 11))])
    assert [gate.code for gate in door.look([HEAD, *sessions(range(1, 11))]).gates] == ["same"]


def test_a_file_without_a_good_row_cannot_be_accepted(door: Door) -> None:
    checked = door.checked([HEAD, *sessions([98, 99])])
    assert preview(checked, door.snapshot).blocked.startswith("没有一行合格")
    with pytest.raises(CannotWrite):
        write(checked, door.store, door.snapshot, 1)


def test_problems_are_capped_for_showing_never_for_counting(door: Door) -> None:
    checked = door.checked([HEAD, *(["20249999", MONDAY, "1-2节", "出勤"] for _ in range(3000))])
    assert len(checked.problems()) == 1000 and len(checked.problems(5)) == 5 and len(checked.problems(None)) == 3000
    [count] = checked.counts()
    assert (count.code, count.count, count.example, checked.figures.rows_bad) == ("unknown_student", 3000, "20249999", 3000)
    assert checked.figures.students_unknown == 1


def test_new_students_wait_for_their_numbers(tmp_path: Path) -> None:
    door = Door(tmp_path, "student")
    head = ["学号", "姓名", "班级代码", "性别", "手机号", "孤儿"]
    rows = [
        head,
        ["20250002", "田小禾", "RJ2501", "女", "13800000000", "是"],
        ["20240001", "宋小雨", "RJ2401", "", "", ""],
        ["20250001", "金立冬", "RJ2501", "男", "", "否"],
    ]
    checked = door.checked(rows)
    assert checked.new_numbers() == ["20250002", "20250001"] and checked.problems() == []
    with pytest.raises(CannotWrite, match="有 2 行的学生还没有内部编号"):
        write(checked, door.store, door.snapshot, 1)
    extended = ROSTER.extended({"20250002": 101, "20250001": 102})
    door.snapshot = door.snapshot.with_batch(write(checked, door.store, door.snapshot, 1, extended))
    assert door.facts("sid, unit, orphan, row_no") == [(1, "RJ2401", None, 3), (101, "RJ2501", True, 2), (102, "RJ2501", False, 4)]
    handed = list(checked.rows())
    assert [(row["student_no"], row["sid"], row["name"], row["gender"], row["phone"], row["status"]) for row in handed] == [
        ("20250002", 101, "田小禾", "female", "13800000000", "enrolled"),
        ("20240001", 1, "宋小雨", None, None, "enrolled"),
        ("20250001", 102, "金立冬", "male", None, "enrolled"),
    ]
    door.books[0].close()


def test_a_student_who_changed_class_does_not_drag_the_old_class_along(tmp_path: Path) -> None:
    door = Door(tmp_path, "student")
    head = ["学号", "姓名", "班级代码"]
    class_a = [[f"2024{sid:04d}", "某", "A"] for sid in range(1, 11)]
    door.deliver([head, *class_a])
    seen = door.deliver([head, ["20240001", "某", "B"], ["20240011", "某", "B"]])
    assert figures(seen) == (1, 1, 0, 0)
    assert len(door.facts("sid")) == 11
    for book in door.books:
        book.close()


def test_names_and_phones_never_enter_facts(tmp_path: Path) -> None:
    for table in STANDARD.tables.values():
        kept = {name for name, _ in STANDARD.fact_schema(table)}
        hidden = {column.name for column in table.columns if column.store != "facts"}
        assert not kept & hidden


def test_staff_and_units_are_checked_when_they_are_known(tmp_path: Path) -> None:
    known = Roster(ROSTER.students, staff=frozenset(["T1"]), units=frozenset(["A"]))
    door = Door(tmp_path, "student", known)
    checked = door.checked([["学号", "姓名", "班级代码"], ["20240001", "某", "A"], ["20240002", "某", "火星班"]])
    assert [(problem.code, problem.row, problem.letter) for problem in checked.problems()] == [("unknown_unit", 3, "C")]
    door.books[0].close()


@pytest.mark.parametrize("kind", ["xlsx", "xls", "csv"])
def test_the_marked_copy_is_the_users_own_file_with_the_bad_cells_told(tmp_path: Path, kind: str) -> None:
    rows = [["考勤表"], HEAD, ["20240001", MONDAY, "1-2节", "旷课"], ["20240002", "昨天", "1-2节", "在图书馆"]]
    path = tmp_path / f"f.{kind}"
    path.write_bytes({"xlsx": lambda: xlsx({"表": rows}), "xls": lambda: xls(rows), "csv": lambda: text(rows)}[kind]())
    with read(path) as book:
        checked = check(book, recognise(book, STANDARD), STANDARD.table("attendance"), ROSTER)
        problems = checked.problems(None)
    marked = openpyxl.load_workbook(io.BytesIO(marked_copy(path, problems)))
    sheet = marked.worksheets[0]
    assert sheet["B4"].value == "昨天" and sheet["B4"].fill.start_color.rgb[-6:] == "FFC7CE"
    assert "不是日期" in sheet["B4"].comment.text and "出勤、迟到" in sheet["D4"].comment.text
    assert sheet["A3"].comment is None and sheet["A3"].value == "20240001"
    listed = [[cell.value for cell in row] for row in marked["问题清单"].iter_rows(min_row=2)]
    assert [(line[1], line[2], line[4]) for line in listed] == [(4, "B", "昨天"), (4, "D", "在图书馆")]


def test_a_second_check_of_the_same_book_forgets_the_first(door: Door) -> None:
    path = door.folder / "f.csv"
    path.write_bytes(text([HEAD, ["20240001", MONDAY, "1-2节", "旷课"], ["20240002", MONDAY, "1-2节", "?"]]))
    with read(path) as book:
        found = recognise(book, STANDARD)
        first = check(book, found, door.table, ROSTER).figures
        assert check(book, found, door.table, ROSTER).figures == first and first.rows_bad == 1
