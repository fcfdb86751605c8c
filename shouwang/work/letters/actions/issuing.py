"""Issuing: numbers without gaps or doubles, a sealed copy of each sheet, a time limit for each receipt. In pieces, so that a kill loses nothing.

A piece is one transaction: number, copy, state, deadline. What is issued is no draft any more, so no letter is issued twice; a piece that is
rolled back gives its numbers back, because the counters are rows of the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.common.schooltime import Within
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Unit
from shouwang.trust.vault import queries as vault
from shouwang.trust.vault.queries import Erased
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.deadlines.queries import school_time
from shouwang.work.letters import paper, policies, queries
from shouwang.work.letters.actions.drafting import CannotWrite, pick
from shouwang.work.letters.models import Batch, Letter, Numbering
from shouwang.work.notifications import actions as notifications
from shouwang.work.printing import pages
from shouwang.work.printing.templates import BadTemplate

FORESEEN = (pages.CannotPrint, BadTemplate, CannotWrite, deadlines.CannotSet)


def ask_issue(*, batch: int, by: Reader, now: datetime) -> Batch:
    """The reader has looked at the draft and wants it to go out. CannotWrite with the reason."""
    if refused := why_not(by, "letters_issue"):
        raise CannotWrite(refused)
    if refused := pages.why_not(by.lang):
        raise CannotWrite(refused)
    with told():
        found = _own(batch, by)
        found.state, found.asked_at = _next(found, "ask", by), now
        found.save()
        ledger.record("letters.asked", by=by.account_id, about=[found.ref], now=now, content={"letters": found.total})
    return found


def drop(*, batch: int, by: Reader, now: datetime) -> Batch:
    """The draft is not wanted: its letters never get a number. CannotWrite with the reason."""
    with told():
        found = _own(batch, by)
        found.state, found.ended_at = _next(found, "drop", by), now
        found.save()
        _drop_drafts(found)
        ledger.record("letters.dropped", by=by.account_id, about=[found.ref], now=now)
    return found


def _own(batch: int, by: Reader) -> Batch:
    found = Batch.objects.select_for_update().filter(pk=batch, made_by_id=by.account_id).first()
    if found is None:
        raise CannotWrite(pick(by, "没有这一批通知书，或不是您拟的。", "There is no such batch, or it is not yours."))
    return found


def _next(found: Batch, move: str, by: Reader) -> str:
    """The state after a move of whoever wrote the batch. CannotWrite."""
    if policies.BATCH.why_not(move, state=found.state, actors={"issuer"}, lang=by.lang):
        raise CannotWrite(pick(by, "这一批已经发出或放弃了。", "This batch has been issued or dropped."))
    return policies.BATCH.after(found.state, move)


def _drop_drafts(found: Batch) -> None:
    Letter.objects.filter(batch=found, state__in=policies.LETTER.before("drop")).update(state=policies.LETTER.after("draft", "drop"))


def issue_some(*, batch: int, now: datetime, most: int = policies.CHUNK) -> int:
    """The next piece of a batch; how many are left. Whoever runs this beside another worker waits for their piece and takes the next one."""
    with told():
        found = Batch.objects.select_for_update().get(pk=batch)
        waiting = queries.alive(Letter.objects.filter(batch=found, state="draft")).order_by("unit_path", "student__number", "pk")
        rows = list(waiting.select_related("unit", "student", "owner__staff")[:most]) if found.state == "issuing" else []
        left = max(0, waiting.count() - len(rows)) if rows else 0
        if rows:
            _number(rows, now)
            _issue(found, rows, now)
            found.done = F("done") + len(rows)
        if found.state == "issuing" and not left:
            _drop_drafts(found)  # of persons erased meanwhile
            found.state, found.ended_at = policies.BATCH.after(found.state, "end"), now
            _tell(found, now)
        found.save()
        about = [found.ref, *(ref for row in rows for ref in (row.ref, f"student:{row.student_id}"))]
        ledger.record("letters.issued", by=found.made_by_id, about=about, now=now, content={"letters": len(rows), "left": left})
    return left


def _number(rows: Sequence[Letter], now: datetime) -> None:
    """The next numbers of each unit, and of the school's receipts."""
    Unit.objects.select_for_update(no_key=True).filter(kind="school").order_by("path").first()  # one counts at a time
    year = timezone.localdate(now).year
    by_unit: dict[int, list[Letter]] = {}
    for row in rows:
        by_unit.setdefault(row.unit_id, []).append(row)
    for unit, mine in sorted(by_unit.items()):
        for at, row in enumerate(mine, start=_reserve(year, unit, len(mine))):
            row.year, row.number = year, at
    for at, row in enumerate(rows, start=_reserve(year, None, len(rows))):
        row.receipt = policies.receipt(year, at)


def _reserve(year: int, unit: int | None, n: int) -> int:
    """The first of `n` numbers that belong to the caller; a rollback gives them back."""
    counted = Numbering.objects.filter(year=year)
    known = counted.filter(unit=unit).first() if unit else counted.filter(unit=None).first()
    known = known or Numbering(year=year, unit_id=unit, last=0)
    first = known.last + 1
    known.last += n
    known.save()
    return first


def _issue(batch: Batch, rows: Sequence[Letter], now: datetime) -> None:
    within = f"{batch.within_days} school days"
    due = school_time().due(now, Within.parse(within), "service")
    for row in rows:
        row.state, row.issued_at, row.issued_by, row.due_at = policies.MOVES[row.state, "issue"], now, batch.made_by_id, due
        row.copy_format = "docx" if batch.template_id else "pdf"
        row.copy_sha256 = _copy(batch, row, now)
        row.save()
        deadlines.start(
            ref=row.ref, kind="letter_receipt", owner=row.owner_id or batch.made_by_id, ladder="standard", within=within,
            unit_path=row.unit_path, dorm_path=row.dorm_path, student=row.student_id, url=f"/letters/{row.pk}/", by=batch.made_by_id, now=now,
        )  # fmt: skip


def _copy(batch: Batch, row: Letter, now: datetime) -> str:
    """What is handed out lies sealed with the student's key before the letter counts as issued."""
    one = paper.sheet(queries.words(row), row)
    content = paper.filled(batch.template, one) if batch.template else paper.pdf([one], now)
    return paper.keep(content, paper.copy_path(row), row.sealed_subject())


def _tell(batch: Batch, now: datetime) -> None:
    words = {"count": batch.total}
    notifications.send(
        kind="letters.done", tier="routine", to=[batch.made_by_id], ref=batch.ref, url=f"/letters/batches/{batch.pk}/", by=None, now=now,
        key=batch.ref, words=words,
    )  # fmt: skip


def bundle(*, batch: int, now: datetime) -> str:
    """One file with all letters of a batch as they were issued, voided and erased ones left out; the SHA-256. Doing it again replaces it."""
    found = Batch.objects.select_related("template").get(pk=batch)
    rows = list(
        Letter.objects.filter(batch=found, state__in=("issued", "returned")).select_related("unit").order_by("year", "unit", "number")
    )
    content = _all_files(rows) if found.template else _one_pdf(rows, found.ended_at or now)
    with told():
        found.bundle_sha256, found.trouble = paper.keep(content, paper.bundle_path(found), f"letters:{found.pk}"), ""
        found.save(update_fields=["bundle_sha256", "trouble"])
        ledger.record("letters.bundled", by=found.made_by_id, about=[found.ref], now=now, content={"sha256": found.bundle_sha256})
    return found.bundle_sha256


def _one_pdf(rows: Sequence[Letter], at: datetime) -> bytes:
    """The same words, numbers and page as the copies, set in one go: a thousand in about three seconds."""
    gone = set(vault.erased_subjects())
    alive = [row for row in rows if row.sealed_subject() not in gone]
    texts = vault.open_texts(alive, "words")
    return paper.pdf([paper.sheet(paper.Words.unpacked(text), row) for text, row in zip(texts, alive, strict=True)], at)


def _all_files(rows: Sequence[Letter]) -> bytes:
    return paper.zipped((f"{row.receipt}.docx", copy) for row in rows if (copy := _opened(row)))


def _opened(row: Letter) -> bytes | None:
    try:
        return queries.copy(row)
    except Erased:
        return None


def stopped(*, batch: int, problem: Exception, now: datetime) -> None:
    """What stopped the job, for the page; it goes on from there."""
    known = isinstance(problem, FORESEEN)
    with told():
        found = Batch.objects.select_for_update().get(pk=batch)
        found.trouble = (str(problem) if known else "处理中断，已发出的不受影响。请点“继续”。")[:200]
        found.save(update_fields=["trouble"])
        ledger.record("letters.stopped", by=found.made_by_id, about=[found.ref], now=now)


def forget(*, sid: int, by: int | None, now: datetime) -> int:
    """After a person was erased: files that hold several people's letters, theirs among them, go; they are made anew without them when wanted."""
    gone = 0
    with told():
        for batch in Batch.objects.filter(letters__student_id=sid).distinct():
            paper.bundle_path(batch).unlink(missing_ok=True)
            if batch.bundle_sha256:
                batch.bundle_sha256 = ""
                batch.save(update_fields=["bundle_sha256"])
            gone += 1
        for letter in Letter.objects.filter(student_id=sid).exclude(copy_format=""):
            paper.copy_path(letter).unlink(missing_ok=True)
        ledger.record("letters.forgotten", by=by, about=[f"student:{sid}"], now=now, content={"batches": gone})
    return gone
