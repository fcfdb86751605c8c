"""Whatever fired can be shown again, to the digit; and when it cannot, the file or value that differs is named."""

import pytest

from shouwang.analysis.rules import Refused
from shouwang.work.alerts import queries
from shouwang.work.alerts.models import Alert, AlertValue
from shouwang.work.alerts.queries import computing
from tests.rooms.test_alerts import MON, TUE, Days, publish
from tests.worlds import reader_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def days(data_folder) -> Days:
    made = Days(data_folder)
    publish(when="absences_term >= 3 OR absence_rate_30d > 0.99")
    made.first = made.attendance(MON, "absent", 4)
    made.facts.add("score", [{"sid": made.sid, "term": 20242, "course_code": "C1", "course_name": "高数", "credit": 4, "result": 41}])
    made.evaluate(MON)
    return made


def test_it_comes_out_the_same(days):
    found = queries.reproduce(days.alert())
    assert found.same, found.differences
    assert found.values["absences_term"] == 4.0
    assert "逐位相同" in found.sentence
    assert queries.reproduce_run(found.run) == ()


def test_it_comes_out_the_same_after_later_imports(days):
    days.attendance(MON, "present", 4)  # a correction: every row of the first batch is superseded
    days.evaluate(TUE)
    assert days.alert().false_runs == 1
    assert queries.reproduce(days.alert()).same


def test_it_comes_out_the_same_after_a_retraction(days):
    days.facts.snapshot = days.facts.snapshot.without(days.first.id)
    days.evaluate(TUE)
    assert days.alert().unknown_since == TUE
    assert queries.reproduce(days.alert()).same


def test_a_changed_byte_is_named(days):
    path = days.first.path
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    found = queries.reproduce(days.alert())
    assert not found.same
    assert any(f"attendance/{path.name}" in difference and "不同" in difference for difference in found.differences), found.differences


def test_a_missing_file_is_named(days):
    days.first.path.unlink()
    assert any("不见了" in difference for difference in queries.reproduce(days.alert()).differences)


def test_a_changed_run_file_is_named(days):
    path = computing.run_file(days.alert().run.path)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert any("运行文件" in difference for difference in queries.reproduce(days.alert()).differences)


def test_a_changed_stored_value_is_named(days):
    from django.db.models.query import QuerySet

    QuerySet(AlertValue).filter(alert=days.alert(), indicator="absences_term").update(value=5)
    found = queries.reproduce(days.alert())
    assert found.differences == ("本学期缺勤次数：预警保存的值是 5，重新计算是 4",)


def test_the_card_names_file_sheet_and_row(days):
    found = queries.card(reader_of("林老师"), queries.alert(reader_of("林老师"), days.alert().pk))
    assert [(row.batch_id, row.sheet_no, row.row_no) for row in found.rows] == [(days.first.id, 1, n) for n in (2, 3, 4, 5)]
    figure = next(one for one in found.figures if one.indicator.name == "absences_term")
    assert (figure.value, figure.threshold, figure.points) == (4.0, 3.0, (4.0,))
    assert [fresh.last_day for fresh in found.freshness if not fresh.is_missing] == [MON.isoformat()]


def test_who_may_not_see_the_alert_gets_none(days):
    pk = days.alert().pk
    assert queries.alert(reader_of("林老师"), pk) and queries.alert(reader_of("李秘书"), pk)
    for name in ("孙外人", "王宿管", "钱管理员", "方审计", "唐社工"):
        assert queries.alert(reader_of(name), pk) is None
        assert not queries.alerts(reader_of(name)).exists()
        assert queries.indicator_history(reader_of(name), days.sid, ["absences_term"]).values == {}


def test_preview_says_what_would_be_raised_and_cleared(days):
    lin, sun = reader_of("林老师"), reader_of("孙外人")
    other = days.world.sid("曾一鸣")
    base = days.facts.snapshot
    days.attendance(MON, "present", 4)
    days.attendance(TUE, "absent", 4, sid=other)
    found = queries.preview(days.facts.snapshot, base=base, by=lin, as_of=TUE)
    assert (found.raised, found.cleared) == (1, 1)
    assert (found.raises[0].name, found.clears[0].name) == ("曾一鸣", "宋小雨")
    assert queries.preview(days.facts.snapshot, base=base, by=sun, as_of=TUE) == queries.AlertPreview(0, 0)
    nothing = queries.preview(days.facts.snapshot, base=days.facts.snapshot, by=lin, as_of=TUE)
    assert nothing == queries.AlertPreview(0, 0), "what others delivered since the last evaluation is not this delivery's doing"
    assert Alert.objects.count() == 1


def test_would_flag_counts_by_college(days):
    chen = reader_of("陈主任")
    found = queries.would_flag(chen, "absences_term >= 1")
    assert (found.flagged, found.students, found.unknown) == (1, len(days.sids), len(days.sids) - 1)
    assert found.colleges == (("信息工程学院", 1, 12), ("机电工程学院", 0, 12))
    with pytest.raises(Refused):
        queries.would_flag(chen, "absences_term; DROP TABLE wide")


def test_a_changed_definition_is_named(days, monkeypatch):
    from dataclasses import replace

    from shouwang.analysis import indicators

    one = indicators.load().by_name["absences_term"]
    monkeypatch.setitem(indicators.load().by_name, "absences_term", replace(one, fingerprint="0" * 16))
    assert queries.reproduce(days.alert()).differences == ("指标“本学期缺勤次数”的定义在这次评估之后改过；逐位复算请用当时的版本",)
