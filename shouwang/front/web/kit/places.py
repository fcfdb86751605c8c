"""The units a list can be narrowed to, as the options of one field."""

from collections.abc import Iterable
from typing import Any

from shouwang.common.paths import next_path
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access

WIDE, NARROW = ("college", "building"), ("class", "floor")
MANY = 150  # beyond this nobody finds a class in a field; it offers the colleges, and the classes of the chosen one


def unit_choices(by: Reader, asked: int | None = None) -> list[tuple[int, str]]:
    """(id, name, indented below its college) of the colleges, classes, buildings and floors the reader answers for."""
    units = access.units(by)
    found = list(_named(units.filter(kind__in=(*WIDE, *NARROW))[: MANY + 1]))
    if len(found) <= MANY:
        return _indented(found)
    wide = units.filter(kind__in=WIDE)
    chosen = units.filter(pk=asked).first() if asked is not None else None
    if chosen is None:
        return _indented(_named(wide))
    above = [one for one in wide if chosen.path.startswith(one.path)]
    root = above[0].path if above else chosen.path
    near = units.filter(kind__in=NARROW, path__gte=root, path__lt=next_path(root))
    rows = sorted({(one.path, one.pk, one.name, one.kind) for one in (*wide, *near[:MANY], chosen)})
    return _indented((pk, name, kind) for _, pk, name, kind in rows)


def _named(units: Any) -> Iterable[tuple[int, str, str]]:
    rows: Iterable[tuple[int, str, str]] = units.values_list("pk", "name", "kind")
    return rows


def _indented(rows: Iterable[tuple[int, str, str]]) -> list[tuple[int, str]]:
    return [(pk, f"　{name}" if kind in NARROW else name) for pk, name, kind in rows]
