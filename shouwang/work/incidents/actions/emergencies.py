"""A leader starts a plan: everybody has their task at once. Acknowledging, finishing, the log, standing down, the review."""

from datetime import datetime

from django.db import IntegrityError
from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.common.schooltime import Within
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Unit
from shouwang.work.incidents.actions.steps import CannotAct
from shouwang.work.incidents.models import Emergency, EmergencyEntry, EmergencyTask
from shouwang.work.incidents.network import Plan, Task, plans
from shouwang.work.incidents.policies import (
    EMERGENCY_MOVES,
    LONGEST_WORDS,
    TASK_MOVES,
    pick,
    why_not_emergency,
    why_not_reason,
    why_not_task,
)
from shouwang.work.incidents.queries import emergencies as seeing
from shouwang.work.incidents.queries import seeing as reports
from shouwang.work.notifications import actions as notifications


def start(
    *, plan: str, unit: int, situation: str, by: Reader, now: datetime, incident: int | None = None, drill: bool = False
) -> Emergency:
    """Everybody whom the plan names for this place has their task in this moment. CannotAct with the reason.

    A task nobody holds the role for stands on the board without a person, until the leader names one.
    """
    one, place = _startable(plan, unit, situation, by)
    if incident is not None and reports.incident(by, incident) is None:
        raise CannotAct(pick(by.lang, "没有这件反馈。", "There is no such report."))
    try:
        return _begin(one, place, situation, incident=incident, drill=drill, by=by, now=now)
    except IntegrityError:
        if _is_running(one.code, place.path):  # pressed twice, or by two leaders, at the same moment
            raise _already(by) from None
        raise


def _begin(one: Plan, place: Unit, situation: str, *, incident: int | None, drill: bool, by: Reader, now: datetime) -> Emergency:
    with told():
        found = Emergency.objects.create(
            plan=one.code,
            unit_path=place.path,
            incident_id=incident,
            drill=drill,
            situation=situation.strip(),
            started_by_id=by.account_id,
            started_at=now,
        )
        _note(found, "start", by=by, now=now)
        ledger.record("emergencies.started", by=by.account_id, about=[found.ref], now=now, content={"plan": one.code, "drill": drill})
        people = seeing.people_for(one, place.path, timezone.localdate(now))
        for task in one.tasks:
            given: list[tuple[int | None, str]] = [*people[task.code].items()] or [(None, task.roles[0])]
            for account, role in given:
                _give(found, task, account, role, now)
        _tell(found, [task.account_id for task in found.tasks.all() if task.account_id], by, now)
    return found


def _startable(plan: str, unit: int, situation: str, by: Reader) -> tuple[Plan, Unit]:
    if refused := why_not(by, "emergency_start"):
        raise CannotAct(refused)
    one, place = plans().get(plan), seeing.places(by).filter(pk=unit).first()
    if one is None or place is None:
        raise CannotAct(pick(by.lang, "请选择预案，和您主管的学校或学院。", "Choose a plan, and the school or college you lead."))
    if why := why_not_reason(situation, by.lang):
        raise CannotAct(why)
    if len(situation) > LONGEST_WORDS:
        raise CannotAct(pick(by.lang, f"文字最多 {LONGEST_WORDS} 字。", f"At most {LONGEST_WORDS} characters."))
    if _is_running(plan, place.path):
        raise _already(by)
    return one, place


def _is_running(plan: str, path: str) -> bool:
    return Emergency.objects.filter(plan=plan, unit_path=path, state=Emergency.State.RUNNING).exists()


def _already(by: Reader) -> CannotAct:
    return CannotAct(pick(by.lang, "这里的同一预案正在进行，请到它的看板上处理。", "This plan is running there already; use its board."))


def _give(found: Emergency, task: Task, account: int | None, role: str, now: datetime) -> EmergencyTask:
    due_at = now + Within(task.within.count, "time").span if task.within.unit == "time" else now
    given = {"code": task.code, "role": role, "account_id": account, "given_at": now, "due_at": due_at}
    return EmergencyTask.objects.create(emergency=found, **given)


def _tell(found: Emergency, accounts: list[int], by: Reader, now: datetime) -> None:
    """To each a message of their own: it comes again until that person has acknowledged."""
    notes = [
        notifications.Note(
            kind="emergency.drill" if found.drill else "emergency.task",
            tier="crisis",
            to=[pk],
            ref=_own_ref(found, pk),
            url=f"/emergencies/{found.pk}/",
            key=f"{found.ref}/{now.isoformat()}",
            words={"title": plans()[found.plan].zh},
        )
        for pk in sorted(set(accounts))
    ]
    notifications.send_many(notes=notes, by=by.account_id, now=now)


def _own_ref(found: Emergency, account: int) -> str:
    return f"{found.ref}/account:{account}"


def do_task(*, task: int, move: str, by: Reader, now: datetime, note: str = "") -> EmergencyTask:
    """The person with the task acknowledges it or is done with it. CannotAct with the reason."""
    if refused := why_not(by, "emergencies"):
        raise CannotAct(refused)
    with told():
        one = EmergencyTask.objects.select_for_update(of=("self",)).filter(pk=task).first()
        if one is None or seeing.emergency(by, one.emergency_id) is None:
            raise CannotAct(pick(by.lang, "没有这项任务。", "There is no such task."))
        if why := why_not_task(move, state=one.state, mine=one.account_id == by.account_id, lang=by.lang):
            raise CannotAct(why)
        one.state = TASK_MOVES[one.state, move]
        one.acknowledged_at = one.acknowledged_at or now
        one.done_at = now if move == "finish" else None
        one.save()
        found = Emergency.objects.get(pk=one.emergency_id)
        notifications.settle(ref=_own_ref(found, by.account_id), by=by.account_id, now=now)
        _note(found, move, by=by, now=now, task=one, text=note)
        ledger.record(f"emergencies.task_{move}", by=by.account_id, about=[found.ref, f"emergency_task:{one.pk}"], now=now)
    return one


def name(*, task: int, account: int, by: Reader, now: datetime) -> EmergencyTask:
    """The leader gives a task to somebody: one that nobody holds, or in place of somebody who cannot. CannotAct with the reason."""
    with told():
        found = _allowed("name", EmergencyTask.objects.filter(pk=task).values_list("emergency_id", flat=True).first() or 0, by)
        one = EmergencyTask.objects.select_for_update(of=("self",)).get(pk=task)  # what its holder did meanwhile is seen, not overwritten
        person = Account.objects.select_related("staff").filter(pk=account, is_active=True, staff__is_current=True).first()
        if person is None:
            raise CannotAct(pick(by.lang, "请选择一位在职教职工。", "Choose a current member of staff."))
        if (one.state, "name") not in TASK_MOVES:
            raise CannotAct(pick(by.lang, "这项任务已经结束。", "This task is over."))
        if found.tasks.filter(code=one.code, account=person).exists():
            raise CannotAct(pick(by.lang, "这位教职工已经有这项任务，请另选一位。", "This person has the task already; choose another."))
        before, one.account, one.state = one.account_id, person, TASK_MOVES[one.state, "name"]
        one.acknowledged_at, one.given_at = None, now
        one.save()
        _note(found, "name", by=by, now=now, task=one)
        ledger.record("emergencies.named", by=by.account_id, about=[found.ref, f"account:{person.pk}"], now=now)
        if before and not found.tasks.filter(account=before, state=EmergencyTask.State.GIVEN).exists():
            notifications.settle(ref=_own_ref(found, before), by=by.account_id, now=now)  # nothing is asked of them any more
        _tell(found, [person.pk], by, now)
    return one


def log(*, emergency: int, note: str, by: Reader, now: datetime) -> Emergency:
    """One line for the log. CannotAct with the reason."""
    if not note.strip():
        raise CannotAct(pick(by.lang, "请写一句情况。", "Write what happened."))
    with told():
        found = _allowed("log", emergency, by)
        _note(found, "log", by=by, now=now, text=note)
        ledger.record("emergencies.logged", by=by.account_id, about=[found.ref], now=now)
    return found


def stand_down(*, emergency: int, ending: str, by: Reader, now: datetime) -> Emergency:
    """It is over: open tasks end with it, everybody hears. CannotAct with the reason."""
    if why := why_not_reason(ending, by.lang):
        raise CannotAct(why)
    with told():
        found = _allowed("stand_down", emergency, by)
        found.state = EMERGENCY_MOVES[found.state, "stand_down"]
        found.ending, found.stood_down_by_id, found.stood_down_at = ending.strip()[:LONGEST_WORDS], by.account_id, now
        found.save()
        for task in found.tasks.select_for_update(of=("self",)).filter(state__in=("given", "acknowledged")):
            task.state = TASK_MOVES[task.state, "end"]
            task.save()
        _note(found, "stand_down", by=by, now=now)
        ledger.record("emergencies.stood_down", by=by.account_id, about=[found.ref], now=now)
        everybody = set(found.tasks.exclude(account=None).values_list("account_id", flat=True))
        for account in sorted(everybody):
            notifications.settle(ref=_own_ref(found, account), by=by.account_id, now=now)
        notifications.send(
            kind="emergency.over",
            tier="important",
            to=sorted(everybody),
            ref=found.ref,
            url=f"/emergencies/{found.pk}/",
            by=by.account_id,
            now=now,
            key=found.ref,
            words={"title": plans()[found.plan].zh},
            at_once=True,
        )
    return found


def review(*, emergency: int, text: str, by: Reader, now: datetime) -> Emergency:
    """What went well, what did not, what changes. CannotAct with the reason."""
    if why := why_not_reason(text, by.lang):
        raise CannotAct(why)
    with told():
        found = _allowed("review", emergency, by)
        found.state = EMERGENCY_MOVES[found.state, "review"]
        found.review, found.reviewed_by_id, found.reviewed_at = text.strip()[:LONGEST_WORDS], by.account_id, now
        found.save()
        _note(found, "review", by=by, now=now)
        ledger.record("emergencies.reviewed", by=by.account_id, about=[found.ref], now=now)
    return found


def _allowed(move: str, pk: int, by: Reader) -> Emergency:
    """The emergency when this reader may do this with it now: locked, but for a line in the log. Within the caller's `told()`."""
    seen = seeing.emergency(by, pk)
    if seen is None:
        raise CannotAct(pick(by.lang, "没有这次应急。", "There is no such emergency."))
    # no_key: whoever is done with a task holds it and then writes to the log, whose row refers to the emergency; they do not wait for us.
    found = Emergency.objects.select_for_update(of=("self",), no_key=True).get(pk=pk) if move != "log" else seen
    refused = why_not(by, "emergencies") or why_not_emergency(move, state=found.state, parts=seeing.parts(by, found), lang=by.lang)
    if refused:
        raise CannotAct(refused)
    return found


def _note(found: Emergency, kind: str, *, by: Reader, now: datetime, task: EmergencyTask | None = None, text: str = "") -> None:
    note = text.strip()[:LONGEST_WORDS] or None
    EmergencyEntry.objects.create(emergency=found, kind=kind, task=task, by_id=by.account_id, at=now, note=note)
