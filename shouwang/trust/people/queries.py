"""Reads about who is who that need no reader: rosters for imports, and the proofs that nobody is left out. Pages go through access."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, When

from shouwang.common.calendar import SchoolCalendar, national_days
from shouwang.common.paths import ancestors, next_path
from shouwang.trust.ledger.guard import once
from shouwang.trust.people.models import NUMBER, CalendarDay, Erasure, Responsibility, Staff, Student, Term, Unit
from shouwang.trust.people.policies import CLASS_ROLES, ELSEWHERE, SLOT, SLOTS, STUDENT_ROLES, Slot
from shouwang.trust.vault import queries as vault


class RosterRow(NamedTuple):
    number: str
    sid: int
    class_path: str
    college_path: str
    name: str


class Gap(NamedTuple):
    """A unit without anybody in a slot."""

    unit: Unit
    slot: Slot


def roster() -> Iterator[RosterRow]:
    """Every student that deliveries may speak of, current or not, in class order."""
    colleges = {path: path for path in Unit.objects.filter(kind="college").values_list("path", flat=True)}
    rows = Student.objects.order_by("sid").values_list("number", "sid", "unit_path", "name")
    known: dict[str, str] = {}
    for number, sid, path, name in rows.iterator(chunk_size=20_000):
        if path not in known:
            known[path] = next((above for above in ancestors(path) if above in colleges), "")
        yield RosterRow(number, sid, path, known[path], name)


def unit_codes(tree: str | None = None) -> dict[str, tuple[str, str, str]]:
    """code → (path, kind, name) of the current units."""
    units = Unit.objects.filter(is_current=True)
    if tree is not None:
        units = units.filter(tree=tree)
    return {code: (path, kind, name) for code, path, kind, name in units.values_list("code", "path", "kind", "name")}


def staff_numbers() -> dict[str, str]:
    """number → name of the current staff."""
    return dict(Staff.objects.filter(is_current=True).values_list("number", "name"))


def term_of(day: date) -> Term | None:
    """The term a day lies in; in the holidays the one before it; None before the first."""
    return Term.objects.filter(is_current=True, starts_on__lte=day).order_by("-starts_on").first()


SCHOOL_DAYS = ("school", "makeup")


@cache
def _national() -> tuple[date, ...]:
    """Workdays as the State Council publishes them, as far as anybody plans; one list a process."""
    return tuple(day for day, kind in national_days(date(2020, 1, 1), date(2039, 12, 31)) if kind in SCHOOL_DAYS)


def calendar() -> SchoolCalendar:
    """The school days: as delivered, before and behind the delivered calendar by the national holidays. Days between two terms are none."""
    return once("calendar", _calendar, CalendarDay, Term)


def _calendar() -> SchoolCalendar:
    said = list(CalendarDay.objects.filter(is_current=True).order_by("day").values_list("day", "kind"))
    days = _national()
    if said:
        delivered = tuple(day for day, kind in said if kind in SCHOOL_DAYS)
        days = days[: bisect_left(days, said[0][0])] + delivered + days[bisect_right(days, said[-1][0]) :]
    terms = list(Term.objects.filter(is_current=True).order_by("starts_on").values_list("starts_on", "ends_on"))
    for (_, ends), (starts, _) in pairwise(terms):
        if ends + timedelta(days=1) < starts:
            days = days[: bisect_right(days, ends)] + days[bisect_left(days, starts) :]
    return SchoolCalendar(days)


def in_force(on: date) -> QuerySet[Responsibility]:
    """The responsibilities in force on a day, of people who are still there."""
    current = Responsibility.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), is_current=True, starts_on__lte=on)
    return current.filter(Q(staff__is_current=True) | Q(cadre__is_current=True, cadre__status="enrolled"))


def enrolled() -> QuerySet[Student]:
    """Students who must be looked after: delivered, and in the school or on leave of absence."""
    return Student.objects.filter(is_current=True, status__in=("enrolled", "suspended"))


def uncovered_students(on: date) -> QuerySet[Student]:
    """Students for whom nobody answers: neither named for them nor by their class."""
    held = in_force(on).order_by()
    named = held.filter(role__in=STUDENT_ROLES, student=OuterRef("pk"))
    of_class = held.filter(role__in=(*CLASS_ROLES, *STUDENT_ROLES), unit=OuterRef("pk"))
    # Classes first: where each has somebody, no student need be looked at.
    bare = Unit.objects.filter(~Exists(of_class), tree="organisation").order_by().values("pk")
    return enrolled().filter(class_unit__in=bare).exclude(Exists(named)).order_by("unit_path", "number")


def _needs(slot: Slot) -> Q:
    """The units that need somebody in the slot. A class without students needs nobody."""
    needs = Q(kind=slot.kind)
    return needs & Q(Exists(enrolled().filter(class_unit=OuterRef("pk")))) if slot.kind == "class" else needs


def _bare(slot: Slot, on: date) -> Q:
    return _needs(slot) & ~Q(Exists(in_force(on).order_by().filter(role__in=slot.roles, unit=OuterRef("pk"))))


def units_for(slot: Slot) -> QuerySet[Unit]:
    """The current units that need somebody in the slot, in tree order."""
    return Unit.objects.filter(_needs(slot), is_current=True).order_by("path")


def uncovered_units(on: date, slot: Slot) -> QuerySet[Unit]:
    """Units where nobody holds the slot."""
    return Unit.objects.filter(_bare(slot, on), is_current=True).order_by("path")


def slot_counts(units: QuerySet[Unit]) -> dict[str, int]:
    """slot → how many of these units need somebody."""
    kinds = dict(units.exclude(kind="class").order_by().values_list("kind").annotate(n=Count("pk")))
    kinds["class"] = units.filter(_needs(SLOT["class_teacher"])).order_by().count()
    return {slot.code: kinds.get(slot.kind, 0) for slot in SLOTS}


def empty_slots(units: QuerySet[Unit], on: date) -> list[tuple[int, Slot]]:
    """(unit id, slot) of every empty place among these units, from the school down to the floors; one statement."""
    flags = {f"bare_{slot.code}": Case(When(_bare(slot, on), then=True), default=False, output_field=BooleanField()) for slot in SLOTS}
    some = Q()
    for name in flags:
        some |= Q(**{name: True})
    found = list(units.annotate(**flags).filter(some).order_by("path").values_list("pk", *flags))
    return [(row[0], slot) for place, slot in enumerate(SLOTS, 1) for row in found if row[place]]


def gaps(on: date) -> list[Gap]:
    """Every empty place at every level."""
    found = empty_slots(Unit.objects.filter(is_current=True), on)
    units = Unit.objects.in_bulk([pk for pk, _ in found])
    return [Gap(units[pk], slot) for pk, slot in found]


def candidates(unit: Unit, slot: Slot, on: date) -> QuerySet[Staff]:
    """Whom one would ask first to fill a slot: people of the offices above, and those who hold the role nearby; the least loaded first."""
    above = ancestors(unit.path)
    near = above[-2] if len(above) > 1 else unit.path
    holders = in_force(on).filter(role__in=slot.roles, unit__path__gte=near, unit__path__lt=next_path(near), staff=OuterRef("pk"))
    elsewhere = in_force(on).filter(role__in=set(ELSEWHERE) - set(slot.roles), staff=OuterRef("pk"))
    staff = Staff.objects.filter(Q(office__path__in=above[1:]) & ~Exists(elsewhere) | Exists(holders), is_current=True)
    load = Count("responsibilities", filter=Q(responsibilities__in=in_force(on).order_by().values("pk")))
    return staff.select_related("office").annotate(load=load).order_by("load", "pinyin", "number")


def responsible_for(sid: int, on: date) -> QuerySet[Responsibility]:
    """Everybody who answers for this student on this day, nearest first: named, class, floor, building, college, school."""
    student = Student.objects.filter(pk=sid).values_list("unit_path", "dorm_path").first()
    if student is None:
        return Responsibility.objects.none()
    above = [*ancestors(student[0]), *ancestors(student[1])]
    held = in_force(on).filter(Q(student=sid) | Q(unit__path__in=above))
    return held.select_related("staff", "cadre", "unit").order_by(F("unit__path").desc(nulls_first=True), "role")


def below(path: str) -> QuerySet[Unit]:
    """A unit and everything under it."""
    return Unit.objects.filter(path__gte=path, path__lt=next_path(path), is_current=True).order_by("path")


def erased_number() -> Callable[[str], bool] | None:
    """Tells whether a number belongs to a person who was erased; None when nobody ever was. Each question costs one fingerprint."""
    fingerprints = frozenset(Erasure.objects.values_list("number_blind", flat=True))
    return (lambda number: vault.blind(NUMBER, number) in fingerprints) if fingerprints else None


def erasure_of(sid: int) -> Erasure | None:
    return Erasure.objects.filter(sid=sid).first()


def erasures() -> QuerySet[Erasure]:
    """Newest first."""
    return Erasure.objects.order_by("-pk")
