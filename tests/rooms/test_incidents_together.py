"""Several answer one matter: stations asked after somebody has it, two reports of one thing, cases of several students."""

import itertools

import pytest
from django.db import transaction

from shouwang.front.pipeline import casework
from shouwang.trust.ledger.models import Entry
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.incidents import actions, policies
from shouwang.work.incidents.models import Incident, IncidentStudent
from shouwang.work.incidents.queries import listing, seeing
from shouwang.work.notifications.models import Message, Receipt
from tests.rooms.test_incidents import HOUR, MINUTE, reader_at, report, sid_of
from tests.worlds import NOW, account_of, reader_of, small_school

pytestmark = pytest.mark.django_db


def repeating(found):
    """The crisis messages of a matter that come again."""
    return Message.objects.filter(ref=found.ref, look_at__isnull=False)


def in_hand(**changes):
    """One that 林老师 has; the school's leader has not been asked."""
    given = {"category": "night_absence", "urgency": "critical", "students": ["小雨"]}
    found = report(**given | changes)
    return actions.acknowledge(incident=found.pk, by=reader_of("林老师"), now=NOW)


def involved(*stations, **changes):
    found = in_hand(**changes)
    return actions.involve(incident=found.pk, stations=stations, reason="需要学校协调", by=reader_of("林老师"), now=NOW)


class TestAskedAsWell:
    def test_who_is_asked_later_answers_for_their_own_station_and_the_handler_stays(self):
        small_school()
        found = involved("school")
        level = found.levels.get(station="school")
        assert repeating(found).count() == 1
        actions.acknowledge(incident=found.pk, by=reader_of("郑校长"), now=NOW + MINUTE)
        found.refresh_from_db()
        level.refresh_from_db()
        assert (found.state, found.handler.name) == ("acknowledged", "林老师")
        assert level.state == "answered" and deadlines.of(level.ref).state == "met"
        assert level.asks.get(account=account_of("郑校长")).answered_at == NOW + MINUTE
        assert not repeating(found).exists()
        assert Entry.objects.filter(kind="incidents.acknowledge_done").count() == 2
        assert [one.by.name for one in found.events.filter(kind="acknowledge")] == ["林老师", "郑校长"]

    def test_one_station_answers_and_the_other_is_still_asked(self):
        small_school()
        found = involved("school", "dorm", by="刘班长")
        actions.acknowledge(incident=found.pk, by=reader_of("郑校长"), now=NOW + MINUTE)
        states = dict(found.levels.filter(station__in=("school", "dorm")).values_list("station", "state"))
        assert states == {"school": "answered", "dorm": "open"}
        left = repeating(found).get()
        assert left.receipts.filter(account=account_of("王宿管")).exists()
        actions.acknowledge(incident=found.pk, by=reader_of("王宿管"), now=NOW + MINUTE)
        assert not repeating(found).exists()

    @pytest.mark.parametrize("handled", [False, True])
    def test_today_shows_it_to_whoever_is_asked_until_they_answer(self, handled):
        small_school()
        found = involved("school")
        if handled:
            actions.handle(incident=found.pk, by=reader_of("林老师"), now=NOW, note="已联系室友")
        assert [one.pk for one in listing.waiting(reader_of("郑校长"))] == [found.pk]
        assert not listing.waiting(reader_of("陈主任")).exists(), "their station was over when somebody had it"
        actions.acknowledge(incident=found.pk, by=reader_of("郑校长"), now=NOW + MINUTE)
        assert not listing.waiting(reader_of("郑校长")).exists()

    def test_dealt_with_nobody_is_asked_any_more(self):
        small_school()
        found = involved("school")
        level = found.levels.get(station="school")
        actions.resolve(incident=found.pk, outcome="safe", note="已在寝室找到", reply="", by=reader_of("林老师"), now=NOW + HOUR)
        level.refresh_from_db()
        assert level.state == "over" and deadlines.of(level.ref).state == "cancelled"
        assert not repeating(found).exists() and not listing.waiting(reader_of("郑校长")).exists()

    def test_whoever_takes_it_answers_for_their_station_and_the_old_handler_hears(self):
        small_school()
        found = involved("school")
        actions.handle(incident=found.pk, by=reader_of("郑校长"), now=NOW + MINUTE)
        found.refresh_from_db()
        assert found.handler.name == "郑校长" and found.levels.get(station="school").state == "answered"
        assert not repeating(found).exists()
        assert Receipt.objects.filter(message__ref=found.ref, message__kind="incident.added", account=account_of("林老师")).exists()

    def test_who_is_not_waited_for_any_more_is_refused(self):
        small_school()
        found = involved("school")
        actions.acknowledge(incident=found.pk, by=reader_of("郑校长"), now=NOW + MINUTE)
        for name in ("林老师", "陈主任", "郑校长"):
            with pytest.raises(actions.CannotAct, match="已确认"):
                actions.acknowledge(incident=found.pk, by=reader_of(name), now=NOW + MINUTE)

    def test_from_every_state_the_one_waited_for_may_do_what_the_table_says(self):
        small_school()
        for state, move in itertools.product(policies.OPEN, ("acknowledge", "join")):
            with transaction.atomic():
                found = report(category="truancy", students=["小雨"])
                if state != "reported":
                    do = actions.acknowledge if state == "acknowledged" else actions.handle
                    do(incident=found.pk, by=reader_of("林老师"), now=NOW)
                actions.involve(incident=found.pk, stations=["school"], reason="需要学校协调", by=reader_at("林老师"), now=NOW)
                assert "waited" in seeing.parts(reader_of("郑校长"), found)
                allowed = move == "acknowledge" or (state, move) in policies.MOVES  # acknowledging joins what somebody has
                try:
                    getattr(actions, move)(incident=found.pk, by=reader_of("郑校长"), now=NOW)
                    done = True
                except actions.CannotAct:
                    done = False
                assert done == allowed, (state, move)
                assert Incident.objects.get(pk=found.pk).state == ("acknowledged" if done and state == "reported" else state)
                transaction.set_rollback(True)


class TestPassingOn:
    def test_the_station_that_passed_it_on_is_not_called_again(self):
        small_school()
        found = report(category="danger", urgency="critical", students=["小雨"])
        before = set(repeating(found).values_list("pk", flat=True))
        actions.pass_on(incident=found.pk, station="school", reason="需要学校出面", by=reader_of("林老师"), now=NOW)
        now_asked = repeating(found)
        assert before and not before & set(now_asked.values_list("pk", flat=True))
        assert account_of("郑校长").pk in now_asked.values_list("receipts__account", flat=True)


class TestMerging:
    def test_what_was_merged_is_not_said_again(self):
        small_school()
        first, second = (report(category="danger", urgency="critical", students=["小雨"]) for _ in range(2))
        actions.merge(incident=second.pk, into=first.pk, by=reader_of("林老师"), now=NOW)
        assert repeating(first).exists() and not repeating(second).exists()

    def test_everybody_hears_however_often_it_was_merged(self):
        small_school()
        first, second, third = report("刘班长", students=["小雨"]), report("林老师", students=["小雨"]), report(students=["小雨"])
        by = reader_of("陈主任")
        actions.merge(incident=first.pk, into=second.pk, by=by, now=NOW)
        actions.merge(incident=second.pk, into=third.pk, by=by, now=NOW)
        actions.handle(incident=third.pk, by=by, now=NOW)
        actions.resolve(incident=third.pk, outcome="safe", note="已经回来了", reply="", by=by, now=NOW + HOUR)
        told = Receipt.objects.filter(message__kind="loop.closed").select_related("account__staff", "account__student")
        assert sorted(one.account.name for one in told) == sorted(["刘班长", "林老师", "王宿管"])


class TestCases:
    def test_cases_are_opened_in_the_order_of_the_students_whatever_the_order_of_the_links(self, monkeypatch):
        """Two reports about the same two students must not wait for each other's cases."""
        small_school()
        casework.install(now=NOW)
        later, earlier = sorted((sid_of("小雨"), sid_of("刘班长")), reverse=True)
        found = report("刘班长", category="truancy", who="两位同学", what="")
        for sid in (later, earlier):
            actions.link(incident=found.pk, sid=sid, by=reader_of("林老师"), now=NOW)
        assert list(IncidentStudent.objects.order_by("pk").values_list("student_id", flat=True)) == [later, earlier]
        actions.acknowledge(incident=found.pk, by=reader_of("林老师"), now=NOW)
        opened, real = [], casework.cases.open
        monkeypatch.setattr(casework.cases, "open", lambda **given: opened.append(given["student"]) or real(**given))
        cases = casework.open_from_incident(found.pk, reader_of("林老师"), NOW)
        assert opened == [earlier, later]
        found.refresh_from_db()
        assert found.case_ref == f"case:{cases[0]}" and len(cases) == 2
