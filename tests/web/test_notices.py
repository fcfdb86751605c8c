"""Messages on screen: the bell, taking a crisis, who was told, the choices, paper, the channels, the daily list."""

from datetime import timedelta

import pytest

from shouwang.front.pipeline import risk as mornings
from shouwang.trust.people.models import Unit
from shouwang.work.desk import risk
from shouwang.work.incidents.actions import emergencies
from shouwang.work.incidents.models import Incident
from shouwang.work.notifications import actions, queries
from shouwang.work.notifications.models import Message, Preference, Receipt
from tests.rooms.test_incidents import report
from tests.web.busy_school import secrets_of
from tests.worlds import NOW, account_of, client_for, reader_of

pytestmark = pytest.mark.django_db


def say(*names, tier="important", ref="case:1", url="/alerts/", kind="notifications.test", **more):
    return actions.send(kind=kind, tier=tier, to=[account_of(name).pk for name in names], ref=ref, url=url, by=None, now=NOW, **more)


def test_a_crisis_stands_on_every_page_until_one_takes_it(school):
    message = say("林老师", "陈主任", tier="crisis")
    lin, chen = client_for("林老师"), client_for("陈主任")
    hand = f"/notices/{message.pk}/acknowledge/"
    assert hand in chen.get("/notices/bell/").content.decode()
    assert lin.get(f"/notices/{message.pk}/go/")["Location"] == f"/notices/{message.pk}/", "who must act is asked first"
    lin.post(hand)
    assert hand not in chen.get("/notices/bell/").content.decode()
    assert "林老师" in chen.get("/notices/").content.decode(), "the others hear who took it"
    page = chen.get(f"/notices/{message.pk}/").content.decode()
    assert "林老师负责处理" in page and "陈主任" in page


def crisis_of(found):
    """The message by which 林老师 was asked."""
    return Message.objects.get(ref=found.ref, tier="crisis", receipts__account=account_of("林老师"))


def test_taking_a_crisis_takes_the_matter(school):
    found = report(category="danger", urgency="critical", students=["小雨"])
    lin, hand = client_for("林老师"), f"/notices/{crisis_of(found).pk}/acknowledge/"
    assert hand in lin.get("/notices/bell/").content.decode()
    page = lin.post(hand, follow=True).content.decode()
    found.refresh_from_db()
    assert (found.state, found.handler.name) == ("acknowledged", "林老师")
    assert "由您处理" in page and "林老师负责处理" in page
    assert not Message.objects.filter(ref=found.ref, look_at__isnull=False).exists(), "for every station"
    assert found.levels.get(station="college").state == "over"
    assert Receipt.objects.get(message=crisis_of(found), account=account_of("林老师")).read_at == NOW


def test_two_press_and_the_second_hears_that_somebody_has_it(school):
    found = report(category="danger", urgency="critical", students=["小雨"])
    client_for("林老师").post(f"/notices/{crisis_of(found).pk}/acknowledge/")
    gao = Message.objects.get(ref=found.ref, is_asking=True, receipts__account=account_of("高院长"))
    page = client_for("高院长").post(f"/notices/{gao.pk}/acknowledge/", follow=True).content.decode()
    assert "已经有人负责处理" in page
    found.refresh_from_db()
    assert found.handler.name == "林老师"


def test_who_may_not_take_it_is_led_to_the_matter_and_the_button_claims_nothing(school):
    found = report("林老师", category="truancy", students=["小雨"])  # 吴教务 is only informed
    message = say(
        "吴教务", tier="crisis", ref=found.ref, url=f"/incidents/{found.pk}/", kind="incident.informed", words={"number": found.pk}
    )
    wu, hand = client_for("吴教务"), f"/notices/{message.pk}/acknowledge/"
    for url in ("/notices/bell/", "/notices/", f"/notices/{message.pk}/"):
        page = wu.get(url).content.decode()
        assert hand not in page and f'href="/incidents/{found.pk}/"' in page, url
    page = wu.post(hand, follow=True).content.decode()
    assert "由被请来处理的人" in page
    assert Incident.objects.get(pk=found.pk).state == "reported" and Message.objects.get(pk=message.pk).taken_at is None


def test_a_message_that_asks_to_acknowledge_a_report_acknowledges_it(school):
    found = report(students=["小雨"])
    message = Message.objects.get(ref=found.ref, receipts__account=account_of("林老师"))
    client_for("林老师").post(f"/notices/{message.pk}/acknowledge/")
    assert message.tier == "important" and Incident.objects.get(pk=found.pk).state == "acknowledged"


def test_who_was_asked_as_well_answers_from_the_message(school):
    from shouwang.work.incidents import actions as incidents

    found = report(category="night_absence", urgency="critical", students=["小雨"])
    incidents.acknowledge(incident=found.pk, by=reader_of("林老师"), now=NOW)
    incidents.involve(incident=found.pk, stations=["school"], reason="需要学校协调", by=reader_of("林老师"), now=NOW)
    zheng = client_for("郑校长")
    message = Message.objects.get(ref=found.ref, look_at__isnull=False)
    assert "确认收到" in zheng.get(f"/incidents/{found.pk}/").content.decode()
    assert f"/incidents/{found.pk}/acknowledge/" in zheng.get("/incidents/").content.decode()
    assert (
        "确认收到"
        not in client_for("林老师").get(f"/incidents/{found.pk}/").content.decode().partition("<main")[2].partition('class="cols"')[0]
    )
    zheng.post(f"/notices/{message.pk}/acknowledge/")
    found.refresh_from_db()
    assert found.handler.name == "林老师" and found.levels.get(station="school").state == "answered"


def test_the_task_of_an_emergency_is_acknowledged_from_its_message(school):
    unit = Unit.objects.get(code="YL").pk
    found = emergencies.start(plan="missing-student", unit=unit, situation="一名同学失去联系", by=reader_of("郑校长"), now=NOW)
    message = Message.objects.get(ref=f"{found.ref}/account:{account_of('王宿管').pk}")
    wang, hand = client_for("王宿管"), f"/notices/{message.pk}/acknowledge/"
    assert hand in wang.get("/notices/bell/").content.decode()
    wang.post(hand)
    assert set(found.tasks.filter(account=account_of("王宿管")).values_list("state", flat=True)) == {"acknowledged"}
    assert Message.objects.get(pk=message.pk).taken_by_id == account_of("王宿管").pk


def test_links_lead_on_to_the_matter_and_count_as_read(school):
    message = say("林老师")
    assert client_for("林老师").get(f"/notices/{message.pk}/go/")["Location"] == "/alerts/"
    assert Receipt.objects.get(message=message).read_at == NOW
    assert client_for("陈主任").get(f"/notices/{message.pk}/go/").status_code == 404


def test_who_was_told_is_for_those_who_may_see_the_matter(school):
    sid = school.world.sid("小雨")
    message = say("林老师", "赵妈妈", ref=f"student:{sid}")
    assert client_for("高院长").get(f"/notices/{message.pk}/").status_code == 200
    assert client_for("孙外人").get(f"/notices/{message.pk}/").status_code == 404
    assert client_for("王宿管").get("/notices/999999/").status_code == 404
    page = client_for("赵妈妈").get(f"/notices/{message.pk}/").content.decode()
    assert "林老师" not in page, "families see their own row"
    assert "赵妈妈" not in client_for("高院长").get(f"/notices/{message.pk}/").content.decode().replace("赵妈妈</h1>", "")


def test_choices_are_kept_and_refusals_are_sentences(school):
    client = client_for("林老师")
    page = client.get("/settings/notices/").content.decode()
    assert "紧急通知总是" in page
    given = {"first": "", "digest_at": "12:00", "quiet_from": "21:00", "quiet_until": "06:30", "outside_hours": "on"}
    assert client.post("/settings/notices/", given).status_code == 302
    kept = Preference.objects.get(account=account_of("林老师").pk)
    assert kept.outside_hours and kept.digest_at.hour == 12
    refused = client.post("/settings/notices/", given | {"quiet_from": "08:00", "quiet_until": "07:00"})
    assert refused.status_code == 422 and "12 小时" in refused.content.decode()


def test_paper_is_printed_with_a_slip_and_noted(school):
    say("赵妈妈")
    client = client_for("林老师")
    sheet = client.get("/notices/paper/sheet/").content.decode()
    assert "回执" in sheet and "赵妈妈" in sheet
    (slip,) = queries.slips(reader_of("林老师"), "waiting")
    client.post("/notices/paper/printed/", {"chosen": [slip.pk]})
    client.post("/notices/paper/returned/", {"chosen": [slip.pk]})
    assert queries.slips(reader_of("林老师"), "waiting") == queries.slips(reader_of("林老师"), "handed") == []


def test_the_administrator_sees_channels_and_what_is_wrong(school, settings):
    client = client_for("钱管理员")
    assert "没有配置" in client.get("/channels/").content.decode()
    settings.SMS_URL = "gateway"
    assert "设置有误" in client.get("/channels/").content.decode()
    client.post("/channels/sms/test/")
    assert "测试没有成功" in client.get("/channels/").content.decode()
    assert client.post("/channels/pigeon/test/").status_code == 404


def test_the_daily_list_tells_each_responsible_person_once_with_counts_only(school):
    at = NOW.replace(hour=7, minute=30)
    told = mornings.risk_list(now=at)
    assert told and mornings.risk_list(now=at + timedelta(minutes=5)) == 0, "however often it runs"
    one = Receipt.objects.get(message__kind="risk.daily", account=account_of("林老师").pk).message
    assert one.url == "/today/risk/" and not any(
        secret in one.body for student in school.world.students.values() for secret in secrets_of(student)
    )
    assert not Receipt.objects.filter(message__kind="risk.daily", account=account_of("陈主任").pk).exists(), "an office answers for no list"


def test_the_list_is_of_ones_own_students_and_begins_with_what_changed(school):
    page = client_for("林老师").get("/today/risk/").content.decode()
    assert "宋小雨" in page and "石大山" not in page
    by = reader_of("林老师")
    assert set(risk.changes(by, NOW - timedelta(days=400)).values()) == {"new"}
    assert set(risk.changes(by, NOW + timedelta(days=1)).values()) == {"same"}


@pytest.mark.parametrize(
    ("alerts", "change"),
    [
        ([(3, "")], "same"),
        ([(3, "opened")], "new"),
        ([(3, "opened"), (2, "reopened")], "new"),
        ([(3, "reopened")], "again"),
        ([(2, ""), (3, "opened")], "worse"),
        ([(3, ""), (2, "opened")], "worse"),
        ([(3, ""), (3, "reopened")], "again"),
        ([(3, "worsened")], "worse"),
        ([(2, ""), (3, "reopened")], "worse"),
    ],
)
def test_what_counts_as_a_change(alerts, change):
    assert risk._change(alerts) == change


def test_no_school_no_list(school, monkeypatch):
    from shouwang.front import clock

    monkeypatch.setattr(clock, "now", lambda: NOW.replace(hour=7, minute=30) + timedelta(days=3))
    assert mornings.run() == 0 and not Message.objects.filter(kind="risk.daily").exists()
