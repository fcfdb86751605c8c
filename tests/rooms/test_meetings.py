"""Meetings: the agenda by rule, who reads which point, decisions that become steps, minutes; trainings and who has been trained."""

import io
import itertools
from dataclasses import replace
from datetime import date, time, timedelta

import pypdf
import pytest
from django.conf import settings
from django.db import transaction
from docx import Document

from shouwang.trust.access import queries as access
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.ledger.models import About, Entry
from shouwang.trust.vault.fields import HIDDEN
from shouwang.work.cases import actions as cases
from shouwang.work.cases.models import CaseStep
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.meetings import actions, minutes, policies, queries
from shouwang.work.meetings.models import Decision, Meeting, Series
from shouwang.work.notifications.models import Message, Receipt
from shouwang.work.playbooks import actions as playbooks
from shouwang.work.trainings import actions as trainings
from shouwang.work.trainings import policies as training_policies
from shouwang.work.trainings import queries as trained
from shouwang.work.trainings.models import Training
from tests.worlds import NOW, account_of, small_school

pytestmark = pytest.mark.django_db
CannotMeet = actions.CannotMeet
DAY = timedelta(days=1)
LATER = NOW + timedelta(days=7)


def at(name, now=NOW):
    return access.reader(account_of(name), now.date(), now=now)


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """One school for the whole file, with its procedures; each test writes on top of it and is rolled back."""
    from django.db import transaction

    folder = tmp_path_factory.mktemp("meetings")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA", folder)
        patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
        with transaction.atomic():
            made = small_school()
            playbooks.install(by=None, now=NOW)
            yield made, folder
            transaction.set_rollback(True)


@pytest.fixture
def world(built, settings, db):
    settings.DATA = built[1]
    return built[0]


def case(world, name="小雨", *, level=3, domain="academic", by="陈主任", now=NOW):
    return cases.open(student=world.sid(name), origin="person", domain=domain, level=level, by=at(by, now), now=now)


def series(world, *members, unit="YL", who="陈主任") -> Series:
    rule = actions.Rule("学业预警联席会", world.units[unit].pk, 2, 1, time(14, 0), 60, "行政楼 201")
    made = actions.set_up(rule=rule, by=at(who), now=NOW)
    for name in members:
        actions.seat(series=made.pk, account=account_of(name).pk, part="member", by=at(who), now=NOW)
    return made


def sitting(world, *members, now=NOW, of=None, who="陈主任") -> Meeting:
    made = of or series(world, *members, who=who)
    return actions.plan(series=made.pk, starts_at=now + timedelta(hours=4), by=at(who, now), now=now)


def running(world, *members, **more) -> Meeting:
    found = sitting(world, *members, **more)
    return actions.open_meeting(meeting=found.pk, by=at("陈主任", more.get("now", NOW)), now=more.get("now", NOW))


def put_in(row, **values):
    """A state that is not reached by a short way."""
    with told():
        type(row).objects.filter(pk=row.pk).update(**values)
        ledger.record("people.rebuilt", by=None, about=[], now=NOW)


class TestAgenda:
    def test_the_rule_names_what_stands_on_it_and_why(self, world):
        case(world, level=3)
        case(world, "刘班长", level=1)
        found = sitting(world, "林老师")
        assert [(row.student.name, row.why) for row in found.items.all()] == [("宋小雨", "grave"), ("刘班长", "new")]

    @pytest.mark.parametrize(
        ("facts", "why"),
        [
            (policies.Facts(4), "grave"),
            (policies.Facts(3), "grave"),
            (policies.Facts(2), ""),
            (policies.Facts(1, days_silent=14), "silent"),
            (policies.Facts(1, days_silent=13), ""),
            (policies.Facts(1, is_new=True), "new"),
            (policies.Facts(4, overdue_steps=1), "overdue"),
            (policies.Facts(1, open_decisions=1, overdue_steps=1), "open"),
            (policies.Facts(4, carried=True, open_decisions=1, overdue_steps=1, is_new=True), "carried"),
        ],
    )
    def test_every_part_of_the_rule(self, facts, why):
        assert policies.why(facts, least_level=3, silent_days=14) == why

    def test_overdue_steps_come_before_level(self, world):
        case(world, level=4)
        late = case(world, "刘班长", level=1)
        chosen = late.strands.get()
        cases.add_step(
            case=late.pk, strand=chosen.pk, title="约谈", responsible=account_of("林老师").pk, within="2h", output="note", by=at("陈主任"), now=NOW - 5 * DAY
        )  # fmt: skip
        found = sitting(world, "林老师")
        assert [(row.student.name, row.why, row.count) for row in found.items.all()][0] == ("刘班长", "overdue", 1)

    def test_drawn_anew_it_follows_and_never_doubles(self, world):
        found = sitting(world, "林老师")
        assert not found.items.exists()
        mine = case(world)
        actions.draw(meeting=found.pk, by=at("陈主任"), now=NOW)
        actions.draw(meeting=found.pk, by=at("陈主任"), now=NOW)
        assert found.items.count() == 1
        assert queries.strand_of(found.items.get()).case_id == mine.pk

    def test_leftovers_do_not_keep_new_matters_out_and_what_does_not_fit_is_told_and_comes_next_time(self, world, monkeypatch):
        """Two matters were left over; one meeting takes three. The graver first, then one left over and one new in turn."""
        for name in ("小雨", "刘班长"):
            case(world, name, level=3)
        first = running(world, "林老师")
        actions.close(meeting=first.pk, by=at("陈主任"), now=NOW)
        case(world, "韩志远", level=1, now=NOW + DAY)
        case(world, "丁香", level=3, now=NOW + DAY)
        case(world, "石大山", level=4, now=NOW + DAY)
        monkeypatch.setattr(policies, "MOST", 3)
        second = running(world, of=first.series, now=NOW + 7 * DAY)
        assert [row.student.name for row in second.items.all()] == ["宋小雨", "石大山", "丁香"] and second.items.all()[0].why == "carried"
        assert second.left_out == 2 and "还有 2 件" in policies.left_out(second.left_out) and policies.left_out(0) == ""
        for row in second.items.all():
            actions.note(meeting=second.pk, item=row.pk, discussed="已议", by=at("陈主任", NOW + 7 * DAY), now=NOW + 7 * DAY)
        actions.close(meeting=second.pk, by=at("陈主任", NOW + 7 * DAY), now=NOW + 7 * DAY)
        monkeypatch.setattr(policies, "MOST", 60)
        third = sitting(world, of=first.series, now=NOW + 14 * DAY)
        why = {row.student.name: row.why for row in third.items.all()}
        assert why["刘班长"] == "carried" and "韩志远" in why and third.left_out == 0

    def test_only_below_the_units_of_the_series(self, world):
        case(world, "石大山")
        assert not sitting(world, of=series(world, unit="XX")).items.exists()


class TestWhoReads:
    def test_each_reads_their_matters_and_learns_how_many_others_there_are(self, world):
        case(world, "小雨", domain="academic")
        case(world, "石大山", domain="academic")
        found = sitting(world, "林老师", "孙外人", "李秘书")
        names = {name: [row.student.name for row in queries.visible_items(at(name), found)] for name in ("陈主任", "林老师", "孙外人")}
        assert names == {"陈主任": ["宋小雨", "石大山"], "林老师": ["宋小雨"], "孙外人": ["石大山"]}
        assert policies.hidden(queries.hidden(at("林老师"), found)) == "另有 1 件您无权查看的个案"
        mine = found.items.get(student=world.sid("小雨"))
        assert queries.item(at("孙外人"), found, mine.pk) is None

    def test_who_is_not_asked_knows_of_no_meeting(self, world):
        found = sitting(world, "林老师")
        assert queries.meeting(at("孙外人"), found.pk) is None and queries.meeting(at("李秘书"), found.pk) is None
        assert queries.meeting(at("林老师"), found.pk) == found

    def test_the_minutes_of_each_leave_out_what_they_may_not_read(self, world):
        case(world, "小雨")
        case(world, "石大山")
        found = running(world, "孙外人")
        for row in found.items.all():
            actions.note(meeting=found.pk, item=row.pk, discussed=f"讨论了{row.student.name}", by=at("陈主任"), now=NOW)
        texts = {name: self.minutes_of(name, found) for name in ("陈主任", "孙外人")}
        assert "讨论了宋小雨" in texts["陈主任"] and "讨论了石大山" in texts["陈主任"] and "无权" not in texts["陈主任"]
        assert "宋小雨" not in texts["孙外人"] and "讨论了石大山" in texts["孙外人"] and "另有 1 件您无权查看的个案" in texts["孙外人"]

    @staticmethod
    def minutes_of(name, found) -> str:
        by, rows = at(name), queries.visible_items(at(name), found)
        points = [(said.item.student.name if said.item.student else said.title, said) for said in queries.said(rows, NOW)]
        copy = minutes.Minutes(found, list(queries.participants(found)), points, [], queries.hidden(by, found), "守望")
        pdf = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(minutes.pdf(copy, NOW))).pages).replace("\n", "")
        word = "\n".join(one.text for one in Document(io.BytesIO(minutes.word(copy))).paragraphs)
        assert "签名" in pdf and "会议纪要" in word
        for part in ("讨论了石大山", "另有 1 件您无权查看的个案"):
            assert (part in pdf) == (part in word)
        return pdf


class TestHolding:
    def test_a_decision_becomes_a_step_of_the_case_and_the_next_meeting_says_what_became_of_it(self, world):
        mine = case(world)
        found = running(world, "林老师")
        row = found.items.get()
        made = actions.decide(
            meeting=found.pk, item=row.pk, agreed="家访一次，了解在家学习情况", owner=account_of("林老师").pk, days=5, by=at("陈主任"), now=NOW
        )  # fmt: skip
        step = CaseStep.objects.get(pk=int(made.ref.partition(":")[2]))
        assert (step.case_id, step.responsible, step.origin) == (mine.pk, account_of("林老师"), found.ref)
        assert deadlines.of(step.ref).owner == account_of("林老师")
        assert str(Decision.objects.get().agreed) == HIDDEN
        actions.close(meeting=found.pk, by=at("陈主任"), now=NOW)
        assert Receipt.objects.filter(account=account_of("林老师"), message__kind="meeting.decided").count() == 1
        again = sitting(world, of=found.series, now=LATER)
        assert [row.why for row in again.items.all()] == ["open"]
        (before,) = queries.became(at("陈主任", LATER), again, LATER)
        assert (before.decisions[0].words, before.decisions[0].state) == ("家访一次，了解在家学习情况", "open")
        cases.finish_step(step=step.pk, output="家长已到校面谈，商定了学习计划", by=at("林老师", LATER), now=LATER)
        (after,) = queries.became(at("陈主任", LATER), again, LATER)
        assert after.decisions[0].state == "done"

    def test_what_was_said_is_sealed_and_on_record(self, world):
        case(world)
        found = running(world)
        row = found.items.get()
        actions.note(meeting=found.pk, item=row.pk, discussed="家里刚搬了家", by=at("陈主任"), now=NOW)
        row.refresh_from_db()
        assert str(row.discussed) == HIDDEN and "家里".encode() not in bytes(row.discussed) and row.state == "discussed"
        assert queries.said([row], NOW)[0].discussed == "家里刚搬了家"
        assert About.objects.filter(entry__kind="meetings.item_noted", subject=f"student:{world.sid('小雨')}").exists()

    def test_points_nobody_spoke_of_come_first_next_time(self, world):
        case(world, level=1)
        found = running(world)
        actions.close(meeting=found.pk, by=at("陈主任"), now=NOW)
        assert [row.why for row in sitting(world, of=found.series, now=LATER).items.all()] == ["carried"]

    def test_a_topic_gets_a_deadline_of_its_own(self, world):
        found = sitting(world, "李秘书")
        topic = actions.add_topic(meeting=found.pk, title="期末预警口径", by=at("李秘书"), now=NOW)
        actions.open_meeting(meeting=found.pk, by=at("陈主任"), now=NOW)
        given = {"meeting": found.pk, "item": topic.pk, "by": at("陈主任"), "now": NOW}
        made = actions.decide(agreed="拟一份口径说明", owner=account_of("李秘书").pk, days=3, **given)
        assert made.ref == "" and deadlines.of(f"decision:{made.pk}").state == "open"
        assert [agreed.words for agreed, _ in queries.my_decisions(at("李秘书"), NOW)] == ["拟一份口径说明"]
        with pytest.raises(CannotMeet):
            actions.end_decision(decision=made.pk, done=True, by=at("林老师"), now=NOW)
        with pytest.raises(CannotMeet, match="只有主持人"):
            actions.end_decision(decision=made.pk, done=False, by=at("李秘书"), now=NOW)
        actions.end_decision(decision=made.pk, done=True, by=at("李秘书"), now=NOW)
        assert deadlines.of(f"decision:{made.pk}").state == "met" and not queries.my_decisions(at("李秘书"), NOW)

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"agreed": " "}, "请写明做什么"),
            ({"agreed": "长" * 121}, "请写明做什么"),
            ({"days": 4}, "几个上学日"),
            ({"owner": 0}, "从列表中选择"),
            ({"item": 0}, "没有这一项"),
            ({"by": "林老师"}, "主持人或记录人"),
            ({"by": "孙外人"}, "主持人或记录人"),
        ],
    )
    def test_refusals(self, world, given, why):
        case(world)
        found = running(world, "林老师")
        before = Entry.objects.count()
        whole = {"agreed": "谈话", "days": 5, "owner": account_of("林老师").pk, "item": found.items.get().pk} | given
        by = at(whole.pop("by", "陈主任"))
        with pytest.raises(CannotMeet, match=why):
            actions.decide(meeting=found.pk, by=by, now=NOW, **whole)
        assert Entry.objects.count() == before and not Decision.objects.exists()

    @pytest.mark.parametrize("move", sorted(policies.MOVE_TITLES))
    @pytest.mark.parametrize("state", policies.STATES)
    def test_every_state_by_every_move(self, state, move):
        assert (policies.why_not(move, state=state) == "") is ((state, move) in policies.MOVES)

    @pytest.mark.parametrize("state", policies.STATES)
    def test_in_the_database_every_move_from_every_state_by_every_part(self, world, state):
        """陈主任 called it and holds it, 林老师 is asked to come, 孙外人 knows nothing of it."""
        case(world)
        found = sitting(world, "林老师")
        point = found.items.get()
        put_in(found, state=state, closed_at=NOW if state == "closed" else None)
        do = {
            "invite": lambda by: actions.invite(meeting=found.pk, by=by, now=NOW),
            "draw": lambda by: actions.draw(meeting=found.pk, by=by, now=NOW),
            "shift": lambda by: actions.shift(meeting=found.pk, starts_at=LATER, place="行政楼 305", by=by, now=NOW),
            "open": lambda by: actions.open_meeting(meeting=found.pk, by=by, now=NOW),
            "close": lambda by: actions.close(meeting=found.pk, by=by, now=NOW),
            "cancel": lambda by: actions.cancel(meeting=found.pk, by=by, now=NOW),
        }
        assert set(do) == set(policies.MOVE_TITLES)
        parts = {"陈主任": {"holder", "caller", "guest"}, "林老师": {"guest"}, "孙外人": set()}
        for name, move in itertools.product(parts, do):
            allowed = policies.MEETING.why_not(move, state=state, actors=parts[name]) is None
            with transaction.atomic():
                entries = Entry.objects.count()
                if allowed:
                    do[move](at(name))
                else:
                    with pytest.raises(CannotMeet):
                        do[move](at(name))
                    assert Entry.objects.count() == entries
                assert Meeting.objects.get().state == (policies.MOVES[state, move] if allowed else state), (name, move)
                transaction.set_rollback(True)
        for name, mine in parts.items():  # a point is spoken of while the meeting is under way, and by its holders
            with transaction.atomic():
                if state == "running" and "holder" in mine:
                    assert actions.put_off(meeting=found.pk, item=point.pk, by=at(name), now=NOW).state == "put_off"
                else:
                    with pytest.raises(CannotMeet):
                        actions.put_off(meeting=found.pk, item=point.pk, by=at(name), now=NOW)
                transaction.set_rollback(True)

    def test_a_decision_is_ended_by_its_owner_and_dropped_by_the_holders(self, world):
        found = running(world, "林老师", "李秘书")
        topic = actions.add_topic(meeting=found.pk, title="寝室熄灯", by=at("陈主任"), now=NOW)
        given = {"item": topic.pk, "agreed": "查寝", "owner": account_of("林老师").pk, "days": 5}
        made = actions.decide(meeting=found.pk, by=at("陈主任"), now=NOW, **given)
        parts = {"陈主任": {"holder"}, "林老师": {"owner"}, "李秘书": {"guest"}, "孙外人": set()}
        for state, name, done in itertools.product(policies.DECISION_STATES, parts, (True, False)):
            move = "finish" if done else "drop"
            allowed = policies.DECISION.why_not(move, state=state, actors=parts[name]) is None
            with transaction.atomic():
                put_in(made, state=state, ended_at=None if state == "open" else NOW)
                if allowed:
                    after = actions.end_decision(decision=made.pk, done=done, by=at(name), now=NOW)
                    assert after.state == policies.DECISION.moves[state, move]
                else:
                    with pytest.raises(CannotMeet):
                        actions.end_decision(decision=made.pk, done=done, by=at(name), now=NOW)
                transaction.set_rollback(True)


class TestCalling:
    def test_a_series_is_changed_from_the_next_sitting_on_by_whoever_keeps_it(self, world):
        kept = series(world, "林老师")
        planned = sitting(world, of=kept)
        rule = actions.Rule("学业联席会", world.units["YL"].pk, 4, 2, time(15, 30), 90, "行政楼 305", 2, 21)
        changed = actions.change(series=kept.pk, rule=rule, by=at("陈主任"), now=NOW)
        assert (changed.title, changed.weekday, changed.every_weeks, changed.least_level) == ("学业联席会", 4, 2, 2)
        planned.refresh_from_db()
        assert planned.place == "行政楼 201", "what was told stays as it was told"
        entries = Entry.objects.count()
        for name, wrong in (
            ("林老师", {}),
            ("孙外人", {}),
            ("陈主任", {"every_weeks": 0}),
            ("陈主任", {"place": " "}),
            ("陈主任", {"unit": 0}),
        ):
            with pytest.raises(CannotMeet):
                actions.change(series=kept.pk, rule=replace(rule, **wrong), by=at(name), now=NOW)
        assert Entry.objects.count() == entries and Series.objects.get().every_weeks == 2

    def test_invitations_are_neutral_and_answered(self, world):
        case(world)
        found = sitting(world, "林老师", "李秘书")
        actions.invite(meeting=found.pk, by=at("陈主任"), now=NOW)
        message = Message.objects.get(kind="meeting.invited")
        assert "宋小雨" not in message.title + message.body and "行政楼 201" in message.body
        assert {one.account_id for one in message.receipts.all()} == {account_of("林老师").pk, account_of("李秘书").pk}
        actions.answer(meeting=found.pk, coming=False, by=at("李秘书"), now=NOW)
        actions.shift(meeting=found.pk, starts_at=NOW + DAY, place="行政楼 305", by=at("陈主任"), now=NOW)
        assert Message.objects.filter(kind="meeting.invited").count() == 2 and Meeting.objects.get().sequence == 1
        actions.open_meeting(meeting=found.pk, by=at("陈主任"), now=NOW)
        assert dict(found.participants.values_list("account__staff__name", "presence"))["李秘书"] == "excused"
        with pytest.raises(CannotMeet):
            actions.answer(meeting=found.pk, coming=True, by=at("孙外人"), now=NOW)

    def test_one_chair_and_one_sitting_at_a_time(self, world):
        made = series(world, "李秘书")
        with pytest.raises(CannotMeet, match="主持人"):
            actions.seat(series=made.pk, account=account_of("陈主任").pk, part="", by=at("陈主任"), now=NOW)
        actions.seat(series=made.pk, account=account_of("李秘书").pk, part="chair", by=at("陈主任"), now=NOW)
        assert dict(made.members.values_list("account__staff__name", "part")) == {"陈主任": "member", "李秘书": "chair"}
        sitting(world, of=made)
        with pytest.raises(CannotMeet, match="还没有结束"):
            sitting(world, of=made)
        with pytest.raises(CannotMeet, match="不能召集会议"):
            series(world, who="林老师")
        with pytest.raises(CannotMeet, match="不由您召集"):
            actions.plan(series=made.pk, starts_at=LATER, by=at("孙外人"), now=NOW)

    def test_the_calendar_says_when_and_where_and_nothing_else(self, world):
        case(world)
        found = sitting(world, "林老师")
        actions.invite(meeting=found.pk, by=at("陈主任"), now=NOW)
        word = actions.make_feed(by=at("林老师"), now=NOW)
        from hashlib import sha256

        account = queries.of_feed(sha256(word.encode()).hexdigest())
        assert account == account_of("林老师") and queries.of_feed(word) is None
        said = minutes.calendar(queries.in_feed(account, NOW), "https://x", NOW).decode()
        assert "学业预警联席会" in said and "行政楼 201" in said and "宋小雨" not in said and "SEQUENCE:0" in said
        newer = actions.make_feed(by=at("林老师"), now=NOW)
        assert newer != word and queries.of_feed(sha256(word.encode()).hexdigest()) is None

    def test_the_next_day_of_a_series(self):
        wednesday = date(2025, 12, 10)
        assert policies.next_day(None, wednesday, weekday=2, every_weeks=2) == date(2025, 12, 17)
        assert policies.next_day(None, wednesday, weekday=3, every_weeks=1) == date(2025, 12, 11)
        assert policies.next_day(wednesday, wednesday, weekday=2, every_weeks=2) == date(2025, 12, 24)
        assert policies.next_day(date(2025, 9, 3), wednesday, weekday=2, every_weeks=2) == date(2025, 12, 17)


class TestTrainings:
    def plan(self, world, topic="network", who="陈主任", unit="YL", **more):
        given = {
            "topic": topic,
            "unit": world.units[unit].pk,
            "starts_at": NOW + timedelta(hours=2),
            "minutes": 90,
            "place": "报告厅",
            "trainer": "周咨询师",
        }
        return trainings.plan(wanted=trainings.Wanted(**given | more), by=at(who), now=NOW)

    def test_the_audience_are_who_hold_the_roles_staff_and_cadres(self, world):
        made = self.plan(world)
        names = {row.account.name for row in made.attendees.select_related("account__staff", "account__student")}
        assert {"林老师", "孙外人", "王宿管", "刘班长"} == names
        trainings.invite(training=made.pk, by=at("陈主任"), now=NOW)
        assert Receipt.objects.filter(message__kind="training.invited").count() == 4
        assert trained.training(at("刘班长"), made.pk) == made and trained.training(at("周咨询师"), made.pk) is None

    def test_coming_is_not_passing(self, world):
        made = self.plan(world)
        rows = {row.account.name: row.pk for row in made.attendees.select_related("account__staff", "account__student")}
        presence = dict.fromkeys((rows["林老师"], rows["孙外人"], rows["刘班长"]), "present")
        scores = {rows["林老师"]: 88, rows["孙外人"]: 40}
        after = NOW + timedelta(hours=4)
        with pytest.raises(trainings.CannotTrain, match="还没有开始"):
            trainings.hold(training=made.pk, by=at("陈主任"), now=NOW)
        with pytest.raises(trainings.CannotTrain, match="谁到场"):
            trainings.hold(training=made.pk, by=at("陈主任"), now=after)
        trainings.note(training=made.pk, presence=presence, scores=scores, by=at("陈主任"), now=after)
        trainings.hold(training=made.pk, by=at("陈主任"), now=after)
        rows = {
            (one.unit.code, one.role): (one.trained, one.whole, one.missing)
            for one in trained.coverage(at("陈主任"), "network", NOW.date())
        }
        assert rows["YL", "homeroom_teacher"] == (1, 2, ("孙外人",)) and rows["YL", "cadre_class"] == (0, 1, ())
        assert rows["XX", "homeroom_teacher"] == (1, 1, ()) and rows["JD", "homeroom_teacher"] == (0, 1, ("孙外人",))
        assert {one.unit.code for one in trained.coverage(at("高院长"), "network", NOW.date())} == {"XX"}
        assert trained.coverage(at("林老师"), "network", NOW.date()) == []
        later = NOW.date() + timedelta(days=400)
        assert not any(one.trained for one in trained.coverage(at("陈主任"), "network", later)), "a training wears off"

    @pytest.mark.parametrize(
        ("who", "given", "why"),
        [
            ("林老师", {}, "不能安排培训"),
            ("孙外人", {"unit": "XX"}, "您负责的单位"),
            ("陈主任", {"topic": "x"}, "请选择主题"),
            ("陈主任", {"starts_at": NOW - DAY}, "以后的时间"),
            ("陈主任", {"roles": ("library",)}, "没有担任"),
        ],
    )
    def test_refusals(self, world, who, given, why):
        with pytest.raises(trainings.CannotTrain, match=why):
            self.plan(world, who=who, **given)
        assert not Training.objects.exists()

    def test_material_is_sealed_and_checked(self, world):
        made = self.plan(world)
        with pytest.raises(trainings.CannotTrain, match="扩展名一致"):
            trainings.add_material(training=made.pk, filename="x.pdf", content=b"MZ", by=at("陈主任"), now=NOW)
        with pytest.raises(trainings.CannotTrain, match="只收"):
            trainings.add_material(training=made.pk, filename="x.exe", content=b"MZ", by=at("陈主任"), now=NOW)
        with pytest.raises(trainings.CannotTrain):
            trainings.add_material(training=made.pk, filename="x.pdf", content=b"%PDF-1", by=at("刘班长"), now=NOW)
        file = trainings.add_material(training=made.pk, filename="../手册.pdf", content=b"%PDF-1.7 handbook", by=at("陈主任"), now=NOW)
        assert file.filename == "手册.pdf" and trainings.take_material(material=file, by=at("刘班长"), now=NOW) == b"%PDF-1.7 handbook"
        assert b"handbook" not in next((settings.DATA / "trainings").iterdir()).read_bytes()

    @pytest.mark.parametrize("state", training_policies.STATES)
    def test_in_the_database_every_move_from_every_state_by_every_part(self, world, state):
        made = self.plan(world, starts_at=NOW + timedelta(hours=1))
        one, after = made.attendees.first(), NOW + timedelta(hours=2)
        put_in(one, presence="present")
        put_in(made, state=state)
        do = {
            "invite": lambda by: trainings.invite(training=made.pk, by=by, now=after),
            "note": lambda by: trainings.note(training=made.pk, presence={one.pk: "absent"}, scores={}, by=by, now=after),
            "hold": lambda by: trainings.hold(training=made.pk, by=by, now=after),
            "cancel": lambda by: trainings.cancel(training=made.pk, by=by, now=after),
        }
        assert set(do) == set(training_policies.MOVE_TITLES)
        for name, move in itertools.product(("陈主任", "刘班长", "孙外人"), do):
            parts = {"keeper"} if name == "陈主任" else {"guest"}
            allowed = training_policies.TRAINING.why_not(move, state=state, actors=parts) is None
            with transaction.atomic():
                if allowed:
                    do[move](at(name))
                else:
                    with pytest.raises(trainings.CannotTrain):
                        do[move](at(name))
                assert Training.objects.get().state == (training_policies.MOVES[state, move] if allowed else state), (name, move)
                transaction.set_rollback(True)

    @pytest.mark.parametrize("move", sorted(training_policies.MOVE_TITLES))
    @pytest.mark.parametrize("state", training_policies.STATES)
    def test_every_state_by_every_move(self, state, move):
        assert (training_policies.why_not(move, state=state) == "") is ((state, move) in training_policies.MOVES)
