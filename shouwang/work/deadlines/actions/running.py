"""One matter's time limit from its start to its end. Each action tells the ledger; none has a clock of its own."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from django.db import transaction

from shouwang.common.reader import Reader
from shouwang.common.schooltime import Clock, SchoolTime, Within
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.deadlines import moments
from shouwang.work.deadlines.models import Deadline, Pause, State
from shouwang.work.deadlines.policies import DEADLINE, LONGEST_PAUSE, ladders, pick, why_not
from shouwang.work.deadlines.queries import school_time

Actor = Reader | int | None


class CannotSet(Exception):
    """Why a time limit cannot be set, paused or changed; the message is for people, with the remedy."""


def start(
    *,
    ref: str,
    kind: str,
    owner: int,
    ladder: str,
    within: str,
    unit_path: str,
    url: str,
    by: Actor,
    now: datetime,
    clock: Clock = "service",
    dorm_path: str = "",
    student: int | None = None,
    is_new: bool = False,
) -> Deadline:
    """The matter must be answered within this time. One that runs already stays as it is: starting twice changes nothing.

    `is_new`: the matter itself was made by this action, so nothing can be running.

    CannotSet when the ladder is unknown or the calendar ends before the due moment. `within` as Within.parse reads it.
    """
    if ladder not in ladders():
        raise CannotSet(pick(_lang(by), f"没有名为 {ladder} 的催办阶梯。", f"There is no ladder {ladder}."))
    with _transaction():
        if not is_new and (running := _running(ref, "meet")) is not None:
            return running
        times = school_time()
        one = Deadline(
            ref=ref, kind=kind, owner_id=owner, ladder=ladder, clock=clock, within=within, unit_path=unit_path, dorm_path=dorm_path,
            student_id=student, url=url, started_at=now, due_at=times.due(now, Within.parse(within), clock),
        )  # fmt: skip
        one.look_at = moments.of_rung(one, times)
        with told(savepoint=False):  # what can be refused was refused above
            one.save()
            content = {"within": within, "clock": clock, "ladder": ladder, "due_at": one.due_at.isoformat()}
            _tell("started", one, by, now, content)
    return one


def meet(*, ref: str, by: Actor, now: datetime) -> Deadline | None:
    """The matter is answered: nobody hears of it any more. None when nothing was running."""
    return _end(ref, "meet", by, now)


def cancel(*, ref: str, by: Actor, now: datetime) -> Deadline | None:
    """The matter is gone (merged, withdrawn): nobody hears of it any more. None when nothing was running."""
    return _end(ref, "cancel", by, now)


def pause(*, ref: str, reason: str, until: datetime, by: Actor, now: datetime) -> Deadline:
    """The clock stands still until it is resumed, at the latest until `until`. CannotSet with the reason."""
    lang = _lang(by)
    if not reason.strip():
        raise CannotSet(pick(lang, "请写明为什么暂停，例如：等监护人回复。", "Say why it is paused."))
    if not now < until <= now + LONGEST_PAUSE:
        raise CannotSet(
            pick(lang, f"暂停须有结束时间，最长 {LONGEST_PAUSE.days} 天。", f"A pause ends within {LONGEST_PAUSE.days} days; say when.")
        )
    with told():
        one = _allowed(ref, "pause", lang)
        Pause.objects.create(deadline=one, reason=reason.strip(), from_at=now, until=until, by=_account(by))
        one.state, one.look_at = DEADLINE.after(one.state, "pause"), until
        one.save()
        _tell("paused", one, by, now, {"until": until.isoformat()})
    return one


def resume(*, ref: str, by: Actor, now: datetime) -> Deadline:
    """The clock runs on: what was left when it was paused is left now. CannotSet when it is not paused."""
    with told():
        one = _allowed(ref, "resume", _lang(by))
        run_on(one, now, school_time())
        _tell("resumed", one, by, now, {"due_at": one.due_at.isoformat()})
    return one


def rehand(*, ref: str, owner: int, by: Actor, now: datetime) -> Deadline | None:
    """Somebody else answers from now on; the clock and the ladder stand where they stood. None when nothing was running."""
    with _transaction():
        one = _running(ref, "rehand")
        if one is None or one.owner_id == owner:
            return one
        with told():
            one.owner_id = owner
            one.save()
            _tell("rehanded", one, by, now, {"owner": owner})
    return one


def change(*, ref: str, within: str, by: Actor, now: datetime) -> Deadline:
    """Another time limit, counted from the same start; every pause still counts, one that is running goes on. CannotSet when none runs."""
    with told():
        one = _allowed(ref, "change", _lang(by))
        times = school_time()
        one.within = within
        one.due_at = moments.due(one, times)
        if one.state == State.OPEN:
            one.look_at = moments.of_rung(one, times)
        one.save()
        _tell("changed", one, by, now, {"within": within, "due_at": one.due_at.isoformat()})
    return one


def run_on(one: Deadline, now: datetime, times: SchoolTime) -> None:
    """Ends the running pause of a deadline and moves the due moment by as much of its clock as stood still."""
    ended = min(now, one.look_at or now)  # a pause that is over ended when it said, also when the watch came later
    Pause.objects.filter(deadline=one, ended_at=None).update(ended_at=ended)
    one.state = DEADLINE.after(one.state, "resume")
    one.due_at = moments.due(one, times)
    one.look_at = moments.of_rung(one, times)
    one.save()


def _end(ref: str, move: str, by: Actor, now: datetime) -> Deadline | None:
    with _transaction():
        one = _running(ref, move)
        if one is None:
            return None
        with told(savepoint=False):
            if one.state == State.PAUSED:
                Pause.objects.filter(deadline=one, ended_at=None).update(ended_at=now)
            one.state, one.ended_at, one.look_at = DEADLINE.after(one.state, move), now, None
            one.save()
            late = max(now - one.due_at, timedelta(0))
            _tell(one.state, one, by, now, {"late_seconds": int(late.total_seconds())})
    return one


def _transaction() -> AbstractContextManager[object]:
    """The caller's where there is one: outside the action nothing is written that a savepoint would have to take back."""
    return nullcontext() if transaction.get_connection().in_atomic_block else transaction.atomic()


def _running(ref: str, move: str) -> Deadline | None:
    """The limit of the matter that may make this move; there is one at most."""
    return Deadline.objects.select_for_update(of=("self",)).filter(ref=ref, state__in=DEADLINE.before(move)).first()


def _allowed(ref: str, move: str, lang: str) -> Deadline:
    one = Deadline.objects.select_for_update(of=("self",)).filter(ref=ref).order_by("-pk").first()
    if one is None:
        raise CannotSet(pick(lang, "这件事没有期限。", "The matter has no time limit."))
    if reason := why_not(one.state, move, lang):
        raise CannotSet(reason)
    return one


def _tell(what: str, one: Deadline, by: Actor, now: datetime, content: Mapping[str, object]) -> None:
    about = [one.ref, *([f"student:{one.student_id}"] if one.student_id is not None else [])]
    ledger.record(f"deadlines.{what}", by=_account(by), about=about, now=now, content=content)


def _account(by: Actor) -> int | None:
    return by.actor if isinstance(by, Reader) else by


def _lang(by: Actor) -> str:
    return by.lang if isinstance(by, Reader) else "zh"
