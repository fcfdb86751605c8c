"""The only way to write history."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from shouwang.common.digest import digest as digest_of
from shouwang.trust.ledger import adopting, guard, heads, keys, sealing
from shouwang.trust.ledger.canonical import marked_text
from shouwang.trust.ledger.findings import Counts, Finding
from shouwang.trust.ledger.models import About, Audit, Entry, Found, Head

logger = logging.getLogger(__name__)
PATIENCE = timedelta(hours=2)  # an audit of millions takes minutes
NAMED = 500  # findings kept by name; all are counted


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
    with transaction.atomic(savepoint=False):  # whoever cannot tell cannot go on either: the caller's own savepoint is enough
        entry = Entry.objects.create(kind=kind, by=by, at=now, digest=digest, mark=keys.mark(marked_text(kind, by, now, digest, subjects)))
        if subjects:
            sealing.rows_of(About, ("entry_id", "subject"), [(entry.pk, subject) for subject in subjects])
    guard.note(entry)
    return entry


def sign_head(now: datetime) -> Head:
    """A signed head over everything committed so far, stamped by the configured authority when it answers."""
    head = heads.sign(now)
    try:
        heads.stamp(head)
    except heads.NoStamp as reason:  # the head counts without it; the next one asks again
        logger.warning("head %s has no timestamp: %s", head.pk, reason)
    return head


def adopt(*, by: int | None, now: datetime) -> int:
    """Seals rows that the ledger did not bind before, in one action; how many. None: no entry."""
    tables = adopting.waiting()
    if not tables:
        return 0
    with guard.told():
        entry = record("ledger.adopted", by=by, about=[f"table:{table}" for table in tables], now=now)
        covered = sealing.covered()
        return sum(sealing.seal(entry, {covered[table]: keys}) for table in tables for keys in adopting.rows(table))


def begin_audit(*, by: int | None, now: datetime) -> Audit:
    """An audit that a job will carry out. One that is under way is joined, unless it is so old that its worker must be dead."""
    running = Audit.objects.filter(ended_at=None, started_at__gt=now - PATIENCE).order_by("-pk").first()
    return running or Audit.objects.create(by=by, started_at=now, step="queued")


def progress_audit(audit: int, step: str, done: int, total: int) -> None:
    """What the page shows while the job works."""
    Audit.objects.filter(pk=audit).update(step=step[:40], done=done, total=total)


def end_audit(*, audit: int, found: Sequence[Finding], counts: Counts, now: datetime) -> Audit:
    """What came out, once: an audit that has ended keeps its result."""
    with guard.told():
        ended = {"ended_at": now, "entries": counts.entries, "rows": counts.rows, "found": len(found), "step": ""}
        if Audit.objects.filter(pk=audit, ended_at=None).update(**ended):
            Found.objects.filter(audit=audit).delete()
            Found.objects.bulk_create([Found(audit_id=audit, kind=one.kind, table=one.table, row=one.row[:60]) for one in found[:NAMED]])
        one = Audit.objects.get(pk=audit)
        content = {"entries": counts.entries, "rows": counts.rows, "found": len(found)}
        record("ledger.audited", by=one.by, about=[f"audit:{audit}"], now=now, content=content)
    return one
