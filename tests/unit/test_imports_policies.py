"""Every from × move of a delivery is tried; the table is the only truth."""

import pytest

from shouwang.work.imports import policies

ALLOWED = {
    ("received", "recognise"), ("recognised", "recognise"), ("checked", "recognise"), ("previewed", "recognise"), ("failed", "recognise"),
    ("recognised", "check"), ("checked", "check"), ("previewed", "check"),
    ("checked", "preview"), ("previewed", "preview"),
    ("previewed", "begin"),
    ("accepting", "accept"), ("accepting", "give_back"),
    ("received", "refuse"), ("recognised", "refuse"), ("checked", "refuse"), ("previewed", "refuse"), ("failed", "refuse"),
    ("accepted", "retract"),
    ("received", "fail"), ("recognised", "fail"), ("checked", "fail"), ("previewed", "fail"),
}  # fmt: skip


@pytest.mark.parametrize("state", [code for code, _ in policies.STATES])
@pytest.mark.parametrize("move", list(policies.MOVES))
def test_every_state_and_move(state: str, move: str) -> None:
    reason = policies.why_not(state, move)
    if (state, move) in ALLOWED:
        assert reason is None
    else:
        assert reason is not None and reason.endswith("。") and policies.TITLES[state] in reason


def test_every_move_leads_to_a_known_state_and_end_states_stay_ends() -> None:
    known = set(policies.TITLES)
    assert all(starts <= known and end in known for starts, end in policies.MOVES.values())
    assert not any("refused" in starts or "retracted" in starts for starts, _ in policies.MOVES.values())


def test_acceptance_needs_good_rows_and_confirmed_gates() -> None:
    assert policies.why_not_accept("previewed", [], False, 5) is None
    assert "没有一行" in (policies.why_not_accept("previewed", [], False, 0) or "")
    assert "40 行" in (policies.why_not_accept("previewed", ["将有 40 行消失"], False, 5) or "")
    assert policies.why_not_accept("previewed", ["将有 40 行消失"], True, 5) is None
    assert "已接收" in (policies.why_not_accept("accepted", [], True, 5) or "")


def test_unknown_move_is_an_error() -> None:
    with pytest.raises(KeyError):
        policies.why_not("received", "fly")


@pytest.mark.parametrize(
    ("name", "head", "word"),
    [
        ("成绩.xlsx", b"MZ\x90\x00", "程序"),
        ("成绩.csv", b"\x7fELF\x02", "程序"),
        ("成绩.csv", b"#!/bin/sh", "脚本"),
        ("成绩.xlsx", b"\x89PNG\r\n", "图片"),
        ("成绩.csv", b"%PDF-1.7", "PDF"),
        ("成绩.xls", b"Rar!\x1a", "压缩包"),
        ("成绩.csv", b"PK\x03\x04", "Excel"),
        ("成绩.xlsx", "学号,成绩".encode(), "不是真正的"),
        ("成绩.ods", b"<html>", "不是真正的"),
    ],
)
def test_a_file_is_what_it_begins_with(name, head, word):
    assert word in str(policies.why_not_content(name, head))


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("成绩.xlsx", b"PK\x03\x04"),
        ("成绩.ods", b"PK\x03\x04"),
        ("成绩.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("成绩.xls", b"<html><table>"),  # campus systems call a page xls; reading says what it thinks of it
        ("成绩.csv", "学号,成绩".encode("gb18030")),
        ("体测.csv", b"BMI,name\n1,2\n"),
        ("成绩.csv", b"\xff\xfe" + "学号".encode("utf-16-le")),
        ("成绩.tsv", b""),
    ],
)
def test_tables_are_taken(name, head):
    assert policies.why_not_content(name, head) is None


def test_names_are_safe():
    assert policies.safe_name("../../etc/passwd") == "passwd"
    assert policies.safe_name("..\\..\\windows\\x.csv") == "x.csv"
    assert policies.safe_name("成绩\x00\u202e\u200b.csv") == "成绩.csv"
    assert len(policies.safe_name("长" * 500 + ".csv")) == 200
