"""Acceptance 2: the Open University data set loads whole through our own door, and an independent pandas calculation agrees.

The folder is ../shared/data/oulad, or what SHOUWANG_OULAD names.
"""

import os
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from django.conf import settings

from shouwang.analysis.engine import DuckDB
from shouwang.analysis.indicators import compute
from shouwang.front.commands.example import line, total
from shouwang.front.pipeline.oulad import Source, judge, load
from shouwang.front.pipeline.oulad.judging import of_course, sid_by_number
from shouwang.front.pipeline.oulad.source import on_day
from shouwang.work.imports import queries

FOLDER = Path(os.environ.get("SHOUWANG_OULAD") or Path(__file__).parents[3] / "shared" / "data" / "oulad")
DAY = 60
NOW = datetime(2025, 12, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
KEY = ["code_module", "code_presentation", "id_student"]
COURSE = KEY[:2]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not (FOLDER / "studentInfo.csv").exists(), reason=f"OULAD 不在 {FOLDER}；用 SHOUWANG_OULAD 指定它的文件夹"),
]


def frame(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


def clicks() -> pd.DataFrame:
    """Of the presentations that are complete in the part we have: the last one of a table cut off at Excel's limit is not."""
    whole = FOLDER / "studentVle.csv"
    if whole.exists():
        return pd.read_csv(whole)
    with zipfile.ZipFile(FOLDER / "studentVle.zip") as archive, archive.open(archive.namelist()[0]) as member:
        part = pd.read_csv(member, sep="\t")
    last = part.iloc[-1]
    return part[~((part["code_module"] == last["code_module"]) & (part["code_presentation"] == last["code_presentation"]))]


def expected() -> pd.DataFrame:
    """One row an enrolment present on day DAY: missed work, mean mark and days of silence by then, and what became of it."""
    students = frame("studentInfo").merge(frame("studentRegistration")[[*KEY, "date_unregistration"]], on=KEY)
    left = students["date_unregistration"]
    students = students[left.isna() | (left > DAY)]
    pieces = frame("assessments")
    pieces = pieces[(pieces["assessment_type"] == "TMA") & (pieces["date"] < DAY)]
    pairs = students[[*KEY, "date_unregistration"]].merge(pieces, on=COURSE)
    pairs = pairs.merge(frame("studentAssessment"), on=["id_assessment", "id_student"], how="left")
    handed = pairs["date_submitted"] <= DAY
    by = pairs.assign(missed=~handed, mark=pairs["score"].where(handed)).groupby(KEY)
    out = students.set_index(KEY)[["final_result"]]
    out["missed"] = by["missed"].sum()
    out["mean"] = by["mark"].mean()
    seen = clicks()
    seen = seen[(seen["date"] <= DAY) & (seen["sum_click"] > 0)]
    reach = seen.groupby(COURSE)["date"].agg(first="min", last="max")
    out["last_click"] = seen.groupby(KEY)["date"].max()
    out = out.join(reach, on=COURSE)
    out["silent"] = out["last"] - out["last_click"].fillna(out["first"] - 1)
    return out


@pytest.fixture
def source(data_folder: Path) -> Source:
    found = Source(FOLDER)
    load(found, folder=data_folder / "temp", now=NOW, say=lambda text: None)
    return found


def engine() -> DuckDB:
    return DuckDB.of(settings.DATA / "facts", settings.DATA / "temp", threads=2)


def test_oulad_loads_whole_and_agrees_with_pandas(source: Source) -> None:
    counts_agree()
    truth = expected()
    indicators_agree(source, truth)
    summary_agrees(source, truth)


def counts_agree() -> None:
    numbers = sid_by_number()
    assert len(numbers) == len(frame("studentInfo")) == 32_593
    assert len({number.split("-")[2] for number in numbers}) == frame("studentInfo")["id_student"].nunique() == 28_785
    with engine().open(queries.live_snapshot(), on_day("AAA-2014J", 300)) as session:
        row = session.rows(
            "SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE result IS NULL) AS without FROM coursework WHERE handed_in_on IS NOT NULL"
        )[0]
        withdrawn = session.rows("SELECT COUNT(*) AS n FROM enrolment_change")[0]["n"]
        clicked = session.rows("SELECT COUNT(*) AS n, SUM(actions) AS clicks FROM platform_activity")[0]
    assert (row["n"], row["without"]) == (173_912, 173)
    assert withdrawn == frame("studentRegistration")["date_unregistration"].notna().sum()
    seen = clicks()
    assert (clicked["n"], clicked["clicks"]) == (len(seen.drop_duplicates([*KEY, "date"])), seen["sum_click"].sum())


def indicators_agree(source: Source, truth: pd.DataFrame) -> None:
    """Three indicators of every student of every presentation: missed work, mean mark, days without the platform."""
    numbers, snapshot, compared = sid_by_number(), queries.live_snapshot(), 0
    for (module, presentation), rows in truth.groupby(level=COURSE):
        sids = {numbers[f"{module}-{presentation}-{person}"]: person for *_, person in rows.index}
        course = f"{module}-{presentation}"
        with engine().open(of_course(snapshot, set(sids)), on_day(course, DAY), sorted(sids)) as session:
            compute(session)
            wide = session.rows("SELECT sid, coursework_missed_term, coursework_score_mean, days_since_platform FROM wide")
        assert len(wide) == len(rows), course
        for row in wide:
            right = rows.loc[(module, presentation, sids[row["sid"]])]
            assert same(row["coursework_missed_term"], right["missed"]), (course, row, right)
            assert same(row["coursework_score_mean"], right["mean"]), (course, row, right)
            assert same(row["days_since_platform"], right["silent"]), (course, row, right)
            compared += 1
    assert compared == len(truth) > 26_000


def same(found: float | None, right: float) -> bool:
    """Equal to six places; no data on one side is no data on the other."""
    return (found is None) == bool(pd.isna(right)) and (found is None or abs(found - right) < 1e-5)


def summary_agrees(source: Source, truth: pd.DataFrame) -> None:
    """Whom the rules flag, by the published rule set's own wording, and how many of them later failed or withdrew."""
    outcomes = list(judge(source, DAY, engine=engine()))
    quizzes = missed_quizzes()
    flagged = (truth["missed"] >= 1) | (truth["mean"] < 50) | (truth["silent"] >= 14) | (quizzes.reindex(truth.index, fill_value=0) >= 2)
    lost = truth["final_result"].isin(["Fail", "Withdrawn"])
    for one in outcomes:
        here = truth.index.get_level_values(0) + "-" + truth.index.get_level_values(1) == one.course
        right = (int(here.sum()), int((flagged & here).sum()), int((flagged & lost & here).sum()), int((lost & here).sum()))
        assert (one.enrolled, one.flagged, one.flagged_lost, one.lost) == right, one.course
    whole = total(outcomes)
    assert whole.enrolled == len(truth) and whole.precision is not None and whole.base is not None
    assert whole.precision > 1.5 * whole.base, "being flagged must say something"
    assert "BBB-2013J" in {one.course for one in outcomes if not one.clicks}, "the presentation that breaks off is not judged by its clicks"
    assert str(whole.flagged) in line(whole)


def missed_quizzes() -> pd.Series:
    students = frame("studentInfo").merge(frame("studentRegistration")[[*KEY, "date_unregistration"]], on=KEY)
    pieces = frame("assessments")
    pieces = pieces[(pieces["assessment_type"] == "CMA") & (pieces["date"] < DAY)]
    pairs = students.merge(pieces, on=COURSE).merge(frame("studentAssessment"), on=["id_assessment", "id_student"], how="left")
    return pairs.assign(missed=~(pairs["date_submitted"] <= DAY)).groupby(KEY)["missed"].sum()
