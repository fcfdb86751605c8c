"""What people do with a report: acknowledge, take it, pass it on, ask others as well, add, link, merge, resolve, reopen."""

from collections.abc import Callable, Collection
from datetime import datetime

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import why_not as why_not_able
from shouwang.trust.ledger.guard import told
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.incidents.actions import steps
from shouwang.work.incidents.actions.steps import CannotAct
from shouwang.work.incidents.models import Ask, Incident, IncidentStudent
from shouwang.work.incidents.network import CLOCKS, load
from shouwang.work.incidents.policies import HANDLE_WITHIN, LADDER, LONGEST_WORDS, MOVES, OUTCOMES, pick, why_not, why_not_reason
from shouwang.work.incidents.queries import seeing
from shouwang.work.notifications import actions as notifications


def acknowledge(*, incident: int, by: Reader, now: datetime) -> Incident:
    """Somebody who was asked has it: nobody else is waited for, and the clock of handling begins. CannotAct with the reason.

    Who was asked when somebody had it already joins them.
    """
    with told():
        found = Incident.objects.select_for_update(of=("self",)).filter(pk=incident).first()
        if found is not None and (found.state, "join") in MOVES and seeing.is_waited_for(by, found):
            return join(incident=incident, by=by, now=now)
        return _act("acknowledge", incident, by, now, lambda found: _answered(found, by, now))


def join(*, incident: int, by: Reader, now: datetime) -> Incident:
    """Somebody has it, and whoever was asked as well answers for their own station; who handles it stays. CannotAct with the reason."""
    return _act("join", incident, by, now, lambda found: _answered(found, by, now), said="acknowledge")


def handle(*, incident: int, by: Reader, now: datetime, note: str = "") -> Incident:
    """Somebody takes it, or says what they did. CannotAct with the reason."""

    def change(found: Incident) -> None:
        before = found.handler_id
        _answered(found, by, now)
        found.handler_id = by.account_id
        if before is not None and before != by.account_id:
            _notify("incident.added", [before], found, by.account_id, now)  # on its page they read who has it now
        deadlines.rehand(ref=_handling(found), owner=by.account_id, by=by.account_id, now=now)

    return _act("handle", incident, by, now, change, text=note)


def pass_on(*, incident: int, station: str, reason: str, by: Reader, now: datetime) -> Incident:
    """Another station answers from now on; the clock begins anew there. CannotAct with the reason."""
    _needs_reason(reason, by)

    def change(found: Incident) -> None:
        steps.end_levels(found, answered_by=by.account_id, by=by.account_id, now=now, move="pass")
        deadlines.cancel(ref=_handling(found), by=by.account_id, now=now)
        notifications.settle(ref=found.ref, by=by.account_id, now=now)  # the old station is not called again; the new one is, below
        _mark_answered(found, by, now)
        found.handler_id = None
        found.save()
        _open(found, [station], "passed", reason=reason, by=by, now=now)

    return _act("pass_on", incident, by, now, change, code=station, text=reason)


def involve(*, incident: int, stations: Collection[str], reason: str, by: Reader, now: datetime) -> Incident:
    """Several levels at once: these stations are asked as well. CannotAct with the reason."""
    _needs_reason(reason, by)

    def change(found: Incident) -> None:
        _open(found, stations, "involved", reason=reason, by=by, now=now)

    return _act("involve", incident, by, now, change, code=" ".join(sorted(stations))[:40], text=reason)


def add(*, incident: int, note: str, by: Reader, now: datetime) -> Incident:
    """A word more, by the reporter or anybody who takes part; whoever handles it hears. CannotAct with the reason."""
    if not note.strip():
        raise CannotAct(pick(by.lang, "请写要补充的情况。", "Write what there is to add."))

    def change(found: Incident) -> None:
        if found.handler_id and found.handler_id != by.account_id:
            _notify("incident.added", [found.handler_id], found, by.account_id, now)

    return _act("add", incident, by, now, change, text=note)


def link(*, incident: int, sid: int, by: Reader, now: datetime) -> Incident:
    """The matter is about this student as well. CannotAct when there is none or the reader may not know."""

    def change(found: Incident) -> None:
        student = access.student(by, sid)
        if student is None:
            raise CannotAct(pick(by.lang, "名单里没有这位同学。", "There is no such student on your list."))
        if found.students.filter(student=student).exists():
            raise CannotAct(pick(by.lang, "已经关联了这位同学。", "The student is linked already."))
        IncidentStudent.objects.create(incident=found, student=student, linked_by_id=by.account_id, linked_at=now)
        if found.students.count() == 1:  # until now it lay where its reporter stands
            steps.go_to_student(found, by=by.account_id, now=now)

    return _act("link", incident, by, now, change)


def resolve(*, incident: int, outcome: str, note: str, reply: str, by: Reader, now: datetime) -> Incident:
    """It is dealt with: what came of it, and a word for whoever reported it. CannotAct with the reason."""
    if outcome not in OUTCOMES:
        raise CannotAct(pick(by.lang, "请选择结果。", "Choose what came of it."))
    if why := why_not_reason(note, by.lang):
        raise CannotAct(why)

    def change(found: Incident) -> None:
        found.outcome, found.resolved_at = outcome, now
        found.handler_id = found.handler_id or by.account_id
        deadlines.meet(ref=_handling(found), by=by.account_id, now=now)
        steps.end_levels(found, answered_by=by.account_id, by=by.account_id, now=now)
        notifications.settle(ref=found.ref, by=by.account_id, now=now)  # stations asked while it was in hand
        if reply.strip():
            steps.note(found, "reply", by=by.account_id, now=now, text=reply)
        _close_loop(found, by.account_id, now)

    return _act("resolve", incident, by, now, change, code=outcome, text=note)


def reopen(*, incident: int, reason: str, by: Reader, now: datetime) -> Incident:
    """It was not over after all: whoever handled it has it again. CannotAct with the reason."""
    _needs_reason(reason, by)

    def change(found: Incident) -> None:
        found.outcome, found.resolved_at = "", None
        if found.handler_id is None:
            found.handler_id = by.account_id
        _start_handling(found, by.account_id, now)
        if found.handler_id != by.account_id:
            _notify("incident.reopened", [found.handler_id], found, by.account_id, now, key=f"{found.ref}/{now.isoformat()}")

    return _act("reopen", incident, by, now, change, text=reason)


def merge(*, incident: int, into: int, by: Reader, now: datetime) -> Incident:
    """Two reports of one matter: this one goes into the other, with its students and its reporter's claim to hear. CannotAct with the reason."""
    seen = seeing.incident(by, into)
    if seen is None or into == incident or not seeing.may_read(by, seen):
        raise CannotAct(
            pick(
                by.lang,
                "没有这件事，请填写您能看到的另一件的编号。",
                "There is no such report; give the number of another that you can read.",
            )
        )

    def change(found: Incident) -> None:
        target = Incident.objects.get(pk=into)
        if not target.is_open:
            raise CannotAct(pick(by.lang, "那一件已经结束，请先重新打开它。", "The other one is over; reopen it first."))
        known = set(target.students.values_list("student_id", flat=True))
        for one in found.students.exclude(student_id__in=known):
            IncidentStudent.objects.create(incident=target, student_id=one.student_id, linked_by_id=by.account_id, linked_at=now)
        if not known and steps.go_to_student(target, by=by.account_id, now=now):
            target.save()
        steps.end_levels(found, answered_by=by.account_id, by=by.account_id, now=now)
        deadlines.cancel(ref=_handling(found), by=by.account_id, now=now)
        notifications.settle(ref=found.ref, by=by.account_id, now=now)  # it is asked for under the number of the other alone
        found.merged_into = target
        steps.note(target, "merged_here", by=by.account_id, now=now, code=str(found.pk))

    with told():
        # Always in this order: who merges A into B must not wait for who merges B into A.
        list(Incident.objects.select_for_update(of=("self",)).filter(pk__in=(incident, into)).order_by("pk").values_list("pk"))
        return _act("merge", incident, by, now, change, code=str(into), about=[f"incident:{into}"])


def became_case(*, incident: int, ref: str, by: Reader, now: datetime) -> Incident:
    """A case took it up (front.pipeline.casework): the matter is handled there. CannotAct with the reason."""

    def change(found: Incident) -> None:
        found.case_ref = ref
        found.handler_id = found.handler_id or by.account_id

    return _act("open_case", incident, by, now, change, code=ref, about=[ref])


def pause(*, incident: int, reason: str, until: datetime, by: Reader, now: datetime) -> None:
    """Something must be waited for: the clock of handling stands still. CannotAct with the reason."""
    _clocked(
        incident,
        by,
        now,
        kind="wait",
        reason=reason,
        change=lambda ref: deadlines.pause(ref=ref, reason=reason, until=until, by=by, now=now),
    )


def resume(*, incident: int, by: Reader, now: datetime) -> None:
    """The clock of handling runs on. CannotAct with the reason."""
    _clocked(incident, by, now, kind="resume", reason="", change=lambda ref: deadlines.resume(ref=ref, by=by, now=now))


def _act(
    move: str,
    pk: int,
    by: Reader,
    now: datetime,
    change: Callable[[Incident], None],
    *,
    code: str = "",
    text: str = "",
    about: Collection[str] = (),
    said: str = "",
) -> Incident:
    """Check, change, tell the ledger: the same for every move. `said`: the move under which it is told, if another."""
    if len(text) > LONGEST_WORDS:
        raise CannotAct(pick(by.lang, f"文字最多 {LONGEST_WORDS} 字。", f"At most {LONGEST_WORDS} characters."))
    with told():
        found = _allowed(move, pk, by)
        change(found)
        found.state = MOVES[found.state, move]
        found.save()
        steps.note(found, said or move, by=by.account_id, now=now, code=code, text=text)
        steps.told_of(f"{said or move}_done", found, by=by.account_id, now=now, about=about, code=code)
    return found


def _allowed(move: str, pk: int, by: Reader) -> Incident:
    """The report, locked, when this reader may do this with it now."""
    seen = seeing.incident(by, pk)
    if seen is None:
        raise CannotAct(pick(by.lang, "没有这件事。", "There is no such report."))
    found = Incident.objects.select_for_update(of=("self",)).get(pk=pk)
    ability = "incidents_act" if move != "add" and not (move == "reopen" and found.reporter_id == by.account_id) else "report"
    refused = why_not_able(by, ability) or why_not(move, state=found.state, parts=seeing.parts(by, found), lang=by.lang)
    if refused:
        raise CannotAct(refused)
    return found


def _answered(found: Incident, by: Reader, now: datetime) -> None:
    """The first answer to a report: everybody who was asked can stop; the reporter hears that somebody has it. A later one is for one's own station."""
    _mark_answered(found, by, now)
    if found.state != Incident.State.REPORTED:
        steps.answer_own(found, by=by.account_id, now=now)
        return
    steps.end_levels(found, answered_by=by.account_id, by=by.account_id, now=now)
    found.acknowledged_at = found.acknowledged_at or now
    found.handler_id = found.handler_id or by.account_id
    _start_handling(found, by.account_id, now)
    if found.reporter_id != by.account_id:
        _notify("incident.answered", [found.reporter_id], found, by.account_id, now, url=f"/report/{found.pk}/")
    notifications.settle(ref=found.ref, by=by.account_id, now=now)  # a crisis message is not said again; all others hear who took it


def _mark_answered(found: Incident, by: Reader, now: datetime) -> None:
    Ask.objects.filter(incident=found, account=by.account_id, answered_at=None).update(answered_at=now)


def _start_handling(found: Incident, by: int, now: datetime) -> None:
    deadlines.start(
        ref=_handling(found),
        kind="incident.handling",
        owner=found.handler_id or by,
        ladder=LADDER[found.urgency],
        within=HANDLE_WITHIN[found.urgency],
        clock="round" if CLOCKS[found.urgency] == "round" else "service",
        unit_path=found.unit_path,
        dorm_path=found.dorm_path,
        url=f"/incidents/{found.pk}/",
        by=by,
        now=now,
    )


def _handling(found: Incident) -> str:
    return f"{found.ref}/handling"


def _open(found: Incident, stations: Collection[str], why: str, *, reason: str, by: Reader, now: datetime) -> None:
    if not stations or set(stations) - set(load().stations):
        raise CannotAct(pick(by.lang, "请选择转给哪一级。", "Choose a station."))
    made = steps.open_step(found, stations, why=why, by=by.account_id, now=now, reason=reason)
    if len(made) < len(set(stations)):
        empty = set(stations) - {level.station for level in made}
        zh = "、".join(load().stations[code].zh for code in sorted(empty))
        raise CannotAct(
            pick(by.lang, f"{zh}目前没有人任职，请选择其他层级，或先指定责任人。", "Nobody holds that post now; choose another station.")
        )


def _close_loop(found: Incident, by: int, now: datetime) -> None:
    """Everybody who raised it hears, also those whose report was merged into it, or into one that was."""
    if found.reporter_id != by:
        _notify("loop.closed", [found.reporter_id], found, by, now, url=f"/report/{found.pk}/", key=f"{found.ref}/{now.isoformat()}")
    for one in found.merged.order_by("pk"):
        _close_loop(one, by, now)


def _notify(kind: str, to: Collection[int], found: Incident, by: int | None, now: datetime, *, url: str = "", key: str = "") -> None:
    words = {} if kind == "loop.closed" else {"number": found.pk}
    notifications.send(
        kind=kind,
        tier="important",
        to=to,
        ref=found.ref,
        url=url or f"/incidents/{found.pk}/",
        by=by,
        now=now,
        key=key or f"{found.ref}/{kind}/{now.isoformat()}",
        words=words,
    )


def _needs_reason(reason: str, by: Reader) -> None:
    if why := why_not_reason(reason, by.lang):
        raise CannotAct(why)


def _clocked(pk: int, by: Reader, now: datetime, *, kind: str, reason: str, change: Callable[[str], object]) -> None:
    with told():
        found = _allowed("handle", pk, by)
        try:
            change(_handling(found))
        except deadlines.CannotSet as refused:
            raise CannotAct(str(refused)) from refused
        steps.note(found, kind, by=by.account_id, now=now, text=reason)
        steps.told_of(f"{kind}_done", found, by=by.account_id, now=now)
