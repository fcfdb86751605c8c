"""The engine: locked down, scoped without losing peers, its results written and read again; the dialect refuses what engines read differently."""

from datetime import date
from pathlib import Path

import pytest

from shouwang.analysis.engine import (
    DuckDB,
    EngineError,
    RefusedSQL,
    chosen,
    codes,
    columns_of,
    duckdb_sql,
    name_of,
    portable,
    spark_sql,
    values_in,
    values_of,
    why_not,
    write_wide,
)
from shouwang.analysis.indicators import compute, load
from shouwang.analysis.indicators.definitions import ROOT
from shouwang.analysis.standard import load as load_standard
from tests.facts_world import FactsWorld


@pytest.fixture
def world(tmp_path: Path) -> FactsWorld:
    world = FactsWorld(tmp_path)
    world.students(*range(1, 8))
    marks = zip(range(1, 8), (50, 60, 70, 80, 90, 55, 65), strict=True)
    world.add("score", [{"sid": sid, "term": 20242, "course_code": "A", "credit": 3, "result": mark} for sid, mark in marks])
    return world


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/*.sql")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_definition_is_portable(path: Path) -> None:
    sql = codes(path.read_text("utf-8"), load_standard())
    assert spark_sql(sql)
    portable(duckdb_sql(sql))


@pytest.mark.parametrize(
    ("sql", "remedy"),
    [
        ("SELECT TRY_CAST(a AS INTEGER) FROM t", "CAST"),
        ("SELECT CAST(a AS INTEGER) FROM t", "ROUND"),
        ("SELECT dayofweek(d) FROM t", "校历"),
        ("SELECT isodow(d) FROM t", "校历"),
        ("SELECT EXTRACT(isodow FROM d) FROM t", "校历"),
        ("SELECT COUNT_IF(b) FROM t", "FILTER"),
        ("SELECT LIST(x ORDER BY y) FROM t", "ROW_NUMBER"),
        ("SELECT quantile_cont(x, 0.5) FROM t", "分位数"),
        ("SELECT corr(x, y) FROM t", "和式"),
        ("SELECT current_date", "$as_of"),
        ("SELECT now()", "now"),
        ("SELECT random()", "随机"),
        ("SELECT * FROM a ASOF JOIN b ON a.t >= b.t", "DuckDB"),
        ("SELECT * REPLACE (1 AS x) FROM t", "逐列"),
        ("SELECT * FROM read_parquet('/etc/passwd')", ""),
        ("SELECT [x + 1 for x in l] FROM t", ""),
        ("SELECT * FROM range(5)", ""),
        ("DROP TABLE t", "SELECT"),
        ("SELECT 1; SELECT 2", "SELECT"),
        ("SELEC 1", "读不懂"),
    ],
)
def test_refused_with_the_portable_form(sql: str, remedy: str) -> None:
    with pytest.raises(RefusedSQL) as refused:
        portable(sql, "某领域/values.sql")
    assert "某领域/values.sql" in str(refused.value)
    assert remedy in str(refused.value)


def test_division_is_made_safe() -> None:
    assert duckdb_sql("SELECT a / b FROM t") == "SELECT CAST(a AS DOUBLE) / NULLIF(b, 0) FROM t"
    assert duckdb_sql("SELECT CAST(a AS DOUBLE) / NULLIF(b, 0) AS x, a / 2 FROM t").count("NULLIF") == 1


def test_locked_down(tmp_path: Path, world: FactsWorld) -> None:
    other = tmp_path.parent / "secret.csv"
    other.write_text("a\n1\n")
    for statement in (f"SELECT * FROM read_csv('{other}')", "SET enable_external_access = true", f"ATTACH '{other}.db' AS other"):
        with pytest.raises(EngineError):
            world.engine.read(statement)


def test_a_scoped_session_sees_its_students_and_the_same_peers(world: FactsWorld) -> None:
    everyone, scoped = world.values(), world.values(scope=[2, 5])
    assert set(scoped) == {2, 5}
    assert scoped == {sid: everyone[sid] for sid in scoped}
    assert everyone[5]["score_standing"] is not None
    assert world.values(scope=[]) == {}


def test_terms_and_days_come_from_facts(world: FactsWorld) -> None:
    with world.session(date(2025, 10, 9)) as session:
        assert (session.term, session.term_start) == (20251, date(2025, 9, 1))
        latest = session.rows("SELECT day FROM school_day ORDER BY back LIMIT 2")
    assert [row["day"] for row in latest] == [date(2025, 10, 9), date(2025, 9, 30)]
    bare = FactsWorld(world.folder / "bare", bare=True)
    with bare.session() as session:
        assert session.term is None
        assert session.rows("SELECT * FROM school_day") == []
        compute(session)


def test_results_are_written_and_read_again(world: FactsWorld) -> None:
    paths = {}
    for run_id, day in ((3, date(2025, 12, 9)), (7, date(2025, 12, 10))):
        paths[run_id] = world.folder / f"{run_id}.parquet"
        with world.session(day) as session:
            compute(session)
            assert write_wide(session, paths[run_id]) == 7
    assert columns_of(world.engine, paths[3]) == load().names
    found = values_of(world.engine, paths, 1, ["min_score_term", "not_there_yet"])
    assert found == [{"run_id": run_id, "min_score_term": 50.0, "not_there_yet": None} for run_id in (3, 7)]
    assert values_in(world.engine, paths[7], "min_score_term", [1, 2, 99]) == {1: 50.0, 2: 60.0}


def test_one_engine_a_process(tmp_path: Path) -> None:
    assert DuckDB.of(tmp_path) is DuckDB.of(tmp_path)


def test_an_engine_that_cannot_run_here_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert why_not("duckdb") == [] and name_of("duckdb") == DuckDB.name and name_of("local[2]").startswith("spark ")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    reasons = "；".join(why_not("sparks://host"))
    assert "不认识" in reasons and "没有 Java" in reasons and "default-jre-headless" in reasons
    with pytest.raises(EngineError, match="没有 Java"):
        chosen("local[2]", tmp_path, threads=1, memory="1GB", spark_memory="1g")
