"""Reads: which deliveries a reader may see, which batches live. Whoever may not see a delivery gets what a missing one gives: None."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from shouwang.analysis.facts import Bucket, Snapshot, Store
from shouwang.analysis.intake import Problem, Roster, Sample
from shouwang.analysis.standard import Table, load
from shouwang.common.categories import Category
from shouwang.common.digest import digest
from shouwang.common.paths import covers, next_path
from shouwang.common.reader import Reader, Scope
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import DELIVERS, departments
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import Student, Unit
from shouwang.trust.vault import queries as vault
from shouwang.work.imports import board, raw
from shouwang.work.imports.models import ColumnMemory, FreeText, Head, Progress
from shouwang.work.imports.models import Delivery as Delivery  # noqa: PLC0414  the front names the type, and reaches it here
from shouwang.work.imports.policies import WAITS_FOR_A_PERSON


def store() -> Store:
    bucket = Bucket(settings.FACTS_BUCKET, digest(["facts bucket", settings.SECRET_KEY])[:32]) if settings.FACTS_BUCKET else None
    return Store(Path(settings.DATA) / "facts", bucket)


def gather() -> None:
    """What only the object store holds comes here, live or retracted: a backup is of this machine's folder. MissingBatch when a file is nowhere."""
    if settings.FACTS_BUCKET:
        store().snapshot(kept_batch_ids())


def kept_batch_ids() -> tuple[int, ...]:
    """Every batch that was ever accepted: what is retracted stays, so that its alerts can be reproduced."""
    return tuple(Delivery.objects.filter(state__in=("accepted", "retracted")).values_list("pk", flat=True))


def live(at: datetime | None = None) -> QuerySet[Delivery]:
    """The deliveries whose rows count now, or counted at a moment, oldest acceptance first."""
    if at is None:
        return Delivery.objects.filter(state="accepted").order_by("accepted_at", "id")
    counted = Delivery.objects.filter(state__in=("accepted", "retracted"), accepted_at__lte=at)
    return counted.filter(Q(retracted_at__isnull=True) | Q(retracted_at__gt=at)).order_by("accepted_at", "id")


def live_batch_ids(at: datetime | None = None) -> tuple[int, ...]:
    """The ids of the batches that count now, or counted at a moment, ascending."""
    return tuple(sorted(live(at).values_list("id", flat=True)))


def live_snapshot(at: datetime | None = None) -> Snapshot:
    """The facts that count now, or counted at a moment. MissingBatch when a file is gone."""
    return store().snapshot(live_batch_ids(at))


def retracted(pks: Collection[int]) -> list[tuple[int, str, datetime]]:
    """(id, table, since when it counted) of those deliveries that were taken back."""
    rows = Delivery.objects.filter(pk__in=pks, state="retracted").order_by("pk").values_list("pk", "table", "accepted_at")
    return [(pk, table, at) for pk, table, at in rows if at is not None]


def heads() -> dict[str, int]:
    """How often each table has changed: read before the facts, compared when committing."""
    return dict(Head.objects.values_list("table", "version"))


def basis(versions: Mapping[str, int], table: Table) -> str:
    """What a check and preview of this table rest on: its own live batches and, for tables about students, the master tables."""
    tables = {table.name, *(name for name, other in load().tables.items() if other.master)}
    return digest({name: versions.get(name, 0) for name in sorted(tables)})


def delivering_scopes(by: Reader, department: str) -> list[Scope]:
    """The grounds on which a reader delivers a department's tables, widest first."""
    scopes = [scope for scope in by.scopes if department in DELIVERS.get(scope.role, frozenset())]
    return sorted(scopes, key=lambda scope: (len(scope.path), scope.path))


def reaches_everything(by: Reader, department: str) -> bool:
    """Whether the reader delivers for a whole school, not for a part of it."""
    schools = list(Unit.objects.filter(kind="school", is_current=True).values_list("path", flat=True))
    return any(school.startswith(scope.path) for scope in delivering_scopes(by, department) for school in schools if scope.path)


def part(by: Reader, department: str) -> list[Scope]:
    """The colleges or classes for which a reader delivers a department's tables, when it is for a part of the school only; else empty.

    Dormitory, library, finance and the like deliver one export for the whole school, whatever their people may read.
    """
    scopes = delivering_scopes(by, department)
    partial = bool(scopes) and all(scope.tree == "organisation" for scope in scopes) and not reaches_everything(by, department)
    return scopes if partial else []


def why_not_deliver(by: Reader | None, table: str) -> str | None:
    """None when the reader may deliver the table, else the reason. KeyError for an unknown table. The operator at the machine may."""
    found = load().table(table)
    if by is None:
        return None
    owner = load().departments[found.owner].title
    if found.owner not in departments(by):
        return f"“{found.title}”由{owner}报送，您的职责不包括它。"
    if not delivering_scopes(by, found.owner):  # without one nothing would narrow the check, and everybody's rows came in
        return f"“{found.title}”由{owner}报送，您的这项职责没有对应到现有的学校、学院或楼栋。请联系学生处改正责任人表。"
    if found.master and not reaches_everything(by, found.owner):
        return f"“{found.title}”关系到全校，由{owner}按全校报送；您的职责范围只是其中一部分。"
    return None


def deliverable(by: Reader) -> list[Table]:
    """The tables the reader may deliver, in the order of the standard."""
    return [table for table in load().tables.values() if why_not_deliver(by, table.name) is None]


def deliveries(by: Reader) -> QuerySet[Delivery]:
    """What the reader delivered, and what others delivered for the reader's departments within the reader's units. Newest first."""
    mine = Q(received_by=by.account_id)
    for department in departments(by):
        for scope in delivering_scopes(by, department):
            covered = Q(unit__path__gte=scope.path, unit__path__lt=next_path(scope.path))
            if reaches_everything(by, department):
                covered |= Q(unit__isnull=True) | Q(unit__tree="dormitory")
            mine |= Q(department=department) & covered
    if not departments(by):
        return Delivery.objects.none()
    return Delivery.objects.filter(mine).select_related("progress", "unit").order_by("-id")


def delivery(by: Reader, pk: int) -> Delivery | None:
    """One delivery; None when there is none or the reader may not see it."""
    return deliveries(by).filter(pk=pk).first()


def waiting(by: Reader) -> QuerySet[Delivery]:
    """What needs the reader: received and looked at, not yet accepted or refused."""
    return deliveries(by).filter(state__in=WAITS_FOR_A_PERSON)


def twin_of(sha256: str, than: int | None = None) -> Delivery | None:
    """The delivery that brought the very same bytes before: a live one first, else the newest that was not refused."""
    same = Delivery.objects.filter(sha256=sha256).exclude(state__in=("refused", "failed"))
    if than is not None:
        same = same.filter(id__lt=than)
    return same.filter(state="accepted").order_by("-id").first() or same.order_by("-id").first()


def raw_path(delivery: Delivery) -> Path:
    """Where the delivered file lies, encrypted."""
    return raw.path_of(delivery.raw_name)


def raw_file(delivery: Delivery) -> AbstractContextManager[Path]:
    """The delivered file, readable under this path while the context lasts. Refused when it was tampered with."""
    return raw.opened(delivery.raw_name)


def raw_stream(delivery: Delivery) -> BinaryIO:
    """The delivered file in memory, whole and checked. FileNotFoundError when it is gone."""
    return raw.bytes_of(delivery.raw_name)


NOT_SHOWN = ("library_loan",)  # what somebody reads says nothing that helps them


@dataclass(frozen=True, slots=True)
class Text:
    """What a person wrote in a cell of an accepted file."""

    delivery_id: int
    table: str
    column: str
    sheet: int
    row: int
    words: str
    accepted_at: datetime


def count_texts(by: Reader, sid: int) -> int:
    """How many texts `read_texts` would open. Opens none."""
    return 0 if vault.is_erased(f"student:{sid}") else len(_readable_texts(by, sid))


def read_texts(by: Reader, sid: int, *, now: datetime) -> list[Text]:
    """The free text of live deliveries about a student, as far as the reader holds the column's category. Each reading is on record.

    Empty for a student whom the reader may not see, and for one who was erased.
    """
    rows = _readable_texts(by, sid)
    if not rows or vault.is_erased(f"student:{sid}"):
        return []
    with told():
        ledger.record("delivery.texts_read", by=by.account_id, about=[f"student:{sid}"], now=now, content={"texts": len(rows)})
    words = vault.open_texts(rows, "text")
    return [
        Text(row.delivery_id, row.delivery.table, row.column, row.sheet_no, row.row_no, text, row.delivery.accepted_at or now)
        for row, text in zip(rows, words, strict=True)
    ]


def _readable_texts(by: Reader, sid: int) -> list[FreeText]:
    mask = access.categories(by, sid)
    allowed = {
        (table.name, column.name)
        for table in load().tables.values()
        for column in table.columns
        if column.store == "raw" and table.name not in NOT_SHOWN and mask & Category.identity and mask & Category[column.sensitivity]
    }
    found = FreeText.objects.filter(sid=sid, delivery__in=live()).select_related("delivery").order_by("-delivery_id", "sheet_no", "row_no")
    return [row for row in found if (row.delivery.table, row.column) in allowed]


def kept_files() -> QuerySet[Delivery]:
    """Every delivery whose raw file must be there."""
    return Delivery.objects.exclude(raw_name="").order_by("pk")


def freshness(now: datetime) -> list[board.Fresh]:
    """Per table: due, delivered, late, by whom, how many rows, what share of students. Says nothing of any student."""
    return board.freshness(now)


def head(delivery: Delivery) -> dict[int, list[tuple[int, list[str]]]]:
    """sheet number → the first rows as (row number, cells); empty before the file was recognised."""
    kept = json.loads("".join(raw.report(raw.head_path(delivery.pk))) or "{}")
    return {int(sheet): [(row[0], row[1:]) for row in rows] for sheet, rows in kept.items()}


def problems(delivery: Delivery, code: str = "", column: str = "") -> Iterator[Problem]:
    """The refused cells in the order of the file, all or of one reason and column. The list is capped; the counts are not."""
    for line in raw.report(raw.problems_path(delivery.pk)):
        problem = Problem(**json.loads(line))
        if (not code or problem.code == code) and (not column or problem.column == column):
            yield problem


def samples(delivery: Delivery) -> list[Sample]:
    """Some of the rows that would change or disappear."""
    return [Sample(**json.loads(line)) for line in raw.report(raw.samples_path(delivery.pk))]


def is_marked() -> bool:
    """Whether a job is noted for any delivery; a killed one leaves its mark."""
    return Progress.objects.exclude(job="").exists()


def at_work() -> bool:
    """Whether a living process works on any delivery, or one waits in the queue for it. What a killed job left marked holds nobody up."""
    return any(one.job == Progress.QUEUED or raw.is_held(one.pk) for one in Progress.objects.exclude(job=""))


def moved_last() -> int | None:
    """The delivery that was accepted or retracted last; None before the first."""
    moved = Delivery.objects.filter(state__in=("accepted", "retracted"))
    return moved.order_by(Coalesce("retracted_at", "accepted_at").desc(), "-pk").values_list("pk", flat=True).first()


@dataclass(frozen=True)
class Known:
    """Who and what a check knows: the roster, and the code of each unit that a file may name by its name."""

    roster: Roster
    codes: dict[str, str]


def known(by: Reader | None, table: Table) -> Known:
    """The roster a delivery is checked against.

    Who delivers for one college finds only its students: missing and forbidden look alike. Whoever may not know who students are gets no
    names to compare with, because a mismatch quotes the name.
    """
    types = {column.type for column in table.columns}
    units = people.unit_codes() if "unit_code" in types else {}
    names = Counter(name for _, _, name in units.values())
    codes = {name: code for code, (_, _, name) in units.items() if names[name] == 1 and name not in units}
    rows = list(people.roster())
    # A responsibility is held by staff, or by a student as a cadre.
    holders = [*people.staff_numbers(), *(row.number for row in rows)] if "staff_no" in types else None
    if by is not None and (scopes := part(by, table.owner)):
        rows = [row for row in rows if any(covers(scope.path, row.class_path) for scope in scopes)]
    if by is not None and not any(scope.categories & Category.identity for scope in by.scopes):
        rows = [row._replace(name="") for row in rows]
    return Known(Roster.of(rows, staff=holders, units=[*units, *codes] if units else None, erased=people.erased_number()), codes)


def by_id(pk: int) -> Delivery | None:
    """For jobs, which act in the name of whoever asked for them."""
    return Delivery.objects.select_related("progress", "unit").filter(pk=pk).first()


def remembered_by(departments_: Iterable[str]) -> dict[tuple[str, str], str]:
    """(table, heading) → column for several departments, as recognition wants it."""
    kept = ColumnMemory.objects.filter(department__in=list(departments_)).values_list("table", "heading", "column")
    return {(table, heading): column for table, heading, column in kept}


def alert_examples(by: Reader, delivery: Delivery) -> list[tuple[str, Student, str, int]]:
    """Some alerts that acceptance would raise or clear: (raised|cleared, student, rule, level). They were judged for the deliverer alone."""
    if delivery.received_by_id != by.account_id:
        return []
    listed = json.loads("".join(raw.report(raw.alerts_path(delivery.pk))) or "[]")
    students = {one.sid: one for one in access.students(by).select_related("class_unit").filter(sid__in=[sid for _, sid, _, _ in listed])}
    return [(kind, students[sid], rule, level) for kind, sid, rule, level in listed if sid in students]


def names_of(by: Reader, sids: Iterable[int]) -> dict[int, str]:
    """The names of those students whom the reader may know."""
    return dict(access.students(by).filter(sid__in=set(sids)).values_list("sid", "name"))


@contextmanager
def preview_folder(pk: int) -> Iterator[Path]:
    """A folder for the facts of one preview; gone afterwards."""
    folder = raw.preview_folder(pk)
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)
