"""After a delivery only those it is about are judged; the next whole run finds nothing to add."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Sum

from shouwang.common.paths import ancestors
from shouwang.trust.people.models import Unit
from shouwang.work.alerts import actions, policies, queries
from shouwang.work.alerts.models import Alert, LevelCount, Run, StudentLevel
from shouwang.work.alerts.queries import history
from tests.rooms.test_alerts import MON, TUE, Days, at, publish
from tests.worlds import NOW, reader_of

pytestmark = pytest.mark.django_db
STATUS = ("present", "absent", "absent", "leave")


@pytest.fixture
def days(data_folder) -> Days:
    made = Days(data_folder)
    publish(when="absences_term >= 3 OR absence_rate_30d > 0.99")
    publish("score", when="score_standing < -1", level=2)
    for sid in made.sids:
        made.attendance(MON, "present", 1, sid)
    made.facts.add("score", [_score(sid, 50 + 2 * at) for at, sid in enumerate(made.sids)])
    made.evaluate(MON)
    return made


def _score(sid: int, result: int) -> dict[str, object]:
    return {"sid": sid, "term": 20242, "course_code": "C1", "course_name": "高数", "credit": 4, "exam_kind": "normal", "result": result}


def touched(days: Days, day=MON):
    return actions.evaluate_touched(as_of=day, by=None, now=at(day), snapshot=days.facts.snapshot)


def standing() -> list[tuple[object, ...]]:
    alerts = Alert.objects.order_by("student", "rule_code").values_list("student", "rule_code", "state", "opened_on", "false_runs", "level")
    levels = StudentLevel.objects.order_by("student").values_list("student", "level", "score", "unknown_count", "since_on")
    return [*alerts, *levels]


def counts() -> list[tuple[object, ...]]:
    run = history.latest_run()
    return list(LevelCount.objects.filter(run=run, n__gt=0).order_by("unit", "level").values_list("unit", "level", "n", "unknown"))


def test_only_the_touched_are_judged_and_their_alert_can_be_reproduced(days):
    days.attendance(MON, "absent", 4, days.sid)
    done = touched(days)
    assert done and done.changed and (done.run.is_partial, done.run.students, done.run.opened) == (True, 1, 1)
    alert = Alert.objects.get(student_id=days.sid, rule_code="absent")
    assert alert.run == done.run and queries.reproduce(alert).same and queries.reproduce_run(done.run) == ()
    assert history.latest_run() != done.run
    by = reader_of("李秘书")
    assert queries.latest_values(by, days.sid)["absences_term"] == 4.0
    assert queries.indicator_history(by, days.sid, ["absences_term"]).values["absences_term"][-1] == 4.0


def test_random_deliveries_and_moves_of_people_judged_bit_by_bit_stand_as_after_one_whole_run(days):
    dice, people = random.Random(5), random.Random(7)
    for _ in range(6):
        sids = dice.sample(days.sids, dice.randrange(1, max(2, len(days.sids) // 4)))
        if dice.random() < 0.3:
            days.facts.snapshot = days.facts.snapshot.without(days.facts.snapshot.of("attendance")[-1].id)
        else:
            for sid in sids:
                days.attendance(MON, dice.choice(STATUS), dice.randrange(1, 6), sid)
        assert touched(days)
        somebody_handles_some(people)
        assert counts() == counted_by_hand()
    assert Alert.objects.filter(state="dismissed").exists() and Alert.objects.filter(state="acknowledged").exists()
    bit_by_bit, rollup = standing(), counts()
    whole = days.evaluate(MON)
    assert whole.changed and standing() == bit_by_bit and counts() == rollup
    school = Unit.objects.get(kind="school", is_current=True)
    assert LevelCount.objects.filter(run=whole.run, unit=school).aggregate(n=Sum("n"))["n"] == len(days.sids)


def somebody_handles_some(dice: random.Random) -> None:
    """Between two runs: an alert or two are dismissed, acknowledged or returned."""
    by = reader_of("陈主任")
    for alert in dice.sample(list(Alert.objects.exclude(state="cleared").order_by("pk")), 2):
        moves = [move for move in ("dismiss", "acknowledge", "return") if (alert.state, move) in policies.MOVES]
        if (move := dice.choice(moves)) == "dismiss":
            actions.dismiss(alert=alert.pk, reason="explained", by=by, now=NOW)
        else:
            {"acknowledge": actions.acknowledge, "return": actions.return_to_open}[move](alert=alert.pk, by=by, now=NOW)


def counted_by_hand() -> list[tuple[object, ...]]:
    """What the rollup must say of the students' levels as they stand."""
    units = dict(Unit.objects.filter(tree="organisation").values_list("path", "pk"))
    found: Counter[tuple[int, int]] = Counter()
    unknown: Counter[tuple[int, int]] = Counter()
    for path, level, none in StudentLevel.objects.values_list("student__unit_path", "level", "unknown_count"):
        for above in ancestors(path):
            found[units[above], level] += 1
            unknown[units[above], level] += bool(none)
    return [(*key, n, unknown[key]) for key, n in sorted(found.items())]


def test_a_dismissal_between_two_runs_moves_the_counts_at_once(days):
    days.attendance(MON, "absent", 4, days.sid)
    touched(days)
    actions.dismiss(
        alert=Alert.objects.get(student_id=days.sid, rule_code="absent").pk, reason="explained", by=reader_of("陈主任"), now=NOW
    )
    assert counts() == counted_by_hand()
    days.attendance(MON, "absent", 5, days.sid)
    assert touched(days).changed and counts() == counted_by_hand()


def test_a_whole_run_that_a_part_has_followed_is_made_again(days):
    """What came is taken out again and nobody judged that: the key is the first run's, the alerts are not."""
    first, before = Run.objects.get(), days.facts.snapshot
    days.attendance(MON, "absent", 4, days.sid)
    assert touched(days).run.opened == 1
    days.facts.snapshot = before
    done = days.evaluate(MON)
    assert done.changed and done.run.snapshot == first.snapshot and done.run != first
    assert Alert.objects.get(student_id=days.sid, rule_code="absent").false_runs == 1
    assert not days.evaluate(MON).changed
    days.evaluate(TUE)
    assert Alert.objects.get(student_id=days.sid, rule_code="absent").state == "cleared"


def test_a_whole_run_of_a_day_before_the_last_part_touches_no_alert(days):
    days.attendance(TUE, "absent", 4, days.sid)
    assert touched(days, TUE).run.opened == 1
    days.attendance(MON, "absent", 5, days.sids[1])
    before = standing()
    done = days.evaluate(MON, now=at(TUE))
    assert done.run.is_historic and standing() == before


def test_what_may_concern_everybody_is_left_to_a_whole_run(days):
    assert touched(days).changed is False  # nothing new
    fresh = days.facts.fork()
    days.facts.students(*days.sids[:1])
    assert touched(days) is None
    days.facts = fresh
    for sid in days.sids:
        days.attendance(MON, "absent", 4, sid)
    assert touched(days) is None  # nearly all of them
    days.facts = fresh
    publish("r9", when="absences_term >= 1")
    assert touched(days) is None


def test_a_day_before_the_last_run_and_no_run_at_all_have_no_part(days):
    days.attendance(MON, "absent", 4, days.sid)
    assert touched(days, MON - timedelta(days=1)) is None
    assert touched(days, TUE).run.as_of == TUE


def test_without_a_whole_run_there_is_no_part(data_folder):
    made = Days(data_folder)
    publish()
    made.attendance(MON, "absent", 4)
    assert touched(made) is None and not Run.objects.exists()
