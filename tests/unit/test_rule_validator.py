"""Hostile and mistaken rule texts: every one is refused with a Chinese reason, quickly, and nothing else ever comes out of the parser."""

import re
import time

import pytest

from shouwang.analysis.rules import Refused, parse, to_sql, to_text
from tests.unit.hostile_rules import HOSTILE

NAMES = {"absent_days_running": "连续缺勤教学日", "gpa_term": "学期绩点", "fee_owed": "欠费金额", "lates_14d": "近 14 天迟到"}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30])
def test_refused_in_plain_chinese_and_at_once(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(Refused) as caught:
        parse(text, NAMES)
    assert time.perf_counter() - began < 1
    assert re.search("[\u4e00-\u9fff]", str(caught.value)) and len(str(caught.value)) < 200
    assert not re.search(r"sqlglot|Traceback|Error|<class", str(caught.value))


def test_enough_hostility() -> None:
    assert len(set(HOSTILE)) >= 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("absent_days_runing >= 3", "第 1–18 个字符“absent_days_runing”：没有这个指标；是不是“absent_days_running”（连续缺勤教学日）？"),
        ("GPA_TERM < 2", "第 1–8 个字符“GPA_TERM”：没有这个指标；是不是“gpa_term”（学期绩点）？"),
        ("学期绩 < 2", "第 1–3 个字符“学期绩”：没有这个指标；是不是“gpa_term”（学期绩点）？"),
        ("gpa_term + 1 > 2", "第 10 个字符“+”：规则里不能做加减乘除；需要新的数，请先定义成指标"),
        ("gpa_term < '2'", "第 12–14 个字符“2”：指标都是数，请直接写数字，不加引号"),
        ("coalesce(gpa_term, 0) < 2", "第 1–8 个字符“coalesce”：规则里不能用函数 coalesce()；需要新的算法，请先定义成指标"),
        ("(gpa_term < 2", "括号不配对：左括号 1 个，右括号 0 个"),
        ("gpa_term = NULL", "和 NULL 比较永远不成立；判断没有数据请写 IS NULL，有数据请写 IS NOT NULL"),
        ("gpa_term < 2 且 fee_owed > 0", "第 14 个字符“且”：并且请写 AND"),
    ],
)
def test_the_reason_names_the_place_and_the_remedy(text: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text, NAMES)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("gpa_term<2", "gpa_term < 2"),
        ("学期绩点 < 1.80", "gpa_term < 1.8"),
        ("gpa_term　＜　２．０", "gpa_term < 2"),
        ("2 > gpa_term", "gpa_term < 2"),
        ("((gpa_term)) != (2)", "gpa_term <> 2"),
        ("gpa_term == 2", "gpa_term = 2"),
        ("gpa_term > -0", "gpa_term > 0"),
        ("gpa_term not between 1 and 2", "NOT (gpa_term >= 1 AND gpa_term <= 2)"),
        ("gpa_term not in (1, 2)", "NOT (gpa_term = 1 OR gpa_term = 2)"),
        ("gpa_term in (1)", "gpa_term = 1"),
        ("gpa_term > fee_owed", "gpa_term > fee_owed"),
        ("not gpa_term is null", "gpa_term IS NOT NULL"),
        ("gpa_term < 2 and (fee_owed > 0 and lates_14d > 3)", "gpa_term < 2 AND fee_owed > 0 AND lates_14d > 3"),
    ],
)
def test_what_is_stored_is_written_from_the_tree(text: str, stored: str) -> None:
    node = parse(text, NAMES)
    assert to_text(node) == stored and parse(stored, NAMES) == node
    assert set(re.findall(r"[a-z_0-9]+", re.sub(r"CAST\(([-0-9.]+) AS DOUBLE\)", r"\1", to_sql(node)))) & set(NAMES)
