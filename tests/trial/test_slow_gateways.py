"""Gateways that hang, answer slowly or only after a while: patience ends, nobody waits behind them, and the second try has the same key."""

import time

import pytest

from shouwang.work.notifications import actions, channels, policies
from shouwang.work.notifications.channels import Parcel, Unreached
from shouwang.work.notifications.models import Delivery
from tests import gateways
from tests.worlds import NOW, account_of, small_school

pytestmark = [pytest.mark.trial, pytest.mark.django_db]
STAFF = ("林老师", "陈主任", "李秘书", "周咨询师", "王宿管", "高院长", "郑校长", "吴教务")


@pytest.fixture
def gate(settings):
    settings.INTERNAL_HOSTS, settings.CHANNELS = ("localhost",), frozenset()
    with gateways.gateway() as found:
        settings.SMS_URL, settings.SMS_BODY = f"{found.url}/sms", '{"to": "{phone}", "say": "{text}", "id": "{key}"}'
        settings.WECOM_ROBOT, settings.DINGTALK_ROBOT = f"{found.url}/robot?key=k", f"{found.url}/robot?access_token=t"
        yield found


@pytest.mark.parametrize("code", ["sms", "wecom_robot", "dingtalk_robot"])
def test_patience_ends(gate, code):
    gate.moods = ["hang"]
    began = time.monotonic()
    with pytest.raises(Unreached):
        channels.everything()[code].hand_over(Parcel("k", "13800001111", "a", "b", ""))
    assert time.monotonic() - began < policies.PATIENCE + 1


def test_a_slow_answer_is_an_answer(gate):
    gate.moods = ["slow:2"]
    channels.everything()["sms"].hand_over(Parcel("k", "13800001111", "a", "b", ""))
    assert len(gate.done) == 1


def test_eight_that_hang_cost_one_patience_and_are_sent_once_in_the_end(gate, settings):
    """Side by side, so that a crisis to many is not held up by each; whoever was done although the answer got lost is not told twice."""
    settings.CHANNELS = frozenset({"sms"})
    small_school()
    actions.send(
        kind="notifications.test", tier="crisis", to=[account_of(name).pk for name in STAFF], ref="case:1", url="/", by=None, now=NOW
    )
    gate.moods = ["hang"] * 4 + ["lost"] * 4
    began = time.monotonic()
    assert actions.dispatch(now=NOW) == 8
    assert time.monotonic() - began < policies.PATIENCE + 2 < policies.LEASE.total_seconds()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}
    assert actions.dispatch(now=NOW + policies.LEASE) == 8
    assert len(gate.done) == 8 and set(Delivery.objects.values_list("state", flat=True)) == {"handed"}


def test_a_mail_server_that_takes_its_time(settings):
    with gateways.postbox() as box:
        gateways.use_mail(settings, box)
        box.slow = policies.PATIENCE + 4
        parcel, mail = Parcel("key1", "lin@yl.example.edu.cn", "a", "b", ""), channels.everything()["mail"]
        began = time.monotonic()
        with pytest.raises(Unreached):
            mail.hand_over(parcel)
        assert time.monotonic() - began < policies.PATIENCE * 2.5
        box.slow = 0
        mail.hand_over(parcel)
        assert box.mails and all("<key1@yl.example.edu.cn>" in text for _, text in box.mails)
