"""Scores as teachers write them: marks, graded words, and words that are no marks."""

import re
from dataclasses import dataclass
from decimal import Decimal

from shouwang.analysis.intake.bad import Bad

NUMERIC, GRADED, PASSED, FAILED, ABSENT, TRUANT, DEFERRED, EXEMPT, CHEATED, NO_RESULT = range(10)
GRADES = {"优": 95, "优秀": 95, "良": 85, "良好": 85, "中": 75, "中等": 75, "及格": 65, "不及格": 50}
MARKS = {
    PASSED: ("合格", "通过", "已通过"),
    FAILED: ("不合格", "不通过", "未通过"),
    ABSENT: ("缺考",),
    TRUANT: ("旷考",),
    DEFERRED: ("缓考",),
    EXEMPT: ("免修", "免考"),
    CHEATED: ("作弊", "违纪", "取消资格", "取消考试资格", "舞弊"),
    NO_RESULT: ("缺", "—", "－", "-", "--", "——", "–", "/", "无", "无成绩"),
}
WORDS = {word: mark for mark, words in MARKS.items() for word in words}
KINDS = ("补考", "重修", "缓考", "清考", "免修", "正常考试")
_NUMBER = re.compile(r"(-?\d{1,4}(?:\.\d+)?)\s*分?")
_WITH_NOTE = re.compile(r"(.+?)\s*[(（\[【]\s*(.+?)\s*[)）\]】]")


@dataclass(frozen=True, slots=True)
class Score:
    """`value` is null when the text is not a mark; `kind` is an exam kind written beside it, as in 78(补考)."""

    value: Decimal | None
    mark: int
    kind: str = ""


def score(text: str) -> Score | Bad:
    """What a score cell says. Bad for anything that is not one of the ways in policies.md."""
    if plain := _plain(text):
        return plain
    if noted := _WITH_NOTE.fullmatch(text):
        main, note = noted.groups()
        found = _plain(main)
        if found and note in KINDS:
            return Score(found.value, found.mark, note)
        # 55(不及格), 优(92): a mark and its grade side by side.
        return _pair(main, note) or Bad("not_score")
    for sign in "/|、":
        if sign in text and text != sign:
            main, _, note = text.partition(sign)
            return _pair(main.strip(), note.strip()) or Bad("not_score")
    return Bad("not_score")


def _pair(first: str, second: str) -> Score | None:
    """A number and a word for the same result: the number counts."""
    one, other = _plain(first), _plain(second)
    if one is None or other is None or {one.mark == NUMERIC, other.mark == NUMERIC} != {True, False}:
        return None
    number, word = (one, other) if one.mark == NUMERIC else (other, one)
    return number if word.mark in (GRADED, PASSED, FAILED) else None


def _plain(text: str) -> Score | None:
    if number := _NUMBER.fullmatch(text):
        return Score(Decimal(number.group(1)), NUMERIC)
    if text in GRADES:
        return Score(Decimal(GRADES[text]), GRADED)
    return Score(None, WORDS[text]) if text in WORDS else None
