"""Today, for each of the cast: what needs them now, why, one action; and nothing that is not theirs."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from shouwang.front.web.desk import present
from shouwang.trust.access import queries as access
from shouwang.work.alerts.models import Alert
from shouwang.work.cases import actions as cases
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.desk import agenda, levels, queries
from shouwang.work.imports.models import Delivery
from shouwang.work.notifications import actions as notifications
from tests import cast
from tests.web.busy_school import secrets_of
from tests.worlds import NOW, account_of, client_for, reader_of

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def today(who: str) -> str:
    reply = client_for(who).get("/")
    assert reply.status_code == 200, who
    return reply.content.decode()


def test_everybody_has_a_today_of_their_own(school):
    for actor in cast.EVERYBODY:
        page = today(actor.name)
        assert "<h1>今日</h1>" in page
        reader = reader_of(actor.name)
        known = set(access.students(reader).values_list("sid", flat=True))
        own = actor.name
        for student in school.world.students.values():
            if student.sid not in known and student.name != own:
                for secret in secrets_of(student):
                    assert not secret or secret not in page, (actor.name, secret)


def test_the_homeroom_teacher_sees_who_why_since_when_and_one_action(school):
    reader = reader_of("林老师")
    found = queries.matters(reader, least=1)
    mine = next(matter for matter in found.shown if matter.name == "宋小雨")
    assert mine.sid == school.mine["sid"] and mine.level >= 3 and mine.reason
    assert mine.level == max(Alert.objects.filter(pk__in=mine.alert_ids).values_list("level", flat=True))
    page = today("林老师")
    assert "宋小雨" in page and mine.reason in page and "石大山" not in page


def test_a_matter_goes_when_it_is_handled_not_when_it_is_seen(school):
    reader = reader_of("林老师")
    today("林老师")
    assert any(matter.name == "宋小雨" for matter in queries.matters(reader, least=1, size=99).shown)
    for pk in Alert.objects.filter(student=school.mine["sid"], state="open").values_list("pk", flat=True):
        _acknowledge(pk, "林老师")
    assert not any(matter.name == "宋小雨" for matter in queries.matters(reader, least=1, size=99).shown)


def _acknowledge(pk: int, who: str) -> None:
    reply = client_for(who).post(f"/alerts/{pk}/acknowledge/", {"next": "/"})
    assert reply.status_code in {302, 303}, reply.status_code


def test_what_is_hidden_is_counted(school):
    reader = reader_of("陈主任")
    few = queries.matters(reader, least=1, size=2)
    assert len(few.shown) == 2
    assert few.total == Alert.objects.filter(state="open").values("student").distinct().count() > 2


def test_exactly_as_many_as_are_counted_are_not_more(school, monkeypatch):
    reader = reader_of("陈主任")
    whole = queries.matters(reader, least=1).total
    said = {}
    for most in (whole, whole - 1):
        monkeypatch.setattr(queries, "A_LOT", most)
        found = queries.matters(reader, least=1)
        said[most] = (found.total, found.is_more, present.matters(reader, found, "", "").more_title)
    assert said == {whole: (whole, False, f"全部 {whole} 名同学"), whole - 1: (whole - 1, True, f"超过 {whole - 1} 名同学")}


def test_the_secretary_sees_deliveries_that_wait_and_data_that_are_late(school):
    page = today("李秘书")
    assert "本学期-XX.csv" in page and f"/imports/{school.mine['waiting']}/" in page
    assert "本学期-JD.csv" not in page
    late = queries.late(reader_of("李秘书"), NOW)
    assert {row.table for row in late} >= {"coursework", "skill_assessment"}
    assert [row.is_mine for row in late] == sorted((row.is_mine for row in late), reverse=True), "one's own first"
    assert "attendance" not in {row.table for row in late if row.days == 0}
    for row in late:
        assert row.due_at is not None and row.due_at < NOW and row.days == (TODAY - timezone.localdate(row.due_at)).days
    assert late[0].is_mine and f"/imports/new/?table={late[0].table}" in page


def test_a_delivery_that_came_is_not_late(school):
    assert not {"score", "attendance"} & {row.table for row in queries.late(reader_of("陈主任"), NOW)}
    assert "attendance" in {row.table for row in queries.late(reader_of("陈主任"), NOW + timedelta(days=20))}
    assert queries.late(reader_of("林老师"), NOW) == []


def test_gaps_of_coverage_lead_to_the_page_that_fills_them(school):
    found = queries.gaps(reader_of("陈主任"), TODAY)
    assert found.students == 6 and found.units > 0, "nobody answers for 2025级汽修1班"
    page = today("陈主任")
    assert "6 名同学没有人负责" in page and "/coverage/" in page
    assert "没有人负责" not in today("林老师")


def test_the_dorm_manager_hears_about_last_night_or_that_nothing_is_known(school):
    assert queries.night(reader_of("王宿管"), TODAY) == ([], None)
    assert "还没有收到过宿舍进出数据" in today("王宿管")
    assert "昨夜" not in today("林老师")
    rows = [
        ("学号", "时间", "方向", "门禁点"),
        ("2024010101", "2025-12-09 23:40:00", "进", "1号楼"),
        ("2024010102", "2025-12-10 01:00:00", "未归", "1号楼"),
        ("2024010103", "2025-12-09 21:00:00", "进", "1号楼"),
        ("2024010104", "2025-12-08 23:50:00", "进", "1号楼"),
    ]
    _deliver(school, rows)
    found, last = queries.night(reader_of("王宿管"), TODAY)
    assert last == date(2025, 12, 10)
    assert [(one.name, one.absent) for one in found] == [("刘班长", True), ("宋小雨", False)], (
        "the absent first; 21:00 and the night before are no news"
    )
    assert timezone.localtime(found[1].at) == datetime(2025, 12, 9, 23, 40, tzinfo=timezone.get_current_timezone())
    page = today("王宿管")
    assert "昨夜未归" in page and "23:40 归来" in page


def _deliver(school, rows) -> Delivery:
    from shouwang.front.pipeline import intake

    path = school.folder / "temp" / "门禁.csv"
    path.write_text("\n".join(",".join(row) for row in rows), "utf-8")
    delivery = intake.deliver(path, "dorm_access", by=reader_of("王宿管"), now=NOW, confirm=True)
    assert delivery.state == "accepted", delivery.trouble
    return delivery


def test_the_administrator_sees_the_machine_and_no_student(school):
    page = today("钱管理员")
    assert "排队的任务" in page and str(school.folder) in page
    for student in school.world.students.values():
        assert student.name not in page and student.number not in page
    assert queries.system(reader_of("林老师")) is None


def test_a_family_sees_the_child_and_whom_to_call(school):
    page = today("赵妈妈")
    assert "宋小雨" in page and "旷课" in page and "林老师" in page and "tel:" in page
    assert "石" not in page and "/alerts/" not in page


def test_levels_by_college_carry_their_change_and_hide_nothing(school):
    rows = levels.colleges(reader_of("陈主任"))
    assert [row.unit.code for row in rows] == ["XX", "JD"]
    assert all(sum(row.counts) == 12 and row.change is None for row in rows), "no run a week before: no change is claimed"
    assert levels.colleges(reader_of("林老师")) == []
    assert "信息工程学院" in today("陈主任") and "/units/" in today("陈主任")


def test_the_bell_tells_what_is_new(school):
    notifications.send(
        kind="notifications.test", tier="important", to=[account_of("林老师").pk], ref="case:1", url="/alerts/", by=None, now=NOW
    )
    assert "测试通知" in client_for("林老师").get("/notices/menu/").content.decode()
    assert "bell-count" in client_for("林老师").get("/notices/bell/").content.decode()
    assert "没有新消息" in client_for("方审计").get("/notices/menu/").content.decode()


def test_somebody_named_for_one_student_sees_that_student_only(school):
    page = today("唐社工")
    assert "宋小雨" in page and "刘班长" not in page and "旷课" not in page


class TestOneOrder:
    """Steps, approvals, reports, alerts, duty and meetings stand in one list; each row says why it stands where it does."""

    def open_case(self, school, now=NOW):
        cases.open(student=school.world.sid("韩志远"), origin="alert", level=4, playbook="absence-three-days", by=None, now=now)

    def rows(self, who, school):
        found = agenda.agenda(reader_of(who), NOW, whole=True)
        return [(one.kind, one.reason) for one in found.shown if one.sid == school.world.sid("韩志远")]

    def test_a_step_takes_the_place_of_the_alert_it_answers(self, school):
        assert self.rows("林老师", school) == [("alert", "red")]
        self.open_case(school)
        assert self.rows("林老师", school) == [("step", "today")]
        page = today("林老师")
        assert "当天联系本人和监护人" in page and "排序：" in page

    def test_others_read_that_the_case_is_in_hand_and_hear_when_it_is_late(self, school):
        before = agenda.agenda(reader_of("高院长"), NOW).in_cases
        began = NOW - timedelta(days=1)
        self.open_case(school, began)
        assert self.rows("高院长", school) == []
        assert agenda.agenda(reader_of("高院长"), NOW).in_cases == before + 1
        for minutes in range(0, 60 * 24, 30):
            deadlines.watch(now=began + timedelta(minutes=minutes))
        assert self.rows("高院长", school) == [("climbed", "climbed")]
        assert "责任人 林老师 还没有办" in today("高院长")
        assert self.rows("孙外人", school) == []

    def test_the_order_is_the_one_that_is_said(self, school):
        self.open_case(school, NOW - timedelta(days=1))
        shown = agenda.agenda(reader_of("林老师"), NOW, whole=True).shown
        ranks = [agenda.ORDER.index(one.reason) for one in shown]
        assert ranks == sorted(ranks) and {"danger", "late", "today", "red"} <= {one.reason for one in shown}
        assert {"incident", "step", "shift", "meeting", "alert"} <= {one.kind for one in shown}

    def test_no_more_than_a_day_the_rest_behind(self, school, monkeypatch):
        monkeypatch.setattr(agenda, "A_DAY", 1)
        found = agenda.agenda(reader_of("陈主任"), NOW)
        assert len(found.shown) == 1 < found.total
        assert len(agenda.agenda(reader_of("陈主任"), NOW, whole=True).shown) == found.total
        page = today("陈主任")
        assert f"还有 {found.total - 1} 项" in page and "/?all=1" in page
