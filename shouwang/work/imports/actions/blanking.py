"""The rows of an erased person go out of a delivered file, and no key is left for the file as it was."""

import io
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from django.db.models import Q

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.vault import actions as vault
from shouwang.work.imports import raw
from shouwang.work.imports.models import Delivery, FreeText


class AtWork(Exception):
    """A job is working on the delivery; the reason is the message, in Chinese."""


def blank(*, delivery: Delivery, content: bytes, words: Collection[str], by: int | None, now: datetime) -> None:
    """Put `content` in the place of the delivered file, drop reports and examples that quote one of `words`. AtWork while a job holds it.

    A new key first, the file next, the old key last: killed in between, it is simply done again.
    """
    with raw.held(delivery.pk) as free:
        if not free:
            raise AtWork(f"报送 {delivery.pk} 正在处理，请稍后再运行一次。")
        subject = raw.subject_of(delivery.pk)
        old = vault.renew_key(subject)
        reports = raw.paths_of(delivery.pk, delivery.raw_name)[1:]
        kept = {path: list(raw.report(path)) for path in reports}
        sha256, size = raw.measured(io.BytesIO(content))
        digest = raw.keep(io.BytesIO(content), delivery.raw_name, delivery.pk)
        for path, lines in kept.items():
            _report_without(path, lines, delivery.pk, words)
        with told():
            Delivery.objects.filter(pk=delivery.pk).update(sha256=sha256, size=size)
            quoting = Q(pk__in=[])
            for word in words:
                quoting |= Q(example__contains=word)
            delivery.problem_counts.filter(quoting).update(example="")
            vault.drop_keys(old)
            ledger.record("delivery.blanked", by=by, about=[f"delivery:{delivery.pk}"], now=now, digest=digest)


def _report_without(path: Path, lines: list[str], delivery_id: int, words: Collection[str]) -> None:
    """Line by line where a report has lines; one that is a single line of JSON is dropped whole."""
    if not lines:
        return
    if len(lines) == 1 and any(word in lines[0] for word in words):
        path.unlink()
        return
    raw.write_report(path, delivery_id, [line for line in lines if not any(word in line for word in words)])


def forget_texts(*, sid: int, by: int | None, now: datetime) -> int:
    """The sealed words about an erased person; nobody could open them any more."""
    with told():
        gone = FreeText.objects.filter(sid=sid).delete()[0]
        ledger.record("delivery.texts_dropped", by=by, about=[f"student:{sid}"], now=now, content={"texts": gone})
    return gone
