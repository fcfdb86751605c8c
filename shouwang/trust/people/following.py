"""Copies of places: rooms keep the path of a unit beside their rows, so that a scope is one index range. When people or units move, copies follow.

Within the caller's `told()`; each room says in its own words that its rows moved.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from shouwang.trust.people.models import Student, Unit

Moved = Mapping[str, str]  # old path → new path


def places() -> dict[int, str]:
    """Where every unit stands now; taken before a change of the tree."""
    return dict(Unit.objects.values_list("pk", "path"))


def moves(before: Mapping[int, str]) -> dict[str, str]:
    """What moved since. A path that was left is never given away in the same change, so the pairs may be applied in any order."""
    return {old: new for pk, new in places().items() if (old := before.get(pk)) and old != new}


def astray(rows: QuerySet[Any], place: QuerySet[Student] | None = None) -> QuerySet[Any]:
    """Those that do not stand where their student stands, with `to_unit` and `to_dorm`. `place`: the student of a row, else its `student`."""
    of = place if place is not None else Student.objects.filter(pk=OuterRef("student"))
    there: QuerySet[Any] = rows.annotate(to_unit=Subquery(of.values("unit_path")[:1]), to_dorm=Subquery(of.values("dorm_path")[:1]))
    lost: QuerySet[Any] = there.filter(to_unit__isnull=False).exclude(unit_path=F("to_unit"), dorm_path=F("to_dorm"))
    return lost


def with_students(rows: QuerySet[Any]) -> int:
    """Rows stand where their student stands; how many moved. One statement."""
    of = Student.objects.filter(pk=OuterRef("student"))
    gone = list(astray(rows).values_list("pk", flat=True))
    places = {"unit_path": Subquery(of.values("unit_path")), "dorm_path": Subquery(of.values("dorm_path"))}
    return sum(rows.model._default_manager.filter(pk__in=gone[at : at + 5000]).update(**places) for at in range(0, len(gone), 5000))


def with_units(rows: QuerySet[Any], moved: Moved) -> int:
    """Rows that stand at a unit and have no student go with the unit; how many moved."""
    names = {field.name for field in rows.model._meta.get_fields()} & {"unit_path", "dorm_path"}
    count = 0
    for name in sorted(names) if moved else ():
        for old in set(rows.values_list(name, flat=True).distinct()) & set(moved):
            count += rows.filter(**{name: old}).update(**{name: moved[old]})
    return count
