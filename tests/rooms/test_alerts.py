"""The life of an alert: every state by every move, and the rules that must never break."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shouwang.analysis.rules import Rule, parse
from shouwang.trust.ledger.models import Entry
from shouwang.work.alerts import actions, policies
from shouwang.work.alerts.models import Alert, AlertEvent, AlertValue, LevelCount, RuleVersion, Run, RunRule, StudentLevel
from shouwang.work.alerts.queries import computing, rulebook
from shouwang.work.profile import queries as profile
from tests.facts_world import FactsWorld
from tests.worlds import NOW, World, reader_of, small_school

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
MON, TUE, WED, THU, FRI = (date(2025, 11, 24) + timedelta(days=n) for n in range(5))


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 22, 0, tzinfo=ZONE)


def publish(code="absent", when="absences_term >= 3", level=3, weight=20):
    made = Rule(code, f"规则 {code}", f"Rule {code}", parse(when, rulebook.names()), level, weight, "attendance", "", "", "")
    return actions.publish_rule(rule=made, by=None, now=at(MON))


class Days:
    """A school whose attendance is told day by day: `absent(day, sid, n)` makes n sessions missed, `present` one attended."""

    def __init__(self, folder) -> None:
        self.world: World = small_school(NOW)
        self.facts = FactsWorld(folder, engine=computing.engine())
        self.sids = sorted(student.sid for student in set(self.world.students.values()))
        self.facts.students(*self.sids)
        self.sid = self.world.sid("小雨")

    def attendance(self, day: date, status: str, count: int = 1, sid: int | None = None):
        periods = ("1-2", "3-4", "5-6", "7-8", "9-10")
        rows = [
            {"sid": sid or self.sid, "day": day.isoformat(), "period": periods[n], "course": "C", "status": status, "hours": 2}
            for n in range(count)
        ]
        return self.facts.add("attendance", rows)

    def evaluate(self, day: date, now: datetime | None = None):
        return actions.evaluate(as_of=day, by=None, now=now or at(day), snapshot=self.facts.snapshot)

    def alert(self) -> Alert:
        return Alert.objects.get(student_id=self.sid)


@pytest.fixture
def days(data_folder) -> Days:
    return Days(data_folder)


def test_first_firing_opens_with_values_and_tells(days):
    publish()
    days.attendance(MON, "absent", 3)
    done = days.evaluate(MON)
    alert = days.alert()
    assert done.changed and (done.run.opened, done.run.fired) == (1, 1)
    assert (alert.state, alert.level, alert.opened_on, alert.episodes) == ("open", 3, MON, 1)
    assert list(alert.values.values_list("indicator", "value")) == [("absences_term", 3.0)]
    assert [event.kind for event in alert.events.all()] == ["opened"]
    assert Entry.objects.filter(kind="alerts.evaluated", about__subject=f"student:{days.sid}").exists()
    assert computing.run_file(done.run.path).exists()


def test_the_same_again_changes_nothing_and_says_so(days):
    publish()
    days.attendance(MON, "absent", 3)
    first = days.evaluate(MON)
    before = [
        list(table.objects.order_by("pk").values())
        for table in (Run, RunRule, Alert, AlertValue, AlertEvent, StudentLevel, LevelCount, Entry)
    ]
    again = days.evaluate(MON)
    assert not again.changed and again.run == first.run and "没有任何改变" in again.sentence
    assert before == [
        list(t.objects.order_by("pk").values()) for t in (Run, RunRule, Alert, AlertValue, AlertEvent, StudentLevel, LevelCount, Entry)
    ]


def test_a_day_that_others_followed_is_not_done_twice(days):
    publish()
    days.attendance(MON, "absent", 3)
    first = days.evaluate(MON)
    days.evaluate(TUE)
    again = days.evaluate(MON, now=at(TUE))
    assert (again.changed, again.run) == (False, first.run) and Run.objects.count() == 2


def test_two_known_false_runs_of_different_days_clear(days):
    publish(when="absent_days_running >= 1")
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    days.attendance(TUE, "present", 3)
    days.evaluate(TUE)
    assert (days.alert().state, days.alert().false_runs) == ("open", 1)
    days.facts.add("library_loan", [])  # another batch on the same day: a second run, not a second day
    days.evaluate(TUE)
    assert (days.alert().state, days.alert().false_runs) == ("open", 1)
    days.evaluate(WED)
    alert = days.alert()
    assert (alert.state, alert.cleared_on) == ("cleared", WED)
    assert [event.kind for event in alert.events.all()] == ["opened", "cleared"]


def test_a_cleared_alert_reopens_and_is_not_repeated(days):
    publish(when="absent_days_running >= 1")
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    days.attendance(TUE, "present", 3)
    for day in (TUE, WED):
        days.evaluate(day)
    days.attendance(THU, "absent", 3)
    done = days.evaluate(THU)
    alert = days.alert()
    assert (done.run.opened, done.run.reopened) == (0, 1)
    assert (alert.state, alert.opened_on, alert.episodes, alert.false_runs, alert.cleared_on) == ("open", THU, 2, 0, None)
    assert [event.kind for event in alert.events.all()] == ["opened", "cleared", "reopened"]


def test_unknown_never_clears(days):
    publish(when="absences_term >= 3")
    batch = days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    days.facts.snapshot = days.facts.snapshot.without(batch.id)  # retracted: nothing is known of attendance any more
    for day in (TUE, WED, THU, FRI):
        done = days.evaluate(day)
        assert RunRule.objects.get(run=done.run).unknown == len(days.sids)
    alert = days.alert()
    assert (alert.state, alert.false_runs, alert.unknown_since) == ("open", 0, TUE)
    assert StudentLevel.objects.get(student_id=days.sid).unknown_count == 0  # nobody's data came: the department is silent, not the student
    days.attendance(FRI, "absent", 4)
    days.evaluate(FRI)
    assert (days.alert().unknown_since, days.alert().last_fired_on) == (None, FRI)


def test_a_student_without_data_is_unknown_and_never_fine(days):
    publish()
    days.attendance(MON, "present", 2)
    done = days.evaluate(MON)
    assert done.run.unknown == len(days.sids) - 1
    assert not Alert.objects.exists()


def test_who_lacks_what_the_class_has_is_counted(days):
    publish(when="absences_term >= 3")
    *others, missing = days.sids
    for sid in others:
        days.attendance(MON, "present", 1, sid=sid)
    days.evaluate(MON)
    counted = dict(StudentLevel.objects.values_list("student_id", "unknown_count"))
    assert counted == {**dict.fromkeys(others, 0), missing: 1}


def test_a_lower_tier_that_gave_way_to_a_graver_one_is_not_told_as_better(days):
    for code, when, level in (("mild", "absences_term BETWEEN 1 AND 2", 1), ("grave", "absences_term >= 3", 3)):
        made = Rule(code, code, code, parse(when, rulebook.names()), level, 10, "attendance", "", "", "", family="absences")
        actions.publish_rule(rule=made, by=None, now=at(MON))
    days.attendance(MON, "absent", 1)
    days.evaluate(MON)
    days.attendance(TUE, "absent", 3)
    for day in (TUE, WED):
        days.evaluate(day)
    told = [entry.title for entry in profile.episodes(reader_of("林老师"), days.sid)]
    assert told == ["mild：升级", "grave：触发", "mild：触发"]


def test_values_are_added_never_changed(days):
    publish(when="absences_term >= 3")
    days.attendance(MON, "absent", 3)
    first = days.evaluate(MON).run
    days.attendance(TUE, "absent", 2)
    second = days.evaluate(TUE).run
    third = days.evaluate(WED).run
    rows = list(days.alert().values.order_by("id").values_list("run_id", "value"))
    assert rows == [(first.pk, 3.0), (second.pk, 5.0)]
    assert (days.alert().values_run_id, days.alert().run_id) == (second.pk, third.pk)


def test_dismissed_stays_until_the_values_get_worse(days):
    publish(when="absences_term >= 3")
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    lin = reader_of("林老师")
    assert StudentLevel.objects.get(student_id=days.sid).level == 3
    actions.dismiss(alert=days.alert().pk, reason="explained", by=lin, now=at(MON))
    assert StudentLevel.objects.get(student_id=days.sid).level == 0
    days.evaluate(TUE)
    assert (days.alert().state, days.alert().last_fired_on) == ("dismissed", TUE)
    days.attendance(WED, "absent", 1)
    days.evaluate(WED)
    alert = days.alert()
    assert (alert.state, alert.dismissed_run, alert.dismissed_reason) == ("open", None, "")
    assert [(event.kind, event.reason) for event in alert.events.all()] == [("opened", ""), ("dismissed", "explained"), ("worsened", "")]
    assert rulebook.dismissals() == {"absent": {"explained": 1}}


def test_dismissed_clears_and_fires_anew(days):
    publish(when="absent_days_running >= 1")
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    actions.dismiss(alert=days.alert().pk, reason="data_wrong", by=reader_of("林老师"), now=at(MON))
    days.attendance(TUE, "present", 3)
    for day in (TUE, WED):
        days.evaluate(day)
    assert days.alert().state == "cleared"
    days.attendance(THU, "absent", 3)
    days.evaluate(THU)
    assert days.alert().state == "open"


def test_snoozed_comes_back_on_its_day(days):
    publish(when="absences_term >= 3")
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    actions.snooze(alert=days.alert().pk, until=WED, by=reader_of("林老师"), now=at(MON))
    days.evaluate(TUE)
    assert days.alert().state == "snoozed"
    days.evaluate(WED)
    assert (days.alert().state, days.alert().snoozed_until) == ("open", None)
    assert days.alert().events.last().kind == "woken"


def test_acknowledged_stays_acknowledged_while_it_fires(days):
    publish(when="absences_term >= 3")
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    assert actions.acknowledge(alert=days.alert().pk, by=reader_of("林老师"), now=at(MON)).state == "acknowledged"
    days.attendance(TUE, "absent", 2)
    days.evaluate(TUE)
    assert days.alert().state == "acknowledged"
    assert StudentLevel.objects.get(student_id=days.sid).level == 3


ANSWERS = {"acknowledge": {}, "dismiss": {"reason": "explained"}, "snooze": {"until": FRI}, "return": {}}
ACTIONS = {"acknowledge": actions.acknowledge, "dismiss": actions.dismiss, "snooze": actions.snooze, "return": actions.return_to_open}
EXTRA = {"dismissed": {"dismissed_reason": "explained"}, "snoozed": {"snoozed_until": FRI}, "cleared": {"cleared_on": MON}}


@pytest.fixture
def in_state(days):
    publish(when="absences_term >= 3")
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)

    def put(state: str) -> Alert:
        from shouwang.trust.ledger.actions import record
        from shouwang.trust.ledger.guard import told

        alert = days.alert()
        extra = EXTRA.get(state, {}) | ({"dismissed_run": alert.values_run} if state == "dismissed" else {})
        with told():
            Alert.objects.filter(pk=alert.pk).update(state=state, **extra)
            record("test.put", by=None, about=[], now=NOW)
        return days.alert()

    return put


@pytest.mark.parametrize("state", policies.STATES)
@pytest.mark.parametrize("move", policies.PERSON_MOVES)
def test_every_state_by_every_move_of_a_person(days, in_state, state, move):
    alert = in_state(state)
    act = lambda: ACTIONS[move](alert=alert.pk, by=reader_of("林老师"), now=at(TUE), **ANSWERS[move])  # noqa: E731
    if (state, move) in policies.MOVES:
        assert act().state == policies.MOVES[state, move] == days.alert().state
        assert days.alert().events.last().kind == policies.EVENT_OF_MOVE[move]
    else:
        with pytest.raises(actions.CannotHandle) as refused:
            act()
        assert str(refused.value) == policies.why_not(move, state=state)
        assert days.alert().state == state


@pytest.mark.parametrize("state", policies.STATES)
@pytest.mark.parametrize("holds", [True, False, None])
@pytest.mark.parametrize("worse", [True, False])
@pytest.mark.parametrize("due", [True, False])
@pytest.mark.parametrize("false_runs", [1, 2])
def test_every_state_by_every_finding_of_a_run(state, holds, worse, due, false_runs):
    moves = policies.run_moves(state, holds, worse=worse, due=due, false_runs=false_runs)
    now = policies.after(state, moves)
    assert now in policies.STATES
    if holds is None:
        assert "clear" not in moves and (now == state or (state, now, due) == ("snoozed", "open", True))
    if holds is False:
        assert (now == "cleared") == (state == "cleared" or false_runs >= 2)
    if holds and state == "cleared":
        assert now == "open"
    if holds and state == "dismissed":
        assert now == ("open" if worse else "dismissed")
    if holds and state == "acknowledged":
        assert now == "acknowledged"


@pytest.mark.parametrize("name", ["孙外人", "钱管理员", "赵妈妈", "宋小雨", "刘班长", "方审计", "王宿管"])
def test_who_may_not_see_an_alert_cannot_move_it(days, in_state, name):
    alert = in_state("open")
    for move, act in ACTIONS.items():
        with pytest.raises(actions.CannotHandle):
            act(alert=alert.pk, by=reader_of(name), now=at(TUE), **ANSWERS[move])
    if name in ("孙外人", "王宿管"):
        assert actions.bulk_acknowledge(alerts=[alert.pk], by=reader_of(name), now=at(TUE)) == (0, 1)
    assert days.alert().state == "open"


def test_a_leader_sees_but_does_not_handle(days, in_state):
    with pytest.raises(actions.CannotHandle):
        actions.acknowledge(alert=in_state("open").pk, by=reader_of("郑校长"), now=at(TUE))


def test_bulk_acknowledge_says_what_it_left(days, in_state):
    alert = in_state("open")
    assert actions.bulk_acknowledge(alerts=[alert.pk, 999_999], by=reader_of("林老师"), now=at(TUE)) == (1, 1)
    assert actions.bulk_acknowledge(alerts=[alert.pk], by=reader_of("林老师"), now=at(TUE)) == (0, 1)
    assert days.alert().state == "acknowledged"


def test_the_graver_the_shorter_the_snooze(days, in_state):
    alert = in_state("open")
    for until in (TUE, MON, TUE + timedelta(days=15)):
        with pytest.raises(actions.CannotHandle):
            actions.snooze(alert=alert.pk, until=until, by=reader_of("林老师"), now=at(TUE))
    with pytest.raises(actions.CannotHandle):
        actions.dismiss(alert=alert.pk, reason="no such reason", by=reader_of("林老师"), now=at(TUE))


def test_one_broken_rule_silences_only_itself(days, monkeypatch):
    publish(code="good", when="absences_term >= 3")
    publish(code="bad", when="absences_term >= 2")
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    assert Alert.objects.count() == 2
    real = computing.verdict_sql
    monkeypatch.setattr(computing, "verdict_sql", lambda rules: real(rules).replace("CAST(2 AS DOUBLE)", "no_such_column"))
    done = days.evaluate(TUE)
    quarantined = RunRule.objects.get(run=done.run, rule__code="bad")
    assert "no_such_column" in quarantined.error and "已隔离：bad" in done.sentence
    assert RunRule.objects.get(run=done.run, rule__code="good").fired == 1
    assert Alert.objects.get(rule_code="bad").unknown_since == TUE
    days.evaluate(WED)
    days.evaluate(THU)
    assert Alert.objects.get(rule_code="bad").state == "open"


def test_a_past_day_keeps_figures_and_touches_no_alert(days):
    publish()
    days.attendance(MON, "absent", 2)
    days.evaluate(TUE)
    days.attendance(MON, "absent", 4)
    done = days.evaluate(MON, now=at(TUE))
    assert done.run.is_historic and not Alert.objects.exists() and "早于最近一次评估" in done.sentence
    assert done.run.fired == 1 and LevelCount.objects.filter(run=done.run, level=3).exists()
    assert not days.evaluate(MON, now=at(TUE)).changed


def test_no_alert_for_a_term_that_is_over(days):
    publish()
    spring = date(2025, 5, 12)
    days.attendance(spring, "absent", 4)
    done = days.evaluate(spring, now=at(MON))
    assert done.run.is_historic and not Alert.objects.exists() and "学期已经结束" in done.sentence
    with pytest.raises(actions.CannotEvaluate):
        days.evaluate(FRI, now=at(MON))


def test_a_new_version_takes_over_the_alert_and_a_retired_rule_withdraws_it(days):
    publish(when="absences_term >= 3", level=2)
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    second = publish(when="absences_term >= 2", level=4)
    assert second.version == 2
    days.evaluate(TUE)
    assert (days.alert().level, days.alert().rule_version) == (4, second)
    actions.retire_rule(code="absent", by=reader_of("吴教务"), now=at(TUE))
    publish(code="other", when="absences_term >= 30")
    days.evaluate(WED)
    assert (days.alert().state, days.alert().events.last().kind) == ("cleared", "withdrawn")
    with pytest.raises(actions.CannotPublish):
        actions.retire_rule(code="other", by=reader_of("林老师"), now=at(WED))


def test_the_level_is_the_worse_of_worst_rule_and_band(days):
    publish(code="a", when="absences_term >= 1", level=1, weight=60)
    publish(code="b", when="absences_term >= 2", level=1, weight=90)
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    level = StudentLevel.objects.get(student_id=days.sid)
    assert (level.level, level.score, level.since_on) == (4, 150, MON)
    run = Run.objects.get()
    school = LevelCount.objects.get(run=run, unit__kind="school", level=4)
    assert school.n == 1 and LevelCount.objects.get(run=run, unit__kind="school", level=0).n == len(days.sids) - 1


def test_presets_are_installed_once_and_leave_edited_rules(days):
    n = actions.install_presets(preset="higher", by=None, now=at(MON))
    rows = list(RuleVersion.objects.values_list("code", "version", "retired_at"))
    assert n == len(rows) > 10 and n == actions.install_presets(preset="higher", by=None, now=at(TUE))
    assert rows == list(RuleVersion.objects.values_list("code", "version", "retired_at"))
    publish(code=rows[0][0], when="absences_term >= 9")
    assert actions.install_presets(preset="higher", by=None, now=at(TUE)) == n - 1
    assert RuleVersion.objects.get(code=rows[0][0], retired_at=None).condition == "absences_term >= 9"
    with pytest.raises(actions.CannotPublish):
        actions.install_presets(preset="nonsense", by=None, now=at(MON))


def test_a_run_that_is_undone_by_the_next_is_applied_again(days):
    """Accept, evaluate, retract, evaluate: the snapshot is the first one again, but the alerts are not."""
    publish()
    empty = days.facts.snapshot
    days.evaluate(MON)
    days.attendance(MON, "absent", 3)
    days.evaluate(MON)
    days.facts.snapshot = empty
    done = days.evaluate(MON)
    assert done.changed and days.alert().unknown_since == MON
