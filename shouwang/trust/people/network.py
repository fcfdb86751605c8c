"""Security groups and liaison pairs: which staff and which student cadres stand together at each level, and where somebody is missing."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import QuerySet

from shouwang.common.paths import WIDTH, ancestors
from shouwang.trust.people.models import Responsibility, Unit
from shouwang.trust.people.policies import POSTS, Post
from shouwang.trust.people.queries import units_for


class Group(NamedTuple):
    """A post at a unit with who is in it. A cadre counts where they serve and at every unit above it."""

    unit: Unit
    post: Post
    staff: tuple[Responsibility, ...]
    cadres: tuple[Responsibility, ...]

    @property
    def bare(self) -> tuple[str, ...]:
        """What it lacks: "staff", "cadre"."""
        return (() if self.staff else ("staff",)) + (("cadre",) if self.post.pairs and not self.cadres else ())


def groups(units: QuerySet[Unit], held: QuerySet[Responsibility]) -> list[Group]:
    """Every group and pair these units need, what lacks somebody first, then in tree order. `held`: whom the reader may know."""
    roles = {role for post in POSTS for role in (*post.slot.roles, *post.cadres)}
    staff, cadres = defaultdict[str, list[Responsibility]](list), defaultdict[str, list[Responsibility]](list)
    for one in held.filter(role__in=roles, unit__isnull=False).select_related("staff", "cadre", "unit").order_by("unit__path", "pk"):
        assert one.unit is not None
        if one.staff_id is not None:
            staff[one.unit.path].append(one)
        for path in ancestors(one.unit.path) if one.cadre_id is not None else ():
            cadres[path].append(one)
    found = []
    for post in POSTS:
        for unit in (units & units_for(post.slot)).select_related("parent__parent").order_by("path"):
            near = [*staff[unit.path], *(staff[unit.path[:-WIDTH]] if post.above else ())]
            known = tuple(one for one in near if one.role in post.slot.roles)
            found.append(Group(unit, post, known, tuple(one for one in cadres[unit.path] if one.role in post.cadres)))
    return sorted(found, key=lambda group: not group.bare)
