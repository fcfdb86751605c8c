"""The demo college: the same files from the same seed, each recognised by its headings, with the cast and the stories in place."""

from datetime import datetime
from pathlib import Path

import pytest

from shouwang import demo
from shouwang.analysis import intake
from shouwang.analysis.standard import load
from shouwang.common.digest import digest, file_digest
from shouwang.demo.calendar import NOW_TERM, TERMS, school_days
from shouwang.demo.cast import ACCOUNTS, MOTHER, OF_ROLE, STAFF, XIAOYU
from shouwang.demo.college import College, courses, found
from shouwang.demo.presence import spells, statuses
from shouwang.demo.staff import Roll, appoint, floor_of
from shouwang.demo.stories import load_stories

SEED, SIZE = 2025, 200


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[demo.Delivered]:
    return demo.write(tmp_path_factory.mktemp("demo"), seed=SEED, students=SIZE)


@pytest.fixture(scope="module")
def college() -> College:
    return found(SEED, SIZE)


@pytest.fixture(scope="module")
def roll(college: College) -> Roll:
    return appoint(college)


@pytest.fixture(scope="module")
def roster(college: College, roll: Roll) -> intake.Roster:
    rows = [(s.number, sid, s.home.code, s.home.college, s.name) for sid, s in enumerate(college.students, 1)]
    return intake.Roster.of(rows, staff=[employee.number for employee in roll.employees])


def whole(files: list[demo.Delivered]) -> str:
    return digest([[file.path.name, file.table, file.staff_no, file.delivered_at.isoformat(), file_digest(file.path)] for file in files])


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(files: list[demo.Delivered], tmp_path: Path) -> None:
    assert whole(demo.write(tmp_path / "again", seed=SEED, students=SIZE)) == whole(files)
    assert whole(demo.write(tmp_path / "other", seed=7, students=SIZE)) != whole(files)


def test_every_table_is_delivered_in_order_by_somebody_who_may(files: list[demo.Delivered], roll: Roll) -> None:
    standard = load()
    assert {file.table for file in files} == set(standard.tables)
    assert all(file.department == standard.table(file.table).owner for file in files)
    assert {file.staff_no for file in files} <= {employee.number for employee in roll.employees}
    moments = [file.delivered_at for file in files]
    assert moments == sorted(moments) and all(moment.tzinfo for moment in moments)
    assert max(moments).replace(tzinfo=None) <= datetime(2025, 12, 10, 10) and len(files) <= 110
    assert [file.table for file in files[:4]] == ["unit", "staff", "term", "school_calendar"]


def test_every_file_is_recognised_by_its_headings_and_stays_below_the_gates(files: list[demo.Delivered], roster: intake.Roster) -> None:
    """The blemishes are there (some cells are refused), but no file loses more than a few rows."""
    standard, refused = load(), 0
    for file in files:
        with intake.read(file.path) as book:
            sheets = intake.recognise(book, standard)
            assert {(sheet.table, sheet.missing) for sheet in sheets} == {(file.table, ())}, file.path.name
            figures = intake.check(book, sheets, standard.table(file.table), roster).figures
        assert figures.rows_bad <= max(3, figures.rows_total * 0.02), (file.path.name, figures)
        assert figures.rows_good > 0, file.path.name
        refused += figures.rows_bad
    assert refused >= 5


def test_the_cast_stands_where_the_tour_says(college: College, roll: Roll) -> None:
    xiaoyu = college.named("赵小雨")
    assert xiaoyu.number == XIAOYU and xiaoyu.home.college == "XX" and xiaoyu.guardians[0][0] == MOTHER.name
    names = {employee.number: employee.name for employee in roll.employees}
    assert all(names[account.username] == account.name for account in STAFF)
    homeroom = {duty.unit: duty.name for duty in roll.duties if duty.role == "班主任" and not duty.ends_on}
    assert homeroom[xiaoyu.home.code] == "林静" and "孙志远" in homeroom.values()
    assert ("林静", "包保责任人") in {(duty.name, duty.role) for duty in roll.duties if duty.student == XIAOYU}
    assert len({account.username for account in ACCOUNTS}) == len(ACCOUNTS)


def test_there_is_an_account_for_every_role_of_the_standard(roll: Roll) -> None:
    roles = {code.code for code in load().table("responsibility").column("role").codes}
    assert set(OF_ROLE) == roles | {"guardian", "student"}
    labels = {label: code.code for code in load().table("responsibility").column("role").codes for label in code.labels}
    held = {(duty.holder, labels[duty.role]) for duty in roll.duties}
    assert {(account.username, account.role) for account in ACCOUNTS if account.role not in {"guardian", "student"}} <= held


def test_a_few_gaps_in_coverage_are_left_and_no_more(college: College, roll: Roll) -> None:
    led = {duty.unit for duty in roll.duties if duty.role in {"班主任", "辅导员"} and not duty.ends_on}
    uncovered = [home for home in college.classes if home.code not in led]
    assert len(uncovered) == 1
    named = {duty.student for duty in roll.duties if duty.role == "包保责任人"}
    assert len([student for student in uncovered[0].students if student.number not in named]) <= 3
    floors = {floor_of(room) for room in college.rooms}
    assert len(floors - {duty.unit for duty in roll.duties if duty.role == "楼层长"}) == 2
    assert {f"D{n}" for n in range(1, 7)} <= {duty.unit for duty in roll.duties if duty.role == "宿舍管理员"}
    assert {"XX", "ZZ", "JG", "YH"} <= {duty.unit for duty in roll.duties if duty.role == "教学秘书"}


def test_stories_happen(college: College) -> None:
    days = school_days(TERMS[NOW_TERM][0], TERMS[NOW_TERM][1])
    assert len(load_stories()) >= 60 and len({story.name for story in load_stories()}) == len(load_stories())
    letters = statuses(college.named("赵小雨"), [day for day in days if day.month == 12 and 4 <= day.day <= 9], 2, NOW_TERM, SEED)
    assert set(letters) == {"A"} and len(letters) == 8
    gone = statuses(college.named("莫晓燕"), [day for day in days if day.month == 11], 2, NOW_TERM, SEED)
    assert set(gone) == {" "}
    assert [spell.days for spell in spells(college.named("谢雨欣"), NOW_TERM, SEED)] == [8]


def test_the_size_asked_for_is_the_size_given() -> None:
    big = found(SEED, 3200)
    assert len(big.students) == 3200 == len({student.number for student in big.students}) and len(big.classes) == 80
    assert {home.college for home in big.classes} == {"XX", "ZZ", "JG", "YH"} and {room[:2] for room in big.rooms} == {
        f"D{n}" for n in range(1, 7)
    }
    assert len({course.code for course in courses(big.classes[0], NOW_TERM)}) == 8
