"""The three readings of a rule agree: SQL in DuckDB, Python, and the Chinese sentence read back by an independent reader; null included."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shouwang.analysis.rules import Compare, Missing, Node, Not, because, holds, indicators_of, parse, sentence, to_sql, to_text
from shouwang.analysis.rules.sentences import Says
from shouwang.analysis.rules.translation import plain
from shouwang.analysis.rules.tree import Any, every, leaves, some, without_not

NAMES = {"late": "迟到次数", "absent": "连续缺课", "gpa": "平均绩点", "owed": "欠费", "silent": "正在休学", "failed": "不及格门数"}


@dataclass(frozen=True)
class Described:
    title: str
    title_en: str
    unit: str
    unit_en: str
    decimals: int


FLAG = "（1 是，0 否）"
INDICATORS = {
    name: Described(title + (FLAG if name == "silent" else ""), name.title(), "次", "times", 2 if name == "gpa" else 0)
    for name, title in NAMES.items()
}

Rank = tuple[bool, float]
names = st.sampled_from(list(NAMES))
# Few distinct numbers, so that boundaries are hit; values and literals share them.
numbers = st.sampled_from(["-3", "0", "0.1", "1", "1.8", "2", "3", "3.000001", "16", "59.5", "999999999999"]).map(
    lambda text: plain(Decimal(text))
)
operators = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
compares = st.builds(Compare, names, operators, numbers) | st.builds(Compare, names, operators, names).filter(
    lambda leaf: leaf.left != leaf.right
)
nodes: st.SearchStrategy[Node] = st.recursive(
    compares
    | st.builds(Missing, names)
    | st.lists(numbers, min_size=2, max_size=3).map(lambda many: some(*(Compare("failed", "=", n) for n in many))),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: every(*parts))
        | st.lists(inner, min_size=2, max_size=4).map(lambda parts: some(*parts))
        | inner.map(Not)
    ),
    max_leaves=10,
)
values = st.fixed_dictionaries({name: st.none() | numbers.map(float) | st.floats() for name in NAMES})


@pytest.fixture(scope="module")
def wide() -> duckdb.DuckDBPyConnection:
    base = duckdb.connect()
    base.execute(f"CREATE TABLE wide ({', '.join(f'{name} DOUBLE' for name in NAMES)})")
    return base


def read_back(text: str, row: dict[str, float | None]) -> bool | None:
    """What a sentence means to somebody who knows only the words: an independent reader of our Chinese, in three values."""
    text = text.removeprefix("（").removesuffix("）") if whole(text) else text
    for joint, decisive in (("，且", False), ("，或", True)):
        parts = split(text, joint)
        if len(parts) > 1:
            answers = [read_back(part, row) for part in parts]
            return decisive if decisive in answers else None if None in answers else not decisive
    return read_leaf(text, row)


def whole(text: str) -> bool:
    """Whether the first bracket closes at the very end."""
    deep = 0
    for at, sign in enumerate(text):
        deep += (sign == "（") - (sign == "）")
        if deep == 0:
            return at == len(text) - 1 and sign == "）"
    return False


def split(text: str, joint: str) -> list[str]:
    parts, deep, start = [], 0, 0
    for at, sign in enumerate(text):
        deep += (sign == "（") - (sign == "）")
        if deep == 0 and text.startswith(joint, at):
            parts.append(text[start:at])
            start = at + len(joint)
    return [*parts, text[start:]]


WORDS: dict[str, Callable[[Rank, Rank], bool]] = {
    "达到": operator.ge, "超过": operator.gt, "低于": operator.lt, "不超过": operator.le, "等于": operator.eq, "不等于": operator.ne,
}  # fmt: skip


def read_leaf(text: str, row: dict[str, float | None]) -> bool | None:
    """“title” and what is said of it: no comma, so “且” and “或” here join comparisons of this one indicator."""
    by_title = {title: name for name, title in NAMES.items()}
    found = re.fullmatch(r"“(.+?)”(.+)", text)
    assert found, text
    value, said = row[by_title[found[1]]], found[2].removesuffix(" 次")
    if said in ("没有数据", "有数据"):
        return (value is None) == (said == "没有数据")
    if said.endswith("”"):
        word, other = said.removesuffix("”").split("“")
        right = row[by_title[other]]
        return None if value is None or right is None else WORDS[word](rank(value), rank(right))
    if value is None:
        return None
    left = rank(value)
    if said in ("为是", "为否"):
        return left == rank(1.0 if said == "为是" else 0.0)
    if " 至 " in said:
        low, high = said.removeprefix("为 ").split(" 至 ")
        return rank(float(low)) <= left <= rank(float(high))
    if said.startswith("等于 ") and " 或 " in said:
        return any(left == rank(float(part)) for part in said.removeprefix("等于 ").split(" 或 "))
    for joint, meaning in ((" 且", all), (" 或", any)):
        if joint in said:
            return meaning(compared(left, part) for part in said.split(joint))
    return compared(left, said)


def compared(left: Rank, said: str) -> bool:
    word, number = said.split(" ")
    return WORDS[word](left, rank(float(number)))


def rank(number: float) -> Rank:
    return (number != number, 0.0 if number != number else number)


@settings(max_examples=300, deadline=None)
@given(node=nodes, row=values)
def test_sql_python_and_sentence_agree(wide: duckdb.DuckDBPyConnection, node: Node, row: dict[str, float | None]) -> None:
    wide.execute("DELETE FROM wide")
    wide.execute(f"INSERT INTO wide VALUES ({', '.join('?' * len(NAMES))})", [row[name] for name in NAMES])
    answer = holds(node, row)
    assert wide.execute(f"SELECT {to_sql(node)} FROM wide").fetchall() == [(answer,)]
    assert read_back(sentence(node, INDICATORS), row) is answer, sentence(node, INDICATORS)
    assert holds(without_not(node), row) is answer


@settings(max_examples=300, deadline=None)
@given(node=nodes, row=values)
def test_text_is_the_tree(node: Node, row: dict[str, float | None]) -> None:
    text = to_text(node)
    again = parse(text, NAMES)
    assert to_text(again) == text and indicators_of(again) == indicators_of(node)
    assert again == node
    assert holds(again, row) is holds(node, row)


@settings(max_examples=200, deadline=None)
@given(node=nodes, row=values)
def test_a_rule_that_holds_says_why_with_true_comparisons(node: Node, row: dict[str, float | None]) -> None:
    if holds(node, row) and not any(value != value or abs(value) > 1e15 for value in row.values() if value is not None):
        said = because(node, (), row, INDICATORS)
        assert said, to_text(node)
        assert because(node, (Says("已知 {late} 次", "known {late}"),), row, INDICATORS), "a template never silences the reason"


@given(node=nodes)
def test_english_names_every_indicator(node: Node) -> None:
    said = sentence(node, INDICATORS, "en")
    assert all(name.title() in said for name in indicators_of(node))
    assert not re.search("[\u4e00-\u9fff]", said)


def test_between_and_in_are_rewritten() -> None:
    assert to_text(parse("late between 3 and 5 and failed in (3, 4)", NAMES)) == "late >= 3 AND late <= 5 AND (failed = 3 OR failed = 4)"
    assert to_text(parse("3 <= late AND 迟到次数 ≥ ０３．５０", NAMES)) == "late >= 3 AND late >= 3.5"
    assert isinstance(parse("failed in (3, 4)", NAMES), Any) and len(list(leaves(parse("failed in (3, 4)", NAMES)))) == 2
