"""The moment a delivery counts, and the moment it no longer does. Facts files are there before; here is the one transaction."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Count

from shouwang.analysis.facts import Batch
from shouwang.analysis.standard import Table, load
from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Student
from shouwang.trust.people.projection import PROJECTIONS, Row
from shouwang.trust.vault.fields import seal
from shouwang.work.imports import queries
from shouwang.work.imports.actions.moving import account_id, expect, move
from shouwang.work.imports.models import Coverage, Delivery, FreeText, Head
from shouwang.work.imports.policies import why_not, why_not_accept

TEXTS = 20_000  # written at once: a second's work


class CannotAccept(Exception):
    """A delivery that may not be accepted now; the reason is the message, in Chinese."""


class CannotRetract(Exception):
    """A delivery that may not be retracted; the reason is the message, in Chinese."""


class Stale(Exception):
    """Something else was accepted or retracted since the facts were read; the message says it in Chinese: read again and try once more."""


def begin(*, delivery: Delivery, confirmed: bool, by: Reader | None, now: datetime) -> Delivery:
    """Say yes: from now on a job may write. CannotAccept while a gate stands open that was not confirmed with its figures."""
    gates = [gate.sentence for gate in delivery.gates.all()]
    if reason := why_not_accept(delivery.state, gates, confirmed, delivery.rows_good):
        raise CannotAccept(reason)
    with told():
        move(
            delivery,
            "begin",
            by=account_id(by),
            now=now,
            content={"gates": gates},
            accepted_by_id=account_id(by),
            confirmed_gates="\n".join(gates),
            trouble="",
        )
        expect(delivery)
    return delivery


def commit(
    *,
    delivery: Delivery,
    batch: Batch,
    versions: dict[str, int],
    figures: dict[str, Any],
    coverage: dict[str, int],
    rows: Collection[Row] | None,
    now: datetime,
    keep: Collection[str] = (),
) -> list[str]:
    """The one transaction: state, counts, projection of a master table, ledger. The facts files must be there already.

    `versions` are the heads read before the facts. Stale when the table, or a master table, changed since; then nothing has happened.
    Returns what the projection could not place, in Chinese.
    """
    table = load().table(delivery.table)
    skipped: list[str] = []
    with told():
        _raise_head(table, versions)
        move(delivery, "accept", by=delivery.accepted_by_id, now=now, content={"facts": batch.sha256}, accepted_at=now, **figures)
        if rows is not None and table.name in PROJECTIONS:
            done = people.project(table.name, rows, batch_id=delivery.pk, by=delivery.accepted_by_id, now=now, keep=keep)
            skipped = done.skipped
        if table.name == "student":  # the classes of new students are known only now
            here = Student.objects.filter(batch_id=delivery.pk).values_list("unit_path").annotate(n=Count("pk")).order_by()
            coverage = dict(here)
        Coverage.objects.bulk_create([Coverage(delivery=delivery, path=path, students=n) for path, n in coverage.items()], batch_size=5000)
    return skipped


def keep_texts(*, delivery: Delivery, texts: Iterable[tuple[int, int, int, str, str]], now: datetime) -> int:
    """Free text of the good rows, as (sid, sheet, row, column, text), encrypted with each student's own key. How many.

    Before the one transaction, like the facts files, and in pieces, so that nobody waits for it: until the delivery is accepted they do not
    count, and doing it again begins anew.
    """
    if FreeText.objects.filter(delivery=delivery).exists():
        with told():
            FreeText.objects.filter(delivery=delivery).delete()
            ledger.record("delivery.texts_dropped", by=None, about=[f"delivery:{delivery.pk}"], now=now)
    kept, waiting = 0, iter(texts)
    while some := list(islice(waiting, TEXTS)):
        rows = [
            FreeText(sid=sid, delivery=delivery, sheet_no=sheet, row_no=row, column=column, text=text)
            for sid, sheet, row, column, text in some
        ]
        with told():
            seal(rows, ["text"])
            FreeText.objects.bulk_create(rows, batch_size=5000)
            about, content = [f"delivery:{delivery.pk}"], {"from": kept, "texts": len(rows)}
            ledger.record("delivery.texts_kept", by=delivery.accepted_by_id, about=about, now=now, content=content)
        kept += len(rows)
    return kept


def give_back(*, delivery: Delivery, reason: str, now: datetime) -> None:
    """Nothing was written; the delivery waits for its person again, with the reason."""
    with told():
        FreeText.objects.filter(delivery=delivery).delete()
        move(delivery, "give_back", by=None, now=now, accepted_by_id=None, confirmed_gates="", trouble=reason[:500])


def retract(
    *,
    delivery: Delivery,
    reason: str,
    by: Reader | None,
    now: datetime,
    rows_of: Callable[[Delivery], tuple[Collection[Row], Collection[str]]],
) -> Delivery:
    """The delivery no longer counts; facts and alerts read as if it had not come, and the history shows that it had.

    `rows_of` reads the rows of a live master delivery again from its raw file, for the projection that is rebuilt without this one.
    """
    if refusal := why_not(delivery.state, "retract"):
        raise CannotRetract(refusal)
    if not reason.strip():
        raise CannotRetract("请写明撤回的原因，历史记录中会保留。")
    table = load().table(delivery.table)
    versions = queries.heads()
    others = queries.live().filter(table=table.name).exclude(pk=delivery.pk) if table.name in PROJECTIONS else ()
    batches = [people.Batch(other.table, other.pk, *rows_of(other)) for other in others]
    with told():
        _raise_head(table, versions)
        move(
            delivery,
            "retract",
            by=account_id(by),
            now=now,
            retracted_by_id=account_id(by),
            retracted_at=now,
            retracted_reason=reason.strip()[:300],
        )
        if table.name in PROJECTIONS:
            people.rebuild(batches, tables=[table.name], by=account_id(by), now=now)
    return delivery


def _raise_head(table: Table, versions: dict[str, int]) -> None:
    """Claim the next version of the table; Stale when it, or a master table it was read against, has moved since `versions` were read."""
    Head.objects.bulk_create([Head(table=table.name)], ignore_conflicts=True)
    if not Head.objects.filter(table=table.name, version=versions.get(table.name, 0)).update(version=versions.get(table.name, 0) + 1):
        raise _stale(table)
    current = queries.heads()
    masters = [name for name, other in load().tables.items() if other.master and name != table.name]
    if any(current.get(name, 0) != versions.get(name, 0) for name in masters):
        raise _stale(table)


def _stale(table: Table) -> Stale:
    return Stale(f"同一时间有别的数据被接收或撤回，“{table.title}”没有改变。请刷新页面，看过新的情况再试一次。")
