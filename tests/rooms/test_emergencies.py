"""A leader names somebody for a task while others work on theirs: nothing done meanwhile is undone, and only whoever has the task is asked."""

import pytest
from django.db import connection
from django.db.models import QuerySet

from shouwang.trust.people.models import Unit
from shouwang.work.incidents import actions
from shouwang.work.incidents.actions import emergencies
from shouwang.work.incidents.models import EmergencyTask
from shouwang.work.incidents.queries import emergencies as boards
from shouwang.work.notifications.models import Message
from tests.worlds import NOW, account_of, reader_of, small_school

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def locks(monkeypatch):
    """PostgreSQL refuses a lock outside a transaction, SQLite knows none: each is taken within an action. How many were."""
    taken, original = [], QuerySet.select_for_update

    def inside(rows, *args, **kwargs):
        assert connection.savepoint_ids, "a row is locked outside `with told():` (the transaction around it is the test's)"
        taken.append(rows.model)
        return original(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", inside)
    return taken


@pytest.fixture
def found():
    small_school()
    unit = Unit.objects.get(code="YL").pk
    return emergencies.start(plan="missing-student", unit=unit, situation="一名同学失去联系", by=reader_of("郑校长"), now=NOW)


def name(task, who):
    return emergencies.name(task=task.pk, account=account_of(who).pk, by=reader_of("郑校长"), now=NOW)


def asking(found, who):
    """The messages that come again until this person answers."""
    return Message.objects.filter(ref=f"{found.ref}/account:{account_of(who).pk}", tier="crisis", is_asking=True, look_at__isnull=False)


def test_every_lock_is_taken_within_the_action(found, locks):
    mine, leader = found.tasks.get(account=account_of("王宿管")), reader_of("郑校长")
    emergencies.do_task(task=mine.pk, move="acknowledge", by=reader_of("王宿管"), now=NOW)
    locks.clear()
    name(found.tasks.get(code="search"), "高院长")
    assert EmergencyTask in locks, "whoever is done with it meanwhile waits, and so do we"
    emergencies.log(emergency=found.pk, note="已报警", by=leader, now=NOW)
    locks.clear()
    emergencies.stand_down(emergency=found.pk, ending="人已经找到", by=leader, now=NOW)
    assert EmergencyTask in locks
    emergencies.review(emergency=found.pk, text="门禁记录要更快拿到", by=leader, now=NOW)


def test_what_was_finished_meanwhile_stays_finished(found, monkeypatch):
    mine, seen = found.tasks.get(account=account_of("王宿管")), boards.emergency

    def finish_first(by, pk):
        monkeypatch.setattr(boards, "emergency", seen)
        emergencies.do_task(task=mine.pk, move="finish", by=reader_of("王宿管"), now=NOW, note="逐室清点完毕")
        return seen(by, pk)

    monkeypatch.setattr(boards, "emergency", finish_first)
    with pytest.raises(actions.CannotAct, match="已经结束"):
        name(mine, "高院长")


def test_whoever_had_the_task_is_asked_no_more(found):
    mine = found.tasks.get(account=account_of("王宿管"))
    assert asking(found, "王宿管").count() == 1
    name(mine, "高院长")
    assert not asking(found, "王宿管").exists() and asking(found, "高院长").exists()


def test_whoever_has_another_task_is_still_asked(found):
    first, second = found.tasks.get(account=account_of("王宿管")), found.tasks.get(code="search")
    name(second, "王宿管")
    name(second, "高院长")
    assert asking(found, "王宿管").exists(), "the first task waits for them"
    name(first, "高院长")
    assert not asking(found, "王宿管").exists()


def test_nobody_is_given_the_same_task_twice(found):
    mine = found.tasks.get(account=account_of("王宿管"))
    with pytest.raises(actions.CannotAct, match="已经有这项任务"):
        name(mine, "王宿管")
    assert asking(found, "王宿管").count() == 1


def test_a_task_that_is_not_there_and_somebody_who_is_not_there_are_refused(found):
    with pytest.raises(actions.CannotAct, match="没有这次应急"):
        emergencies.name(task=0, account=account_of("高院长").pk, by=reader_of("郑校长"), now=NOW)
    with pytest.raises(actions.CannotAct, match="在职"):
        emergencies.name(task=found.tasks.earliest("pk").pk, account=0, by=reader_of("郑校长"), now=NOW)


def test_pressed_twice_at_once_it_starts_once_and_the_second_is_told(found, monkeypatch):
    """Both saw that nothing was running: the database knows better, and the answer is a sentence."""
    given = {
        "plan": "food-poisoning",
        "unit": Unit.objects.get(code="YL").pk,
        "situation": "多名同学腹痛",
        "by": reader_of("郑校长"),
        "now": NOW,
    }
    seen = emergencies._startable(given["plan"], given["unit"], given["situation"], given["by"])
    emergencies.start(**given)
    said = Message.objects.count()
    monkeypatch.setattr(emergencies, "_startable", lambda *rest: seen)
    with pytest.raises(actions.CannotAct, match="正在进行"):
        emergencies.start(**given)
    assert Message.objects.count() == said
