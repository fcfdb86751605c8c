"""Reads of the record."""

from typing import NamedTuple

from django.db.models import QuerySet

from shouwang.trust.ledger.models import About, Entry
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
