"""Gives entries their places in the tree, one process at a time. Writers never wait for it, and it never asks what order they wrote in.

Entries without a place are looked for, never entries above some number: on PostgreSQL a lower number may be committed later.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from shouwang.trust.ledger import tree
from shouwang.trust.ledger.canonical import about_digest, entry_fields, seal_line, seals_digest, text_of
from shouwang.trust.ledger.models import About, Entry, Seal, Tree

BATCH = 5_000
PLACES = """
UPDATE ledger_entry SET leaf = found.leaf
FROM (
    SELECT id, %s + ROW_NUMBER() OVER (ORDER BY id) - 1 AS leaf FROM ledger_entry WHERE leaf IS NULL ORDER BY id LIMIT %s
) AS found
WHERE ledger_entry.id = found.id
"""


class Kept(NamedTuple):
    """What a leaf needs of an entry; a model of each would cost more than its hash."""

    id: int
    kind: str
    by: int | None
    at: datetime
    digest: str
    mark: str | None


class Disturbed(RuntimeError):
    """The places are not as the tree left them: somebody wrote past the product. Nothing was written; the audit names what it was."""


def sequence(batch: int = BATCH) -> int:
    """Everything committed so far gets its place; how many entries that were. A kill in between leaves whole batches."""
    done = 0
    while Entry.objects.filter(leaf=None).exists():
        done += _one_batch(batch)
    return done


def _one_batch(batch: int) -> int:
    with transaction.atomic():
        # The row's lock (on SQLite: the write lock) makes sequencers wait for each other; the condition below proves that it did.
        Tree.objects.get_or_create(pk=1)
        size = Tree.objects.select_for_update().get(pk=1).size
        with connection.cursor() as cursor:
            cursor.execute(PLACES, [size, batch])
        rows = list(Entry.objects.filter(leaf__gte=size).order_by("leaf").values_list("leaf", *Kept._fields))
        if not rows:
            return 0
        if rows[-1][0] != size + len(rows) - 1:
            raise Disturbed(f"entries stand where the tree of size {size} has no leaves yet")
        fresh = [Kept(*row[1:]) for row in rows]
        leaves = [tree.leaf(content) for content in contents(fresh)]
        new = tree.grown(size, leaves, read(tree.frontier(size)))
        _keep(new)
        if not Tree.objects.filter(pk=1, size=size).update(size=size + len(fresh)):
            raise Disturbed(f"the tree is no longer of size {size}")
    return len(fresh)


def _keep(nodes: Iterable[tuple[int, int, str]]) -> None:
    """New nodes, past the ORM: two for every entry, and nothing of them is anybody's but the tree's."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [list(column) for column in zip(*nodes, strict=True)]
            cursor.execute(
                'INSERT INTO ledger_node (level, "index", hash) SELECT * FROM UNNEST(%s::smallint[], %s::bigint[], %s::varchar[])', columns
            )
        else:
            cursor.executemany('INSERT INTO ledger_node (level, "index", hash) VALUES (%s, %s, %s)', list(nodes))


def read(places: Iterable[tree.Place]) -> Mapping[tree.Place, str]:
    """The nodes at these places. KeyError later for one that is missing."""
    wanted = list(places)
    found: dict[tree.Place, str] = {}
    with connection.cursor() as cursor:
        for low in range(0, len(wanted), 200):  # one statement for a proof: the ORM would write a chain of ORs
            some = wanted[low : low + 200]
            values = ", ".join(["(%s, %s)"] * len(some))
            statement = f'SELECT level, "index", hash FROM ledger_node WHERE (level, "index") IN (VALUES {values})'
            cursor.execute(statement, [number for place in some for number in place])
            found.update({(level, index): one for level, index, one in cursor.fetchall()})
    return found


def contents(entries: Sequence[Kept]) -> list[bytes]:
    """The exact bytes of these entries' leaves."""
    keys = [entry.id for entry in entries]
    subjects, seals = subjects_of(keys), seals_of(keys)
    return [content(entry, subjects[entry.id], seals[entry.id]) for entry in entries]


def content(entry: Kept | Entry, subjects: Iterable[str], seals: Iterable[str]) -> bytes:
    return text_of(fields(entry, subjects, seals)).encode()


def fields(entry: Kept | Entry, subjects: Iterable[str], seals: Iterable[str]) -> dict[str, object]:
    return entry_fields(
        id=entry.id,
        kind=entry.kind,
        by=entry.by,
        at=entry.at,
        digest=entry.digest,
        mark=entry.mark or "",
        about=about_digest(subjects),
        seals=seals_digest(seals),
    )


def _among(entries: list[int]) -> Q:
    """Belonging to these entries. They mostly follow each other: a range is read much faster than a list of thousands, and what else lies in it
    is asked for by nobody."""
    if not entries:
        return Q(entry__in=[])
    low, high = min(entries), max(entries)
    return Q(entry__gte=low, entry__lte=high) if high - low < 4 * len(entries) else Q(entry__in=entries)


def subjects_of(entries: list[int]) -> dict[int, list[str]]:
    """Entry → whom and what it is about, as it stands there, sorted by `canonical`."""
    found: dict[int, list[str]] = defaultdict(list)
    for entry, subject in About.objects.filter(_among(entries)).values_list("entry_id", "subject"):
        found[entry].append(subject)
    return found


def seals_of(entries: list[int]) -> dict[int, list[str]]:
    """Entry → its seals, one line each, in the order in which they were made."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Seal.objects.filter(_among(entries)).order_by("pk").values_list("entry_id", "pk", "table", "row", "digest")
    for entry, pk, table, row, digest in rows:
        found[entry].append(seal_line(pk, table, row, digest))
    return found
