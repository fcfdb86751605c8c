"""Reads of the record."""

from django.db.models import QuerySet

from shouwang.trust.ledger.models import Entry


def entries(subject: str | None = None, kind: str | None = None, area: str = "") -> QuerySet[Entry]:
    """Newest first; of one opaque id (`student:17`), one kind (`alerts.evaluated`) or one area (`alerts`) when given."""
    found = Entry.objects.order_by("-id")
    if area:
        found = found.filter(kind__gt=f"{area}.", kind__lt=f"{area}/")  # "/" follows "." : one range of the index
    if subject is not None:
        found = found.filter(about__subject=subject)
    return found.filter(kind=kind) if kind is not None else found
