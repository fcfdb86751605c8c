"""Duty on screen: the line of every page, a swap from question to answer, planning, notes, the calendar address, the time limit of a matter."""

from datetime import datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client

from shouwang.front.web.deadlines import present
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.duty import actions
from shouwang.work.duty.models import Call, Roster, Shift
from tests.worlds import NOW, account_of, client_for, reader_of, small_school

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def text(response):
    return response.content.decode()


@pytest.fixture
def night():
    world = small_school()
    return actions.make_roster(code="night", title="学校夜班", unit=world.units["YL"], by=reader_of("陈主任"), now=NOW, phone="0871-110")


def put(roster, name, starts, ends):
    account = account_of(name).pk
    return actions.add_shift(roster=roster, account=account, starts_at=starts, ends_at=ends, by=reader_of("陈主任"), now=NOW)


def test_every_page_says_who_is_on_duty(night):
    put(night, "高院长", NOW - HOUR, NOW + HOUR)
    for name, path in (("林老师", "/"), ("李秘书", "/settings/"), ("陈主任", "/duty/")):
        assert "值班：高院长，云岭职业技术学院" in text(client_for(name).get(path))
    assert "高院长，云岭" not in text(client_for("赵妈妈").get("/"))


def test_a_swap_from_the_question_to_the_answer(night):
    mine = put(night, "林老师", NOW + 8 * HOUR, NOW + 20 * HOUR)
    lin, li = client_for("林老师"), client_for("李秘书")
    assert "学校夜班" in text(lin.get("/duty/")) and "提出换班" in text(lin.get(f"/duty/shifts/{mine.pk}/"))
    asked = lin.post(f"/duty/shifts/{mine.pk}/swap/", {"account": account_of("李秘书").pk}, follow=True)
    assert "已记录" in text(asked) and "等李秘书答复" in text(lin.get("/duty/"))
    assert "林老师想请您值班" in text(li.get("/duty/"))
    assert "已换班" in text(li.post(f"/duty/swaps/{mine.swaps.get().pk}/agree/", follow=True))
    assert Shift.objects.get().account == account_of("李秘书")


def test_a_roster_is_planned_on_screen(night):
    chen, here = client_for("陈主任"), f"/duty/{night.pk}/plan/"

    def turns() -> list[str]:
        return list(night.turns.order_by("place").values_list("account__username", flat=True))

    assert "排班" in text(chen.get(here)) and "从同事中选" in text(chen.get(here))
    days = {"days": "every", "begins": "18:00", "ends": "08:00", "people": "1"}
    assert "已设置" in text(chen.post(f"{here}pattern/", days, follow=True))
    assert "没有找到工号 T9999" in text(chen.post(f"{here}turns/", {"numbers": "T1001\nT9999"}, follow=True))
    assert "共 2 人" in text(chen.post(f"{here}turns/", {"numbers": ["T1001", "T1003", "", ""]}, follow=True)), "one typed, one chosen"
    assert "共 2 人" in text(chen.post(f"{here}turns/", {"numbers": "T1001\nT1003"}, follow=True))
    swapped = {"numbers": ["T1001", "T1003"], "place-T1001": "2", "place-T1003": "1"}
    assert "共 2 人" in text(chen.post(f"{here}turns/", swapped, follow=True)) and turns() == ["T1003", "T1001"]
    chen.post(f"{here}turns/", {"numbers": ["T1003", "T1001", "T1002"], "place-T1003": "1", "place-T1001": "2"})
    assert turns() == ["T1003", "T1001", "T1002"], "a new one comes last"
    chen.post(f"{here}turns/", {"numbers": turns(), "place-T1003": "2", "place-T1001": "2", "place-T1002": "3"})
    assert turns() == ["T1001", "T1003", "T1002"], "one step down"
    chen.post(f"{here}turns/", {"numbers": turns(), "place-T1001": "1", "place-T1003": "2", "place-T1002": "1"})
    assert turns() == ["T1002", "T1001", "T1003"], "to the top"
    chen.post(f"{here}turns/", {"numbers": ["T1003", "T1001"]})
    refused = chen.post(f"{here}turns/", {**swapped, "numbers": ["T1001", "T1003", "T9998 T1002"], "place-T1001": "7"})
    assert refused.status_code == 422 and turns() == ["T1003", "T1001"]
    assert 'name="place-T1001" value="7"' in text(refused) and "T9998\nT1002</textarea>" in text(refused), "what was typed is still there"
    assert "共 1 人" in text(chen.post(f"{here}turns/", {**swapped, "place-T1003": ""}, follow=True)) and turns() == ["T1001"]
    assert "共 2 人" in text(chen.post(f"{here}turns/", {"numbers": "T1001\nT1003"}, follow=True)) and turns() == ["T1001", "T1003"]
    late = chen.post(f"{here}fill/", {"first": "2025-12-10", "last": "2027-12-13"})
    assert "最长半年" in text(late) and 'value="2027-12-13"' in text(late)
    filled = chen.post(f"{here}fill/", {"first": "2025-12-10", "last": "2025-12-13"}, follow=True)
    assert "排了 4 个班次" in text(filled)
    assert "请检查" in text(chen.post(f"{here}fill/", {"first": "gestern", "last": ""}, follow=True))
    page = text(chen.get(f"/duty/{night.pk}/"))
    assert page.count("林老师") == 2 and "缺 1 人" in page  # the days behind are named as gaps
    assert chen.get(f"/duty/{night.pk}/export/").status_code == 200
    assert "停用" in text(chen.get(here)) and Roster.objects.get().is_open


def test_leave_is_seen_by_the_office_and_its_reason_by_nobody_else(night):
    mine = put(night, "林老师", NOW + 8 * HOUR, NOW + 20 * HOUR)
    client_for("林老师").post(f"/duty/shifts/{mine.pk}/leave/", {"reason": "高烧不退"})
    assert "请假待替" in text(client_for("陈主任").get("/duty/"))
    assert "高烧不退" in text(client_for("陈主任").get(f"/duty/shifts/{mine.pk}/"))
    assert "高烧不退" not in text(client_for("李秘书").get(f"/duty/shifts/{mine.pk}/"))
    client_for("陈主任").post(f"/duty/shifts/{mine.pk}/give/", {"account": account_of("李秘书").pk})
    assert Shift.objects.get().account == account_of("李秘书")


def test_calls_and_notes_go_to_the_next_person_only(night):
    mine = put(night, "林老师", NOW - HOUR, NOW + 2 * HOUR)
    put(night, "李秘书", NOW + 2 * HOUR, NOW + 10 * HOUR)
    lin = client_for("林老师")
    call = {"at": "2025-12-10T09:30", "caller": "guardian", "what": "家长问晚归", "done": "已转告"}
    lin.post(f"/duty/shifts/{mine.pk}/call/", call)
    lin.post(f"/duty/shifts/{mine.pk}/note/", {"note": "三楼有同学发烧"})
    assert Call.objects.count() == 1
    li = client_for("李秘书")
    page = text(li.get(f"/duty/{night.pk}/notes/"))
    assert "三楼有同学发烧" in page and "家长问晚归" in page and "接班" in page
    assert client_for("高院长").get(f"/duty/{night.pk}/notes/").status_code == 404


def test_the_calendar_needs_no_sign_in_and_ends_when_revoked(night):
    put(night, "林老师", NOW + 8 * HOUR, NOW + 20 * HOUR)
    lin = client_for("林老师")
    page = text(lin.post("/duty/calendar/", {"do": "make"}))
    address = page.split('duty-address">')[1].split("<")[0]
    answer = Client().get(address.removeprefix("http://testserver"))
    said = text(answer)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar") and "no-store" in answer["Cache-Control"]
    assert "SUMMARY:值班：学校夜班" in said and said.count("BEGIN:VEVENT") == 1 and "林老师" not in said
    assert address not in text(lin.get("/duty/calendar/"))
    lin.post("/duty/calendar/", {"do": "revoke"})
    assert Client().get(address.removeprefix("http://testserver")).status_code == 404


def test_the_time_limit_of_a_matter_as_its_page_shows_it():
    world = small_school()
    student = world.students["小雨"]
    place = {"unit_path": student.unit_path, "dorm_path": student.dorm_path, "student": student.sid}
    given = {"ref": "case:1", "kind": "case_step", "ladder": "standard", "within": "2h", "url": "/", "by": None, "now": NOW}
    deadlines.start(owner=account_of("林老师").pk, **place, **given)
    assert present.due("case:2", NOW) is None
    said = render_to_string("deadlines/due.html", {"due": present.due("case:1", NOW)})
    assert "2025-12-10 12:00" in said and "还有 2 小时" in said
    later = datetime(2025, 12, 10, 14, 30, tzinfo=NOW.tzinfo)
    deadlines.watch(now=later)
    said = render_to_string("deadlines/due.html", {"due": present.due("case:1", later)})
    assert "已逾期 60 分钟" in said and "已告知 林老师（责任人）" in said
    deadlines.pause(ref="case:1", reason="等家长回电", until=later + 3 * HOUR, by=reader_of("林老师"), now=later)
    said = render_to_string("deadlines/due.html", {"due": present.due("case:1", later + HOUR)})
    assert "已暂停" in said and "已逾期 60 分钟" in said and "等家长" not in said
