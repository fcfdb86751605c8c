"""The board: due, delivered, late, by whom, how many rows, what share of students."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shouwang.front.pipeline import following, intake
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student, Unit
from shouwang.work.imports import queries
from shouwang.work.imports.board import Fresh
from shouwang.work.imports.models import Delivery
from tests import worlds
from tests.rooms.test_imports import csv_file

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADINGS = ("学号", "日期", "节次", "考勤状态")


@pytest.fixture
def world() -> worlds.World:
    return worlds.small_school()


def row(now: datetime, table: str = "attendance") -> Fresh:
    return next(fresh for fresh in queries.freshness(now) if fresh.table.name == table)


def week(world: worlds.World, folder: Path, monday: str, now: datetime, colleges: tuple[str, ...] = ("XX", "JD")) -> Delivery:
    paths = [world.units[code].path for code in colleges]
    numbers = sorted({s.number for s in world.students.values() if any(s.unit_path.startswith(path) for path in paths)})
    path = csv_file(folder, [(number, monday, "1-2", "出勤") for number in numbers], name=f"{monday}.csv", headings=HEADINGS)
    delivery = intake.deliver(path, "attendance", by=worlds.reader_of("陈主任"), now=now, confirm=True)
    assert delivery.state == "accepted"
    return delivery


def test_a_table_that_never_came_is_late_and_says_so(world: worlds.World) -> None:
    fresh = row(worlds.NOW)
    assert (fresh.state, fresh.last_id, fresh.covered, fresh.enrolled) == ("never", None, 0, 24)
    assert fresh.department.code == "student_affairs" and fresh.lateness.days_late == 2  # due on Monday, today is Wednesday
    assert fresh.rounds == ()  # what fell due before anybody delivered anything was owed to no one


def test_delivered_in_time_then_late_then_missed(world: worlds.World, tmp_path: Path) -> None:
    monday = datetime(2025, 11, 17, 9, 0, tzinfo=SHANGHAI)
    week(world, tmp_path, "2025-11-10", monday)
    week(world, tmp_path, "2025-11-17", monday + timedelta(days=9))  # due on the 24th at ten, came on the 26th
    found = row(worlds.NOW)
    assert [(one.due_at.day, one.met) for one in found.rounds] == [(17, "on"), (24, "late"), (1, "missed"), (8, "open")]
    assert found.state == "late" and found.last_by == "陈主任"
    week(world, tmp_path, "2025-12-01", worlds.NOW)
    found = row(worlds.NOW)
    assert found.state == "fresh" and (found.covered, found.round_rows) == (24, 24)
    assert [one.met for one in found.rounds] == ["on", "late", "missed", "late"]


def test_the_share_of_students_and_the_classes_that_are_missing(world: worlds.World, tmp_path: Path) -> None:
    week(world, tmp_path, "2025-11-24", datetime(2025, 11, 25, 9, 0, tzinfo=SHANGHAI))
    week(world, tmp_path, "2025-12-01", worlds.NOW, colleges=("XX",))
    found = row(worlds.NOW)
    assert (found.covered, found.enrolled) == (12, 24)
    assert {gap.name for gap in found.missing} == {"2024级数控1班", "2025级汽修1班"}


def test_a_class_that_changes_its_place_is_covered_and_missed_as_before(world: worlds.World, tmp_path: Path) -> None:
    """2024级数控1班 is missing this week, 2024级软件1班 is not; both get another path."""
    week(world, tmp_path, "2025-11-24", datetime(2025, 11, 25, 9, 0, tzinfo=SHANGHAI))
    week(world, tmp_path, "2025-12-01", worlds.NOW, colleges=("XX",))
    was, before = row(worlds.NOW), following.places("unit")
    with told():
        for code in ("RJ2401", "SK2401"):
            unit = world.units[code]
            Unit.objects.filter(pk=unit.pk).update(path=unit.path[:-1] + "z")
            Student.objects.filter(class_unit=unit).update(unit_path=unit.path[:-1] + "z")
        ledger.record("people.rebuilt", by=None, about=[], now=worlds.NOW)
    following.follow(before=before, by=None, now=worlds.NOW)
    now = row(worlds.NOW)
    assert now.covered == was.covered == 12 and {gap.name for gap in now.missing} == {gap.name for gap in was.missing}


def test_a_retraction_makes_the_table_late_again(world: worlds.World, tmp_path: Path) -> None:
    delivery = week(world, tmp_path, "2025-12-01", worlds.NOW)
    assert row(worlds.NOW).state == "fresh"
    intake.retract(delivery, "传错了周", by=worlds.reader_of("陈主任"), now=worlds.NOW)
    assert row(worlds.NOW).state == "never"


def test_the_board_reads_in_few_queries(world: worlds.World, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(40):
        queries.freshness(worlds.NOW)
