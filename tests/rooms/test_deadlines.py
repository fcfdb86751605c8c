"""Time limits in school time and the ladders that climb by themselves; every trap that other products fell into is a test here."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from shouwang.common.calendar import national_days
from shouwang.common.schooltime import Within
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger import guard
from shouwang.trust.ledger.models import Entry
from shouwang.trust.people import actions as people
from shouwang.trust.people import queries as people_queries
from shouwang.trust.people.models import Responsibility
from shouwang.work.deadlines import actions, policies, queries
from shouwang.work.deadlines.actions import CannotSet, planning, watch
from shouwang.work.deadlines.models import Climb, Deadline, Pause
from shouwang.work.deadlines.policies import MOVES, STATES, BadLadder, ladders, why_not
from shouwang.work.duty import actions as duty
from shouwang.work.notifications.models import Message, Receipt
from tests.worlds import NOW, account_of, reader_of, small_school

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def school(django_db_setup, django_db_blocker, tmp_path_factory):
    """Built once; each test writes on top of it and is rolled back."""
    from django.conf import settings

    kept, settings.DATA = settings.DATA, tmp_path_factory.mktemp("school")
    hashers, settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS, ["django.contrib.auth.hashers.MD5PasswordHasher"]
    (settings.DATA / "temp").mkdir()
    with django_db_blocker.unblock(), transaction.atomic():
        yield small_school(), settings.DATA
        transaction.set_rollback(True)
    settings.DATA, settings.PASSWORD_HASHERS = kept, hashers


@pytest.fixture
def world(school, settings):
    built, settings.DATA = school
    return built


def at(text: str) -> datetime:
    """A moment of the winter of 2025; NOW is Wednesday 12-10 10:00."""
    year = 2026 if text.startswith("0") else 2025
    return datetime.fromisoformat(f"{year}-{text}").replace(tzinfo=NOW.tzinfo)


def start(world, *, ref="case:1", owner="林老师", ladder="standard", within="2h", clock="service", now=NOW, kind="case_step"):
    student = world.students["小雨"]
    place = {"unit_path": student.unit_path, "dorm_path": student.dorm_path, "student": student.sid}
    return actions.start(
        ref=ref, kind=kind, owner=account_of(owner).pk, ladder=ladder, within=within, clock=clock, **place, url="/", by=None, now=now
    )


def told(ref="case:1") -> list[tuple[int, str, str]]:
    """(rung, who, as what) in order."""
    return [(one.rung, one.account.name, one.as_role) for one in queries.climbs(ref)]


class TestClimbing:
    def test_a_matter_climbs_rung_by_rung_to_named_people(self, world):
        one = start(world)
        assert one.due_at == at("12-10 12:00") and one.look_at == at("12-10 13:30")  # due before lunch, told after it
        assert watch(now=at("12-10 13:29")).climbed == 0
        for moment in ("12-10 13:30", "12-11 08:30", "12-12 08:00", "12-15 08:00", "12-17 08:00"):
            watch(now=at(moment))
        assert told() == [
            (1, "林老师", "owner"),
            (3, "高院长", "college_lead"),
            (4, "陈主任", "student_affairs"),
            (5, "郑校长", "school_leader"),
        ]
        assert Deadline.objects.get().look_at is None  # nobody above; the matter stays late
        assert queries.late_by(Deadline.objects.get(), at("12-11 08:00")) == 4 * HOUR

    def test_an_empty_rung_is_passed_over_at_once(self, world):
        """小雨's class has no second teacher: the college hears when that rung is due, not a day later."""
        start(world)
        watch(now=at("12-10 13:30"))
        watch(now=at("12-11 09:00"))
        assert told()[-1] == (3, "高院长", "college_lead")

    def test_the_messages_are_neutral_and_go_out_with_the_climb(self, world):
        start(world)
        watch(now=at("12-10 13:30"))
        message = Message.objects.get(ref="case:1")
        assert message.kind == "deadlines.due" and "12-10 12:00" in message.body and "小雨" not in message.title + message.body
        assert Receipt.objects.get(message=message).account == account_of("林老师")

    def test_nobody_is_told_twice_for_one_rung(self, world):
        one = start(world)
        for _ in range(3):
            watch(now=at("12-10 13:30"))
        assert told() == [(1, "林老师", "owner")] and Message.objects.filter(ref="case:1").count() == 1
        with pytest.raises(IntegrityError), transaction.atomic(), guard.told():
            Climb.objects.create(deadline=one, rung=1, account=account_of("林老师"), as_role="owner", due_at=NOW, climbed_at=NOW)

    def test_round_the_clock_it_reaches_whoever_is_on_duty(self, world):
        roster = duty.make_roster(code="night", title="学校夜班", unit=world.units["YL"], by=reader_of("陈主任"), now=NOW)
        duty.add_shift(
            roster=roster,
            account=account_of("李秘书").pk,
            starts_at=at("12-10 17:30"),
            ends_at=at("12-11 08:00"),
            by=reader_of("陈主任"),
            now=NOW,
        )
        start(world, ladder="crisis", within="30min", clock="round", now=at("12-10 23:00"))
        watch(now=at("12-10 23:30"))
        assert set(told()) == {(1, "林老师", "owner"), (1, "李秘书", "on_duty")}

    def test_the_owner_is_not_told_as_their_own_superior(self, world):
        start(world, owner="高院长")
        watch(now=at("12-10 13:30"))
        watch(now=at("12-11 08:00"))
        assert told()[-1] == (2, "林老师", "homeroom_teacher")
        watch(now=at("12-12 08:00"))
        assert told()[-1] == (4, "陈主任", "student_affairs")

    def test_after_an_outage_one_rung_at_a_time(self, world):
        start(world)
        for _ in range(3):
            watch(now=at("12-15 09:00"))
        assert told() == [(1, "林老师", "owner")]
        watch(now=at("12-15 09:05"))
        assert told()[-1] == (3, "高院长", "college_lead")


class TestTraps:
    def test_no_reminder_at_midnight(self, world):
        """zammad 4432. The worker stood still over the closing hour and comes back at night."""
        start(world, within="4h")  # due 12-10 15:30
        watched = watch(now=at("12-11 00:00"))
        assert watched.climbed == 0 and Deadline.objects.get().look_at == at("12-11 08:00")
        assert watch(now=at("12-11 08:00")).climbed == 1

    def test_no_escalation_after_the_answer_came(self, world):
        """zammad 3140."""
        start(world)
        watch(now=at("12-10 13:30"))
        met = actions.meet(ref="case:1", by=reader_of("林老师"), now=at("12-10 14:00"))
        assert met is not None and met.met_at == at("12-10 14:00")
        for day in range(12, 20):
            assert watch(now=at(f"12-{day} 09:00")).looked == 0
        assert told() == [(1, "林老师", "owner")]

    def test_a_holiday_is_not_counted(self, world):
        """zammad 390. New Year: 31 December is a Wednesday, school goes on on Sunday 4 January (调休)."""
        one = start(world, within="1 school day", now=at("12-31 09:00"))
        assert one.due_at == at("01-04 17:30")

    def test_a_holiday_that_is_declared_later_is_not_counted_either(self, world):
        start(world, within="1 school day")  # due 12-11 17:30
        rows = [
            {"day": day, "kind": "holiday" if day == date(2025, 12, 11) else kind}
            for day, kind in national_days(date(2025, 12, 1), date(2025, 12, 31))
        ]
        people.project("school_calendar", rows, batch_id=7, now=NOW)
        assert watch(now=at("12-12 08:00")).climbed == 0
        assert Deadline.objects.get().due_at == at("12-12 17:30")
        assert watch(now=at("12-15 08:00")).climbed == 1

    def test_a_make_up_workday_counts(self, world):
        one = start(world, ref="case:2", within="2 school days", now=at("12-31 09:00"))
        assert one.due_at == at("01-05 17:30") and queries.school_time().is_open(at("01-04 10:00"))

    def test_a_term_break_does_not_count(self, world):
        """What begins on the last day of the autumn term is due in the spring."""
        people.project(
            "term",
            [{"term": 20252, "starts_on": date(2026, 3, 2), "ends_on": date(2026, 7, 3)}],
            batch_id=0,
            now=NOW,
            keep=["20241", "20242", "20251"],
        )
        assert date(2026, 1, 19) not in people_queries.calendar()
        assert queries.school_time().due(at("01-16 16:30"), Within(120, "time")) == at("03-02 09:00")

    def test_a_pause_survives_a_change_of_the_limit(self, world):
        """glpi 6902."""
        start(world, within="2h")
        actions.pause(ref="case:1", reason="等监护人回电", until=at("12-11 10:00"), by=reader_of("林老师"), now=at("12-10 11:00"))
        changed = actions.change(ref="case:1", within="4h", by=reader_of("林老师"), now=at("12-10 14:00"))
        assert changed.state == "paused" and changed.look_at == at("12-11 10:00")
        resumed = actions.resume(ref="case:1", by=reader_of("林老师"), now=at("12-11 09:00"))
        assert resumed.due_at == at("12-11 12:00")  # one hour had run, three are left
        again = actions.change(ref="case:1", within="5h", by=reader_of("林老师"), now=at("12-11 09:30"))
        assert again.due_at == at("12-11 14:30")

    def test_a_pause_ends_by_itself(self, world):
        start(world, within="2h")
        actions.pause(ref="case:1", reason="学生请假离校", until=at("12-11 10:00"), by=None, now=at("12-10 11:00"))
        assert watch(now=at("12-10 17:00")).looked == 0
        assert watch(now=at("12-11 11:30")).resumed == 1  # the watch came late: the pause ended when it said
        one = Deadline.objects.get()
        assert one.state == "open" and one.due_at == at("12-11 11:00") and told() == [(1, "林老师", "owner")]

    def test_a_merged_matter_never_climbs_again(self, world):
        """zammad 904."""
        start(world)
        actions.cancel(ref="case:1", by=None, now=at("12-10 11:00"))
        assert watch(now=at("12-10 14:00")).looked == 0 and told() == []
        fresh = start(world, now=at("12-10 14:00"))  # opened again: a limit of its own
        assert fresh.due_at == at("12-10 16:00") and Deadline.objects.count() == 2

    def test_lunch_does_not_count(self, world):
        """frappe/helpdesk 2212."""
        assert start(world, within="2h", now=at("12-10 11:00")).due_at == at("12-10 14:30")

    def test_lateness_counts_from_the_due_moment(self, world):
        """zammad 5177: whoever looked or changed something in between makes nothing less late."""
        start(world)
        watch(now=at("12-10 13:30"))
        actions.rehand(ref="case:1", owner=account_of("高院长").pk, by=None, now=at("12-10 15:00"))
        one = queries.of("case:1")
        assert one is not None and queries.late_by(one, at("12-10 15:30")) == 2 * HOUR
        actions.meet(ref="case:1", by=None, now=at("12-10 16:30"))
        assert queries.late_by(queries.of("case:1"), at("12-30 16:30")) == 3 * HOUR

    def test_a_failing_row_does_not_stop_the_watch(self, world, monkeypatch):
        for number in range(5):
            start(world, ref=f"case:{number}")
        real = planning.recipients
        monkeypatch.setattr(planning, "recipients", lambda one, *rest: 1 / 0 if one.ref == "case:2" else real(one, *rest))
        watched = watch(now=at("12-10 13:30"))
        assert (watched.climbed, watched.failed) == (4, ["case:2"])
        assert [one.ref for one in queries.in_trouble()] == ["case:2"]
        assert queries.of("case:2").look_at == at("12-10 13:31") and queries.of("case:2").rung == 0
        monkeypatch.undo()
        assert watch(now=at("12-10 13:31")).climbed == 1 and not queries.in_trouble()

    def test_a_message_that_cannot_be_written_takes_no_other_row_along(self, world, monkeypatch):
        for number in range(4):
            start(world, ref=f"case:{number}", kind="broken" if number == 1 else "case_step")
        monkeypatch.setattr(planning, "_text", lambda manner, kind: "no.such.kind" if kind == "broken" else f"deadlines.{manner}")
        watched = watch(now=at("12-10 13:30"))
        assert (watched.climbed, watched.failed) == (3, ["case:1"]) and len(told("case:1")) == 0

    def test_a_ladder_without_anybody_is_reported_until_somebody_is_named(self, world):
        with guard.told():
            Responsibility.objects.all().update(is_current=False)
            ledger.record("people.rebuilt", by=None, about=[], now=NOW)
        start(world)
        watch(now=at("12-10 13:30"))
        assert told() == [(1, "林老师", "owner")]  # the account is open still
        assert watch(now=at("12-12 08:00")).failed == ["case:1"]


class TestTrouble:
    """What the watch put forward is named until it is mended: how many, and whom the school must name."""

    def nobody(self):
        with guard.told():
            Responsibility.objects.all().update(is_current=False)
            ledger.record("people.rebuilt", by=None, about=[], now=NOW)

    def test_a_ladder_on_which_nobody_stands_names_its_missing_roles(self, world):
        start(world)
        watch(now=at("12-10 13:30"))
        assert queries.stuck(at("12-10 13:30")).count == 0
        self.nobody()
        watch(now=at("12-12 08:00"))
        found = queries.stuck(at("12-12 08:00"))
        assert (found.count, found.alone) == (1, 1)
        standard = [role for rung in ladders()["standard"].rungs[1:] for role in rung.tell]
        assert list(found.missing) == standard
        with guard.told():
            Responsibility.objects.filter(role="school_leader").update(is_current=True)
            ledger.record("people.rebuilt", by=None, about=[], now=NOW)
        again = queries.stuck(at("12-12 08:00"))  # somebody was named; the next try will tell them
        assert (again.count, again.alone, again.missing) == (1, 0, ())

    def test_another_error_is_counted_and_not_called_a_gap(self, world, monkeypatch):
        start(world)
        monkeypatch.setattr(planning, "recipients", lambda *given: 1 / 0)
        watch(now=at("12-10 13:30"))
        found = queries.stuck(at("12-10 13:30"))
        assert (found.count, found.alone, found.missing) == (1, 0, ())

    def test_readers_hear_of_their_own_places_only(self, world):
        start(world)
        chen, gao, sun = (reader_of(name) for name in ("陈主任", "高院长", "孙外人"))
        watch(now=at("12-10 13:30"))
        self.nobody()
        watch(now=at("12-12 08:00"))
        assert [queries.stuck(at("12-12 08:00"), by).alone for by in (chen, gao, sun)] == [1, 1, 0]


class TestStates:
    @pytest.mark.parametrize("move", ["meet", "cancel", "pause", "resume", "rehand", "change", "climb"])
    @pytest.mark.parametrize("state", list(STATES))
    def test_every_move_from_every_state(self, world, state, move):
        start(world)
        if state == "paused":
            actions.pause(ref="case:1", reason="等回复", until=at("12-20 10:00"), by=None, now=NOW)
        elif state != "open":
            (actions.meet if state == "met" else actions.cancel)(ref="case:1", by=None, now=NOW)
        entries = Entry.objects.count()
        done = {
            "meet": lambda: actions.meet(ref="case:1", by=None, now=NOW),
            "cancel": lambda: actions.cancel(ref="case:1", by=None, now=NOW),
            "pause": lambda: actions.pause(ref="case:1", reason="再等", until=at("12-11 10:00"), by=None, now=NOW),
            "resume": lambda: actions.resume(ref="case:1", by=None, now=NOW + HOUR),
            "rehand": lambda: actions.rehand(ref="case:1", owner=account_of("高院长").pk, by=None, now=NOW),
            "change": lambda: actions.change(ref="case:1", within="3h", by=None, now=NOW),
            "climb": lambda: watch(now=at("12-10 13:30")).climbed or None,
        }[move]
        try:
            changed = done() is not None
        except CannotSet as refused:
            changed = False
            assert str(refused) == why_not(state, move)
        assert changed == ((state, move) in MOVES)
        assert Deadline.objects.get().state == (MOVES[state, move] if changed else state)
        assert (Entry.objects.count() > entries) == changed

    def test_reasons_are_given_in_both_languages(self):
        for state in STATES:
            for move in ("meet", "cancel", "pause", "resume", "rehand", "change", "climb"):
                reasons = {why_not(state, move, lang) for lang in ("zh", "en")}
                assert reasons == {""} if (state, move) in MOVES else "" not in reasons and len(reasons) == 2

    def test_starting_twice_changes_nothing(self, world):
        first = start(world)
        assert start(world, within="9h").pk == first.pk and Deadline.objects.get().within == "2h"

    def test_a_pause_has_a_reason_and_an_end(self, world):
        start(world)
        for reason, until in ((" ", at("12-11 10:00")), ("等回复", NOW), ("等回复", NOW + timedelta(days=61))):
            with pytest.raises(CannotSet):
                actions.pause(ref="case:1", reason=reason, until=until, by=reader_of("林老师"), now=NOW)
        with pytest.raises(CannotSet, match="没有期限"):
            actions.pause(ref="case:9", reason="等回复", until=at("12-11 10:00"), by=None, now=NOW)
        assert not Pause.objects.exists()

    def test_it_takes_part_in_the_callers_transaction(self, world):
        with pytest.raises(RuntimeError), transaction.atomic():
            start(world)
            raise RuntimeError
        assert queries.of("case:1") is None and queries.many(["case:1"]) == {}

    def test_what_is_whose(self, world):
        start(world, ref="case:1", within="3h")
        start(world, ref="case:2", within="1h")
        start(world, ref="case:3", owner="高院长")
        assert [one.ref for one in queries.of_owner(account_of("林老师").pk)] == ["case:2", "case:1"]


class TestLadders:
    def test_the_shipped_ones_can_be_climbed(self):
        assert set(ladders()) >= {"standard", "urgent", "crisis", "dorm", "duty"}
        assert all(ladder.rungs[0].tell[0] == "owner" and ladder.title and ladder.title_en for ladder in ladders().values())

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "without rungs"),
            (
                '[[rungs]]\nwait = "2h"\ntell = ["owner"]\ntier = "important"\ntitle="a"\ntitle_en="a"\n'
                '[[rungs]]\nwait = "1h"\ntell = ["owner"]\ntier = "important"\ntitle="a"\ntitle_en="a"',
                "waits less",
            ),
            ('[[rungs]]\nwait = "2h"\ntell = ["guardian"]\ntier = "important"\ntitle="a"\ntitle_en="a"', "no roles"),
            ('[[rungs]]\nwait = "2h"\ntell = []\ntier = "important"\ntitle="a"\ntitle_en="a"', "nobody"),
        ],
    )
    def test_a_ladder_that_contradicts_itself_is_refused(self, tmp_path, text, reason):
        (tmp_path / "odd.toml").write_text(f'title = "怪"\ntitle_en = "Odd"\n{text}', "utf-8")
        with pytest.raises(BadLadder, match=reason):
            policies.ladders(tmp_path)

    def test_an_unknown_ladder_starts_nothing(self, world):
        with pytest.raises(CannotSet, match="阶梯"):
            start(world, ladder="rope")


def test_the_delivered_calendar_rules_and_is_forgotten_with_its_delivery(world):
    rows = [{"day": date(2025, 12, 13), "kind": "makeup"}, {"day": date(2025, 12, 15), "kind": "holiday"}]
    people.project("school_calendar", rows, batch_id=7, now=NOW)
    assert date(2025, 12, 13) in people_queries.calendar() and date(2025, 12, 15) not in people_queries.calendar()
    people.rebuild([], tables=["school_calendar"], now=NOW)
    assert date(2025, 12, 13) not in people_queries.calendar() and date(2025, 12, 15) in people_queries.calendar()
