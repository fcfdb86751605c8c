"""Reads of the record."""

from django.db.models import QuerySet

from shouwang.trust.ledger.models import Entry


def entries(subject: str | None = None, kind: str | None = None) -> QuerySet[Entry]:
    """Newest first; of one opaque id (`student:17`) or one kind when given."""
    found = Entry.objects.order_by("-id")
    if subject is not None:
        found = found.filter(about__subject=subject)
    return found.filter(kind=kind) if kind is not None else found
