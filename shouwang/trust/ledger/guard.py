"""Guarded tables: rows are written only inside an action, and an action that told the ledger nothing does not commit.

Every row written is noted; when the action ends, `sealing` reads the noted rows again and binds them to the action's entry.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.db import connections, models, transaction
from django.db.models.deletion import Collector

if TYPE_CHECKING:
    from shouwang.trust.ledger.models import Entry

M = TypeVar("M", bound=models.Model)
R = TypeVar("R")


@dataclass
class Action:
    """What the running action has told and touched; `known`: what it has read and need not read again.

    `rows` are those that will be sealed; `written` names every table that was written, also those the ledger does not bind.
    """

    entries: list["Entry"] = field(default_factory=list)
    rows: dict[type[models.Model], set[Any]] = field(default_factory=lambda: defaultdict(set))
    written: set[type[models.Model]] = field(default_factory=set)
    known: dict[str, Any] = field(default_factory=dict)


_told: ContextVar[Action | None] = ContextVar("told", default=None)


class OutsideAction(RuntimeError):
    """A guarded table was written by something that is no action."""


class NotTold(RuntimeError):
    """An action ended without a ledger record; its transaction is rolled back."""


@contextmanager
def told(*, savepoint: bool = True) -> Iterator[None]:
    """One action: a transaction that must contain a ledger record. Nested actions join the outer one.

    `savepoint` False: nobody between this and the next savepoint outside catches what fails here, so that one is enough.
    """
    if (outer := _told.get()) is not None:
        before = len(outer.entries)
        try:
            with transaction.atomic(savepoint=savepoint):
                yield
        except BaseException:
            del outer.entries[before:]  # rolled back: no seal may be bound to them
            raise
        return
    action = Action()
    token = _told.set(action)
    try:
        with transaction.atomic():
            yield
            if not action.entries:
                raise NotTold("the action wrote no ledger record (ledger.actions.record)")
            _seal(action)
    finally:
        _told.reset(token)


def _seal(action: Action) -> None:
    from shouwang.trust.ledger import sealing

    sealing.seal(action.entries[-1], action.rows)


def note(entry: "Entry") -> None:
    """The ledger says that it has recorded `entry`; called by ledger.actions.record only."""
    if (action := _told.get()) is not None:
        action.entries.append(entry)


def touched(model: type[models.Model], keys: Iterable[Any]) -> None:
    """Rows were written by the running action. Called by the classes below, and where something else wrote the row."""
    if (action := _told.get()) is None:
        return
    action.written.add(model)
    if is_covered(model):
        action.rows[model].update(keys)


def is_covered(model: type[models.Model]) -> bool:
    """Whether the ledger binds the table's rows."""
    return issubclass(model, Sealed) and model.COVERED


def once(name: str, read: Callable[[], R], *tables: type[models.Model]) -> R:
    """What the running action reads of tables that it does not write: once for all its parts. Outside an action, every time."""
    action = _told.get()
    if action is None or not action.written.isdisjoint(tables):
        return read()
    if name not in action.known:
        action.known[name] = read()
    found: R = action.known[name]
    return found


def check() -> None:
    """OutsideAction unless an action is running."""
    if _told.get() is None:
        raise OutsideAction("guarded tables are written inside `with told():` (shouwang.trust.ledger.guard)")


class SealedQuerySet(models.QuerySet[M]):
    """Notes what it writes. A table that may also be written outside an action (accounts, by the sign-in machinery) uses it as it is."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        if kwargs.get("ignore_conflicts") and is_covered(self.model):
            raise TypeError("ignore_conflicts does not say which rows were written: a covered table cannot use it")
        made = super().bulk_create(objs, *args, **kwargs)
        touched(self.model, (one.pk for one in made))
        return made

    def update(self, **kwargs: Any) -> int:
        if not is_covered(self.model) or _told.get() is None:
            touched(self.model, ())
            return super().update(**kwargs)
        keys = set(self.order_by().values_list("pk", flat=True))
        if not keys:
            return 0
        # On PostgreSQL another transaction may make more rows fit between the two statements: they are left to a later one.
        several = connections[self.db].vendor != "sqlite"
        done = models.QuerySet.update(self.filter(pk__in=keys) if several else self, **kwargs)
        touched(self.model, keys)
        return done

    def delete(self) -> tuple[int, dict[str, int]]:
        _note_deletion(self, self.db)
        return super().delete()


class GuardedQuerySet(SealedQuerySet[M]):
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


def _note_deletion(rows: Any, using: str) -> None:
    """Everything that goes with the rows: a cascade removes rows of other tables without asking their managers."""
    collector = Collector(using=using)
    collector.collect(rows)
    for model, instances in collector.data.items():
        touched(model, [one.pk for one in instances])
    for query in collector.fast_deletes:
        touched(query.model, query.values_list("pk", flat=True) if is_covered(query.model) else ())
    updates: Any = collector.field_updates  # django-stubs knows an older form of it
    for (changed, _), groups in updates.items():
        touched(changed.model, [one.pk for group in groups for one in group])


class Sealed(models.Model):
    """Base of tables whose rows the ledger binds: changing, deleting or inserting one behind the product's back is found.

    `COVERED = False` for a projection that can be rebuilt from what is delivered; `UNSEALED` names fields that change without an action.
    """

    COVERED: ClassVar[bool] = True
    UNSEALED: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        touched(type(self), [self.pk])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        _note_deletion([self], kwargs.get("using") or self._state.db or "default")
        return super().delete(*args, **kwargs)


class Guarded(Sealed):
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
