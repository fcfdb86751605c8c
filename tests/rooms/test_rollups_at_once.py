"""Two writers at once on PostgreSQL: what a recount and a person's move, or two moves, do to the rollups adds up. SQLite has one writer at a time.

Run by `make trial`, which runs the whole room suite on PostgreSQL.
"""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from shouwang.trust.people.models import Unit
from shouwang.work.alerts import actions
from shouwang.work.alerts.actions import handling, levels, tallies
from shouwang.work.alerts.actions.lifecycle import Lifecycle
from shouwang.work.alerts.models import Alert, AlertTally, LevelCount, StudentLevel
from shouwang.work.alerts.queries.history import latest_run
from tests.rooms.test_alerts import MON, TUE, Days, at, publish
from tests.worlds import NOW, reader_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]
WAIT = 3.0  # seconds a thread lets the other one go ahead, if it can


@pytest.fixture
def days(data_folder) -> Days:
    made = Days(data_folder)
    publish()
    for sid in made.sids[:2]:
        made.attendance(MON, "absent", 3, sid)
    made.evaluate(MON)
    return made


def dismiss(alert: int) -> None:
    actions.dismiss(alert=alert, reason="explained", by=reader_of("陈主任"), now=NOW)


def started(what: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            what()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_move_during_a_recount_is_counted(days, monkeypatch):
    """A partial run's recount has read the alerts; before it replaces the rows, somebody acknowledges one that the run does not touch.

    Many at once, as that changes no level: a dismissal would wait for the run at the counts of levels already.
    """
    counted, handled = threading.Event(), threading.Event()
    above, first = tallies._above, threading.Lock()

    def slow(*given):
        if threading.current_thread() is recount and first.acquire(blocking=False):
            counted.set()
            handled.wait(WAIT)
        return above(*given)

    monkeypatch.setattr(tallies, "_above", slow)
    days.attendance(MON, "absent", 3, days.sids[5])
    begin = threading.Event()
    run = partial(actions.evaluate_touched, as_of=MON, by=None, now=at(MON), snapshot=days.facts.snapshot)
    recount = started(lambda: begin.wait() and run())
    begin.set()
    assert counted.wait(30)
    first_alert = [Alert.objects.order_by("pk")[0].pk]
    move = started(lambda: (actions.bulk_acknowledge(alerts=first_alert, by=reader_of("陈主任"), now=NOW), handled.set()))
    recount.join()
    move.join()
    school = Unit.objects.get(kind="school", is_current=True)
    kept = dict.fromkeys(("open", "acknowledged"), 0)
    for row in AlertTally.objects.filter(tree="organisation", place=school.path):
        kept[row.state] += row.n
    assert kept == {"open": 2, "acknowledged": 1}


def test_two_dismissals_at_once_move_the_counts_by_two(days, monkeypatch):
    """Both begin before either has written."""
    both, hold = threading.Barrier(2), levels.hold

    def meet(what: str) -> None:
        both.wait(WAIT)
        hold(what)

    monkeypatch.setattr(levels, "hold", meet)
    threads = [started(lambda pk=pk: dismiss(pk)) for pk in Alert.objects.values_list("pk", flat=True)]
    for thread in threads:
        thread.join()
    school = Unit.objects.get(kind="school", is_current=True)
    rows = LevelCount.objects.filter(run=latest_run(), unit=school, n__gt=0).values_list("level", "n")
    assert dict(rows) == {0: len(days.sids)} and not StudentLevel.objects.filter(level__gt=0).exists()


def test_a_dismissal_during_a_whole_run_stays(days, monkeypatch):
    """The run has read the alerts and not yet written; the level it computes must not be that of before the dismissal."""
    read, dismissed = threading.Event(), threading.Event()
    decide = Lifecycle.decide

    def slow(life: Lifecycle) -> object:
        read.set()
        dismissed.wait(WAIT)
        return decide(life)

    monkeypatch.setattr(Lifecycle, "decide", slow)
    days.attendance(TUE, "present", 1, days.sids[5])
    run = started(partial(days.evaluate, TUE))
    assert read.wait(30)
    alert = Alert.objects.order_by("pk")[0]
    move = started(lambda: (dismiss(alert.pk), dismissed.set()))
    run.join()
    move.join()
    alert.refresh_from_db()
    assert latest_run().as_of == TUE and alert.state == "dismissed"
    assert StudentLevel.objects.get(student=alert.student_id).level == 0
    school = Unit.objects.get(kind="school", is_current=True)
    rows = LevelCount.objects.filter(run=latest_run(), unit=school, n__gt=0).values_list("level", "n")
    assert dict(rows) == {0: len(days.sids) - 1, 3: 1}


def test_two_alerts_of_one_student_dismissed_at_once_leave_no_level(days, monkeypatch):
    """Both begin before either has written; whoever comes second sees the other's alert dismissed."""
    publish("absent_more", when="absences_term >= 2", level=2)
    days.evaluate(TUE)
    both, relevel = threading.Barrier(2), handling.relevel

    def meet(*given: object) -> None:
        both.wait(WAIT)
        relevel(*given)

    monkeypatch.setattr(handling, "relevel", meet)
    mine = Alert.objects.filter(student=days.sids[0]).values_list("pk", flat=True)
    threads = [started(partial(dismiss, pk)) for pk in mine]
    assert len(threads) == 2
    for thread in threads:
        thread.join()
    level = StudentLevel.objects.get(student=days.sids[0])
    assert (level.level, level.score) == (0, 0)
