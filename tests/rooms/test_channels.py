"""The channels against a real SMTP server and gateways that answer as WeCom, DingTalk and an SMS gateway do."""

import email
import email.policy

import pytest

from shouwang.trust.access.models import Account
from shouwang.trust.people.models import Guardian, Staff, Student
from shouwang.work.notifications import channels
from shouwang.work.notifications.channels import Parcel, Refused, Unreached
from tests import gateways

PARCEL = Parcel(
    "3f1c9f5e-0000-4000-8000-000000000001", "T1001", "有一条新消息", "请登录后查看。", "https://sw.example.edu.cn/notices/7/go/"
)
STAFF = Account(username="T1001", staff=Staff(number="T1001", name="林老师", phone="138 0000-1111", email="lin@yl.example.edu.cn"))
FAMILY = Account(username="zhaomama", guardian=Guardian(id=3, name="赵妈妈", phone="13711112222"))
STUDENT = Account(username="2024010101", student=Student(sid=1, number="2024010101", phone=""))


@pytest.fixture
def gate(settings):
    settings.INTERNAL_HOSTS = ("localhost",)
    settings.CHANNELS = frozenset()
    for one in ("wecom", "dingtalk"):
        __import__(f"shouwang.work.notifications.channels.{one}", fromlist=["tokens"]).tokens.forget()
    with gateways.gateway() as found:
        settings.SMS_URL, settings.SMS_BODY = f"{found.url}/sms", '{"to": ["{phone}"], "say": "{text}", "id": "{key}"}'
        settings.WECOM_CORP, settings.WECOM_AGENT, settings.WECOM_SECRET, settings.WECOM_API = "corp", "1000002", "secret", found.url
        settings.WECOM_ROBOT = f"{found.url}/robot?key=k"
        settings.DINGTALK_CLIENT, settings.DINGTALK_AGENT, settings.DINGTALK_SECRET = "app", "77", "secret"
        settings.DINGTALK_API, settings.DINGTALK_USER = found.url, "number"
        settings.DINGTALK_ROBOT, settings.DINGTALK_ROBOT_SECRET = f"{found.url}/robot?access_token=t", "SEC1"
        yield found


def hand(code, parcel=PARCEL):
    return channels.everything()[code].hand_over(parcel)


def test_a_new_way_is_a_folder_and_all_are_found():
    assert list(channels.everything()) == ["wecom", "dingtalk", "mail", "sms", "wecom_robot", "dingtalk_robot"]


def test_wecom_takes_a_text_for_a_member_and_compares_repetitions(gate):
    assert hand("wecom") == "m1"
    body = gate.done[0]["body"]
    assert body["touser"] == "T1001" and body["agentid"] == 1000002 and body["enable_duplicate_check"] == 1
    assert body["text"]["content"].splitlines() == ["有一条新消息", "请登录后查看。", PARCEL.url]
    hand("wecom")
    assert gate.tokens == 1, "the token is kept"
    assert len(gate.done) == 1, "WeCom knows the repetition"


def test_a_stale_token_is_asked_for_anew(gate):
    gate.moods = ["stale"]
    with pytest.raises(Unreached):
        hand("wecom")
    assert hand("wecom") and gate.tokens == 2


def test_dingtalk_by_number_and_by_telephone(gate, settings):
    assert hand("dingtalk") == "1" and gate.done[0]["body"]["userid_list"] == "T1001" and gate.done[0]["query"]["access_token"] == "token1"
    settings.DINGTALK_USER = "phone"
    way = channels.everything()["dingtalk"]
    assert way.address(STAFF) == "13800001111" and way.address(FAMILY) == ""
    hand("dingtalk", Parcel("k", "13800001111", "a", "b", ""))
    assert gate.done[1]["body"]["userid_list"] == "u1"
    with pytest.raises(Refused, match="没有这个账号"):
        hand("dingtalk", Parcel("k", "13800002222", "a", "b", ""))


def test_robots_speak_to_the_group_and_dingtalks_is_signed(gate):
    from shouwang.work.notifications.channels.dingtalk_robot import signature

    hand("wecom_robot")
    hand("dingtalk_robot")
    assert gate.done[0]["body"]["text"]["content"].startswith("有一条新消息") and gate.done[0]["query"]["key"] == "k"
    sent = gate.done[1]["query"]
    assert sent["access_token"] == "t" and signature("SEC1", int(sent["timestamp"]))["sign"] == sent["sign"]


def test_sms_fills_json_forms_and_addresses_and_nothing_can_be_added(gate, settings):
    phone = Parcel("key1", "13800001111", '有"一条', "a&b={c}", "")
    hand("sms", phone)
    assert gate.done[0]["body"] == {"to": ["13800001111"], "say": '有"一条\na&b={c}', "id": "key1"}
    assert gate.done[0]["headers"]["Idempotency-Key"] == "key1"
    settings.SMS_BODY, settings.SMS_HEADERS = "mobile={phone}&msg={text}", "Authorization: Bearer x|X-App: 1"
    hand("sms", Parcel("key2", "13800001111", "x", "a&mobile=1", ""))
    assert (
        gate.done[1]["body"] == {"mobile": "13800001111", "msg": "x\na&mobile=1"} and gate.done[1]["headers"]["Authorization"] == "Bearer x"
    )
    settings.SMS_BODY, settings.SMS_URL, settings.SMS_OK = "", f"{gate.url}/sms?p={{phone}}&t={{text}}", "accepted"
    with pytest.raises(Refused, match="没有接受"):
        hand("sms", Parcel("key3", "13800001111", "x", "y", ""))
    assert gate.done[2]["query"]["p"] == "13800001111"


@pytest.mark.parametrize("code", ["sms", "wecom", "wecom_robot", "dingtalk", "dingtalk_robot"])
@pytest.mark.parametrize(("mood", "what"), [("500", Unreached), ("404", Refused), ("lost", Unreached), ("cut", Unreached)])
def test_what_a_gateway_may_answer(gate, code, mood, what):
    gate.moods = [mood]
    with pytest.raises(what):
        hand(code)
    assert hand(code) is not None


@pytest.mark.parametrize(("mood", "what"), [("busy", Unreached), ("unknown", Refused), ("garbage", Unreached)])
@pytest.mark.parametrize("code", ["wecom", "wecom_robot", "dingtalk"])
def test_what_wecom_and_dingtalk_say_in_their_own_words(gate, code, mood, what):
    gate.moods = [mood]
    with pytest.raises(what):
        hand(code)


@pytest.mark.parametrize("code", ["sms", "wecom"])
def test_an_answer_that_got_lost_or_came_twice_does_not_send_twice(gate, code):
    gate.moods = ["lost", "twice"]
    with pytest.raises(Unreached):
        hand(code)
    hand(code)
    hand(code, Parcel("another", "T1001", "另一条", "x", ""))
    assert len(gate.done) == 2


def test_internal_addresses_are_called_only_when_named(gate, settings):
    settings.INTERNAL_HOSTS = ()
    with pytest.raises(Unreached, match="SHOUWANG_INTERNAL_HOSTS"):
        hand("sms")


@pytest.fixture(scope="module")
def box():
    with gateways.postbox() as found:
        yield found


class TestMail:
    @pytest.fixture(autouse=True)
    def mail(self, settings, box):
        gateways.use_mail(settings, box)
        box.mails.clear()
        box.refuse.clear()

    def test_it_arrives_with_its_key_as_message_id(self, box):
        sent = hand("mail", Parcel("key9", "lin@yl.example.edu.cn", "新消息\r\nBcc: all@x", "请登录。", "https://sw.example.edu.cn/"))
        to, text = box.mails[0]
        mail = email.message_from_string(text, policy=email.policy.default)
        assert to == ["lin@yl.example.edu.cn"] and mail["Message-ID"] == "<key9@yl.example.edu.cn>" == sent
        assert mail["Subject"] == "新消息 Bcc: all@x" and mail["Bcc"] is None and mail["Auto-Submitted"] == "auto-generated"
        assert "https://sw.example.edu.cn/" in mail.get_content()

    @pytest.mark.parametrize(("answer", "what"), [("550 no such user", Refused), ("451 later", Unreached)])
    def test_refusals_last_or_pass(self, box, answer, what):
        box.refuse = [answer]
        with pytest.raises(what):
            hand("mail", Parcel("k", "gone@yl.example.edu.cn", "a", "b", ""))

    def test_no_server(self, settings):
        settings.EMAIL_PORT = 1
        with pytest.raises(Unreached, match="连不上"):
            hand("mail", Parcel("k", "lin@yl.example.edu.cn", "a", "b", ""))


def test_addresses_come_from_the_schools_register():
    ways = channels.everything()
    assert ways["mail"].address(STAFF) == "lin@yl.example.edu.cn" and ways["mail"].address(FAMILY) == ""
    assert (
        ways["sms"].address(STAFF) == "13800001111" and ways["sms"].address(FAMILY) == "13711112222" and ways["sms"].address(STUDENT) == ""
    )
    assert ways["wecom"].address(STUDENT) == "2024010101"


@pytest.mark.parametrize(
    ("code", "given", "words"),
    [
        ("sms", {"SMS_URL": "gateway.example"}, "http"),
        ("sms", {"SMS_URL": "https://g.example/", "SMS_BODY": "x={phone}"}, "{text}"),
        ("sms", {"SMS_URL": "https://g.example/?{phone}{text}", "SMS_BODY": '{"a": '}, "JSON"),
        ("wecom", {"WECOM_CORP": "c", "WECOM_AGENT": "x", "WECOM_SECRET": "s"}, "数字"),
        ("wecom", {"WECOM_CORP": "c", "WECOM_AGENT": "1", "WECOM_SECRET": ""}, "SECRET"),
        ("wecom_robot", {"WECOM_ROBOT": "https://qyapi.weixin.qq.com/"}, "webhook"),
        ("dingtalk", {"DINGTALK_CLIENT": "c", "DINGTALK_AGENT": "1", "DINGTALK_SECRET": "s", "DINGTALK_USER": "mail"}, "number"),
        ("dingtalk_robot", {"DINGTALK_ROBOT": "https://oapi.dingtalk.com/"}, "webhook"),
        ("mail", {"MAIL": True, "DEFAULT_FROM_EMAIL": "shouwang@localhost"}, "SHOUWANG_MAIL_FROM"),
    ],
)
def test_wrong_settings_are_named_and_not_used(settings, code, given, words):
    for name, value in given.items():
        setattr(settings, name, value)
    assert words in channels.everything()[code].trouble() and code not in channels.in_use()


def test_channels_can_be_switched_off(gate, settings):
    settings.MAIL = False
    assert list(channels.in_use()) == ["wecom", "dingtalk", "sms", "wecom_robot", "dingtalk_robot"]
    settings.CHANNELS = frozenset({"sms"})
    assert list(channels.in_use()) == ["sms"]
