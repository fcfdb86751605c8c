"""What one leaves to the next: hand-over notes and calls, sealed."""

from datetime import datetime, timedelta

from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.duty import policies
from shouwang.work.duty.actions import knowing
from shouwang.work.duty.actions.knowing import CannotRoster
from shouwang.work.duty.models import Call, HandOver, Shift
from shouwang.work.duty.policies import pick
from shouwang.work.duty.queries import notes

LATE = timedelta(hours=12)  # so long after a shift its notes may still be written


def hand_over(*, shift: int, note: str, by: Reader, now: datetime) -> HandOver:
    """What the next person must know, from whoever has or had the shift. CannotRoster."""
    if not note.strip():
        raise CannotRoster(pick(by.lang, "请写一句交班内容，没有事情就写“无异常”。", "Write a line; if all is well, say so."))
    with told():
        found = knowing.own(by, shift, "note")
        _must_be_fresh(found, by, now)
        made = HandOver.objects.create(shift=found, note=note.strip(), written_by=by.actor, written_at=now)
        ledger.record("duty.handed_over", by=by.actor, about=knowing.about(found), now=now)
    return made


def take_over(*, hand_over: int, by: Reader, now: datetime) -> HandOver:
    """Whoever follows has read it. CannotRoster for others, and for whoever wrote it."""
    with told():
        found = HandOver.objects.select_for_update(of=("self",)).select_related("shift__roster__unit").filter(pk=hand_over).first()
        if found is None or found.written_by == by.account_id or not notes.may_read(by, found.shift.roster, now):
            raise CannotRoster(pick(by.lang, "没有等您确认的交班记录。", "There is no note for you to take over."))
        if found.taken_at is None:
            found.taken_by, found.taken_at = by.actor, now
            found.save()
        ledger.record("duty.taken_over", by=by.actor, about=knowing.about(found.shift), now=now)
    return found


def log_call(*, shift: int, at: datetime, caller: str, what: str, by: Reader, now: datetime, done: str = "") -> Call:
    """Somebody called or came during the reader's shift. CannotRoster."""
    if caller not in policies.CALLERS or not what.strip():
        raise CannotRoster(pick(by.lang, "请选择来电人，并写明什么事。", "Say who called, and what it was."))
    with told():
        found = knowing.own(by, shift, "note")
        _must_be_fresh(found, by, now)
        if not found.starts_at <= at <= now:
            raise CannotRoster(
                pick(by.lang, "来电时间须在班次开始之后、现在之前。", "The call lies between the shift's beginning and now.")
            )
        made = Call.objects.create(
            shift=found, at=at, caller=caller, what=what.strip(), done=done.strip() or None, logged_by=by.actor, logged_at=now
        )
        ledger.record("duty.call_logged", by=by.actor, about=knowing.about(found), now=now, content={"caller": caller})
    return made


def _must_be_fresh(shift: Shift, by: Reader, now: datetime) -> None:
    """By the clock, not by the state: the tick may come a second later than the person."""
    if now < shift.starts_at:
        raise CannotRoster(pick(by.lang, "这个班次还没有开始。", "This shift has not begun."))
    if now > shift.ends_at + LATE:
        raise CannotRoster(pick(by.lang, "班次结束超过 12 小时，不能再补写。", "Notes are written within twelve hours after a shift."))
