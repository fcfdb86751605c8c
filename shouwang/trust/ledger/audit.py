"""Looks through everything: every entry against the tree, the tree against itself and its signed heads, every covered row against its seal.

Read in pieces, so that it may run beside the work; what looks wrong is looked at once more under a lock before it is told.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import CharField, DateTimeField, Model, QuerySet
from django.db.models.functions import Cast

from shouwang.trust.ledger import heads, keys, sealing, tree
from shouwang.trust.ledger.canonical import marked_text
from shouwang.trust.ledger.findings import Counts, Finding
from shouwang.trust.ledger.guard import Sealed
from shouwang.trust.ledger.models import Entry, Head, Node, Seal, Tree
from shouwang.trust.ledger.sequencer import content, read, seals_of, sequence, subjects_of

CHUNK = 4_096  # even: neighbours in the tree stay in one piece
SHOWN = 1_000  # findings that are named; all are counted
Progress = Callable[[str, int, int], object]


def _quiet(step: str, done: int, total: int) -> None:
    """Nobody is watching."""


def audit(progress: Progress = _quiet, counts: Counts | None = None) -> list[Finding]:
    """Everything that is not as it was told; empty when all is well. Of very many findings the first SHOWN of each part."""
    counts = counts or Counts()
    found = list(_intruders())
    if not found:
        sequence()
    size = Tree.objects.filter(pk=1).values_list("size", flat=True).first() or 0
    for part in (_entries(size, progress, counts), _tree(size, progress, counts), _heads(size, counts), _rows(progress, counts)):
        for number, one in enumerate(part):
            if number < SHOWN:
                found.append(one)
    return found


def _intruders() -> Iterator[Finding]:
    """Entries that stand where the tree has no leaves yet: the sequencer would stumble over them."""
    size = Tree.objects.filter(pk=1).values_list("size", flat=True).first() or 0
    for number in Entry.objects.filter(leaf__gte=size).order_by("pk").values_list("pk", flat=True)[:SHOWN]:
        if (Tree.objects.filter(pk=1).values_list("size", flat=True).first() or 0) <= size:  # no sequencer came in between
            yield Finding("entry_inserted", "ledger_entry", str(number))


def _entries(size: int, progress: Progress, counts: Counts) -> Iterator[Finding]:
    """Every place of the tree has its entry, as it was, written by the product."""
    for low in range(0, size, CHUNK):
        high = min(low + CHUNK, size)
        entries = _read_entries(low, high)
        numbers = [entry.pk for entry in entries.values()]
        subjects, seals = subjects_of(numbers), seals_of(numbers)
        kept = _level(0, low, high)
        for place in range(low, high):
            entry = entries.get(place)
            if entry is None:
                yield Finding("entry_removed", "ledger_entry", str(place + 1))
                continue
            if entry.at is None or tree.leaf(content(entry, subjects[entry.pk], seals[entry.pk])) != kept.get(place):
                yield Finding("entry_altered", "ledger_entry", str(entry.pk))
            elif not keys.is_marked(entry.mark, marked_text(entry.kind, entry.by, entry.at, entry.digest, subjects[entry.pk])):
                yield Finding("entry_foreign", "ledger_entry", str(entry.pk))
        counts.entries += high - low
        progress("entries", high, size)


def _read_entries(low: int, high: int) -> dict[int | None, Entry]:
    """Place → entry. One whose moment was altered into none is read without it."""
    found = Entry.objects.filter(leaf__gte=low, leaf__lt=high)
    try:
        crooked = _misshapen(Entry, found)
        return {entry.leaf: Entry(pk=entry.pk) if entry.pk in crooked else entry for entry in found}
    except ValueError:
        if high - low > 1:
            middle = (low + high) // 2
            return _read_entries(low, middle) | _read_entries(middle, high)
        return {low: Entry(pk=found.values_list("pk", flat=True)[0])}


def _tree(size: int, progress: Progress, counts: Counts) -> Iterator[Finding]:
    """Every node is the hash over its two children, and there is one for every complete subtree and none besides."""
    for level in range(size.bit_length()):
        whole = size >> level
        yield from _surplus(level, whole)
        for low in range(0, whole, CHUNK):
            high = min(low + CHUNK, whole)
            here = _level(level, low, high)
            below = _level(level - 1, low * 2, high * 2) if level else {}
            for at in range(low, high):
                if at not in here:
                    yield Finding("node_missing", "ledger_node", f"{level}/{at}")
                elif level and 2 * at in below and 2 * at + 1 in below and not _is_over(here[at], below[2 * at], below[2 * at + 1]):
                    yield Finding("node_altered", "ledger_node", f"{level}/{at}")
            counts.nodes += high - low
            progress("tree", high, whole)
    for number in Tree.objects.exclude(pk=1).values_list("pk", flat=True)[:SHOWN]:
        yield Finding("node_inserted", "ledger_tree", str(number))
    for level, index in Node.objects.filter(level__gte=size.bit_length()).values_list("level", "index")[:SHOWN]:
        yield from _if_still_surplus(level, index)


def _is_over(parent: str, left: str, right: str) -> bool:
    try:
        return parent == tree.inner(left, right)
    except ValueError:  # a child that is no hash any more
        return False


def _level(level: int, low: int, high: int) -> dict[int, str]:
    return dict(Node.objects.filter(level=level, index__gte=low, index__lt=high).values_list("index", "hash"))


def _surplus(level: int, whole: int) -> Iterator[Finding]:
    outside = Node.objects.filter(level=level, index__gte=whole) | Node.objects.filter(level=level, index__lt=0)
    for index in outside.values_list("index", flat=True)[:SHOWN]:
        yield from _if_still_surplus(level, index)


def _if_still_surplus(level: int, index: int) -> Iterator[Finding]:
    """The tree may have grown while it was looked at."""
    size = Tree.objects.filter(pk=1).values_list("size", flat=True).first() or 0
    if not 0 <= index < size >> max(level, 0) or level < 0:
        yield Finding("node_inserted", "ledger_node", f"{level}/{index}")


def _heads(size: int, counts: Counts) -> Iterator[Finding]:
    """Every head is signed by the school's key, follows the one before, and has the root that the tree has at its size."""
    trusted, previous, before = keys.trusted(), "", 0
    for number in Head.objects.order_by("pk").values_list("pk", flat=True):
        row = str(number)
        counts.heads += 1
        head = _read_head(number)
        if head is None or not heads.is_genuine(head):
            yield Finding("head_altered", "ledger_head", row)
            if head is None:
                continue
        elif head.key not in trusted:
            yield Finding("head_foreign", "ledger_head", row)
        if head.previous != previous:
            yield Finding("head_gap", "ledger_head", row)
        if not before <= head.size or (head.size <= size and _root(head.size) != head.root):
            yield Finding("head_differs", "ledger_head", row)
        elif head.size > size and not Tree.objects.filter(pk=1, size__gte=head.size).exists():
            yield Finding("tree_shortened", "ledger_head", row)
        if head.token and not _is_stamped(head):
            yield Finding("stamp_wrong", "ledger_head", row)
        previous, before = heads.digest(head), head.size


def _read_head(number: int) -> Head | None:
    """None when its moment was altered into none."""
    try:
        found = Head.objects.get(pk=number)
        crooked = _misshapen(Head, Head.objects.filter(pk=number))
    except ValueError:
        return None
    return found if found.at and not crooked else None


def _root(size: int) -> str:
    try:
        return tree.root(size, read)
    except (KeyError, ValueError):  # a node is missing or no hash any more; _tree names it
        return ""


def _is_stamped(head: Head) -> bool:
    import base64

    try:
        heads.check_stamp(head, base64.b64decode(head.token))
    except (heads.NoStamp, ValueError):
        return False
    return True


def _rows(progress: Progress, counts: Counts) -> Iterator[Finding]:
    """Every row of a covered table is what its last seal says, and every last seal has its row."""
    for table, model in sealing.covered().items():
        total = model._base_manager.count()
        done = 0
        for rows in sealing.row_keys(model):
            yield from _confirmed(model, rows, _compare)
            done += len(rows)
            counts.rows += len(rows)
            progress(table, done, total)
        for rows in _sealed_keys(table):
            yield from _confirmed(model, rows, _without_row)


def _sealed_keys(table: str) -> Iterator[list[str]]:
    """The rows that have seals, by their text; going on from the last one, whatever order the database gives texts."""
    last = ""
    while True:
        rows = Seal.objects.filter(table=table, row__gt=last).order_by("row").values_list("row", flat=True).distinct()
        found = list(rows[:CHUNK])
        if not found:
            return
        yield found
        last = found[-1]


Compare = Callable[[type[Sealed], Sequence[Any]], list[tuple[Any, str]]]


def _confirmed(model: type[Sealed], rows: Sequence[Any], compare: Compare) -> Iterator[Finding]:
    """What differs, and still does when it is looked at again while nobody can be writing it."""
    suspects = [row for row, _ in compare(model, rows)]
    if not suspects:
        return
    table = model._meta.db_table
    with transaction.atomic():
        held = model._base_manager.select_for_update().filter(pk__in=_as_keys(model, suspects))
        list(held.values_list("pk", flat=True))
        certain = compare(model, suspects)
    yield from (Finding(kind, table, str(row)) for row, kind in certain)


def _as_keys(model: type[Sealed], rows: Iterable[Any]) -> list[Any]:
    """Primary keys out of the texts of seals; what is no key of this table belongs to no row."""
    found = []
    for row in rows:
        try:
            found.append(model._meta.pk.to_python(row))
        except (ValidationError, ValueError, TypeError):
            continue  # a seal of nonsense has no row, and is told as such
    return found


def _compare(model: type[Sealed], rows: Sequence[Any]) -> list[tuple[Any, str]]:
    """Rows without a seal, or other than their seal."""
    seals = sealing.latest(model._meta.db_table, [str(row) for row in rows])
    by_shape: dict[str, list[Any]] = {}
    wrong: list[tuple[Any, str]] = []
    for row in rows:
        seal = seals.get(str(row))
        if seal is None or not seal.digest:
            wrong.append((row, "row_inserted"))
        else:
            by_shape.setdefault(seal.shape.columns, []).append(row)
    for columns, of_shape in by_shape.items():
        try:
            now = _digests(model, of_shape, columns.split(","))
        except KeyError:
            wrong += [(row, "row_unknown") for row in of_shape]
            continue
        wrong += [(row, "row_changed") for row in of_shape if row in now and now[row] != seals[str(row)].digest]
    return wrong


def _misshapen(model: type[Model], rows: QuerySet[Any]) -> set[Any]:
    """Rows with a moment that reads as it should and is not spelt as the product spells it: SQLite keeps texts, and reads them leniently."""
    names = [field.attname for field in model._meta.local_concrete_fields if isinstance(field, DateTimeField)]
    if connection.vendor != "sqlite" or not names:
        return set()
    spelt = {f"spelt_{name}": Cast(name, CharField()) for name in names}
    half = len(names)
    found = rows.annotate(**spelt).values_list("pk", *names, *spelt)
    return {key for key, *both in found if any(not _as_spelt(at, text) for at, text in zip(both[:half], both[half:], strict=True))}


def _as_spelt(at: Any, text: str | None) -> bool:
    return text == (None if at is None else str(connection.ops.adapt_datetimefield_value(at)))


def _digests(model: type[Sealed], rows: Sequence[Any], columns: Sequence[str]) -> dict[Any, str]:
    """A row that cannot even be read (a day that is none, a number that is a word) has an empty digest: not the one it was sealed with."""
    try:
        return sealing.digests(model, rows, columns) | dict.fromkeys(_misshapen(model, model._base_manager.filter(pk__in=rows)), "")
    except (ValueError, TypeError, ArithmeticError):
        if len(rows) == 1:
            return {rows[0]: ""}
        middle = len(rows) // 2
        return _digests(model, rows[:middle], columns) | _digests(model, rows[middle:], columns)


def _without_row(model: type[Sealed], rows: Sequence[Any]) -> list[tuple[Any, str]]:
    """Rows that the last seal says exist, and that do not."""
    alive = [row for row, seal in sealing.latest(model._meta.db_table, rows).items() if seal.digest]
    there = set(model._base_manager.filter(pk__in=_as_keys(model, alive)).values_list("pk", flat=True))
    present = {str(key) for key in there}
    return [(row, "row_missing") for row in alive if row not in present]
