"""What is written into a case: notes, the plan, goals, files. All of it is sealed with the student's key."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import PurePath
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone

from shouwang.common.categories import mask
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access import readings
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.vault import files
from shouwang.trust.vault import queries as vault
from shouwang.work.cases.actions.base import CannotDo, locked, may_do, missing, needed, pick, strand_of, tell
from shouwang.work.cases.models import Case, Document, Goal, Note, Strand

LARGEST = 20 * 1024 * 1024
# What a file begins with, by its ending: what does not begin so is refused.
KINDS = {
    "pdf": b"%PDF",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
}


class CannotAttach(CannotDo):
    """Why a file is not taken; the message is for people."""


def note(*, case: Case | int, words: str, strand: int | None = None, kinds: tuple[str, ...] = (), by: Reader, now: datetime) -> Note:
    """A note on one matter. `kinds`: read only by whoever may see these categories as well. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_do("note", found, by)
        chosen = strand_of(found, by, strand)
        bits = _narrowed(chosen, kinds, by, found)
        row = Note.objects.create(
            case=found, strand=chosen, categories=bits, words=needed(words, by), written_by_id=by.account_id, written_at=now
        )
        tell("noted", found, by, now, strand=chosen, categories=bits, ref=f"note:{row.pk}")
    return row


def write_plan(*, case: Case | int, words: str, by: Reader, now: datetime) -> Case:
    """The plan of the lead; one that was approved needs approval again. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_do("plan", found, by)
        if found.plan_state == "asked":
            raise CannotDo(pick(by, "方案正在审批，请先撤回再改。", "The plan waits for approval; withdraw it first."))
        found.plan, found.plan_state = needed(words, by), ""
        found.save()
        tell("planned", found, by, now, categories=found.categories)
    return found


def set_goal(*, case: Case | int, words: str, due_on: date, strand: int | None = None, by: Reader, now: datetime) -> Goal:
    """What shall be reached by when. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_do("goal", found, by)
        if due_on < timezone.localdate(now):
            raise CannotDo(pick(by, "目标的日期不能早于今天。", "The day lies in the past."))
        chosen = strand_of(found, by, strand)
        bits = chosen.categories
        row = Goal.objects.create(
            case=found, strand=chosen, categories=bits, words=needed(words, by), due_on=due_on, set_by_id=by.account_id, set_at=now
        )
        tell("goal_set", found, by, now, strand=chosen, ref=f"goal:{row.pk}")
    return row


def judge_goal(*, goal: int, state: str, by: Reader, now: datetime) -> Goal:
    """Met, or not applicable any more. CannotDo with the reason."""
    with told():
        row = Goal.objects.filter(pk=goal, state="open").first()
        found = locked(row.case_id if row else 0, by)
        assert row is not None
        strand_of(found, by, row.strand_id)  # leading a case opens no matter of another kind
        may_do("goal", found, by)
        if state not in ("met", "dropped"):
            raise CannotDo(pick(by, "请选择目标是否达到。", "Say whether it is met."))
        row.state, row.judged_by, row.judged_at = state, by.account_id, now
        row.save()
        tell("goal_judged", found, by, now, strand=row.strand, ref=f"goal:{row.pk}", code=state)
    return row


def add_document(
    *,
    case: Case | int,
    name: str,
    stream: BinaryIO,
    size: int,
    strand: int | None = None,
    kinds: tuple[str, ...] = (),
    by: Reader,
    now: datetime,
) -> Document:
    """A file of the case, encrypted as it is written. CannotAttach with the reason."""
    kind = PurePath(name).suffix.lower().removeprefix(".")
    head = stream.read(8)
    stream.seek(0)
    if kind not in KINDS or not head.startswith(KINDS[kind]):
        raise CannotAttach(
            pick(by, "可以添加 PDF、图片、Word 和 Excel 文件；请换一种格式。", "PDF, pictures, Word and Excel files can be added.")
        )
    if not 0 < size <= LARGEST:
        raise CannotAttach(pick(by, "文件不能为空，也不能超过 20 MB。", "A file holds between one byte and 20 MB."))
    with told():
        found = locked(case, by)
        may_do("document", found, by)
        chosen = strand_of(found, by, strand)
        bits = _narrowed(chosen, kinds, by, found)
        row = Document(
            case=found, strand=chosen, categories=bits, name=PurePath(name).name[:200], kind=kind, added_by_id=by.account_id, added_at=now
        )
        target = settings.DATA / row.place
        target.parent.mkdir(parents=True, exist_ok=True)
        sealing = files.seal_to(stream, target, subject=row.sealed_subject(), place=row.place)
        row.size, row.sha256 = sealing.size, sealing.sha256
        row.save()
        tell("document_added", found, by, now, strand=chosen, categories=bits, ref=f"document:{row.pk}")
    return row


def open_document(*, document: int, by: Reader, now: datetime) -> tuple[str, Iterator[bytes]]:
    """(name, bytes) of a file, for whoever may read its categories; on record. NoSuchCase for anybody else."""
    if not access.may(by, "cases"):
        missing(by)
    row = (
        access.visible(by, Document.objects.all(), path="case__unit_path", dorm="case__dorm_path", sid="case__student_id")
        .filter(pk=document)
        .first()
    )
    if row is None:
        missing(by)
    with told():
        about = [f"document:{row.pk}", row.case.ref, f"student:{row.case.student_id}"]
        ledger.record("cases.document_read", by=by.actor, about=about, now=now)
    readings.note(by=by, sid=row.case.student_id, now=now, kind="case")
    return vault.open_text(row, "name"), _pieces(row)


def note_read(*, case: Case, by: Reader, now: datetime) -> None:
    """The reader has the case before them: once an hour in what the family is told."""
    readings.note(by=by, sid=case.student_id, now=now, kind="case")


def tell_export(*, cases: Iterable[int], by: Reader, now: datetime) -> None:
    """A list left the platform as a file; the ledger hears which cases were in it."""
    with told():
        ledger.record("cases.exported", by=by.actor, about=[f"case:{pk}" for pk in cases], now=now)


def _pieces(row: Document) -> Iterator[bytes]:
    with (settings.DATA / row.place).open("rb") as sealed:
        yield from files.open_stream(sealed, place=row.place)


def _narrowed(strand: Strand, kinds: tuple[str, ...], by: Reader, found: Case) -> int:
    """The strand's categories and these; the writer must be able to read what they write."""
    try:
        bits = strand.categories | mask(kinds)
    except KeyError:
        raise CannotDo(pick(by, "请选择信息类别。", "Choose a category.")) from None
    if bits & ~access.categories(by, found.student_id):
        raise CannotDo(pick(by, "您自己看不到所选的信息类别，请另选。", "You may not read the category you chose."))
    return bits
