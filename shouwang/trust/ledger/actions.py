"""The only way to write history."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from shouwang.common.digest import digest as digest_of
from shouwang.trust.ledger import guard, keys
from shouwang.trust.ledger.canonical import moment, text_of
from shouwang.trust.ledger.models import About, Entry


def record(kind: str, *, by: int | None, about: Iterable[str], now: datetime, digest: str = "", content: object = None) -> Entry:
    """Add one row in the caller's transaction. `digest` is the content's own digest, or computed here from `content` (JSON values only).

    A bulk action is one record about many. ValueError for a naive moment or a digest that is no SHA-256.
    """
    if now.tzinfo is None:
        raise ValueError("a moment in the ledger carries its time zone")
    subjects = sorted({str(subject) for subject in about})
    digest = digest or digest_of({"kind": kind, "about": subjects, "content": content})
    if len(digest) != 64:
        raise ValueError(f"not a SHA-256 in hex: {digest!r}")
    with transaction.atomic():
        entry = Entry.objects.create(kind=kind, by=by, at=now, digest=digest, mark=keys.mark(marked_text(kind, by, now, digest, subjects)))
        About.objects.bulk_create([About(entry=entry, subject=subject) for subject in subjects], batch_size=5000)
    guard.note(entry)
    return entry


def marked_text(kind: str, by: int | None, at: datetime, digest: str, subjects: Iterable[str]) -> bytes:
    """What an entry's mark is made over: everything the writer knows."""
    return text_of([kind, by, moment(at), digest, sorted(subjects)]).encode()
