"""Reading: encodings, row numbers, typed cells, big and ragged text, and the proposal a sheet gets."""

from datetime import date, datetime
from pathlib import Path

import pytest

from shouwang.analysis.intake import Book, Unreadable, letter, read, recognise, with_columns, with_header
from shouwang.analysis.intake.spreadsheets import cell_text
from shouwang.analysis.intake.text_files import delimiter_of, encoding_of
from shouwang.analysis.standard import load
from tests.unit.nasty.build import text, xls, xlsx

STANDARD = load()
HEAD = ["学号", "姓名", "日期", "节次", "考勤状态"]


def book_of(tmp_path: Path, name: str, content: bytes) -> Book:
    path = tmp_path / name
    path.write_bytes(content)
    return read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_gives_the_same_cells(tmp_path: Path, encoding: str) -> None:
    rows = [HEAD, ["20240101", "㛃雨·阿", "2025-12-08", "1-2节", "旷课"]]
    with book_of(tmp_path, "a.csv", text(rows, encoding)) as book:
        assert [list(row) for row in book.sheets[0].head()] == rows
        assert encoding_of(book.path) == encoding


def test_a_text_of_no_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="看不出文字编码.*另存为 UTF-8"):
        book_of(tmp_path, "a.csv", b"\xff\x80\x80abc,1\n" * 3)


@pytest.mark.parametrize(
    ("sign", "sample"), [(",", "a,b\n1,2"), ("\t", "a\tb\n1\t2"), (";", "a;b\n1,5;2,5"), ("|", "a|b\n1|2"), (",", "只有一列\n1")]
)
def test_the_delimiter_is_the_sign_that_cuts_lines_alike(sign: str, sample: str) -> None:
    assert delimiter_of(sample) == sign


def test_row_numbers_are_excels_also_after_blank_lines_and_line_breaks_in_cells(tmp_path: Path) -> None:
    content = '学号,备注\r\n1,"两\r\n行"\r\n\r\n2,x\r\n'.encode()
    with book_of(tmp_path, "a.csv", content) as book:
        assert [(at, row[0]) for at, row in enumerate(book.sheets[0].head(), 1)] == [(1, "学号"), (2, "1"), (3, None), (4, "2")]


@pytest.mark.parametrize("blank_at", [1, 2, 70_000])
def test_a_blank_line_anywhere_in_a_long_file_shifts_nothing(tmp_path: Path, blank_at: int) -> None:
    lines = [f"{number},x" for number in range(1, 150_001)]
    lines[blank_at - 1] = ""
    with book_of(tmp_path, "a.csv", "\n".join(lines).encode()) as book:
        assert book.sheets[0].rows == 150_000
        assert book.sheets[0].between(149_999, 150_000) == [("149999", "x"), ("150000", "x")]


def test_rows_longer_than_the_first_keep_all_their_cells(tmp_path: Path) -> None:
    with book_of(tmp_path, "a.csv", ("a,b\n" * 40_000 + "1,2,3,4\n").encode()) as book:
        assert book.sheets[0].columns == 4 and book.sheets[0].tail(1) == [("1", "2", "3", "4")]


def test_typed_cells_become_what_people_would_type(tmp_path: Path) -> None:
    rows = [["学号", "日期", "分数", "布尔"], [20240101, date(2025, 12, 8), 84.5, True]]
    for name, content in (("a.xlsx", xlsx({"s": rows})), ("a.xls", xls(rows))):
        with book_of(tmp_path, name, content) as book:
            assert book.sheets[0].between(2, 2) == [("20240101", "2025-12-08", "84.5", "TRUE")]


def test_a_number_beyond_excels_digits_shows_its_damage() -> None:
    assert cell_text(202512010101234567.0) == "2.02512010101235E+17"
    assert cell_text(999999999999999.0) == "999999999999999"
    assert cell_text(datetime(2025, 9, 1, 8, 30)) == "2025-09-01 08:30:00"


def test_letters_over_columns() -> None:
    assert [letter(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_mapping_can_be_taught_and_is_remembered(tmp_path: Path) -> None:
    rows = [["学号", "哪天", "第几大节", "咋样"], ["20240101", "2025-12-08", "1-2节", "旷课"]]
    with book_of(tmp_path, "a.xlsx", xlsx({"s": rows})) as book:
        [first] = recognise(book, STANDARD, "attendance")
        assert set(first.missing) == {"day", "period", "status"}
        changed = with_columns(first, STANDARD.table("attendance"), {1: "day", 2: "period", 3: "status"})
        assert changed.missing == () and changed.mapping == {"student_no": 0, "day": 1, "period": 2, "status": 3}
        taught = {("attendance", column.heading): column.column for column in changed.columns}
        [second] = recognise(book, STANDARD, remembered=taught)
        assert (second.table, second.mapping) == ("attendance", changed.mapping)


def test_a_column_that_people_left_out_stays_out(tmp_path: Path) -> None:
    rows = [[*HEAD, "课程"], ["20240101", "", "2025-12-08", "1-2节", "旷课", "数学"]]
    with book_of(tmp_path, "a.xlsx", xlsx({"s": rows})) as book:
        [found] = recognise(book, STANDARD, remembered={("attendance", "课程"): ""})
        assert "course" not in found.mapping and [column.heading for column in found.unmapped] == ["课程"]


def test_the_heading_row_can_be_set_by_hand(tmp_path: Path) -> None:
    rows = [HEAD, ["说明", "", "", "", ""], HEAD, ["20240101", "", "2025-12-08", "1-2节", "旷课"]]
    with book_of(tmp_path, "a.xlsx", xlsx({"s": rows})) as book:
        [found] = recognise(book, STANDARD)
        moved = with_header(book, found, STANDARD.table("attendance"), [3])
        assert (found.first_row, moved.header_rows, moved.first_row, moved.last_row) == (2, (3,), 4, 4)


def test_two_headings_for_one_column_are_told(tmp_path: Path) -> None:
    rows = [["学号", "学年学期", "课程代码", "总评成绩", "成绩"], ["20240101", "2025-2026-1", "C1", 80, 90]]
    with book_of(tmp_path, "a.xlsx", xlsx({"s": rows})) as book:
        [found] = recognise(book, STANDARD)
        assert found.mapping["result"] == 4 and "“成绩”与“总评成绩”都像“成绩”" in found.notes[0]


def test_what_stands_above_the_heading_serves_every_row(tmp_path: Path) -> None:
    rows = [["2025-2026学年第一学期成绩单"], ["课程代码：C101 课程名称：高等数学"], ["学号", "姓名", "成绩"], ["20240101", "", 80]]
    with book_of(tmp_path, "a.xlsx", xlsx({"s": rows})) as book:
        [found] = recognise(book, STANDARD, "score")
        assert dict(found.constants) == {"course_code": "C101", "term": "2025-2026学年第一学期"} and found.missing == ()
