"""Reads of the record."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

from shouwang.trust.ledger import adopting, heads, keys, proofs
from shouwang.trust.ledger.findings import Finding
from shouwang.trust.ledger.models import About, Entry, Seal, Tree
from shouwang.trust.ledger.models import Audit as Audit  # noqa: PLC0414  the front names what these reads return
from shouwang.trust.ledger.models import Head as Head  # noqa: PLC0414
from shouwang.trust.ledger.policies import SENTENCES

COUNTED = 1000
THINGS = 6


class Subjects(NamedTuple):
    """What an entry is about: the first ids that are no students, and how many students (never more than COUNTED are counted)."""

    things: list[str]
    students: int


def entries(subject: str | None = None, kind: str | None = None, area: str = "") -> QuerySet[Entry]:
    """Newest first; of one opaque id (`student:17`), one kind (`alerts.evaluated`) or one area (`alerts`) when given."""
    found = Entry.objects.order_by("-id")
    if area:
        found = found.filter(kind__in=[known for known in SENTENCES if known.startswith(f"{area}.")])
    if subject is not None:
        found = found.filter(about__subject=subject)
    return found.filter(kind=kind) if kind is not None else found


def about(entry: Entry) -> Subjects:
    """Whom and what an entry is about. An evaluation is about thousands: no more than is shown is read."""
    students = About.objects.filter(entry=entry, subject__startswith="student:")
    things = About.objects.filter(entry=entry).exclude(subject__startswith="student:").order_by("pk").values_list("subject", flat=True)
    return Subjects(list(things[:THINGS]), students[:COUNTED].count())


class State(NamedTuple):
    """How the tree stands. `waiting` entries have no place yet; normally they get it within a second."""

    size: int
    waiting: int
    head: Head | None
    code: str
    key: str
    to_adopt: list[str]


def state() -> State:
    size = Tree.objects.filter(pk=1).values_list("size", flat=True).first() or 0
    head = latest_head()
    return State(size, Entry.objects.filter(leaf=None).count(), head, heads.code(head) if head else "", keys.public(), adopting.waiting())


def latest_head() -> Head | None:
    """The newest signed head."""
    return Head.objects.first()


def signed_heads() -> QuerySet[Head]:
    """Newest first."""
    return Head.objects.order_by("-pk")


def head(pk: int) -> Head | None:
    return Head.objects.filter(pk=pk).first()


def code_of(head: Head) -> str:
    """Its short code for paper and notice boards."""
    return heads.code(head)


def entry(pk: int) -> Entry | None:
    return Entry.objects.filter(pk=pk).first()


def seals_of(entry: Entry) -> list[tuple[str, int]]:
    """Table → how many rows the entry bound."""
    rows = Seal.objects.filter(entry=entry).order_by("table").values_list("table")
    return [(table, n) for table, n in rows.annotate(n=Count("pk"))]


def inclusion(entry: Entry, *, reveal: bool, under: Head | None = None) -> dict[str, Any]:
    """The proof file of an entry under a head, the newest unless another is given (one whose code was posted). proofs.NoProof with the reason."""
    newest = under or latest_head()
    if newest is None:
        raise proofs.NoProof("还没有签名的树头。请先点“立即签名”，再下载证明。")
    return proofs.inclusion(entry, newest, reveal=reveal)


def consistency(old: Head, new: Head) -> dict[str, Any]:
    """The proof file that the tree under `new` begins with that under `old`."""
    return proofs.consistency(old, new)


def verifier() -> Path:
    """The script that checks a proof file without this program."""
    return Path(__file__).with_name("verify_ledger.py")


def audits() -> QuerySet[Audit]:
    """Newest first."""
    return Audit.objects.order_by("-pk")


def findings(audit: Audit) -> list[Finding]:
    """What it named, in the order in which it was found."""
    return [Finding(one.kind, one.table, one.row) for one in audit.findings.order_by("pk")]


def by_and_about(by: int, subject: str, since: datetime) -> list[str]:
    """What kinds of entries one account made about one subject since a moment."""
    found = Entry.objects.filter(by=by, at__gte=since, about__subject=subject)
    return list(found.values_list("kind", flat=True))
