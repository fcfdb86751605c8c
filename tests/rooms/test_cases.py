"""The joint case: one per student, steps with one owner and a clock, referrals, questions, closing; and who learns what of it."""

import io
import itertools
from datetime import date, timedelta

import pytest

from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Grant
from shouwang.work.cases import actions, policies, queries
from shouwang.work.cases.models import Case, CaseStep, Member
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.deadlines.actions import watch
from shouwang.work.notifications.models import Receipt
from shouwang.work.playbooks import actions as playbooks
from tests.worlds import NOW, account_of, small_school

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SAID = "已和本人谈过，情况清楚"


def at(name, now=NOW):
    """The reader as the page has it: with what they were given for a time."""
    return access.reader(account_of(name), now.date(), now=now)


@pytest.fixture
def world():
    made = small_school()
    playbooks.install(by=None, now=NOW)
    return made


def absent(world, by=None, **more):
    given = {"student": world.sid("小雨"), "origin": "alert", "level": 3, "playbook": "absence-three-days", "by": by, "now": NOW}
    return actions.open(**(given | more))


def told(name, kind):
    return Receipt.objects.filter(account=account_of(name), message__kind=kind).count()


class TestOpening:
    def test_it_begins_with_its_first_step_owner_and_clock(self, world):
        found = absent(world, alerts=[7, 8])
        assert found.lead == account_of("林老师") and found.supervisor == account_of("高院长")
        step = found.steps.get()
        assert (step.code, step.responsible, step.state) == ("reach", account_of("林老师"), "open")
        assert deadlines.of(step.ref).owner == account_of("林老师") and deadlines.of(step.ref).due_at == NOW + timedelta(hours=2)
        assert {link.ref for link in found.links.all()} == {"alert:7", "alert:8"}
        assert told("林老师", "case.step") == 1 and told("孙外人", "case.step") == 0

    def test_a_second_matter_joins_it(self, world):
        found = absent(world)
        again = actions.open(student=world.sid("小雨"), origin="person", domain="economic", level=1, by=at("林老师"), now=NOW)
        assert again.pk == found.pk and found.strands.count() == 2 and Case.objects.count() == 1
        assert absent(world, alerts=[9]).pk == found.pk and found.strands.count() == 2, "the same procedure does not begin twice"
        assert found.steps.filter(code="reach").count() == 1

    def test_the_database_knows_one_open_case_only(self, world):
        from django.db import IntegrityError, transaction

        from shouwang.trust.ledger.guard import told as action

        found = absent(world)
        with pytest.raises(IntegrityError), action(), transaction.atomic():
            found.pk, found.uuid = None, None
            Case(
                student=found.student,
                unit_path=found.unit_path,
                domain="data",
                level=1,
                categories=1,
                origin="person",
                lead=found.lead,
                opened_at=NOW,
            ).save()

    def test_it_costs_a_bounded_number_of_statements(self, world, django_assert_max_num_queries):
        """Each of them is time of the one writer that SQLite has: a night opens hundreds of cases."""
        given = {"playbook": "academic-talk", "level": 2, "origin": "person"}
        absent(world, **given)  # what is looked up once in a process has been looked up
        with django_assert_max_num_queries(54):
            found = absent(world, student=world.sid("刘班长"), **given)
        teacher = at("林老师")
        actions.finish_step(step=found.steps.get(), output=SAID, by=teacher, now=NOW)
        with django_assert_max_num_queries(33):
            actions.finish_step(step=found.steps.get(state="open").pk, output=SAID, by=teacher, now=NOW)

    def test_who_must_be_named_is_said(self, world):
        with pytest.raises(actions.CannotOpen, match=r"班主任（\d+ 处）.*责任覆盖"):
            actions.open(student=world.sid("金立冬"), origin="alert", level=3, playbook="absence-three-days", by=None, now=NOW)
        assert not Case.objects.exists()

    @pytest.mark.parametrize(
        ("name", "why"),
        [("孙外人", "没有"), ("小雨", "不能办理"), ("赵妈妈", "不能办理"), ("郑校长", "职责不包括办理"), ("钱管理员", "没有")],
    )
    def test_who_may_not(self, world, name, why):
        with pytest.raises(actions.CannotDo, match=why):
            absent(world, by=at(name))

    def test_an_unknown_procedure_is_refused(self, world):
        with pytest.raises(actions.CannotOpen, match="没有在用"):
            absent(world, playbook="nothing")


class TestSteps:
    def test_a_decision_leads_on(self, world):
        found = absent(world)
        with pytest.raises(actions.CannotDo, match="选择决定"):
            actions.finish_step(step=found.steps.get(), output=SAID, by=at("林老师"), now=NOW)
        actions.finish_step(step=found.steps.get(), output=SAID, decision="lost", by=at("林老师"), now=NOW)
        assert [step.code for step in found.steps.filter(state="open")] == ["visit"]
        assert deadlines.of(found.steps.get(code="reach").ref).state == "met"
        visit = found.steps.get(code="visit")
        actions.finish_step(step=visit, output=SAID, decision="dropout", by=at("林老师"), now=NOW + DAY)
        report = found.steps.get(code="report")
        assert report.responsible == account_of("高院长")
        with pytest.raises(actions.CannotDo, match="由步骤责任人"):
            actions.finish_step(step=report, output=SAID, by=at("李秘书"), now=NOW + DAY)

    def test_a_loop_begins_a_new_round(self, world):
        found = absent(world)
        for code, decision in (("reach", "back"), ("talk", ""), ("watch", "again")):
            actions.finish_step(step=found.steps.get(code=code, state="open"), output=SAID, decision=decision, by=at("林老师"), now=NOW)
        again = found.steps.get(state="open")
        assert (again.code, again.round) == ("reach", 2)

    def test_words_are_asked_for_and_sealed(self, world):
        found = absent(world)
        with pytest.raises(actions.CannotDo, match="写一两句话"):
            actions.finish_step(step=found.steps.get(), output=" ", decision="back", by=at("林老师"), now=NOW)
        actions.finish_step(step=found.steps.get(), output="他在网吧过夜", decision="back", by=at("林老师"), now=NOW)
        assert "网吧" not in str(found.steps.get(code="reach").words)
        assert queries.sheet(at("林老师"), found, NOW).past[0].words == "他在网吧过夜"

    def test_finishing_twice_is_refused(self, world):
        step = absent(world).steps.get()
        actions.finish_step(step=step, output=SAID, decision="back", by=at("林老师"), now=NOW)
        with pytest.raises(actions.CannotDo, match="现在是“已完成”"):
            actions.finish_step(step=step, output=SAID, decision="back", by=at("林老师"), now=NOW)

    def test_rehanding_keeps_the_clock(self, world):
        found = absent(world)
        step = found.steps.get()
        due = deadlines.of(step.ref).due_at
        actions.rehand_step(step=step, to=account_of("陈主任"), by=at("李秘书"), now=NOW + timedelta(hours=1))
        assert deadlines.of(step.ref).owner == account_of("陈主任") and deadlines.of(step.ref).due_at == due
        assert told("陈主任", "case.step") == 1

    def test_nobody_takes_what_they_may_not_read(self, world):
        step = absent(world).steps.get()
        for name in ("孙外人", "王宿管", "小雨", "钱管理员"):
            with pytest.raises(actions.CannotDo, match="另选一位"):
                actions.rehand_step(step=step, to=account_of(name), by=at("李秘书"), now=NOW)

    def test_waiting_stops_the_clock_and_goes_on(self, world):
        step = absent(world).steps.get()
        with pytest.raises(actions.CannotDo, match="暂停到"):
            actions.wait_step(step=step, reason="guardian", until=NOW.date(), by=at("林老师"), now=NOW)
        actions.wait_step(step=step, reason="guardian", until=date(2025, 12, 12), by=at("林老师"), now=NOW)
        assert deadlines.of(step.ref).state == "paused" and CaseStep.objects.get().state == "waiting"
        actions.go_on_step(step=step, by=at("林老师"), now=NOW + DAY)
        assert deadlines.of(step.ref).state == "open"

    def test_a_reminder_once_a_day(self, world):
        step = absent(world).steps.get()
        assert actions.remind(steps=[step.pk], by=at("李秘书"), now=NOW) == (1, 0)
        assert actions.remind(steps=[step.pk], by=at("李秘书"), now=NOW) == (0, 1)
        assert actions.remind(steps=[step.pk, 999], by=at("李秘书"), now=NOW + DAY) == (1, 1)
        assert told("林老师", "case.reminded") == 2

    def test_done_again_stands_beside(self, world):
        found = absent(world)
        actions.finish_step(step=found.steps.get(), output=SAID, decision="back", by=at("林老师"), now=NOW)
        again = actions.redo_step(step=found.steps.get(code="reach"), by=at("高院长"), now=NOW)
        assert again.round == 2 and found.steps.get(code="reach", round=1).state == "done"


class TestReading:
    """An outside reader learns nothing; who may know of a matter learns that there is one, and whom to ask."""

    def test_the_psychological_strand_is_closed_to_others(self, world):
        found = absent(world)
        actions.open(student=world.sid("小雨"), origin="person", domain="psychological", level=3, by=at("周咨询师"), now=NOW)
        psych = found.strands.get(domain="psychological")
        actions.note(case=found, words="内心很痛苦", strand=psych.pk, by=at("周咨询师"), now=NOW)
        lin = queries.sheet(at("林老师"), found, NOW)
        assert [one.domain for one in lin.strands] == ["attendance"] and not lin.notes
        assert [(one.strand.domain, one.who) for one in lin.closed] == [("psychological", ("周咨询师", "林老师"))] or lin.closed[0].who[
            0
        ] == "周咨询师"
        li = queries.sheet(at("李秘书"), found, NOW)
        assert not li.closed and li.hidden_steps == 0 and len(li.strands) == 1
        assert all(event.strand_id != psych.pk for event in li.events)
        zhou = queries.sheet(at("周咨询师"), found, NOW)
        assert {one.domain for one in zhou.strands} == {"attendance", "psychological"} and zhou.notes[0].words == "内心很痛苦"

    @pytest.mark.parametrize("name", ["孙外人", "小雨", "赵妈妈", "刘班长", "钱管理员", "方审计", "唐社工", "王宿管"])
    def test_others_see_none(self, world, name):
        found = absent(world)
        assert queries.case(at(name), found.pk) is None and not queries.visible_cases(at(name)).exists()
        assert not queries.known_cases(at(name)).exists()

    def test_presence_only(self, world):
        """Who may know of it is told that it is there and whom to ask; who may not, not even that."""
        found = actions.open(student=world.sid("小雨"), origin="person", domain="psychological", level=3, by=at("周咨询师"), now=NOW)
        assert queries.case(at("林老师"), found.pk) is None and queries.case(at("李秘书"), found.pk) is None
        assert queries.known_cases(at("林老师")).get().lead == account_of("周咨询师")
        assert not queries.known_cases(at("李秘书")).exists() and queries.case(at("周咨询师"), found.pk) is not None

    def test_a_part_ends_with_the_case(self, world):
        found = absent(world)
        actions.add_step(
            case=found, title="协助联系", responsible=account_of("陈主任"), within="2h", output="note", by=at("林老师"), now=NOW
        )
        assert access.covering(at("陈主任"), world.sid("小雨"))[-1].relationship == "case_team"
        for step in found.steps.filter(state="open"):
            actions.skip_step(step=step, reason="not_needed", by=at("高院长"), now=NOW)
        actions.close(case=found, outcome="resolved", words="已返校", by=at("高院长"), now=NOW)
        assert not [one for one in at("陈主任").scopes if one.ref]
        assert not Member.objects.filter(until=None).exists()


def done(found):
    """Everything under way is taken off, so that the case can be closed."""
    for step in found.steps.filter(state__in=("open", "waiting")):
        actions.skip_step(step=step, reason="not_needed", by=at("高院长"), now=NOW)


class TestTogether:
    def test_a_referral_is_accepted_done_and_given_back(self, world):
        found = absent(world)
        row = actions.refer(case=found, role="student_affairs", words="请协助", by=at("林老师"), now=NOW)
        assert deadlines.of(row.ref).owner == account_of("陈主任") and queries.queue(at("陈主任"))[0] == [row]
        with pytest.raises(actions.CannotDo, match="被请求的人"):
            actions.accept(referral=row, by=at("李秘书"), now=NOW)
        step = actions.accept(referral=row, by=at("陈主任"), now=NOW)
        assert step.responsible == account_of("陈主任") and deadlines.of(row.ref).state == "met"
        actions.return_(referral=row, words="已联系家长，其余请班主任继续", by=at("陈主任"), now=NOW)
        assert found.steps.filter(state="open", responsible=account_of("林老师"), origin=row.ref).exists(), "what comes back has an owner"

    def test_a_declined_referral_comes_back_to_the_lead(self, world):
        found = absent(world)
        row = actions.refer(case=found, role="student_affairs", words="请协助", by=at("林老师"), now=NOW)
        with pytest.raises(actions.CannotDo, match="写一两句话"):
            actions.decline(referral=row, words="", by=at("陈主任"), now=NOW)
        actions.decline(referral=row, words="请先由学院处理", by=at("陈主任"), now=NOW)
        assert found.steps.filter(state="open", origin=row.ref).get().responsible == account_of("林老师")

    def test_a_department_that_may_not_read_it_is_not_asked(self, world):
        with pytest.raises(actions.CannotDo, match="不能接触这类内容"):
            actions.refer(case=absent(world), role="dorm_manager", words="请协助", by=at("林老师"), now=NOW)

    def test_closing_takes_two_from_orange_on_and_tells_whoever_raised_it(self, world):
        found = absent(world, by=at("李秘书"), origin="person")
        with pytest.raises(actions.CannotDo, match="须经审批"):
            actions.close(case=found, outcome="resolved", words="好了", by=at("林老师"), now=NOW)
        with pytest.raises(actions.CannotDo, match="还有 1 步"):
            actions.ask_approval(case=found, kind="closure", outcome="resolved", words="好了", by=at("林老师"), now=NOW)
        done(found)
        row = actions.ask_approval(case=found, kind="closure", outcome="resolved", words="已稳定返校", by=at("林老师"), now=NOW)
        with pytest.raises(actions.CannotDo, match="被请求的人"):
            actions.answer_approval(approval=row, agree=True, by=at("林老师"), now=NOW)
        actions.answer_approval(approval=row, agree=True, by=at("高院长"), now=NOW)
        found.refresh_from_db()
        assert (found.state, found.outcome) == ("closed", "resolved") and told("李秘书", "loop.closed") == 1
        assert not deadlines.of(row.ref).is_running

    def closing(self, world):
        found = absent(world)
        done(found)
        row = actions.ask_approval(case=found, kind="closure", outcome="resolved", words=SAID, by=at("林老师"), now=NOW)
        return found, row

    def test_what_begins_after_closing_was_asked_is_not_closed_with_it(self, world):
        """Neither a graver matter, nor one more alert of the same, nor a step by hand."""
        hers, lin = world.sid("小雨"), at("林老师")
        later = (
            lambda: actions.open(student=hers, origin="alert", level=4, playbook="night-absence", alerts=[9], by=None, now=NOW),
            lambda: actions.open(student=hers, origin="alert", level=3, playbook="absence-three-days", alerts=[9], by=None, now=NOW),
            lambda: actions.add_step(
                case=Case.objects.get(), title="再谈一次", responsible=lin.account_id, within="2h", output="talk", by=lin, now=NOW
            ),
        )
        for begin in later:
            found, row = self.closing(world)
            begin()
            row.refresh_from_db(), found.refresh_from_db()
            assert (row.state, found.state) == ("withdrawn", "open") and not deadlines.of(row.ref).is_running
            with pytest.raises(actions.CannotDo):
                actions.answer_approval(approval=row, agree=True, by=at("高院长"), now=NOW)
            done(found)
        assert told("林老师", "case.closing_off") and told("高院长", "case.closing_off")

    def test_a_graver_matter_makes_closing_take_two(self, world):
        lin = at("林老师")
        found = actions.open(student=world.sid("小雨"), origin="person", domain="attendance", level=2, by=lin, now=NOW)
        assert not queries.needs_approval(found)
        actions.open(student=world.sid("小雨"), origin="incident", domain="attendance", level=4, by=None, now=NOW)
        assert queries.needs_approval(found) and found.strands.get().level == 4
        done(found)
        with pytest.raises(actions.CannotDo, match="须经审批"):
            actions.close(case=found, outcome="resolved", words=SAID, by=lin, now=NOW)

    def test_who_answers_for_the_place_now_is_asked_when_the_supervisor_has_left(self, world):
        found = absent(world)
        done(found)
        gone = account_of("高院长")
        gone.is_active = False
        gone.save()
        row = actions.ask_approval(case=found, kind="closure", outcome="resolved", words=SAID, by=at("林老师"), now=NOW)
        assert row.asked_of == account_of("陈主任")
        actions.answer_approval(approval=row, agree=True, by=at("陈主任"), now=NOW)
        found.refresh_from_db()
        assert found.state == "closed"

    @pytest.mark.parametrize("how", ["decline", "withdraw", "return"])
    def test_whoever_was_asked_and_is_asked_no_more_reads_no_further(self, world, how):
        found, chen, lin = absent(world), at("陈主任"), at("林老师")
        row = actions.refer(case=found, role="student_affairs", words="请协助", by=lin, now=NOW)
        parts = Member.objects.filter(case=found, account=chen.account_id, until=None)
        assert parts.exists()
        if how == "withdraw":
            actions.withdraw_referral(referral=row, by=lin, now=NOW)
        elif how == "decline":
            actions.decline(referral=row, words="请先由学院处理", by=chen, now=NOW)
        else:
            actions.accept(referral=row, by=chen, now=NOW)
            actions.return_(referral=row, words="已联系家长，其余请班主任继续", by=chen, now=NOW)
        assert (
            not parts.exists()
            and not Grant.objects.filter(account=chen.account_id, ref__startswith=f"case:{found.pk}/", ended_at=None).exists()
        )

    def test_what_was_taken_on_and_done_leaves_the_queue(self, world):
        found, chen = absent(world), at("陈主任")
        row = actions.refer(case=found, role="student_affairs", words="请协助", by=at("林老师"), now=NOW)
        step = actions.accept(referral=row, by=chen, now=NOW)
        assert queries.queue(chen)[0] == [row]
        actions.finish_step(step=step, output=SAID, by=chen, now=NOW)
        assert queries.queue(chen)[0] == []

    def test_a_step_of_a_paused_case_cannot_wait_beside_it(self, world):
        found = absent(world)
        actions.pause(case=found, reason="treatment", until=date(2025, 12, 17), by=at("林老师"), now=NOW)
        with pytest.raises(actions.CannotDo):
            actions.wait_step(step=found.steps.get(), reason="guardian", until=NOW.date() + DAY, by=at("林老师"), now=NOW)

    def test_a_refused_closing_goes_on(self, world):
        found = absent(world)
        done(found)
        row = actions.ask_approval(case=found, kind="closure", outcome="resolved", words="好了", by=at("林老师"), now=NOW)
        actions.answer_approval(approval=row, agree=False, words="再看两周", by=at("高院长"), now=NOW)
        found.refresh_from_db()
        assert found.state == "open"

    def test_reopening_gives_the_lead_a_step_and_keeps_the_summary(self, world):
        found = absent(world)
        done(found)
        actions.close(case=found, outcome="improved", words="已好转", by=at("高院长"), now=NOW)
        actions.reopen(case=found.pk, words="又缺课了", by=at("高院长"), now=NOW + DAY)
        found.refresh_from_db()
        assert found.is_open and found.steps.filter(state="open").get().responsible == account_of("林老师")
        assert {note.words for note in queries.sheet(at("林老师", NOW + DAY), found, NOW + DAY).notes} == {"已好转", "又缺课了"}

    def test_pausing_stops_every_clock(self, world):
        found = absent(world)
        actions.pause(case=found, reason="treatment", until=date(2025, 12, 17), by=at("林老师"), now=NOW)
        assert deadlines.of(found.steps.get().ref).state == "paused"
        actions.resume(case=found, by=at("林老师"), now=NOW + DAY)
        assert deadlines.of(found.steps.get().ref).state == "open"

    def test_a_merged_case_does_not_climb_any_more(self, world):
        old = absent(world)
        step = old.steps.get()
        kept = actions.open(student=world.sid("韩志远"), origin="person", domain="attendance", level=2, by=at("林老师"), now=NOW)
        actions.merge(case=old, into=kept, by=at("林老师"), now=NOW)
        old.refresh_from_db()
        assert old.state == "merged" and old.merged_into == kept and deadlines.of(step.ref).state == "cancelled"
        assert kept.steps.filter(origin=step.ref, responsible=account_of("林老师"), state="open").exists()

    def test_a_matter_of_somebody_else_is_split_off(self, world):
        found = absent(world)
        other = actions.split(case=found, strand=found.strands.get().pk, student=world.sid("韩志远"), by=at("林老师"), now=NOW)
        assert other.student == world.students["韩志远"] and other.steps.filter(code="reach").exists()
        assert [step.title for step in found.steps.filter(state="open")] == ["事项已拆分，确认是否结案"]

    def test_handing_over_takes_the_steps_along(self, world):
        found = absent(world)
        actions.hand_over(case=found, to=account_of("陈主任"), by=at("李秘书"), now=NOW)
        found.refresh_from_db()
        assert found.lead == account_of("陈主任") and found.steps.get().responsible == account_of("陈主任")
        assert deadlines.of(found.steps.get().ref).owner == account_of("陈主任")

    def test_a_file_is_sealed_and_opens_for_those_who_may(self, world):
        found, png = absent(world), b"\x89PNG\r\n\x1a\n" + b"x" * 40
        row = actions.add_document(case=found, name="说明.png", stream=io.BytesIO(png), size=len(png), by=at("林老师"), now=NOW)
        assert b"".join(actions.open_document(document=row.pk, by=at("林老师"), now=NOW)[1]) == png
        for name in ("孙外人", "小雨", "王宿管"):
            with pytest.raises(actions.NoSuchCase):
                actions.open_document(document=row.pk, by=at(name), now=NOW)
        with pytest.raises(actions.CannotAttach, match="换一种格式"):
            actions.add_document(case=found, name="a.exe", stream=io.BytesIO(b"MZ"), size=2, by=at("林老师"), now=NOW)


class TestDesk:
    def test_the_secretary_sees_what_is_stuck_where_and_reminds_in_bulk(self, world):
        absent(world)
        actions.open(student=world.sid("许文静"), origin="person", domain="academic", level=2, by=at("林老师"), now=NOW)
        later = NOW + timedelta(hours=6)
        steps = queries.desk(at("李秘书", later), queries.Filters(), later)
        assert steps.count() == 2
        [one] = queries.stuck(at("李秘书", later), later)
        assert (one.name, one.open, one.late) == ("林老师", 2, 1)
        assert actions.remind(steps=[step.pk for step in steps], by=at("李秘书", later), now=later) == (2, 0)
        assert (
            not queries.desk(at("林老师"), queries.Filters(), NOW).exists()
            and not queries.desk(at("孙外人"), queries.Filters(), NOW).exists()
        )

    def test_the_work_list_is_in_order(self, world):
        absent(world)
        rows, more = queries.listed(at("林老师"), queries.Filters(), NOW)
        assert not more and rows[0].seen_level == 3 and rows[0].next_due == NOW + timedelta(hours=2)
        assert queries.listed(at("孙外人"), queries.Filters(), NOW)[0] == []
        assert [step.code for step in queries.my_steps(at("林老师"))] == ["reach"]


class TestTables:
    @pytest.mark.parametrize("table", policies.TABLES, ids=lambda table: table.name)
    def test_every_from_every_move_every_actor(self, table):
        states = ["new", *table.states]
        for state, move, actor in itertools.product(states, table.titles, policies.ACTORS):
            allowed = (state, move) in table.moves and actor in table.who[move]
            for lang in ("zh", "en"):
                assert (table.why_not(move, state=state, actors={actor}, lang=lang) is None) is allowed

    @pytest.mark.parametrize("table", policies.TABLES, ids=lambda table: table.name)
    def test_the_table_is_whole(self, table):
        assert {move for _, move in table.moves} == set(table.who) == set(table.titles)
        assert set(table.moves.values()) <= set(table.states) and {state for state, _ in table.moves} <= {"new", *table.states}
        reached = {"new"}
        for _ in table.moves:
            reached |= {to for (state, _), to in table.moves.items() if state in reached}
        assert set(table.states) <= reached


class TestNothingWaitsForNobody:
    def finished(self, world):
        found = absent(world)
        for code, decision in (("reach", "back"), ("talk", ""), ("watch", "stable")):
            actions.finish_step(step=found.steps.get(code=code, state="open"), output=SAID, decision=decision, by=at("林老师"), now=NOW)
        return found

    def test_when_all_is_done_the_lead_has_a_limit_to_close(self, world):
        found = self.finished(world)
        waits = deadlines.of(f"case:{found.pk}/next")
        assert waits.state == "open" and waits.owner == account_of("林老师")
        actions.ask_approval(case=found, kind="closure", outcome="resolved", words=SAID, by=at("林老师"), now=NOW)
        assert deadlines.of(waits.ref).state == "met"
        found.refresh_from_db()
        asked = found.approvals.get()
        actions.answer_approval(approval=asked, agree=False, words=SAID, by=at("高院长"), now=NOW + DAY)
        again = deadlines.of(waits.ref)
        assert again.state == "open" and again.started_at == NOW + DAY

    def test_a_further_step_takes_its_place(self, world):
        found = self.finished(world)
        actions.add_step(
            case=found, title="再谈一次", responsible=account_of("林老师"), within="2h", output="talk", by=at("林老师"), now=NOW
        )
        assert deadlines.of(f"case:{found.pk}/next").state == "met"

    def test_it_goes_with_the_lead_and_stands_still_while_the_case_does(self, world):
        found = self.finished(world)
        actions.pause(case=found, reason="away", until=NOW.date() + DAY * 3, by=at("林老师"), now=NOW)
        assert deadlines.of(f"case:{found.pk}/next").state == "paused"
        actions.resume(case=found, by=at("林老师"), now=NOW + DAY)
        assert deadlines.of(f"case:{found.pk}/next").state == "open"
        actions.hand_over(case=found, to=account_of("陈主任"), by=at("林老师"), now=NOW + DAY)
        assert deadlines.of(f"case:{found.pk}/next").owner == account_of("陈主任")

    def test_a_pause_that_is_over_ends_by_itself(self, world):
        found = absent(world)
        step = found.steps.get()
        actions.wait_step(step=step, reason="guardian", until=NOW.date() + DAY, by=at("林老师"), now=NOW)
        assert actions.wake(now=NOW) == 0
        tomorrow = NOW + DAY
        watch(now=tomorrow)
        assert deadlines.of(step.ref).state == "open"
        assert actions.wake(now=tomorrow) == 1
        step.refresh_from_db()
        assert step.state == "open" and actions.wake(now=tomorrow) == 0

    def test_a_paused_case_goes_on_on_its_day(self, world):
        found = absent(world)
        actions.pause(case=found, reason="away", until=NOW.date() + DAY, by=at("林老师"), now=NOW)
        assert actions.wake(now=NOW) == 0
        assert actions.wake(now=NOW + DAY) == 1
        found.refresh_from_db()
        assert found.state == "open" and found.paused_until is None and deadlines.of(found.steps.get().ref).state == "open"
