"""A data set in OULAD's layout, made by hand and small enough for every run: quirks included."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management.base import CommandError

from shouwang.analysis.engine import DuckDB
from shouwang.front.commands import example
from shouwang.front.pipeline.oulad import NotOulad, Source, judge, load
from shouwang.front.pipeline.oulad.source import on_day, term_of
from shouwang.work.alerts import queries as alerts
from shouwang.work.imports import queries

NOW = datetime(2025, 12, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
FILES = {
    "courses.csv": '"code_module","code_presentation","module_presentation_length"\n"AAA","2013J","268"\n"BBB","2014B","241"\n',
    "assessments.csv": (
        '"code_module","code_presentation","id_assessment","assessment_type","date","weight"\n'
        '"AAA","2013J","1","TMA","19","50"\n"AAA","2013J","2","TMA","54","50"\n"AAA","2013J","3","Exam","","100"\n"BBB","2014B","4","CMA","20","0"\n'
    ),
    "studentInfo.csv": (
        '"code_module","code_presentation","id_student","gender","region","highest_education","imd_band","age_band","num_of_prev_attempts",'
        '"studied_credits","disability","final_result"\n'
        '"AAA","2013J","11","M","Scotland","A Level","10-20","0-35","0","60","N","Pass"\n'
        '"AAA","2013J","12","F","Scotland","A Level","","0-35","0","60","Y","Fail"\n'
        '"AAA","2013J","13","F","Scotland","A Level","20-30%","0-35","0","60","N","Withdrawn"\n'
        '"AAA","2013J","14","F","Scotland","A Level","20-30%","0-35","0","60","N","Distinction"\n'
        '"BBB","2014B","11","M","Scotland","A Level","10-20","0-35","1","60","N","Pass"\n'
        '"BBB","2014B","15","F","Wales","A Level","10-20","0-35","1","60","N","Pass"\n'
    ),
    "studentRegistration.csv": (
        '"code_module","code_presentation","id_student","date_registration","date_unregistration"\n'
        '"AAA","2013J","11","-159",""\n"AAA","2013J","12","-53",""\n"AAA","2013J","13","-20","30"\n"AAA","2013J","14","","" \n"BBB","2014B","11","-9",""\n'
    ),
    # 11 hands in everything, the second late; 12 nothing; 14 banked the first before the start.
    "studentAssessment.csv": "id_assessment,id_student,date_submitted,is_banked,score\n1,11,18,0,78\n2,11,70,0,35\n1,14,-1,1,90\n2,14,55,0,\n1,13,19,0,66\n4,15,18,0,55\n",
    "vle.csv": '"id_site","code_module","code_presentation","activity_type","week_from","week_to"\n',
}
CLICKS = (
    "code_module\tcode_presentation\tid_student\tid_site\tdate\tsum_click\n"
    "AAA\t2013J\t11\t5\t-3\t4\nAAA\t2013J\t11\t5\t58\t1\nAAA\t2013J\t12\t5\t2\t9\nAAA\t2013J\t14\t5\t60\t2\n"
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "oulad"
    place.mkdir()
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    with zipfile.ZipFile(place / "studentVle.zip", "w") as archive:
        archive.writestr("studentVle.txt", CLICKS)
    return place


def test_it_goes_through_the_door_and_is_judged(folder, data_folder):
    source = Source(folder)
    rows = load(source, folder=data_folder / "temp", now=NOW, say=lambda text: None)
    assert rows > 20 and {one.row.preset for one in alerts.in_force()} == {"open-university"}
    states = {(delivery.table, delivery.state, delivery.rows_bad) for delivery in queries.live()}
    assert {table for table, _, _ in states} == {"unit", "term", "student", "coursework", "enrolment_change", "platform_activity"}
    assert {(state, bad) for _, state, bad in states} == {("accepted", 0)}
    engine = DuckDB.of(data_folder / "facts", data_folder / "temp")
    on_60 = {one.course: one for one in judge(source, 60, engine=engine)}
    # On day 60: 11 has not handed in the second yet, 12 nothing at all, 13 has left, 14 is fine.
    first = on_60["AAA-2013J"]
    assert (first.enrolled, first.flagged, first.flagged_lost, first.lost, first.clicks) == (3, 2, 1, 1, True)
    second = on_60["BBB-2014B"]
    assert (second.enrolled, second.flagged, second.clicks) == (2, 0, False), "one quiz missed is no warning, and no clicks are no silence"
    on_90 = next(judge(source, 90, engine=engine))
    assert (on_90.flagged, on_90.flagged_lost) == (1, 1), "handed in late is handed in"


def test_days_and_terms():
    assert on_day("AAA-2013J", -3) == date(2013, 9, 28) and on_day("BBB-2014B", 0) == date(2014, 2, 1)
    assert (term_of("AAA-2013J"), term_of("BBB-2014B"), term_of("BBB-2013B")) == (20131, 20132, 20122)


def test_a_folder_that_is_something_else_is_refused_with_the_file(tmp_path):
    with pytest.raises(NotOulad, match="studentInfo.csv"):
        Source(tmp_path)
    with pytest.raises(CommandError, match="解压后的文件夹"):
        example.run(str(tmp_path), day=60, say=print)


def test_it_never_mixes_with_a_school(folder, data_folder):
    (data_folder / "db.sqlite3").touch()
    with pytest.raises(CommandError, match="请用 SHOUWANG_DATA 指定一个空文件夹"):
        example.run(str(folder), day=60, say=print)


def test_a_click_table_cut_off_by_a_spreadsheet_loses_its_last_presentation(folder, monkeypatch):
    monkeypatch.setattr("shouwang.front.pipeline.oulad.source.SPREADSHEET_FULL", 4)
    assert Source(folder).visits == {}
