"""A student or a class changes place: from that moment the old readers see nothing and the new ones everything, alerts included."""

import pytest

from shouwang.front.pipeline import intake
from shouwang.trust.access import queries as access
from shouwang.trust.people.models import Student
from shouwang.work.alerts.models import Alert
from shouwang.work.alerts.queries import alert
from tests.web.busy_school import busy_school, deliver
from tests.worlds import NOW, reader_of, student_rows

pytestmark = pytest.mark.django_db
HEADINGS = ("学号", "姓名", "班级代码", "学籍状态", "宿舍房间")


def rows_of(*codes, **moved):
    return [
        (row["student_no"], row["name"], moved.get(row["name"], row["unit"]), "在籍", row["room"])
        for row in student_rows()
        if row["unit"] in codes
    ]


def sees(name, busy):
    by = reader_of(name)
    return access.student(by, busy.mine["sid"]) is not None, alert(by, busy.mine["alert"]) is not None


def test_a_student_who_changes_college_takes_their_alerts_along(data_folder):
    busy = busy_school(data_folder)
    assert (sees("林老师", busy), sees("孙外人", busy)) == ((True, True), (False, False))
    file = data_folder / "temp" / "转学院.csv"
    moved = deliver(file, HEADINGS, rows_of("RJ2401", "SK2401", 宋小雨="SK2401"), "student", "何数据")
    assert Student.objects.get(name="宋小雨").class_unit.code == "SK2401"
    assert (sees("林老师", busy), sees("孙外人", busy)) == ((False, False), (True, True))
    assert not Alert.objects.exclude(unit_path__in=Student.objects.values("unit_path")).exists()
    intake.retract(moved, "报错了", by=reader_of("何数据"), now=NOW)
    assert (sees("林老师", busy), sees("孙外人", busy)) == ((True, True), (False, False))


def test_a_refused_row_leaves_its_student_where_they_were(data_folder):
    """One bad cell must not make a student vanish from everybody's lists."""
    busy = busy_school(data_folder)
    rows = [(number, name, unit, "说不清" if name == "宋小雨" else status, room) for number, name, unit, status, room in rows_of("RJ2401")]
    deliver(data_folder / "temp" / "名册.csv", HEADINGS, rows, "student", "何数据")
    assert Student.objects.get(name="宋小雨").is_current
    assert sees("林老师", busy) == (True, True)
