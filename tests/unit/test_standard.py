"""The data standard loads, refuses what contradicts itself, and its template, page and schedule say what it says."""

import json
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import duckdb
import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from shouwang.analysis.standard import BadStandard, Lateness, Schedule, datapackage, format_page, load, normal, template
from shouwang.analysis.standard.loader import ROOT
from shouwang.common.categories import Category

TERMS = [(date(2025, 2, 17), date(2025, 7, 4)), (date(2025, 9, 1), date(2026, 1, 16))]
NAMES = [
    "unit",
    "student",
    "guardian",
    "staff",
    "responsibility",
    "enrolment_change",
    "course_plan",
    "score",
    "attendance",
    "attendance_day",
    "leave",
    "internship_checkin",
    "internship_evaluation",
    "graduation_milestone",
    "skill_assessment",
    "certificate",
    "activity_points",
    "platform_activity",
    "coursework",
    "dorm_access",
    "conduct",
    "library_loan",
    "fee",
    "aid",
    "school_calendar",
    "term",
]
WEEKLY = Schedule("weekly", by="10:00", weekday=1)


def test_every_table_of_the_first_river_is_there() -> None:
    assert set(load().tables) == set(NAMES)
    masters = {table.name for table in load().tables.values() if table.master}
    assert masters == {"unit", "student", "guardian", "staff", "responsibility", "term", "school_calendar"}
    assert {table.owner for table in load().tables.values()} == set(load().departments)


@pytest.mark.parametrize("name", NAMES)
def test_facts_bear_no_identity_and_no_word_that_sql_keeps(name: str) -> None:
    table = load().table(name)
    for column in table.fact_columns:
        assert Category[column.sensitivity] not in {Category.identity, Category.contact}
    schema = load().fact_schema(name)
    with duckdb.connect() as engine:
        engine.execute(f"CREATE TABLE {name} ({', '.join(' '.join(pair) for pair in schema)})")
        engine.execute(f"SELECT {', '.join(f'MAX({column}) AS {column}' for column, _ in schema)} FROM {name}")
    assert set(table.fact_key) <= {column for column, _ in schema}


def test_codes_scores_and_keys_have_their_names_in_facts() -> None:
    standard = load()
    assert standard.code_number("attendance.status", "absent") == 3
    assert standard.table("score").fact_key == ("sid", "term", "course_code", "exam_kind")
    schema = dict(standard.fact_schema("score"))
    assert schema["result"] == "DECIMAL(5,2)" and schema["result_mark"] == "TINYINT" and "student_no" not in schema
    assert standard.table("attendance").day_column is standard.table("attendance").column("day")
    with pytest.raises(KeyError, match="没有代码"):
        standard.code_number("attendance.status", "asleep")
    with pytest.raises(KeyError, match="没有表"):
        standard.table("grades")


@pytest.mark.parametrize(
    ("heading", "table", "column"),
    [
        ("学籍号", "score", "student_no"),
        ("XH", "score", "student_no"),
        ("总评成绩", "score", "result"),
        ("最终成绩", "score", "result"),
        ("开课学期", "score", "term"),
        ("课程性质", "score", "required"),
        ("考试性质", "score", "exam_kind"),
        ("考勤情况", "attendance", "status"),
        ("刷卡时间", "dorm_access", "seen_at"),
        ("应收金额", "fee", "due"),
        ("处分种类", "conduct", "kind"),
        ("借书时间", "library_loan", "loaned_on"),
    ],
)
def test_headings_of_real_exports_are_known(heading: str, table: str, column: str) -> None:
    assert normal(heading) in {normal(known) for known in load().table(table).column(column).headings}


def test_normal_ignores_width_case_spaces_and_stars() -> None:
    assert normal(" 学 号* ") == normal("学号") and normal("ＸＨ") == "xh" and normal("成绩（百分制）") == normal("成绩(百分制)")
    assert normal("—") == "—"


BROKEN = {
    'name = "student_no"': ('name = "Student-No"', "列名须是小写英文"),
    'type = "score"': ('type = "mark"', "类型 mark 不认识"),
    'sensitivity = "academic"': ('sensitivity = "secret"', "敏感类别 secret 不认识"),
    'key = ["student_no", "term"': ('key = ["student_no", "terms"', "主键列 terms 不存在"),
    'scope = ["term"': ('scope = ["week"', "范围 week"),
    'aliases = ["学期"': ('aliases = ["学号"', "同时属于列"),
    'code = "retake", number = 3': ('code = "retake", number = 2', "代码或编号重复"),
    'owner = "academic_affairs"': ('owner = "nobody"', "归口部门 nobody"),
    'labels = ["正常考试"': ('labels = ["补考"', "属于两个代码"),
    'store = "database"\naliases = ["学生姓名"': ('aliases = ["学生姓名"', "身份与联系方式不能存入事实"),
    'delivery = "whole"': ('delivery = "additions"', "须写 scope"),
    'day = "posted_on"': ('day = "term"', "须是日期列"),
}


@pytest.mark.parametrize("good", BROKEN)
def test_a_catalogue_that_contradicts_itself_is_refused_by_file_and_reason(good: str, tmp_path: Path) -> None:
    bad, reason = BROKEN[good]
    source = (ROOT / "score.toml").read_text("utf-8")
    assert good in source
    (tmp_path / "departments.toml").write_text((ROOT / "departments.toml").read_text("utf-8"), "utf-8")
    (tmp_path / "score.toml").write_text(source.replace(good, bad, 1), "utf-8")
    with pytest.raises(BadStandard, match=rf"score\.toml：[\s\S]*{reason}"):
        load(tmp_path)


def test_rewording_keeps_the_version_and_a_new_bound_changes_it(tmp_path: Path) -> None:
    for folder, old, new in (("reworded", "总评成绩", "总评分"), ("rebounded", "maximum = 100", "maximum = 120")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "departments.toml").write_text((ROOT / "departments.toml").read_text("utf-8"), "utf-8")
        (tmp_path / folder / "score.toml").write_text((ROOT / "score.toml").read_text("utf-8").replace(old, new), "utf-8")
    ours = load().table("score").version
    assert load(tmp_path / "reworded").table("score").version == ours != load(tmp_path / "rebounded").table("score").version


def test_weekly_deliveries_are_fresh_late_or_not_asked_for() -> None:
    now = datetime(2025, 12, 10, 10)
    assert WEEKLY.last_due(now, TERMS) == datetime(2025, 12, 8, 10)
    assert WEEKLY.next_due(now, TERMS) == datetime(2025, 12, 15, 10)
    assert WEEKLY.period(datetime(2025, 12, 8, 10)) == (date(2025, 12, 1), date(2025, 12, 7))
    assert WEEKLY.lateness(now, datetime(2025, 12, 5, 16), TERMS).state == "fresh"
    late = Lateness("late", datetime(2025, 12, 8, 10), datetime(2025, 12, 15, 10), 2)
    assert WEEKLY.lateness(now, datetime(2025, 11, 28), TERMS) == late == WEEKLY.lateness(now, None, TERMS)
    assert WEEKLY.last_due(datetime(2025, 8, 20), TERMS) == datetime(2025, 7, 7, 10)
    assert WEEKLY.next_due(datetime(2025, 7, 12), TERMS) == datetime(2025, 9, 8, 10)


def test_term_yearly_and_free_schedules() -> None:
    after_term = Schedule("term_end", days=14)
    assert after_term.last_due(datetime(2025, 12, 10), TERMS) == datetime(2025, 7, 18, 17)
    assert after_term.next_due(datetime(2025, 12, 10), TERMS) == datetime(2026, 1, 30, 17)
    assert Schedule("yearly", month=8, day=20).last_due(datetime(2025, 12, 10), TERMS) == datetime(2025, 8, 20, 17)
    assert Schedule("on_change").lateness(datetime(2025, 12, 10), None, TERMS).state == "free"
    assert Schedule("term_end", days=14).lateness(datetime(2025, 3, 1), None, TERMS).state == "due"
    assert all(any(word in table.schedule.sentence() for word in "前内随") for table in load().tables.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_template_bears_every_heading_and_explains_it(name: str) -> None:
    table = load().table(name)
    book = CalamineWorkbook.from_filelike(BytesIO(template(name)))
    assert book.sheet_names == [table.title, "填写说明"]
    heading = book.get_sheet_by_index(0).to_python()[0]
    assert [normal(str(cell)) for cell in heading] == [normal(column.title) for column in table.columns]
    explained = {str(row[0]) for row in book.get_sheet_by_index(1).to_python()}
    assert {column.title for column in table.columns} <= explained


def test_the_template_offers_codes_as_drop_downs_and_leaves_scores_free() -> None:
    sheet = openpyxl.load_workbook(BytesIO(template("score")))["课程成绩"]
    lists = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    headings = {str(cell.value).rstrip("*"): cell.column_letter for cell in sheet[1]}
    assert lists[f"{headings['考试性质']}2"] == '"正常考试,补考,重修,缓考,清考,免修"'
    assert not any(place.startswith(headings["成绩"]) for place in lists)
    assert sheet.column_dimensions[headings["学号"]].width > 8 and "必填" in sheet[f"{headings['学号']}1"].comment.text


def test_the_published_pages_are_up_to_date() -> None:
    folder = Path(__file__).parents[2] / "docs" / "reference"
    remedy = "请运行 make docs"
    assert (folder / "format.md").read_text("utf-8") == format_page(load()), remedy
    assert json.loads((folder / "datapackage.json").read_text("utf-8")) == datapackage(load()), remedy
