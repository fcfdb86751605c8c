"""The work list of letters. Every row passes access.visible with the categories the letter reveals."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from shouwang.common.reader import Reader, acting
from shouwang.trust.access import queries as access
from shouwang.trust.ledger import queries as ledger
from shouwang.trust.ledger.actions import record
from shouwang.trust.ledger.guard import told
from shouwang.trust.ledger.policies import sentence as ledger_sentence
from shouwang.trust.vault import queries as vault
from shouwang.work.alerts import queries as alerts
from shouwang.work.alerts.models import Alert
from shouwang.work.letters import paper, policies, wording
from shouwang.work.letters.models import Batch, Letter, Template

OPEN = ("issued",)
SHOWN = ("issued", "returned", "voided")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. `state`: "waiting", "overdue", "returned", "voided" or "all"."""

    state: str = "waiting"
    kind: str = ""
    batch: int | None = None


def letters(by: Reader) -> QuerySet[Letter]:
    """The letters that went out, of those the reader may see."""
    found = alive(access.visible(by, Letter.objects.filter(state__in=SHOWN)))
    return found.select_related("student__class_unit", "unit", "batch", "owner__staff")


def alive(rows: QuerySet[Letter]) -> QuerySet[Letter]:
    """Without the letters of persons who were erased: nobody can read those any more."""
    gone = [int(subject.partition(":")[2]) for subject in vault.erased_subjects() if subject.startswith("student:")]
    return rows.exclude(student__in=gone) if gone else rows


def letter(by: Reader, pk: int) -> Letter | None:
    """One letter; None when there is none or the reader may not see it."""
    return letters(by).filter(pk=pk).first()


def of_student(by: Reader, sid: int) -> list[Letter]:
    """A student's letters the reader may see, newest first."""
    return list(letters(by).filter(student_id=sid).order_by("-issued_at", "-pk"))


def of_case(by: Reader, ref: str) -> list[Letter]:
    """The letters that were issued from a case, as far as the reader may see them, newest first."""
    return list(letters(by).filter(case_ref=ref).order_by("-issued_at", "-pk"))


def _state(state: str, now: datetime) -> Q:
    if state == "overdue":
        return Q(state="issued", due_at__lt=now)
    return {"waiting": Q(state="issued"), "returned": Q(state="returned"), "voided": Q(state="voided")}.get(state, Q())


def page(by: Reader, filters: Filters, after: Sequence[Any] | None, size: int, now: datetime) -> tuple[list[Letter], bool]:
    """`size` letters behind a key (issued_at as ISO text, id), newest first, and whether more follow."""
    found = _narrowed(by, filters).filter(_state(filters.state, now)).order_by("-issued_at", "-pk")
    if after is not None and len(after) == 2:
        found = found.filter(TupleLessThan(Tuple("issued_at", "pk"), tuple(after)))
    rows = list(found[: size + 1])
    return rows[:size], len(rows) > size


def _narrowed(by: Reader, filters: Filters) -> QuerySet[Letter]:
    found = letters(by)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    return found.filter(batch=filters.batch) if filters.batch else found


def counts(by: Reader, filters: Filters, now: datetime) -> dict[str, int]:
    """How many there are in each state, with the other filters in force."""
    given = Count("pk")
    whole = (
        _narrowed(by, filters)
        .order_by()
        .aggregate(all=given, **{name: Count("pk", filter=_state(name, now)) for name in ("waiting", "overdue", "returned", "voided")})
    )
    return {name: int(n) for name, n in whole.items()}


def mine(by: Reader, now: datetime) -> QuerySet[Letter]:
    """Letters whose receipts this reader follows and that have not come back, the latest due first."""
    return letters(by).filter(owner_id=by.account_id, state="issued").order_by("due_at", "pk")


def overdue(by: Reader, now: datetime) -> int:
    """How many receipts are late among the letters the reader may see."""
    return letters(by).filter(_state("overdue", now)).count()


def by_receipts(by: Reader, numbers: Collection[str]) -> dict[str, Letter]:
    """receipt number → letter, of those the reader may see."""
    return {row.receipt: row for row in letters(by).filter(receipt__in=list(numbers)[:2000]) if row.receipt}


def words(found: Letter) -> paper.Words:
    """What a letter that a query gave to this reader says. Erased when the person was."""
    return paper.Words.unpacked(vault.open_text(found, "words"))


def texts(found: Letter) -> tuple[str, str]:
    """(remark at the return, reason of voiding); the views say that they were read."""
    return vault.open_text(found, "remark"), vault.open_text(found, "void_reason")


def copy(found: Letter) -> bytes | None:
    """What was printed and handed out; None when the file is gone."""
    return paper.kept(paper.copy_path(found)) if found.copy_format else None


def batches(by: Reader) -> QuerySet[Batch]:
    """Batches the reader drafted, or of which they may see at least one letter."""
    seen = access.visible(by, Letter.objects.exclude(state="dropped")).order_by().values("batch")
    return Batch.objects.filter(Q(made_by=by.account_id) | Q(pk__in=seen)).select_related("made_by__staff", "template").order_by("-pk")


def batch(by: Reader, pk: int) -> Batch | None:
    return batches(by).filter(pk=pk).first()


def drafted(by: Reader, found: Batch) -> QuerySet[Letter]:
    """The letters of a batch the reader may see, in the order of classes."""
    rows = alive(access.visible(by, Letter.objects.filter(batch=found).exclude(state="dropped")))
    return rows.select_related("student__class_unit", "unit").order_by("unit_path", "student__number", "pk")


def may_take(by: Reader, found: Batch) -> bool:
    """Whether every letter of the batch may be taken out by this reader: one file holds them all."""
    rows = Letter.objects.filter(batch=found, state__in=SHOWN)
    return rows.exists() and rows.count() == access.visible(acting(by, "export"), rows).count()


def templates() -> list[Template]:
    """The school's own Word templates, the newest of each kind first."""
    return list(Template.objects.select_related("made_by__staff", "used_by__staff").order_by("kind", "-version"))


def template(pk: int) -> Template | None:
    return Template.objects.filter(pk=pk).first()


def in_use(kind: str) -> Template | None:
    return Template.objects.filter(kind=kind, state="in_use").first()


def recent(sids: Collection[int], kind: str, since: date) -> set[int]:
    """Students who were sent a letter of this kind since a day; voided ones do not count."""
    rows = Letter.objects.filter(student__in=list(sids), kind=kind, state__in=("issued", "returned"), issued_at__date__gte=since)
    return set(rows.values_list("student_id", flat=True))


def number_of(found: Letter) -> str:
    return policies.number(found.unit.name, found.year, found.number) if found.year and found.number else ""


def bundle(found: Batch) -> bytes | None:
    """The one file with all letters of a batch; None when it has not been made, or is gone."""
    return paper.kept(paper.bundle_path(found)) if found.bundle_sha256 else None


def by_unit(rows: QuerySet[Letter]) -> list[tuple[str, int]]:
    """How many letters go to each class, in the order of classes."""
    found = rows.order_by("unit_path").values_list("student__class_unit__name").annotate(n=Count("pk"))
    return [(name, n) for name, n in found]


def about(by: Reader, found: Letter) -> list[Alert]:
    """The alerts a letter speaks of, of those the reader may see."""
    return list(access.visible(by, Alert.objects.filter(letters__letter=found)).select_related("rule_version").order_by("-level", "pk"))


def with_alerts(by: Reader, unit: int | None, level: int, kind: str) -> list[int]:
    """The students of a unit with an active alert the kind speaks of, at least of a level, among what the reader may take out."""
    spoken = wording.load().get(kind)
    if spoken is None:
        return []
    rows = alerts.alerts(acting(by, "export"), alerts.Filters(state="active", unit=unit)).filter(
        level__gte=level, domain__in=spoken.domains
    )
    return list(rows.order_by().values_list("student_id", flat=True).distinct())


class Told(NamedTuple):
    at: datetime
    said: str
    who: str


def history(found: Letter, lang: str) -> list[Told]:
    """What happened to a letter, out of the ledger, oldest first."""
    entries = list(ledger.entries(subject=found.ref).order_by("pk"))
    names = access.staff_names({entry.by for entry in entries if entry.by is not None})
    return [Told(entry.at, ledger_sentence(entry.kind, lang), names.get(entry.by or 0, "")) for entry in entries]


def note_taken(*, by: Reader, refs: Sequence[str], now: datetime) -> None:
    """Letters left the platform as a file: the ledger row of a sensitive read."""
    with told():
        record("letters.taken", by=by.actor, about=list(dict.fromkeys(refs)), now=now, content={"count": len(refs)})
