"""Binds rows to entries: when an action ends, the rows it wrote are read again and their digests kept with its entry."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Max

from shouwang.trust.ledger.canonical import row_digest
from shouwang.trust.ledger.guard import Sealed, is_covered
from shouwang.trust.ledger.models import Entry, Seal, Shape

CHUNK = 5_000


@cache
def covered() -> dict[str, type[Sealed]]:
    """Table → model of everything the ledger binds, in the order of its names."""
    found = {model._meta.db_table: model for model in apps.get_models() if issubclass(model, Sealed) and is_covered(model)}
    return dict(sorted(found.items()))


@cache
def columns_of(model: type[Sealed]) -> tuple[str, ...]:
    """The columns that are sealed today, sorted by name."""
    return tuple(sorted(field.column for field in model._meta.local_concrete_fields if field.name not in model.UNSEALED))


def shape_of(model: type[Sealed]) -> int:
    """The key of today's columns. Not remembered between calls: a transaction that is rolled back takes a new one with it."""
    columns = ",".join(columns_of(model))
    found = Shape.objects.filter(table=model._meta.db_table, columns=columns).values_list("pk", flat=True).first()
    return found or Shape.objects.get_or_create(table=model._meta.db_table, columns=columns)[0].pk


def seal(entry: Entry, rows: Mapping[type[models.Model], Collection[Any]]) -> int:
    """Seals of rows that an action wrote, as they are now; how many. A row that is no more gets an empty seal."""
    made = 0
    for model, keys in sorted(rows.items(), key=lambda one: one[0]._meta.db_table):
        if not issubclass(model, Sealed):
            continue
        shape = shape_of(model)
        for chunk in chunks(sorted(keys), CHUNK):
            now = digests(model, chunk, columns_of(model))
            made += len(chunk)
            Seal.objects.bulk_create(
                [Seal(entry=entry, table=model._meta.db_table, row=str(key), digest=now.get(key, ""), shape_id=shape) for key in chunk],
                batch_size=CHUNK,
            )
    return made


def digests(model: type[Sealed], keys: Sequence[Any], columns: Sequence[str]) -> dict[Any, str]:
    """Primary key → digest of those rows that exist. KeyError for a column that the table no longer has."""
    fields = {field.column: field for field in model._meta.local_concrete_fields}
    names = ["pk", *(fields[column].attname for column in columns)]
    return {key: row_digest(columns, values) for key, *values in model._base_manager.filter(pk__in=keys).values_list(*names)}


def latest(table: str, rows: Sequence[str]) -> dict[str, Seal]:
    """Row → its last seal."""
    last = Seal.objects.filter(table=table, row__in=rows).order_by().values("row").annotate(last=Max("id")).values("last")
    return {one.row: one for one in Seal.objects.filter(pk__in=last).select_related("shape")}


def row_keys(model: type[Sealed]) -> Iterator[list[Any]]:
    """Every primary key of a table, in pieces."""
    last: Any = None
    while True:
        rows = model._base_manager.order_by("pk")
        found = list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", flat=True)[:CHUNK])
        if not found:
            return
        yield found
        last = found[-1]


def chunks(keys: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(keys)
    while chunk := list(islice(rest, size)):
        yield chunk
