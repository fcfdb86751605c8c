"""Hostile and mistaken rule texts: every one is refused with a Chinese reason, quickly, and nothing else ever comes out of the parser."""

import re
import time

import pytest

from shouwang.analysis.rules import Refused, parse, to_sql, to_text

NAMES = {"absent_days_running": "连续缺勤教学日", "gpa_term": "学期绩点", "fee_owed": "欠费金额", "lates_14d": "近 14 天迟到"}

SEVERAL = ["gpa_term < 2; gpa_term > 1", "gpa_term < 2; DROP TABLE wide", "gpa_term < 2;", ";", ";;", "gpa_term < 2；gpa_term > 1"]
COMMENTS = [
    "gpa_term < 2 -- x",
    "gpa_term < 2 /* x */",
    "/* */ gpa_term < 2",
    "--",
    "/*+ hint */ gpa_term < 2",
    "gpa_term < 2 -- \n OR 1 = 1",
    "gpa_term < 2 # x",
]
QUERIES = [
    "SELECT 1", "SELECT * FROM wide", "(SELECT 1) > 0", "gpa_term < (SELECT 2)", "EXISTS (SELECT 1)", "gpa_term IN (SELECT 1)", "gpa_term = ANY (SELECT 1)",
    "gpa_term > ALL (SELECT 1)", "gpa_term < 2 UNION SELECT true", "FROM wide", "FROM wide SELECT gpa_term", "VALUES (true)", "gpa_term IN (VALUES (1))",
    "WITH a AS (SELECT 1) SELECT * FROM a", "TABLE wide", "DESCRIBE wide", "gpa_term < 2 FROM wide", "gpa_term < 2 ORDER BY 1", "gpa_term < 2 LIMIT 1",
]  # fmt: skip
FUNCTIONS = [
    "read_csv('/etc/passwd') = 1", "read_text('/etc/passwd') IS NULL", "getenv('HOME') = 1", "pg_read_file('x') > 1", "current_setting('x') = 1",
    "getvariable('x') > 1", "sleep(10) > 0", "pg_sleep(10) > 0", "abs(gpa_term) > 1", "@gpa_term > 1", "repeat('a', 1000000000) = 'a'", "range(1000000000) > 1",
    "generate_series(1, 10) > 1", "COALESCE(gpa_term, 0) < 2", "IFNULL(gpa_term, 0) < 2", "NULLIF(gpa_term, 0) < 2", "GREATEST(gpa_term, 0) < 2", "IF(gpa_term > 1, 1, 0) = 1",
    "CASE WHEN gpa_term > 1 THEN true ELSE false END", "count(*) > 1", "sum(gpa_term) > 1", "row_number() OVER () > 1", "lag(gpa_term) OVER (ORDER BY sid) > 1",
    "now() > 1", "random() > 0.5", "list_transform([1], lambda x: x)[1] = 1", "regexp_matches(gpa_term, 'x')", "COLUMNS(*) > 1", "ROW(1, 2) = ROW(1, 2)",
    "error('x') > 1", "gpa_term.abs() > 1", "CURRENT_DATE > 1", "CURRENT_USER = 1", "query('SELECT 1') > 1",
]  # fmt: skip
TYPES = [
    "gpa_term::INTEGER > 1", "CAST(gpa_term AS INTEGER) > 1", "TRY_CAST('1' AS INTEGER) > 1", "DATE '2025-01-01' > 1", "INTERVAL 1 DAY > 1", "gpa_term > '2'", "'a' = 'a'",
    "gpa_term = true", "true", "false", "NULL", "gpa_term", "3", "'x'", "gpa_term > $$2$$", "gpa_term > E'2'", "gpa_term = x'41'", "gpa_term COLLATE nocase = 1", "gpa_term IS TRUE",
    "gpa_term = NULL", "gpa_term IS NOT DISTINCT FROM 2", "gpa_term > 1e400", "gpa_term > 1e3", "gpa_term > 0x1F", "gpa_term > 1234567890123", "gpa_term > 0.1234567", "gpa_term > 1_000_000_0000000",
]  # fmt: skip
SIGNS = [
    "gpa_term + 1 > 2", "gpa_term - 1 > 2", "gpa_term * 2 > 2", "gpa_term / 0 > 1", "gpa_term // 2 > 1", "gpa_term % 2 = 0", "gpa_term ** 2 > 1", "gpa_term << 2 > 1", "gpa_term & 1 = 1",
    "gpa_term ^ 2 = 1", "~gpa_term > 1", "gpa_term || 'x' = 'x'", "gpa_term ~ 'x'", "gpa_term LIKE '%'", "gpa_term GLOB '*'", "gpa_term SIMILAR TO 'x'", "gpa_term ILIKE 'x'", "!gpa_term > 1",
    "gpa_term[1] > 1", "[gpa_term] = [1]", "{'a': gpa_term} = {'a': 1}", "[x for x in [1]] = [1]", "gpa_term -> 1 = 2", "* > 1", "gpa_term > *", "-gpa_term > 1", "- - 3 < gpa_term", "gpa_term > +3",
]  # fmt: skip
NAMES_TOO_MANY = [
    "wide.gpa_term > 1", "main.wide.gpa_term > 1", '"gpa_term" > 1', '"gpa term" > 1', "`gpa_term` > 1", "sid > 1", "rowid > 1", "GPA_TERM > 1", "gpa_trem > 1", "wide > 1", "_ > 1", "姓名 > 1",
    "gpa_term > gpa_term", "$p > 1", "? > 1", ":p > 1", "$1 > 1", "@p > 1", "@@version > 1", "gpa_term > 1 AS x", "gpa_term x > 1", "IN > 1",
]  # fmt: skip
STATEMENTS = [
    "PRAGMA database_list", "ATTACH 'x'", "COPY wide TO 'x'", "INSTALL httpfs", "LOAD httpfs", "SET memory_limit = '1GB'", "CREATE TABLE x (y INT)", "DROP TABLE wide", "DELETE FROM wide",
    "INSERT INTO wide VALUES (1)", "UPDATE wide SET gpa_term = 0", "CALL pragma_version()", "EXPORT DATABASE 'x'", "CHECKPOINT", "EXPLAIN SELECT 1", "USE x", "BEGIN", "VACUUM",
]  # fmt: skip
SHAPES = [
    "", " ", "\n", "\t　", "()", "(", ")", "((gpa_term > 1)", "gpa_term > 1)", "gpa_term >", "> 1", "gpa_term 1", "gpa_term > 1 AND", "AND gpa_term > 1", "gpa_term > 1 gpa_term < 2",
    "gpa_term > 1, gpa_term < 2", "1 < gpa_term < 2", "gpa_term > 1 > 0", "1 = 1", "3 > 2", "1 = 1 OR gpa_term > 1", "gpa_term IN ()", "gpa_term IN (gpa_term, 1)", "gpa_term IN 1",
    "gpa_term BETWEEN 1", "gpa_term BETWEEN SYMMETRIC 2 AND 1", "gpa_term BETWEEN 1 AND NULL", "3 BETWEEN 1 AND 4", "3 IN (1, 2)", "NULL IS NULL", "1 IS NULL", "gpa_term IS 3", "(gpa_term > 1) IS NULL",
    "NOT gpa_term", "gpa_term AND fee_owed", "(gpa_term > 1) = (fee_owed > 1)", "(gpa_term, fee_owed) = (1, 2)", "gpa_term > 1 XOR fee_owed > 1", "gpa_term 大于 2", "gpa_term < 2 且 fee_owed > 0",
    "\x00", "gpa_term > 1\x00", "gpa_term > 1 \\", "'", '"', "$$", "😀 > 1", "gpa_term > 一", "\ufeff", "gpa_term\u200b > 1", "%s", "{gpa_term}", "<script>alert(1)</script>",
]  # fmt: skip
BOMBS = [
    "(" * 5_000 + "gpa_term > 1" + ")" * 5_000, "(" * 90 + "gpa_term > 1" + ")" * 91, "NOT " * 5_000 + "gpa_term > 1", "NOT " * 150 + "gpa_term > 1", " AND ".join(["gpa_term > 1"] * 5_000),
    "gpa_term IN (" + ", ".join(map(str, range(5_000))) + ")", "CASE WHEN " * 500, "gpa_term > 1 OR " * 400, "a" * 100_000, "1" * 100_000, "gpa_term > " + "9" * 400, "-" * 1_999, "[" * 1_000,
]  # fmt: skip
HOSTILE = SEVERAL + COMMENTS + QUERIES + FUNCTIONS + TYPES + SIGNS + NAMES_TOO_MANY + STATEMENTS + SHAPES + BOMBS


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
