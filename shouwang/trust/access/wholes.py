"""Which whole subtrees a reader sees, so that what was summed up by unit need not be counted row by row.

A figure for a reader is the sum over `parts`, read from a rollup, and the rows seen through `rest` but through no part, which are few.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Q

from shouwang.common.categories import Category
from shouwang.common.paths import covers
from shouwang.common.reader import PATHS, Reader, Scope
from shouwang.trust.access.queries import allowed
from shouwang.trust.people.models import Unit

LEAVES = ("class", "room")  # no rollup keeps these


@dataclass(frozen=True, slots=True)
class Wholes:
    """`parts`: disjoint subtrees of one tree, each seen whole with its categories. `rest`: the reader with their other scopes only."""

    by: Reader
    parts: tuple[Scope, ...]
    rest: Reader

    def beyond(self, *, path: str = "unit_path", dorm: str = "dorm_path", sid: str = "student_id", mask: str | None = "categories") -> Q:
        """The rows that only `rest` sees; see queries.visible."""
        seen = allowed(replace(self.by, scopes=self.parts), path=path, dorm=dorm, sid=sid, mask=mask)
        return allowed(self.rest, path=path, dorm=dorm, sid=sid, mask=mask) & ~seen


def wholes(by: Reader, within: Unit | None = None) -> Wholes:
    """The reader's subtrees; with `within` only what of them lies in this unit, and the rows of `beyond` must be narrowed to it likewise."""
    scopes = [scope for scope in by.scopes if scope.categories & Category.identity]
    parts, rest = _disjoint(scopes)
    if within is not None:
        parts = [one for scope in parts if (one := _within(scope, within)) is not None]
        if within.tree != (parts[0].tree if parts else within.tree):
            parts, rest = [], scopes
    leaves = (
        set(Unit.objects.filter(path__in=[one.path for one in parts], kind__in=LEAVES).values_list("path", flat=True)) if parts else set()
    )
    rest = [*rest, *(one for one in parts if one.path in leaves)]
    kept = tuple(one for one in parts if one.path not in leaves)
    return Wholes(by, kept, replace(by, scopes=tuple(rest)))


def _disjoint(scopes: Iterable[Scope]) -> tuple[list[Scope], list[Scope]]:
    """The widest subtrees of one tree that do not overlap; and the scopes that show something else, or something more of the same."""
    trees = [scope for scope in scopes if scope.tree in PATHS and scope.path and scope.also is None]
    tree = next((scope.tree for scope in trees if scope.tree == PATHS[0]), PATHS[1])
    parts: list[Scope] = []
    rest = [scope for scope in scopes if scope not in trees or scope.tree != tree]
    for scope in sorted((one for one in trees if one.tree == tree), key=lambda one: (len(one.path), -one.categories.bit_count())):
        above = [part for part in parts if covers(part.path, scope.path)]
        if not above:
            parts.append(scope)
        elif scope.categories & ~above[0].categories:
            rest.append(scope)
    return parts, rest


def _within(scope: Scope, unit: Unit) -> Scope | None:
    if scope.tree != unit.tree:
        return scope
    if covers(unit.path, scope.path):
        return scope
    return replace(scope, path=unit.path) if covers(scope.path, unit.path) else None
