"""Receipts that come back, one by one or many by number; and letters that are voided. A number, once given, stays with its letter."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from shouwang.common.reader import Reader, acting
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.letters import policies
from shouwang.work.letters.actions.drafting import CannotWrite, pick
from shouwang.work.letters.models import Letter


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on a slip that came back."""

    outcome: str
    on: date | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of many numbers: how many were entered, and of the rest (what was typed, why not)."""

    done: int
    left: tuple[tuple[str, str], ...]


def receive(*, letter: int, outcome: str, on: date | None, remark: str = "", by: Reader, now: datetime) -> Letter:
    """The signed slip is back. CannotWrite with the reason."""
    with told():
        row = _locked(letter, "receive", by)
        _take(row, Slip(outcome, on, remark), by, now)
        ledger.record("letters.received", by=by.account_id, about=_about(row), now=now, content={"outcome": outcome})
    return row


def receive_many(*, numbers: list[str], on: date | None, by: Reader, now: datetime) -> Entered:
    """Signed slips by their numbers, typed or scanned. What cannot be entered is named with its reason, the rest is."""
    if refused := _refused("receive", by):
        raise CannotWrite(refused)
    if len(numbers) > 2000:
        raise CannotWrite(pick(by, "一次最多登记 2000 个编号，请分批。", "At most 2,000 numbers at a time."))
    left = [(text, why) for text in numbers if (why := policies.why_not_receipt(text, by.lang))]
    wanted = [text for text in numbers if not policies.why_not_receipt(text)]
    with told():
        rows = {row.receipt: row for row in _mine(by).select_for_update(of=("self",)).filter(receipt__in=wanted)}
        done = []
        for text in wanted:
            row = rows.get(text)
            why = (
                policies.why_not("receive", state=row.state, lang=by.lang)
                if row
                else pick(by, "没有这个编号。", "There is no such number.")
            )
            if row is None or why:
                left.append((text, why))
                continue
            _take(row, Slip("signed", on), by, now)
            done.append(row)
        about = [ref for row in done for ref in _about(row)]
        ledger.record("letters.received", by=by.account_id, about=about, now=now, content={"letters": len(done)})
    return Entered(len(done), tuple(left))


def unreceive(*, letter: int, by: Reader, now: datetime) -> Letter:
    """Entered by mistake: the letter waits for its receipt again. CannotWrite with the reason."""
    with told():
        row = _locked(letter, "unreceive", by)
        row.state = policies.MOVES[row.state, "unreceive"]
        row.returned_on = row.returned_at = row.returned_by = row.remark = None
        row.outcome = ""
        row.save()
        deadlines.start(
            ref=row.ref, kind="letter_receipt", owner=row.owner_id or by.account_id, ladder="standard", within="1 school day",
            unit_path=row.unit_path, dorm_path=row.dorm_path, student=row.student_id, url=f"/letters/{row.pk}/", by=by, now=now,
        )  # fmt: skip
        ledger.record("letters.unreceived", by=by.account_id, about=_about(row), now=now)
    return row


def void(*, letter: int, reason: str, by: Reader, now: datetime) -> Letter:
    """The letter no longer counts; number, receipt and copy stay. CannotWrite with the reason."""
    if refused := _refused("void", by):
        raise CannotWrite(refused)
    if len(reason.strip()) < 4:
        raise CannotWrite(pick(by, "请写明作废的原因。", "Say why it is voided."))
    with told():
        row = _locked(letter, "void", by)
        row.state, row.void_reason = policies.MOVES[row.state, "void"], reason.strip()[:500]
        row.voided_at, row.voided_by = now, by.account_id
        row.save()
        deadlines.cancel(ref=row.ref, by=by, now=now)
        ledger.record("letters.voided", by=by.account_id, about=_about(row), now=now)
    return row


def _mine(by: Reader) -> QuerySet[Letter]:
    """The letters whose matters the reader may handle."""
    return access.visible(acting(by, "write"), Letter.objects.exclude(state__in=("draft", "dropped")))


def _refused(move: str, by: Reader) -> str | None:
    """None when the reader is one of those who make this move, by the table; else why not."""
    refused = {actor: why_not(by, policies.ABILITIES[actor]) for actor in policies.LETTER.who[move] if actor in policies.ABILITIES}
    able = {actor for actor, why in refused.items() if not why}
    return next((why for why in refused.values() if why), None) if policies.LETTER.why_not_by(move, actors=able, lang=by.lang) else None


def _locked(letter: int, move: str, by: Reader) -> Letter:
    if refused := _refused(move, by):
        raise CannotWrite(refused)
    row = _mine(by).select_for_update(of=("self",)).filter(pk=letter).first()
    if row is None:
        raise CannotWrite(pick(by, "没有这份通知书，或您不能办理。", "There is no such letter, or it is not yours to handle."))
    if why := policies.why_not(move, state=row.state, lang=by.lang):
        raise CannotWrite(why)
    return row


def _take(row: Letter, slip: Slip, by: Reader, now: datetime) -> None:
    outcome, on, remark = slip.outcome, slip.on, slip.remark
    today = timezone.localdate(now)
    assert row.issued_at is not None
    if outcome not in policies.OUTCOMES:
        raise CannotWrite(pick(by, "请选择回执的结果。", "Choose what came of it."))
    if on is None or not timezone.localdate(row.issued_at) <= on <= today:
        raise CannotWrite(pick(by, "签收日期须在发出之后、今天之前（含今天）。", "The day lies between the issue and today."))
    if outcome != "signed" and len(remark.strip()) < 4:
        raise CannotWrite(pick(by, "拒签或邮寄须写明经过：在场人或邮寄凭证。", "Say who was present, or the proof of posting."))
    row.state, row.outcome, row.returned_on = policies.MOVES[row.state, "receive"], outcome, on
    row.returned_at, row.returned_by, row.remark = now, by.account_id, remark.strip()[:500] or None
    row.save()
    deadlines.meet(ref=row.ref, by=by, now=now)


def _about(row: Letter) -> list[str]:
    return [row.ref, f"student:{row.student_id}"]
