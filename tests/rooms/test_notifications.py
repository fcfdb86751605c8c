"""Saying something to people: the outbox, the tiers, quiet hours, the digest, who took it, and who was told."""

from dataclasses import dataclass, field
from datetime import time, timedelta

import pytest
from django.db import transaction

from shouwang.trust.ledger.models import About, Entry
from shouwang.work.notifications import actions, channels, policies, queries
from shouwang.work.notifications.channels import Parcel, Refused, Unreached
from shouwang.work.notifications.models import Delivery, Message, Preference, Receipt
from tests.worlds import NOW, account_of, reader_of, small_school

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT = {"morning": NOW, "night": NOW.replace(hour=23), "saturday": NOW + 3 * DAY}


@dataclass
class Fake:
    """A channel in memory. `answers`: exceptions for the next hand-overs, in order."""

    code: str
    order: int = 1
    groups: bool = False
    knows_keys: bool = True
    title: str = "渠道"
    title_en: str = "Channel"
    reaches: bool = True
    went: list[Parcel] = field(default_factory=list)
    answers: list[Exception] = field(default_factory=list)

    def is_configured(self):
        return True

    def trouble(self):
        return ""

    def address(self, account):
        return "group" if self.groups else account.username if self.reaches and account is not None else ""

    def hand_over(self, parcel):
        if self.answers:
            raise self.answers.pop(0)
        self.went.append(parcel)
        return "17"


@pytest.fixture
def ways(monkeypatch):
    found = {one.code: one for one in (Fake("wecom", 1), Fake("mail", 2), Fake("sms", 3), Fake("robot", 4, groups=True))}
    monkeypatch.setattr(channels, "everything", lambda: found)
    return found


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """One small school for all of these tests; each writes on top of it and is rolled back."""
    from django.conf import settings

    kept, settings.DATA = settings.DATA, tmp_path_factory.mktemp("school")
    (settings.DATA / "temp").mkdir()
    with django_db_blocker.unblock(), transaction.atomic():
        small_school()
        yield settings.DATA
        transaction.set_rollback(True)
    settings.DATA = kept


@pytest.fixture(autouse=True)
def world(built, settings, db):
    settings.DATA = built


def say(*names, kind="notifications.test", tier="important", now=NOW, ref="case:1", url="/alerts/", **more):
    return actions.send(kind=kind, tier=tier, to=[account_of(name).pk for name in names], ref=ref, url=url, by=None, now=now, **more)


def went(way):
    return [parcel.address for parcel in way.went]


class TestOutbox:
    def test_people_are_told_in_the_callers_transaction(self):
        message = say("林老师", "陈主任")
        assert {one.account.name for one in message.receipts.all()} == {"林老师", "陈主任"}
        assert About.objects.filter(entry__kind="notifications.sent", subject="case:1").exists()

    def test_what_is_rolled_back_was_never_said(self, ways):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            say("林老师")
            raise ZeroDivisionError
        assert not Message.objects.exists() and not Delivery.objects.exists()
        assert not Entry.objects.filter(kind="notifications.sent").exists()
        assert actions.dispatch(now=NOW) == 0 and not ways["wecom"].went

    def test_the_same_key_is_said_once_to_a_person(self):
        first = say("林老师", key="step:9")
        second = say("林老师", "陈主任", key="step:9")
        assert [one.account.name for one in second.receipts.all()] == ["陈主任"]
        assert say("林老师", "陈主任", key="step:9") is None
        assert say("林老师", key="step:10") is not None and Receipt.objects.filter(message=first).count() == 1

    def test_many_at_once_are_one_entry_and_keep_their_order(self):
        to = [account_of("林老师").pk]
        notes = [actions.Note("notifications.test", "routine", to, f"case:{n}", "/", key=f"n{n % 2}") for n in range(4)]
        before = Entry.objects.count()
        made = actions.send_many(notes=notes, by=None, now=NOW)
        assert [one and one.ref for one in made] == ["case:0", "case:1", None, None]
        assert Entry.objects.count() == before + 1

    def test_unknown_kinds_and_words_fail_at_once(self):
        with pytest.raises(policies.UnknownKind):
            say("林老师", kind="nobody.wrote.it")
        with pytest.raises(policies.UnknownWords):
            say("林老师", kind="risk.daily")
        with pytest.raises(policies.UnknownWords):
            say("林老师", words={"student": "宋小雨"})
        assert not Message.objects.exists()

    def test_closed_accounts_and_nobody_are_not_told(self):
        assert actions.send(kind="notifications.test", tier="routine", to=[999_999], ref="case:1", url="/", by=None, now=NOW) is None

    def test_every_text_uses_neutral_words_only_and_the_same_in_both_languages(self):
        for wording in policies.wordings().values():
            assert wording.words <= policies.NEUTRAL, wording.kind
            assert len(wording.title) <= 100 and len(wording.body) <= 300, wording.kind
            assert wording.title_en and wording.body_en, wording.kind


class TestTiers:
    def test_important_goes_out_once_by_the_first_way_in_working_hours(self, ways):
        say("林老师")
        assert actions.dispatch(now=NOW) == 1 and went(ways["wecom"]) == ["T1001"]
        assert not ways["mail"].went and not ways["robot"].went
        assert actions.dispatch(now=NOW + DAY) == 0

    @pytest.mark.parametrize(
        ("sent", "goes"),
        [
            (NOW.replace(hour=12, minute=30), NOW.replace(hour=13, minute=30)),
            (NOW.replace(hour=20), NOW.replace(hour=8) + DAY),
            (NOW + 3 * DAY, NOW.replace(hour=8) + 5 * DAY),  # Saturday: until Monday
        ],
    )
    def test_important_waits_for_working_hours(self, ways, sent, goes):
        say("林老师", now=sent)
        assert actions.dispatch(now=goes - MINUTE) == 0
        assert actions.dispatch(now=goes) == 1

    def test_who_is_on_duty_hears_at_once_at_night(self, ways):
        say("林老师", now=AT["night"], at_once=True)
        assert actions.dispatch(now=AT["night"]) == 1

    def test_crisis_goes_out_at_once_by_every_way_and_to_the_group(self, ways):
        say("林老师", "陈主任", tier="crisis", now=AT["night"])
        assert actions.dispatch(now=AT["night"]) == 7
        assert [len(way.went) for way in ways.values()] == [2, 2, 2, 1]
        assert ways["sms"].went[0].title.startswith("【紧急】") and ways["sms"].went[0].crisis

    def test_crisis_stands_before_ten_thousand(self, ways):
        for n in range(40):
            say("林老师", ref=f"case:{n}")
        say("陈主任", tier="crisis", ref="case:99")
        assert actions.dispatch(now=NOW, channel="wecom") == 1 and went(ways["wecom"]) == ["T1002"]

    def test_routine_waits_for_the_digest_and_comes_as_one(self, ways):
        for n in range(3):
            say("林老师", tier="routine", ref=f"case:{n}")
        assert actions.dispatch(now=NOW.replace(hour=16)) == 0
        assert actions.dispatch(now=NOW.replace(hour=16, minute=30)) == 3
        assert len(ways["wecom"].went) == 1 and "3 条" in ways["wecom"].went[0].title
        assert {one.state for one in Delivery.objects.all()} == {"handed"}

    def test_a_digest_skips_the_weekend(self, ways):
        say("林老师", tier="routine", now=AT["saturday"])
        assert actions.dispatch(now=AT["saturday"] + 1.5 * DAY) == 0
        assert actions.dispatch(now=AT["saturday"].replace(hour=16, minute=30) + 2 * DAY) == 1

    def test_a_digest_that_failed_comes_again_under_the_same_key(self, ways):
        say("林老师", tier="routine", ref="case:1")
        say("林老师", tier="routine", ref="case:2")
        keys = []
        ways["wecom"].answers = [Unreached("没有回答")]
        original = ways["wecom"].hand_over
        ways["wecom"].hand_over = lambda parcel: (keys.append(parcel.key), original(parcel))[1]
        at = NOW.replace(hour=16, minute=30)
        actions.dispatch(now=at)
        say("林老师", tier="routine", ref="case:3", now=NOW)  # a later one does not join what was tried before
        actions.dispatch(now=at + 6 * MINUTE)
        assert len(keys) == 3 and keys.count(keys[0]) == 2 and len(ways["wecom"].went) == 2

    def test_in_the_language_of_the_person_and_without_anything_confidential(self, ways, settings):
        settings.ADDRESS = "https://sw.example.edu.cn"
        account = account_of("陈主任")
        account.language = "en"
        account.save()
        message = say("陈主任")
        actions.dispatch(now=NOW)
        parcel = ways["wecom"].went[0]
        assert parcel.title == "Test message" and parcel.url == f"https://sw.example.edu.cn/notices/{message.pk}/go/"


class TestFailing:
    def test_what_fails_comes_again_with_back_off_and_the_same_key(self, ways):
        say("林老师")
        ways["wecom"].answers = [Unreached("回答 500"), Unreached("没有回答")]
        actions.dispatch(now=NOW)
        assert actions.dispatch(now=NOW + timedelta(seconds=20)) == 0
        assert actions.dispatch(now=NOW + timedelta(seconds=31)) == 1
        assert actions.dispatch(now=NOW + 3 * MINUTE) == 1
        one = Delivery.objects.get()
        assert one.state == "handed" and one.attempts == 3 and ways["wecom"].went[0].key == str(one.uuid)

    def test_another_channel_takes_over_and_at_last_paper(self, ways):
        say("林老师")
        for way in ways.values():
            way.answers = [Refused("没有这个账号")]
        for n in range(4):
            actions.dispatch(now=NOW + n * MINUTE)
        found = {one.channel: one.state for one in Delivery.objects.all()}
        assert found == {"wecom": "failed", "mail": "failed", "sms": "failed", "print": "waiting"}
        assert Delivery.objects.get(channel="mail").instead_of.channel == "wecom"
        actions.read(by=account_of("林老师").pk, now=NOW + HOUR)
        assert Delivery.objects.get(channel="print").state == "dropped", "whoever read it needs no paper"

    def test_who_never_signed_in_and_has_no_address_gets_paper(self, ways):
        for way in ways.values():
            way.reaches = False
        say("赵妈妈")
        assert Delivery.objects.get().channel == "print"
        assert [slip.name for slip in queries.slips(reader_of("林老师"), "waiting")] == ["赵妈妈"]
        assert queries.slips(reader_of("孙外人"), "waiting") == [] and queries.slips(reader_of("王宿管"), "waiting") == []

    def test_a_printed_slip_is_noted_twice(self, ways):
        for way in ways.values():
            way.reaches = False
        say("赵妈妈")
        one = Delivery.objects.get()
        with pytest.raises(actions.CannotPrint):
            actions.note_returned(deliveries=[one.pk], by=reader_of("林老师"), now=NOW)
        with pytest.raises(actions.CannotPrint):
            actions.note_printed(deliveries=[one.pk], by=reader_of("孙外人"), now=NOW)
        with pytest.raises(actions.CannotPrint):
            actions.note_printed(deliveries=[one.pk], by=reader_of("周咨询师"), now=NOW)
        assert actions.note_printed(deliveries=[one.pk], by=reader_of("林老师"), now=NOW) == 1
        assert actions.note_returned(deliveries=[one.pk], by=reader_of("林老师"), now=NOW + DAY) == 1
        assert Delivery.objects.get().state == "returned"

    def test_a_broken_channel_does_not_stop_the_others(self, ways):
        say("林老师", tier="crisis")
        ways["wecom"].answers = [ZeroDivisionError()]
        actions.dispatch(now=NOW)
        assert went(ways["mail"]) == went(ways["sms"]) == ["T1001"]
        assert Delivery.objects.get(channel="wecom").state == "waiting"

    def test_what_a_killed_worker_held_is_free_after_the_lease(self, ways):
        from shouwang.work.notifications.actions import handing

        say("林老师")
        assert len(handing.claim("wecom", 1, NOW)) == 1
        assert handing.claim("wecom", 1, NOW) == [], "two workers never have the same"
        assert actions.dispatch(now=NOW + policies.LEASE / 2) == 0
        assert actions.dispatch(now=NOW + policies.LEASE * 2) == 1 and len(ways["wecom"].went) == 1

    @pytest.mark.parametrize("state", list(policies.DELIVERY.states))
    @pytest.mark.parametrize("do", ["claim", "drop", "print", "return"])
    def test_every_move_from_every_state(self, ways, state, do):
        """Through the actions: what the table allows happens, anything else leaves the delivery as it was."""
        from shouwang.work.notifications.actions import handing

        if do in ("print", "return"):  # paper is for whom nothing else reaches
            for way in ways.values():
                way.reaches = False
        whom = "赵妈妈" if do in ("print", "return") else "林老师"
        message = say(whom)
        row = Delivery.objects.get(message=message)
        channel = "print" if do in ("print", "return") else row.channel
        Delivery.objects.filter(pk=row.pk).update(state=state, channel=channel, claimed_until=NOW + DAY if state == "handing" else None)
        if do == "claim":
            handing.claim(channel, row.rank, NOW)
        elif do == "drop":
            actions.acknowledge(message=message.pk, by=account_of(whom).pk, now=NOW)
        else:
            note = actions.note_printed if do == "print" else actions.note_returned
            try:
                note(deliveries=[row.pk], by=reader_of("林老师"), now=NOW)
            except actions.CannotPrint:
                assert (state, do) not in policies.DELIVERY.moves
        assert Delivery.objects.get(pk=row.pk).state == policies.DELIVERY.moves.get((state, do), state)


class TestCrisis:
    def test_it_comes_again_until_somebody_takes_it_and_the_others_hear_who(self, ways):
        message = say("林老师", "陈主任", "周咨询师", tier="crisis")
        actions.dispatch(now=NOW)
        assert actions.repeat(now=NOW + MINUTE) == 0
        assert actions.repeat(now=NOW + 2 * MINUTE) == 1 and actions.repeat(now=NOW + 2 * MINUTE) == 0
        actions.dispatch(now=NOW + 2 * MINUTE)
        assert len(ways["sms"].went) == 6 and "第 2 次提醒" in ways["sms"].went[-1].title
        assert ways["sms"].went[0].key != ways["sms"].went[-1].key
        actions.acknowledge(message=message.pk, by=account_of("林老师").pk, now=NOW + 3 * MINUTE)
        assert actions.repeat(now=NOW + DAY) == 0
        ways["sms"].went.clear()
        actions.dispatch(now=NOW + 3 * MINUTE)
        assert sorted(went(ways["sms"])) == ["T1002", "T1004"] and "林老师" in ways["sms"].went[0].text
        assert queries.taken(Message.objects.get(pk=message.pk)).name == "林老师"

    def test_two_press_at_once_and_one_has_it(self, ways):
        message = say("林老师", "陈主任", tier="crisis")
        actions.acknowledge(message=message.pk, by=account_of("林老师").pk, now=NOW)
        actions.acknowledge(message=message.pk, by=account_of("陈主任").pk, now=NOW)
        actions.acknowledge(message=message.pk, by=account_of("林老师").pk, now=NOW + MINUTE)
        message.refresh_from_db()
        assert message.taken_by.name == "林老师" and Message.objects.filter(kind="notifications.taken").count() == 1

    def test_a_taken_crisis_drops_what_is_still_waiting(self, ways):
        message = say("林老师", "陈主任", tier="crisis")
        ways["sms"].answers = [Unreached("x"), Unreached("x")]
        actions.dispatch(now=NOW)
        actions.acknowledge(message=message.pk, by=account_of("林老师").pk, now=NOW)
        assert set(message.deliveries.filter(channel="sms").values_list("state", flat=True)) == {"dropped"}

    @pytest.mark.parametrize("answers", [[Unreached("没有回答")], [Refused("没有这个账号")]])
    def test_what_was_in_hand_while_it_was_taken_is_not_tried_again(self, ways, answers):
        from shouwang.work.notifications.actions import handing

        message = say("林老师", "陈主任", tier="crisis")
        rows = [one for one in handing.claim("sms", 0, NOW) if one.receipt.account == account_of("陈主任")]
        actions.acknowledge(message=message.pk, by=account_of("林老师").pk, now=NOW)
        handing.note(rows, handing.Result(trouble=str(answers[0]), lasting=isinstance(answers[0], Refused)), NOW)
        states = set(message.deliveries.filter(receipt__account=account_of("陈主任")).values_list("state", flat=True))
        assert states <= {"dropped", "failed"}, "neither again nor another way"

    def test_what_a_killed_worker_held_is_not_sent_after_it_was_taken(self, ways):
        from shouwang.work.notifications.actions import handing

        message = say("林老师", tier="crisis")
        assert len(handing.claim("sms", 0, NOW)) == 1
        actions.acknowledge(message=message.pk, by=account_of("林老师").pk, now=NOW)
        actions.release(now=NOW + policies.LEASE * 2)
        assert message.deliveries.get(channel="sms").state == "dropped"

    def test_a_part_of_a_matter_is_settled_alone(self, ways):
        for level, name in (("incident:7/level:1", "林老师"), ("incident:7/level:12", "陈主任")):
            say(name, tier="crisis", ref="incident:7", key=level)
        assert actions.settle(ref="incident:7", by=account_of("林老师").pk, now=NOW, key="incident:7/level:1") == 1
        left = Message.objects.get(look_at__isnull=False)
        assert left.receipts.get().account == account_of("陈主任")

    def test_nobody_acknowledges_what_was_said_to_others(self, ways):
        message = say("林老师", tier="crisis")
        with pytest.raises(actions.CannotAcknowledge):
            actions.acknowledge(message=message.pk, by=account_of("孙外人").pk, now=NOW)
        assert Message.objects.get().taken_at is None

    def test_taking_the_matter_on_its_own_page_ends_the_repeats(self, ways):
        say("林老师", "陈主任", tier="crisis", ref="incident:7")
        assert actions.settle(ref="incident:7", by=account_of("陈主任").pk, now=NOW + MINUTE) == 1
        assert actions.settle(ref="incident:7", by=account_of("林老师").pk, now=NOW + MINUTE) == 0
        assert actions.repeat(now=NOW + DAY) == 0
        assert Receipt.objects.get(message__kind="notifications.taken").account.name == "林老师"

    def test_it_is_on_the_bell_until_taken(self, ways):
        message = say("林老师", "陈主任", tier="crisis")
        assert [one.pk for one in queries.bell(reader_of("林老师")).crises] == [message.pk]
        actions.acknowledge(message=message.pk, by=account_of("陈主任").pk, now=NOW)
        assert queries.bell(reader_of("林老师")).crises == ()

    def test_a_student_who_takes_it_is_not_named(self, ways):
        message = say("刘班长", "林老师", tier="crisis")
        actions.acknowledge(message=message.pk, by=account_of("刘班长").pk, now=NOW)
        assert "刘班长" not in Message.objects.get(kind="notifications.taken").body


class TestChoosing:
    CHOICE = {
        "first": "mail",
        "digest_at": time(12),
        "quiet_from": time(22),
        "quiet_until": time(7),
        "outside_hours": True,
        "muted": [("routine", "wecom")],
    }

    def choose(self, name="林老师", **changes):
        return actions.choose(**(self.CHOICE | changes), by=reader_of(name), now=NOW)

    def test_the_first_way_the_digest_and_quiet_hours_are_mine(self, ways):
        self.choose()
        say("林老师", now=NOW.replace(hour=20))
        actions.dispatch(now=NOW.replace(hour=20))
        assert went(ways["mail"]) == ["T1001"]
        say("林老师", now=AT["night"], ref="case:2")
        assert actions.dispatch(now=AT["night"] + HOUR) == 0
        assert actions.dispatch(now=NOW.replace(hour=7) + DAY) == 1
        say("林老师", tier="routine", ref="case:3")
        assert actions.dispatch(now=NOW.replace(hour=12)) == 1

    def test_crisis_knows_no_quiet_hours_and_no_muting(self, ways):
        self.choose(muted=[("routine", "wecom"), ("important", "wecom")])
        say("林老师", tier="crisis", now=AT["night"])
        assert actions.dispatch(now=AT["night"]) == 4 and went(ways["wecom"]) == ["T1001"]

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"muted": [("crisis", "sms")]}, "紧急通知不能关闭"),
            ({"muted": [("important", code) for code in ("wecom", "mail", "sms")]}, "至少保留一个"),
            ({"quiet_from": time(8), "quiet_until": time(7)}, "12 小时"),
            ({"quiet_from": time(8), "quiet_until": time(8)}, "12 小时"),
            ({"first": "robot"}, "没有这个渠道"),
            ({"first": "pigeon"}, "没有这个渠道"),
        ],
    )
    def test_what_the_tiers_do_not_allow(self, ways, changes, why):
        with pytest.raises(actions.CannotChoose, match=why):
            self.choose(**changes)
        assert not Preference.objects.exists()


class TestReading:
    def test_the_list_the_bell_and_reading(self, ways):
        for n in range(3):
            say("林老师", ref=f"case:{n}", tier="routine")
        by = reader_of("林老师")
        assert queries.unread(by) == 3
        rows, following = queries.listing(by, size=2)
        assert len(rows) == 2 and len(queries.listing(by, before=following)[0]) == 1
        assert actions.read(by=by.account_id, now=NOW, message=rows[0].pk) == 1
        assert queries.unread(by) == 2 and len(queries.listing(by, only="unread")[0]) == 2
        assert queries.listing(reader_of("陈主任"))[0] == [] and queries.mine(reader_of("陈主任"), rows[0].pk) is None

    def test_who_was_told_when_and_how(self, ways):
        say("林老师", "赵妈妈", tier="crisis", ref="case:5")
        ways["sms"].answers = [Refused("没有这个号码")]
        actions.dispatch(now=NOW)
        by = reader_of("陈主任")
        people, groups = queries.told(by, queries.state_of("case:5")[0])
        assert [one.name for one in people] == ["林老师", ""], "a guardian is not named"
        assert {way.state for one in people for way in one.ways} == {"handed", "failed"} and len(groups) == 1

    def test_looking_through_anothers_eyes_shows_no_messages(self, ways):
        from shouwang.common.reader import intersect

        say("林老师")
        assert queries.unread(intersect(reader_of("陈主任"), reader_of("林老师"))) == 0


class TestMorning:
    """The daily risk list, over a school with alerts."""

    AT = NOW.replace(hour=7, minute=30)

    def test_awake_means_at_once_but_not_in_quiet_hours(self, ways):
        say("林老师", now=self.AT, at_once="awake")
        assert actions.dispatch(now=self.AT) == 1
        actions.choose(**(TestChoosing.CHOICE | {"quiet_until": time(8), "muted": []}), by=reader_of("陈主任"), now=NOW)
        say("陈主任", now=self.AT, at_once="awake")
        assert actions.dispatch(now=self.AT) == 0 and actions.dispatch(now=NOW.replace(hour=8)) == 1


class TestTick:
    def test_one_part_that_fails_keeps_no_other_from_its_turn(self, ways, monkeypatch):
        from shouwang.front.pipeline import tick

        done = []
        parts = (("bad", lambda now: 1 / 0), ("good", done.append))
        monkeypatch.setattr(tick, "parts", lambda: parts)
        monkeypatch.setattr(tick, "close_old_connections", lambda: None)
        tick.tick(NOW)
        assert done == [NOW]

    def test_the_whole_tick_repeats_a_crisis_and_frees_what_was_left(self, ways, monkeypatch):
        from shouwang.front.pipeline import proving, tick
        from shouwang.work.notifications.actions import handing

        monkeypatch.setattr(proving, "tick", lambda: None)  # the ledger's tree has tests of its own
        message = say("林老师", tier="crisis")
        handing.claim("wecom", 0, NOW)
        tick.tick(NOW + 2 * MINUTE)
        message.refresh_from_db()
        assert message.rounds == 1
        assert not Delivery.objects.filter(state="handing").exists()
