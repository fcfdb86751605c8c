"""Saying something to people: the outbox, the tiers, quiet hours, the digest, who took it, and who was told."""

from datetime import timedelta

import pytest
from django.db import transaction

from shouwang.trust.ledger.models import About, Entry
from shouwang.work.notifications import actions, policies
from shouwang.work.notifications.models import Delivery, Message, Receipt
from tests.worlds import NOW, account_of, small_school

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def say(*names, kind="notifications.test", tier="important", now=NOW, ref="case:1", url="/alerts/", **more):
    return actions.send(kind=kind, tier=tier, to=[account_of(name).pk for name in names], ref=ref, url=url, by=None, now=now, **more)


class TestOutbox:
    def test_people_are_told_in_the_callers_transaction(self):
        small_school()
        message = say("林老师", "陈主任")
        assert {one.account.name for one in message.receipts.all()} == {"林老师", "陈主任"}
        assert About.objects.filter(entry__kind="notifications.sent", subject="case:1").exists()

    def test_what_is_rolled_back_was_never_said(self):
        small_school()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            say("林老师")
            raise ZeroDivisionError
        assert not Message.objects.exists() and not Delivery.objects.exists()
        assert not Entry.objects.filter(kind="notifications.sent").exists()

    def test_the_same_key_is_said_once_to_a_person(self):
        small_school()
        first = say("林老师", key="step:9")
        second = say("林老师", "陈主任", key="step:9")
        assert [one.account.name for one in second.receipts.all()] == ["陈主任"]
        assert say("林老师", "陈主任", key="step:9") is None
        assert say("林老师", key="step:10") is not None and Receipt.objects.filter(message=first).count() == 1

    def test_unknown_kinds_and_words_fail_at_once(self):
        small_school()
        with pytest.raises(policies.UnknownKind):
            say("林老师", kind="nobody.wrote.it")
        with pytest.raises(policies.UnknownWords):
            say("林老师", kind="risk.daily")
        with pytest.raises(policies.UnknownWords):
            say("林老师", words={"student": "宋小雨"})
        assert not Message.objects.exists()

    def test_closed_accounts_and_nobody_are_not_told(self):
        small_school()
        assert actions.send(kind="notifications.test", tier="routine", to=[999_999], ref="case:1", url="/", by=None, now=NOW) is None
