"""Rows that were there before the ledger bound them, and rows whose table got new columns with an upgrade."""

from collections.abc import Iterator
from typing import Any

from shouwang.trust.ledger import sealing
from shouwang.trust.ledger.guard import Sealed
from shouwang.trust.ledger.models import Seal, Shape


def waiting() -> list[str]:
    """Covered tables that wait for `shouwang ledger adopt`: rows and no seal at all, or seals over other columns than today's."""
    return [table for table, model in sealing.covered().items() if _is_new(table, model) or _has_old_shape(table, model)]


def _is_new(table: str, model: type[Sealed]) -> bool:
    return not Seal.objects.filter(table=table).exists() and model._base_manager.exists()


def _has_old_shape(table: str, model: type[Sealed]) -> bool:
    shapes = Shape.objects.filter(table=table).exclude(columns=",".join(sealing.columns_of(model))).values_list("pk", flat=True)
    if not shapes:
        return False
    return any(_of_old_shape(table, model, rows) for rows in sealing.row_keys(model))


def rows(table: str) -> Iterator[list[Any]]:
    """The rows of a table to be sealed as they are. Never one that an audit would name: only where nothing was sealed yet, or the seal holds."""
    model = sealing.covered()[table]
    if _is_new(table, model):
        yield from sealing.row_keys(model)
        return
    for keys in sealing.row_keys(model):
        if found := _of_old_shape(table, model, keys):
            yield found


def _of_old_shape(table: str, model: type[Sealed], keys: list[Any]) -> list[Any]:
    """Rows sealed over other columns than today's whose seal holds for what is left of those columns' table."""
    today, there = ",".join(sealing.columns_of(model)), {field.column for field in model._meta.local_concrete_fields}
    seals = sealing.latest(table, [str(key) for key in keys])
    found: list[Any] = []
    old: dict[str, list[Any]] = {}
    for key in keys:
        seal = seals.get(str(key))
        if seal is not None and seal.digest and seal.shape.columns != today:
            old.setdefault(seal.shape.columns, []).append(key)
    for columns, of_shape in old.items():
        if set(columns.split(",")) <= there:
            now = sealing.digests(model, of_shape, columns.split(","))
            of_shape = [key for key in of_shape if now.get(key) == seals[str(key)].digest]  # noqa: PLW2901
        found += of_shape  # a column is gone: nobody can check the old seal any more, and the entry says that it was replaced
    return found
