"""Binds rows to entries: when an action ends, the rows it wrote are read again and their digests kept with its entry."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connection, models
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


def shapes_of(models_: Sequence[type[Sealed]]) -> dict[type[Sealed], int]:
    """The keys of today's columns. Not remembered between calls: a transaction that is rolled back takes a new one with it."""
    columns = {model._meta.db_table: ",".join(columns_of(model)) for model in models_}
    known = {(table, text): pk for table, text, pk in Shape.objects.filter(table__in=columns).values_list("table", "columns", "pk")}
    found = {}
    for model in models_:
        table = model._meta.db_table
        if (pk := known.get((table, columns[table]))) is None:
            pk = Shape.objects.get_or_create(table=table, columns=columns[table])[0].pk
        found[model] = pk
    return found


def shape_of(model: type[Sealed]) -> int:
    return shapes_of([model])[model]


def seal(entry: Entry, rows: Mapping[type[models.Model], Collection[Any]]) -> int:
    """Seals of rows that an action wrote, as they are now; how many. A row that is no more gets an empty seal."""
    sealed = {model: keys for model, keys in rows.items() if issubclass(model, Sealed) and keys}
    shapes, made = shapes_of(list(sealed)), 0
    waiting: list[tuple[Any, ...]] = []
    columns = ("entry_id", "table", "row", "digest", "shape_id")
    for model, keys in sorted(sealed.items(), key=lambda one: one[0]._meta.db_table):
        table, shape = model._meta.db_table, shapes[model]
        for chunk in chunks(sorted(keys), CHUNK):
            now = digests(model, chunk, columns_of(model))
            made += len(chunk)
            waiting += [(entry.pk, table, str(key), now.get(key, ""), shape) for key in chunk]
            if len(waiting) >= CHUNK:
                rows_of(Seal, columns, waiting)
                waiting = []
    if waiting:
        rows_of(Seal, columns, waiting)
    return made


def rows_of(model: type[models.Model], columns: Sequence[str], values: Sequence[tuple[Any, ...]]) -> None:
    """Rows of numbers and texts, written in their order. An action over thousands of rows writes many times as many of these: as model
    instances they would be most of its work."""
    quote = connection.ops.quote_name
    names, marks = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})", values)


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
