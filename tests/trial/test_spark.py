"""Acceptance 2 of “Two engines”: what Spark says of the demo college and of OULAD is what DuckDB says, to the digit, alerts included.

Skipped where pyspark or Java is not there (`make spark`). The conformance suite on Spark: test_spark_conformance.py.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.db import transaction

from shouwang.analysis.engine import DuckDB, Spark, why_not
from shouwang.front.pipeline import nightly
from shouwang.front.pipeline.oulad import Source
from shouwang.front.pipeline.oulad import load as load_oulad
from shouwang.front.pipeline.oulad.source import on_day
from shouwang.work.alerts.models import Alert, AlertValue, LevelCount, Run, RunRule, StudentLevel
from tests import college
from tests.trial.test_oulad import FOLDER as OULAD

MASTER = "local[2]"
pytestmark = [pytest.mark.trial, pytest.mark.skipif(bool(why_not(MASTER)), reason="；".join(why_not(MASTER)))]


def test_the_demo_college_is_evaluated_alike(tmp_path: Path) -> None:
    """By the real command, in a process of its own: the same values in the run's file, the same alerts, which DuckDB then reproduces."""
    data = tmp_path / "data"
    college.prepare(data)
    before = alerts_in(data)
    with pytest.MonkeyPatch.context() as environment:
        environment.setattr(college, "environment", partial(with_spark, college.environment))
        done = college.run(data, "evaluate", "--as-of", "2025-12-10")
    assert done.returncode == 0, done.stderr[-3000:]
    with sqlite3.connect(data / "db.sqlite3") as database:
        query = "SELECT engine, path, students, fired, unknown FROM alerts_run WHERE as_of = '2025-12-10' ORDER BY id DESC LIMIT 2"
        (engine, path, *figures), (other, other_path, *right) = database.execute(query).fetchall()
    assert (engine, other) == (Spark.name, DuckDB.name) and figures == right and figures[1] > 500
    reader = DuckDB.of(data / "runs")
    files = [f"SELECT * FROM read_parquet('{data / 'runs' / name}')" for name in (path, other_path)]
    for one, two in (files, files[::-1]):
        assert reader.read(f"SELECT COUNT(*) AS n FROM ({one} EXCEPT ALL {two})") == [{"n": 0}]
    assert alerts_in(data) == before
    done = college.run(data, "reproduce", "--all")
    assert done.returncode == 0 and "逐位相同" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]


def with_spark(plain: Callable[[Path], dict[str, str]], data: Path) -> dict[str, str]:
    return plain(data) | {"SHOUWANG_ENGINE": MASTER}


def alerts_in(data: Path) -> tuple[list[Any], list[Any]]:
    with sqlite3.connect(data / "db.sqlite3") as database:
        standing = "SELECT student_id, rule_code, level, weight, state, opened_on, last_fired_on FROM alerts_alert ORDER BY 1, 2"
        values = (
            "SELECT a.student_id, a.rule_code, v.indicator, v.value FROM alerts_alertvalue AS v JOIN alerts_alert AS a ON v.alert_id = a.id"
            " WHERE v.run_id = a.values_run_id ORDER BY 1, 2, 3"
        )
        return database.execute(standing).fetchall(), database.execute(values).fetchall()


@pytest.mark.django_db
@pytest.mark.skipif(not (OULAD / "studentInfo.csv").exists(), reason=f"OULAD 不在 {OULAD}；用 SHOUWANG_OULAD 指定它的文件夹")
def test_oulad_is_evaluated_alike(data_folder: Path, settings: Any) -> None:
    """32,593 enrolments through the door, then a first evaluation by each engine: runs, levels, alerts and their values."""
    as_of = on_day("AAA-2014J", 60)
    now = datetime.combine(as_of, time(10), tzinfo=ZoneInfo("Asia/Shanghai"))
    load_oulad(Source(OULAD), folder=data_folder / "temp", now=now, say=lambda text: None)
    found = {}
    for engine in ("duckdb", MASTER):
        settings.ENGINE = engine
        with transaction.atomic():
            run = nightly.evaluate(as_of=as_of, by=None, now=now).run
            found[run.engine] = everything(run)
            transaction.set_rollback(True)
    right, other = found[DuckDB.name], found[Spark.name]
    assert len(right["alerts"]) > 1000
    for what in right:
        assert other[what] == right[what], what


def everything(run: Run) -> dict[str, list[Any]]:
    """What an evaluation left behind, numbers of rows and runs aside."""
    path = Path(django_settings.DATA) / "runs" / run.path
    names = ("students", "fired", "unknown", "opened", "cleared", "term", "is_historic")
    return {
        "run": [getattr(run, name) for name in names],
        "file": DuckDB.of(path.parent).read(f"SELECT * FROM read_parquet('{path}') ORDER BY sid"),
        "rules": sorted(RunRule.objects.filter(run=run).values_list("rule__code", "fired", "unknown", "error")),
        "levels": sorted(StudentLevel.objects.values_list("student_id", "level", "score", "unknown_count")),
        "counts": sorted(LevelCount.objects.filter(run=run).values_list("unit_id", "level", "n")),
        "alerts": sorted(Alert.objects.values_list("student_id", "rule_code", "level", "weight", "state", "opened_on")),
        "values": sorted(AlertValue.objects.values_list("alert__student_id", "alert__rule_code", "indicator", "value"), key=repr),
    }
