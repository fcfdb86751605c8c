"""Swaps, which need both, and leave, which needs a substitute."""

from datetime import datetime

from shouwang.common.reader import Reader
from shouwang.trust.access import grants
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.duty import policies
from shouwang.work.duty.actions import knowing
from shouwang.work.duty.actions.knowing import CannotRoster
from shouwang.work.duty.models import Leave, Shift, Swap
from shouwang.work.duty.policies import pick
from shouwang.work.duty.queries import planning as known


def ask_swap(*, shift: int, of: int, by: Reader, now: datetime, back: int | None = None) -> Swap:
    """Asks a colleague to take a shift of the reader's own, or to exchange it for `back`, one of the colleague's. CannotRoster."""
    with told():
        knowing.hold(shift, back)
        found = knowing.own(by, shift, "ask")
        return _ask(found, of, back, by, now)


def _ask(found: Shift, of: int, back: int | None, by: Reader, now: datetime) -> Swap:
    colleague = knowing.person(of, by.lang)
    if colleague.pk == by.account_id:
        raise CannotRoster(pick(by.lang, "请选择另一位老师。", "Choose somebody else."))
    if found.ends_at <= now:
        raise CannotRoster(policies.why_not("done", "ask", by.lang))
    if Swap.objects.filter(shift=found, state="asked").exists():
        raise CannotRoster(pick(by.lang, "已经问过一位老师，请等答复或先撤回。", "You have asked somebody; wait, or withdraw it first."))
    theirs = _theirs(back, colleague.pk, by, now) if back is not None else None
    knowing.must_be_free(colleague, found, by.lang, without=[theirs.pk] if theirs else [])
    asked = Swap.objects.create(shift=found, back=theirs, asked_by_id=by.account_id, asked_of=colleague, asked_at=now)
    ledger.record("duty.swap_asked", by=by.actor, about=knowing.about(found, colleague.pk), now=now, content={"back": back})
    knowing.tell("swap_asked", [colleague.pk], found, by, now)
    return asked


def _theirs(back: int, colleague: int, by: Reader, now: datetime) -> Shift:
    found = knowing.locked(by, back, "give", "colleague")
    if found.account_id != colleague or found.state != "planned" or found.starts_at <= now:
        raise CannotRoster(pick(by.lang, "交换的班次须是对方的、还没有开始的班次。", "In exchange take a coming shift of theirs."))
    return found


def agree(*, swap: int, by: Reader, now: datetime) -> Swap:
    """The colleague agrees: from now on the shift is theirs (and the other one the asker's). CannotRoster."""
    with told():
        asked = _asked(swap, by, "agree")
        shift = knowing.locked(by, asked.shift_id, "give", "colleague")
        if shift.ends_at <= now:
            raise CannotRoster(policies.why_not("done", "give", by.lang))
        _must_be_the_askers(shift, asked, by.lang)
        asker, taker = asked.asked_by_id, knowing.person(by.account_id, by.lang)
        back = _theirs(asked.back_id, taker.pk, by, now) if asked.back_id is not None else None
        knowing.must_be_free(taker, shift, by.lang, without=[back.pk] if back else [])
        knowing.end_questions([shift.pk, *([back.pk] if back else [])], now, besides=[asked.pk])
        if back is not None:
            knowing.must_be_free(knowing.person(asker, by.lang), back, by.lang, without=[shift.pk])
            knowing.give(back, knowing.person(asker, by.lang), now)
        Leave.objects.filter(shift=shift, substitute=None).update(substitute=taker, covered_at=now, covered_by=by.actor)
        knowing.give(shift, taker, now)
        _decide(asked, "agree", by, now)
        knowing.tell("swap_agreed", [asker], shift, by, now)
    return asked


def _must_be_the_askers(shift: Shift, asked: Swap, lang: str) -> None:
    """Nobody gives away what is somebody else's by now, however the question stayed open. CannotRoster."""
    if shift.account_id != asked.asked_by_id:
        name = asked.asked_by.name
        zh = f"这个班次已经不是{name}的，不能由这次换班转给您；请点“不同意”，需要时与现在的值班人另行商量。"
        raise CannotRoster(pick(lang, zh, f"This shift is no longer {name}'s; refuse the swap, and ask whoever has the shift now."))


def refuse(*, swap: int, by: Reader, now: datetime) -> Swap:
    """The colleague does not agree: nothing changes. CannotRoster."""
    with told():
        asked = _asked(swap, by, "refuse")
        _decide(asked, "refuse", by, now)
        knowing.tell("swap_refused", [asked.asked_by_id], asked.shift, by, now)
    return asked


def withdraw(*, swap: int, by: Reader, now: datetime) -> Swap:
    """The asker takes the question back. CannotRoster."""
    with told():
        asked = _asked(swap, by, "withdraw")
        _decide(asked, "withdraw", by, now)
    return asked


def _asked(swap: int, by: Reader, move: str) -> Swap:
    """The question, for the one of the two who may answer it so."""
    found = known.swap(by, swap)
    mine = found is not None and by.account_id in _answerers(found, move)
    if found is None or not mine or by.is_read_only:
        raise CannotRoster(pick(by.lang, "没有等您答复的换班。", "There is no swap for you to answer."))
    knowing.hold(found.shift_id, found.back_id)
    locked = Swap.objects.select_for_update(of=("self",)).select_related("shift__roster__unit").get(pk=found.pk)
    if reason := policies.why_not_swap(locked.state, move, by.lang):
        raise CannotRoster(reason)
    return locked


def _answerers(asked: Swap, move: str) -> set[int]:
    both = {"own": asked.asked_by_id, "colleague": asked.asked_of_id}
    return {both[actor] for actor in policies.SWAP.who[move]}


def _decide(asked: Swap, move: str, by: Reader, now: datetime) -> None:
    asked.state, asked.decided_at = policies.SWAP_MOVES[asked.state, move], now
    asked.save()
    about = knowing.about(asked.shift, asked.asked_by_id, asked.asked_of_id)
    ledger.record(f"duty.swap_{asked.state}", by=by.actor, about=about, now=now, content={"swap": asked.pk})


def report_leave(*, shift: int, reason: str, by: Reader, now: datetime, substitute: int | None = None) -> Leave:
    """The reader cannot come: from this moment the shift covers nothing, and the planning office is told. CannotRoster.

    `substitute`: the colleague they would like; that colleague is asked, and covers the shift once they have agreed.
    """
    if not reason.strip():
        raise CannotRoster(pick(by.lang, "请写明原因，只有安排值班的老师能看到。", "Say why; only those who plan duty will read it."))
    with told():
        found = knowing.own(by, shift, "leave")
        Swap.objects.filter(shift=found, state="asked").update(state=Swap.State.WITHDRAWN, decided_at=now)
        made = Leave.objects.create(shift=found, account_id=by.account_id, reason=reason.strip(), reported_at=now)
        if found.begun_at is not None:
            grants.end(ref=found.ref, by=by.actor, now=now)
        found.state, found.begun_at = policies.MOVES[found.state, "leave"], None
        found.save()
        ledger.record("duty.leave_reported", by=by.actor, about=knowing.about(found, by.account_id), now=now)
        knowing.tell("leave", set(knowing.planners(found.roster, now)) - {by.account_id}, found, by, now)
        if substitute is not None:
            _ask(found, substitute, None, by, now)
    return made


def name_substitute(*, shift: int, account: int, by: Reader, now: datetime) -> Shift:
    """The planning office gives a shift to somebody else: a substitute for leave, or a change of plan. They are told at once. CannotRoster."""
    with told():
        found = knowing.locked(by, shift, "give", "planner")
        knowing.must_edit(by, found.roster.unit.path)
        chosen, before = knowing.person(account, by.lang), found.account_id
        if found.ends_at <= now:
            raise CannotRoster(policies.why_not("done", "give", by.lang))
        knowing.must_be_free(chosen, found, by.lang)
        covered = Leave.objects.filter(shift=found, substitute=None).update(substitute=chosen, covered_at=now, covered_by=by.actor)
        knowing.end_questions([found.pk], now)
        knowing.give(found, chosen, now)
        kind = "duty.leave_covered" if covered else "duty.shift_given"
        ledger.record(kind, by=by.actor, about=knowing.about(found, before, account), now=now)
        knowing.tell("given", {account} - {by.account_id}, found, by, now)
    return found
