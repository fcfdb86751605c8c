"""Guarded tables: rows are written only inside an action, and an action that told the ledger nothing does not commit."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models, transaction

M = TypeVar("M", bound=models.Model)
_told: ContextVar[list[str] | None] = ContextVar("told", default=None)


class OutsideAction(RuntimeError):
    """A guarded table was written by something that is no action."""


class NotTold(RuntimeError):
    """An action ended without a ledger record; its transaction is rolled back."""


@contextmanager
def told() -> Iterator[None]:
    """One action: a transaction that must contain a ledger record. Nested actions join the outer one."""
    if _told.get() is not None:
        with transaction.atomic():
            yield
        return
    kinds: list[str] = []
    token = _told.set(kinds)
    try:
        with transaction.atomic():
            yield
            if not kinds:
                raise NotTold("the action wrote no ledger record (ledger.actions.record)")
    finally:
        _told.reset(token)


def note(kind: str) -> None:
    """The ledger says that it has recorded `kind`; called by ledger.actions.record only."""
    kinds = _told.get()
    if kinds is not None:
        kinds.append(kind)


def check() -> None:
    """OutsideAction unless an action is running."""
    if _told.get() is None:
        raise OutsideAction("guarded tables are written inside `with told():` (shouwang.trust.ledger.guard)")


class GuardedQuerySet(models.QuerySet[M]):
    def create(self, **kwargs: Any) -> M:
        check()
        return super().create(**kwargs)

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        check()
        return super().bulk_create(objs, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        check()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        check()
        return super().delete()


class Guarded(models.Model):
    """Base of tables whose only door is an action."""

    objects = models.Manager.from_queryset(GuardedQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        check()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        check()
        return super().delete(*args, **kwargs)
