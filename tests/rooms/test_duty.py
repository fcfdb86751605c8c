"""Who is on duty: patterns, turns, gaps, double bookings, swaps that need both, leave, notes, calls, the calendar, the grant."""

import hashlib
from datetime import date, datetime, time, timedelta

import pytest
from django.db import transaction

from shouwang.common.calendar import SchoolCalendar
from shouwang.common.categories import Category
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Grant
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger import guard
from shouwang.trust.ledger.models import About, Entry
from shouwang.trust.vault.fields import HIDDEN
from shouwang.work.duty import actions, policies, queries
from shouwang.work.duty.actions import CannotRoster, turning
from shouwang.work.duty.models import Call, Feed, HandOver, Leave, Shift, Swap
from shouwang.work.duty.policies import MOVES, SHIFT, STATES, SWAP_MOVES, SWAP_STATES, Held, Need, Times, why_not, why_not_swap
from shouwang.work.notifications.models import Message, Receipt
from tests.worlds import NOW, account_of, reader_of, small_school

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONE = NOW.tzinfo


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


@pytest.fixture
def night(world):
    return actions.make_roster(code="school-night", title="学校夜班", unit=world.units["YL"], by=reader_of("陈主任"), now=NOW)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2025-{text}").replace(tzinfo=ZONE)


def pk(name: str) -> int:
    return account_of(name).pk


def put(roster, name, starts, ends, by="陈主任"):
    return actions.add_shift(roster=roster, account=pk(name), starts_at=at(starts), ends_at=at(ends), by=reader_of(by), now=NOW)


def told(name: str) -> list[str]:
    return list(Receipt.objects.filter(account=account_of(name)).order_by("pk").values_list("message__kind", flat=True))


class TestPlanning:
    def test_from_patterns_to_a_filled_roster(self, night):
        chen = reader_of("陈主任")
        actions.set_pattern(roster=night, days="school", begins=time(17, 30), ends=time(8), by=chen, now=NOW)
        actions.set_pattern(roster=night, days="off", begins=time(8), ends=time(8), by=chen, now=NOW)
        trouble = queries.troubles(chen, NOW)
        assert trouble[0].count == 29 and trouble[0].gaps[0].starts_at == at("12-10 17:30")  # every night of four weeks
        actions.set_turns(roster=night, accounts=[pk("林老师"), pk("李秘书"), pk("高院长")], by=chen, now=NOW)
        made = actions.fill(roster=night, first=date(2025, 12, 10), last=date(2025, 12, 15), by=chen, now=NOW)
        assert [one.account.name for one in made] == ["林老师", "李秘书", "高院长"] * 2
        assert (made[3].starts_at, made[3].ends_at) == (at("12-13 08:00"), at("12-14 08:00"))  # Saturday, round the clock
        more = actions.fill(roster=night, first=date(2025, 12, 10), last=date(2026, 1, 7), by=chen, now=NOW)
        assert more[0].starts_at == at("12-16 17:30") and more[0].account.name == "林老师"  # goes on in turn, fills nothing twice
        assert queries.troubles(chen, NOW) == []

    def test_whoever_is_busy_elsewhere_is_passed_over(self, world, night):
        house = actions.make_roster(code="d1", title="一号楼", unit=world.units["D1"], by=reader_of("陈主任"), now=NOW)
        put(house, "林老师", "12-10 18:00", "12-10 22:00")
        chen = reader_of("陈主任")
        actions.set_pattern(roster=night, days="every", begins=time(17, 30), ends=time(8), by=chen, now=NOW)
        actions.set_turns(roster=night, accounts=[pk("林老师"), pk("李秘书")], by=chen, now=NOW)
        made = actions.fill(roster=night, first=date(2025, 12, 10), last=date(2025, 12, 11), by=chen, now=NOW)
        assert [one.account.name for one in made] == ["李秘书", "林老师"]

    def test_nobody_is_in_two_places(self, world, night):
        put(night, "林老师", "12-10 18:00", "12-11 08:00")
        with pytest.raises(CannotRoster, match="已有班次"):
            put(night, "林老师", "12-11 07:00", "12-11 12:00")
        with pytest.raises(CannotRoster, match="小时"):
            put(night, "李秘书", "12-11 07:00", "12-13 12:00")

    def test_who_may_plan_what(self, world):
        units = world.units
        for name, unit, may in (
            ("高院长", "XX", True), ("高院长", "JD", False), ("高院长", "YL", False), ("孙外人", "JD", True), ("林老师", "RJ2401", False),
        ):  # fmt: skip
            wanted = {
                "code": f"r-{name == '孙外人'}-{unit}".lower(),
                "title": "夜班",
                "unit": units[unit],
                "by": reader_of(name),
                "now": NOW,
            }
            if may:
                actions.make_roster(**wanted)
            else:
                with pytest.raises(CannotRoster):
                    actions.make_roster(**wanted)

    def test_everybody_of_the_school_sees_it_families_do_not(self, night):
        assert queries.roster(reader_of("林老师"), night.pk) and queries.roster(reader_of("孙外人"), night.pk)
        for name in ("赵妈妈", "宋小雨", "唐社工"):
            assert not queries.rosters(reader_of(name)).exists() and queries.now_line(reader_of(name), NOW) is None

    @pytest.mark.parametrize(
        ("days", "weekdays", "wanted"),
        [("every", 127, "0123456"), ("school", 127, "01234"), ("off", 127, "56"), ("eve", 127, "45"), ("weekly", 0b10001, "04")],
    )
    def test_days(self, days, weekdays, wanted):
        monday = date(2025, 12, 8)
        calendar = SchoolCalendar.of(monday + offset * DAY for offset in (0, 1, 2, 3, 4, 7))
        pattern = Times(1, days, weekdays, time(18), time(22), 1, monday, None)
        found = policies.needs([pattern], monday, monday + 6 * DAY, calendar, ZONE)
        assert "".join(str(need.starts_at.weekday()) for need in found) == wanted

    def test_gaps_are_what_nobody_covers(self):
        need = Need(1, at("12-10 18:00"), at("12-11 08:00"), 2)
        there = [Held(1, 1, 7, at("12-10 18:00"), at("12-11 08:00")), Held(2, 1, 8, at("12-10 20:00"), at("12-11 02:00"))]
        found = policies.gaps(need, there)
        assert [(gap.starts_at, gap.ends_at, gap.missing) for gap in found] == [
            (at("12-10 18:00"), at("12-10 20:00"), 1), (at("12-11 02:00"), at("12-11 08:00"), 1),
        ]  # fmt: skip
        assert policies.gaps(need, []) == [policies.Gap(need.starts_at, need.ends_at, 2)]

    def test_double_bookings_are_found(self):
        rows = [Held(1, 1, 7, at("12-10 18:00"), at("12-11 08:00")), Held(2, 2, 7, at("12-11 07:00"), at("12-11 12:00"))]
        assert [(one.shift, two.shift) for one, two in policies.doubles([*rows, Held(3, 2, 8, *rows[0][3:])])] == [(1, 2)]


class TestSwaps:
    def test_a_swap_counts_once_both_have_agreed(self, night):
        mine, theirs = put(night, "林老师", "12-11 18:00", "12-12 08:00"), put(night, "李秘书", "12-12 18:00", "12-13 08:00")
        asked = actions.ask_swap(shift=mine.pk, of=pk("李秘书"), back=theirs.pk, by=reader_of("林老师"), now=NOW)
        assert [one.account.name for one in Shift.objects.order_by("pk")] == ["林老师", "李秘书"] and "duty.swap_asked" in told("李秘书")
        for name in ("林老师", "高院长", "陈主任"):
            with pytest.raises(CannotRoster, match="没有等您答复"):
                actions.agree(swap=asked.pk, by=reader_of(name), now=NOW)
        actions.agree(swap=asked.pk, by=reader_of("李秘书"), now=NOW)
        assert [one.account.name for one in Shift.objects.order_by("pk")] == ["李秘书", "林老师"] and "duty.swap_agreed" in told("林老师")

    def test_a_refusal_changes_nothing_and_one_may_ask_again(self, night):
        mine = put(night, "林老师", "12-11 18:00", "12-12 08:00")
        asked = actions.ask_swap(shift=mine.pk, of=pk("李秘书"), by=reader_of("林老师"), now=NOW)
        with pytest.raises(CannotRoster, match="等答复"):
            actions.ask_swap(shift=mine.pk, of=pk("高院长"), by=reader_of("林老师"), now=NOW)
        actions.refuse(swap=asked.pk, by=reader_of("李秘书"), now=NOW)
        again = actions.ask_swap(shift=mine.pk, of=pk("高院长"), by=reader_of("林老师"), now=NOW)
        actions.withdraw(swap=again.pk, by=reader_of("林老师"), now=NOW)
        mine.refresh_from_db()
        assert mine.account == account_of("林老师") and queries.swaps_waiting(reader_of("高院长"), NOW) == []

    def test_nobody_gives_away_what_is_not_theirs_or_takes_what_they_cannot(self, night):
        mine = put(night, "林老师", "12-11 18:00", "12-12 08:00")
        put(night, "李秘书", "12-11 20:00", "12-12 08:00")
        with pytest.raises(CannotRoster, match="不是您的"):
            actions.ask_swap(shift=mine.pk, of=pk("高院长"), by=reader_of("李秘书"), now=NOW)
        with pytest.raises(CannotRoster, match="已有班次"):
            actions.ask_swap(shift=mine.pk, of=pk("李秘书"), by=reader_of("林老师"), now=NOW)
        with pytest.raises(CannotRoster, match="另一位"):
            actions.ask_swap(shift=mine.pk, of=pk("林老师"), by=reader_of("林老师"), now=NOW)

    def test_a_question_about_a_shift_ends_when_somebody_else_gets_it(self, night):
        """林老师 has asked 高院长 for S2; by the exchange S2 is 李秘书's, who alone may give it on."""
        mine, theirs = put(night, "李秘书", "12-11 18:00", "12-12 08:00"), put(night, "林老师", "12-12 18:00", "12-13 08:00")
        third = put(night, "高院长", "12-15 18:00", "12-16 08:00")
        stale = actions.ask_swap(shift=theirs.pk, of=pk("高院长"), by=reader_of("林老师"), now=NOW)
        wished = actions.ask_swap(shift=third.pk, of=pk("林老师"), back=theirs.pk, by=reader_of("高院长"), now=NOW)
        asked = actions.ask_swap(shift=mine.pk, of=pk("林老师"), back=theirs.pk, by=reader_of("李秘书"), now=NOW)
        actions.agree(swap=asked.pk, by=reader_of("林老师"), now=NOW)
        assert list(Swap.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "withdrawn", "agreed"]
        assert Swap.objects.get(pk=wished.pk).decided_at == NOW
        with pytest.raises(CannotRoster, match="撤回"):
            actions.agree(swap=stale.pk, by=reader_of("高院长"), now=NOW)
        assert Shift.objects.get(pk=theirs.pk).account == account_of("李秘书")
        actions.ask_swap(shift=theirs.pk, of=pk("高院长"), by=reader_of("李秘书"), now=NOW)  # whose it is now may ask at once

    def test_nobody_agrees_to_what_the_asker_no_longer_has(self, night):
        """A question that stayed open all the same, as before questions ended with the shift's person."""
        mine = put(night, "林老师", "12-11 18:00", "12-12 08:00")
        asked = actions.ask_swap(shift=mine.pk, of=pk("高院长"), by=reader_of("林老师"), now=NOW)
        with guard.told():
            Shift.objects.filter(pk=mine.pk).update(account=account_of("李秘书"))
            ledger.record("duty.shift_given", by=None, about=[mine.ref], now=NOW)
        with pytest.raises(CannotRoster, match="已经不是林老师的.*不同意"):
            actions.agree(swap=asked.pk, by=reader_of("高院长"), now=NOW)
        assert Shift.objects.get(pk=mine.pk).account == account_of("李秘书")
        actions.refuse(swap=asked.pk, by=reader_of("高院长"), now=NOW)  # the remedy that the refusal names

    def test_a_substitute_ends_the_questions_about_the_shift_and_in_exchange_for_it(self, night):
        mine, theirs = put(night, "林老师", "12-11 18:00", "12-12 08:00"), put(night, "李秘书", "12-12 18:00", "12-13 08:00")
        actions.ask_swap(shift=mine.pk, of=pk("李秘书"), back=theirs.pk, by=reader_of("林老师"), now=NOW)
        actions.ask_swap(shift=theirs.pk, of=pk("高院长"), by=reader_of("李秘书"), now=NOW)
        actions.name_substitute(shift=theirs.pk, account=pk("王宿管"), by=reader_of("陈主任"), now=NOW)
        assert set(Swap.objects.values_list("state", flat=True)) == {"withdrawn"}

    @pytest.mark.parametrize("move", ["agree", "refuse", "withdraw"])
    @pytest.mark.parametrize("state", list(SWAP_STATES))
    def test_every_answer_in_every_state(self, night, state, move):
        mine = put(night, "林老师", "12-11 18:00", "12-12 08:00")
        asked = actions.ask_swap(shift=mine.pk, of=pk("李秘书"), by=reader_of("林老师"), now=NOW)
        answers = {"agree": actions.agree, "refuse": actions.refuse, "withdraw": actions.withdraw}
        who = {"agree": "李秘书", "refuse": "李秘书", "withdraw": "林老师"}
        before = {"agreed": "agree", "refused": "refuse", "withdrawn": "withdraw"}.get(state)
        if before:
            answers[before](swap=asked.pk, by=reader_of(who[before]), now=NOW)
        if (state, move) in SWAP_MOVES:
            assert answers[move](swap=asked.pk, by=reader_of(who[move]), now=NOW).state != state
        else:
            with pytest.raises(CannotRoster) as refused:
                answers[move](swap=asked.pk, by=reader_of(who[move]), now=NOW)
            assert str(refused.value) == why_not_swap(state, move)


class TestLeave:
    def test_leave_makes_a_gap_until_somebody_has_it(self, night):
        chen = reader_of("陈主任")
        actions.set_pattern(roster=night, days="every", begins=time(18), ends=time(8), by=chen, now=NOW, until=date(2025, 12, 10))
        mine = put(night, "林老师", "12-10 18:00", "12-11 08:00")
        assert queries.troubles(chen, NOW) == []
        leave = actions.report_leave(shift=mine.pk, reason="发烧", by=reader_of("林老师"), now=NOW)
        assert str(leave.reason) == HIDDEN and "duty.leave" in told("陈主任")
        trouble = queries.troubles(chen, NOW)[0]
        assert len(trouble.gaps) == 1 and trouble.leaves == [mine]
        assert queries.leave_reason(reader_of("李秘书"), mine, NOW) == "" and queries.leave_reason(chen, mine, NOW) == "发烧"
        actions.name_substitute(shift=mine.pk, account=pk("李秘书"), by=chen, now=NOW)
        assert queries.troubles(chen, NOW) == [] and "duty.given" in told("李秘书")
        leave.refresh_from_db()
        assert leave.substitute == account_of("李秘书")

    def test_a_wished_substitute_is_asked_first(self, night):
        mine = put(night, "林老师", "12-10 18:00", "12-11 08:00")
        actions.report_leave(shift=mine.pk, reason="发烧", substitute=pk("李秘书"), by=reader_of("林老师"), now=NOW)
        assert Shift.objects.get(pk=mine.pk).state == "absent"
        asked = queries.swaps_waiting(reader_of("李秘书"), NOW)[0]
        actions.agree(swap=asked.pk, by=reader_of("李秘书"), now=NOW)
        mine.refresh_from_db()
        assert mine.state == "planned" and mine.account == account_of("李秘书")
        assert Leave.objects.get().substitute == account_of("李秘书")

    def test_only_the_office_names_a_substitute(self, night):
        mine = put(night, "林老师", "12-10 18:00", "12-11 08:00")
        with pytest.raises(CannotRoster):
            actions.name_substitute(shift=mine.pk, account=pk("高院长"), by=reader_of("李秘书"), now=NOW)


class TestNow:
    def test_the_nearest_place_answers(self, world, night):
        house = actions.make_roster(code="d1", title="一号楼", unit=world.units["D1"], by=reader_of("陈主任"), now=NOW)
        put(night, "高院长", "12-10 09:00", "12-10 18:00")
        put(house, "王宿管", "12-10 09:00", "12-10 12:00")
        xiaoyu = world.students["小雨"]
        place = {"unit_path": xiaoyu.unit_path, "dorm_path": xiaoyu.dorm_path}
        assert [one.name for one in queries.on_duty(NOW, **place)] == ["王宿管", "高院长"]
        assert [one.name for one in queries.on_duty(at("12-10 12:00"), **place)] == ["高院长"]
        assert queries.on_duty(at("12-10 18:00"), **place) == []
        assert {one.name for one in queries.on_duty(NOW)} == {"王宿管", "高院长"}

    def test_the_line_of_every_page_costs_one_question(self, night, django_assert_num_queries):
        put(night, "高院长", "12-10 09:00", "12-10 18:00")
        by = reader_of("林老师")
        with django_assert_num_queries(1):
            line = queries.now_line(by, NOW)
        assert line is not None and line.words() == "值班：高院长" and line.phone == "0871-1007"
        assert queries.now_line(reader_of("陈主任"), at("12-10 19:00")) is None

    def test_the_right_to_read_lasts_as_long_as_the_shift(self, world, night):
        put(night, "王宿管", "12-10 18:00", "12-11 08:00")
        dashan = world.students["石大山"]

        def known(moment):
            return access.categories(access.reader(account_of("王宿管"), moment.date(), now=moment), dashan.sid)

        assert actions.turn(now=at("12-10 17:59")).begun == 0 and not known(at("12-10 17:59"))
        assert actions.turn(now=at("12-10 18:00")).begun == 1 and actions.turn(now=at("12-10 18:01")).begun == 0
        assert known(at("12-10 18:01")) & Category.contact and not known(at("12-10 18:01")) & Category.family
        assert not known(at("12-11 08:00"))
        assert actions.turn(now=at("12-11 08:00")).ended == 1 and Shift.objects.get().state == "done"

    def test_whoever_takes_over_in_between_gets_the_right_and_the_other_loses_it(self, night):
        mine = put(night, "王宿管", "12-10 18:00", "12-11 08:00")
        actions.turn(now=at("12-10 18:00"))
        asked = actions.ask_swap(shift=mine.pk, of=pk("林老师"), by=reader_of("王宿管"), now=at("12-10 20:00"))
        actions.agree(swap=asked.pk, by=reader_of("林老师"), now=at("12-10 20:10"))
        actions.turn(now=at("12-10 20:10"))
        live = Grant.objects.filter(ended_at=None, until__gt=at("12-10 20:10"))
        assert [grant.account.name for grant in live] == ["林老师"]

    def test_everybody_is_reminded_once(self, night):
        put(night, "林老师", "12-11 17:30", "12-12 08:00")
        assert actions.turn(now=at("12-10 21:00")).reminded == 0
        assert [actions.turn(now=at("12-10 22:00")).reminded for _ in range(2)] == [1, 0]
        assert told("林老师").count("duty.soon") == 1

    def test_a_worker_that_slept_begins_nothing_that_is_over(self, night):
        put(night, "林老师", "12-10 18:00", "12-11 08:00")
        turned = actions.turn(now=at("12-11 09:00"))
        assert (turned.begun, turned.ended) == (0, 1) and not Grant.objects.exists()

    def test_one_failing_shift_stops_no_other(self, night, monkeypatch):
        put(night, "林老师", "12-10 18:00", "12-11 08:00")
        put(night, "李秘书", "12-10 18:00", "12-11 08:00")
        real = turning.knowing.begin
        monkeypatch.setattr(turning.knowing, "begin", lambda one, now: 1 / 0 if one.account == account_of("林老师") else real(one, now))
        turned = actions.turn(now=at("12-10 18:00"))
        assert turned.begun == 1 and len(turned.failed) == 1


class TestNotes:
    def test_the_next_one_reads_and_takes_over(self, night):
        mine, following = put(night, "林老师", "12-10 08:00", "12-10 18:00"), put(night, "李秘书", "12-10 18:00", "12-11 08:00")
        actions.turn(now=NOW)
        note = actions.hand_over(shift=mine.pk, note="三楼有同学发烧", by=reader_of("林老师"), now=NOW)
        actions.log_call(
            shift=mine.pk, at=NOW - HOUR, caller="guardian", what="家长问晚归", done="已转班主任", by=reader_of("林老师"), now=NOW
        )
        assert str(HandOver.objects.get().note) == HIDDEN and str(Call.objects.get().what) == HIDDEN
        notes, calls = queries.notes_of(reader_of("李秘书"), night, NOW)
        assert (notes[0].text, calls[0].text, calls[0].done) == ("三楼有同学发烧", "家长问晚归", "已转班主任")
        assert Entry.objects.filter(kind="duty.notes_read", by=pk("李秘书")).exists()
        with pytest.raises(CannotRoster):
            actions.take_over(hand_over=note.pk, by=reader_of("林老师"), now=NOW)
        assert actions.take_over(hand_over=note.pk, by=reader_of("李秘书"), now=NOW).taken_by == pk("李秘书")
        assert About.objects.filter(subject=following.ref).exists()
        assert queries.notes_of(reader_of("高院长"), night, NOW) == ([], [])

    def test_notes_are_the_persons_own_and_fresh(self, night):
        mine = put(night, "林老师", "12-10 08:00", "12-10 18:00")
        actions.turn(now=NOW)
        for by, moment in (("李秘书", NOW), ("林老师", at("12-11 07:00"))):
            with pytest.raises(CannotRoster):
                actions.hand_over(shift=mine.pk, note="无异常", by=reader_of(by), now=moment)
        with pytest.raises(CannotRoster, match="来电时间"):
            actions.log_call(shift=mine.pk, at=NOW + HOUR, caller="other", what="问路", by=reader_of("林老师"), now=NOW)


class TestFeed:
    def test_an_address_shows_ones_own_shifts_until_it_is_revoked(self, night):
        put(night, "林老师", "12-10 18:00", "12-11 08:00")
        put(night, "李秘书", "12-11 18:00", "12-12 08:00")
        token = actions.make_feed(by=reader_of("林老师"), now=NOW)
        assert not Feed.objects.filter(token_digest=token).exists()
        assert Feed.objects.get().token_digest == hashlib.sha256(token.encode()).hexdigest()
        assert [one.account.name for one in queries.feed(token, NOW) or []] == ["林老师"]
        newer = actions.make_feed(by=reader_of("林老师"), now=NOW)
        assert queries.feed(token, NOW) is None and queries.feed(newer, NOW) is not None
        actions.revoke_feed(by=reader_of("林老师"), now=NOW)
        assert queries.feed(newer, NOW) is None


class TestStates:
    MOVE = {
        "ask": lambda one: actions.ask_swap(shift=one.pk, of=pk("李秘书"), by=reader_of("林老师"), now=NOW),
        "leave": lambda one: actions.report_leave(shift=one.pk, reason="发烧", by=reader_of("林老师"), now=NOW),
        "give": lambda one: actions.name_substitute(shift=one.pk, account=pk("李秘书"), by=reader_of("陈主任"), now=NOW),
        "remove": lambda one: actions.remove_shift(shift=one.pk, by=reader_of("陈主任"), now=NOW),
        "note": lambda one: actions.hand_over(shift=one.pk, note="无异常", by=reader_of("林老师"), now=NOW),
    }

    @pytest.mark.parametrize("move", list(MOVE))
    @pytest.mark.parametrize("state", list(STATES))
    def test_every_move_in_every_state(self, night, state, move):
        begins = "12-10 18:00" if state in ("absent", "removed") else "12-10 09:00"
        mine = put(night, "林老师", begins, "12-10 23:00")
        if state == "on":
            actions.turn(now=NOW)
        elif state == "absent":
            self.MOVE["leave"](mine)
        elif state == "removed":
            self.MOVE["remove"](mine)
        elif state == "done":
            actions.turn(now=at("12-10 23:00"))
        entries = Entry.objects.count()
        if (state, move) in MOVES:
            self.MOVE[move](mine)
            mine.refresh_from_db()
            assert Entry.objects.count() > entries and mine.state == MOVES[state, move]
        else:
            with pytest.raises(CannotRoster) as refused:
                self.MOVE[move](mine)
            assert str(refused.value) == why_not(state, move) and Entry.objects.count() == entries

    @pytest.mark.parametrize("name", ["林老师", "李秘书", "陈主任", "孙外人"])
    def test_every_move_by_every_part(self, night, name):
        """林老师 has the shift, 李秘书 is a colleague, 陈主任 plans it: what the table gives to others is refused."""
        parts = {"林老师": {"own"}, "李秘书": set(), "陈主任": {"planner"}, "孙外人": set()}[name]
        do = {
            "ask": lambda one: actions.ask_swap(shift=one.pk, of=pk("李秘书"), by=reader_of(name), now=NOW),
            "leave": lambda one: actions.report_leave(shift=one.pk, reason="发烧", by=reader_of(name), now=NOW),
            "give": lambda one: actions.name_substitute(shift=one.pk, account=pk("李秘书"), by=reader_of(name), now=NOW),
            "remove": lambda one: actions.remove_shift(shift=one.pk, by=reader_of(name), now=NOW),
            "note": lambda one: actions.hand_over(shift=one.pk, note="无异常", by=reader_of(name), now=NOW),
        }
        mine = put(night, "林老师", "12-10 09:00", "12-10 23:00")
        for move, act in do.items():
            with transaction.atomic():
                if SHIFT.why_not(move, state="planned", actors=parts) is None:
                    act(mine)
                else:
                    with pytest.raises(CannotRoster):
                        act(mine)
                transaction.set_rollback(True)


def test_messages_say_nothing_of_students(night):
    mine = put(night, "林老师", "12-10 18:00", "12-11 08:00")
    actions.report_leave(shift=mine.pk, reason="陪宋小雨去医院", by=reader_of("林老师"), now=NOW)
    assert not any("小雨" in one.title + one.body for one in Message.objects.all()) and Swap.objects.count() == 0
