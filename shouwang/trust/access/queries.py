"""The scoped queries: whatever the front shows of people comes through here, with the reader first.

A set and a single check come from the same scopes; a missing row and a forbidden row are alike.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.lookups import Exact

from shouwang.common.categories import EVERYTHING, Category
from shouwang.common.paths import covers, next_path
from shouwang.common.reader import Reader, Scope, acting
from shouwang.trust.access import readers
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import why_not
from shouwang.trust.people import network
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import Responsibility, Staff, Student, Unit
from shouwang.trust.people.policies import CADRE_ROLES, SLOT, STUDENT_ROLES, Slot

M = TypeVar("M", bound=Model)
NOBODY = Q(pk__in=[])
FEW = 10_000
reader = readers.reader


def may(by: Reader, ability: str) -> bool:
    """Whether one of the reader's roles carries the ability; `policies.why_not` gives the reason of a no."""
    return why_not(by, ability) is None


def account(username: str) -> Account | None:
    return Account.objects.select_related("staff__office", "student", "guardian").filter(username=username, is_active=True).first()


def open_account(pk: int) -> Account | None:
    """An account that is not closed, by its id; for jobs that act on it."""
    return Account.objects.select_related("staff__office", "student", "guardian").filter(pk=pk, is_active=True).first()


def staff_names(accounts: Collection[int]) -> dict[int, str]:
    """account id → name, of staff only: that a student or guardian acted is on record, who it was is not for everybody."""
    return dict(Account.objects.filter(pk__in=accounts, staff__isnull=False).values_list("pk", "staff__name"))


def unit_of(code: str) -> Unit | None:
    """A current unit by its code; for commands and the pipeline, which have no reader."""
    return Unit.objects.filter(code=code, is_current=True).first()


def reader_of(account_id: int, on: date, now: datetime | None = None) -> Reader | None:
    """The reader behind an account id, for jobs that act in somebody's name; None when the account is gone or closed."""
    found = Account.objects.select_related("staff__office", "student", "guardian").filter(pk=account_id, is_active=True).first()
    return reader(found, on, now=now) if found is not None else None


def _covered(scope: Scope, path: str, dorm: str, sid: str) -> Q:
    """The rows a scope covers, as one index range or one list of ids; with a second condition, both."""
    if scope.also is not None:
        return _covered(replace(scope, also=None), path, dorm, sid) & _covered(scope.also, path, dorm, sid)
    if scope.tree == "organisation":
        return Q(**{f"{path}__gte": scope.path, f"{path}__lt": next_path(scope.path)})
    if scope.tree == "dormitory" and scope.path:
        return Q(**{f"{dorm}__gte": scope.path, f"{dorm}__lt": next_path(scope.path)})
    return Q(**{f"{sid}__in": scope.sids}) if scope.sids else NOBODY


def visible(
    by: Reader,
    queryset: QuerySet[M],
    *,
    path: str = "unit_path",
    dorm: str = "dorm_path",
    sid: str = "student_id",
    mask: str | None = "categories",
) -> QuerySet[M]:
    """The rows whose category bits are all allowed by one same scope that covers the row. `mask=None`: rows that only say who somebody is.

    What may be changed or taken out: `visible(acting(by, "write"), …)`, `visible(acting(by, "export"), …)`.
    """
    return queryset.filter(allowed(by, path=path, dorm=dorm, sid=sid, mask=mask))


def allowed(by: Reader, *, path: str = "unit_path", dorm: str = "dorm_path", sid: str = "student_id", mask: str | None = "categories") -> Q:
    """The condition of `visible`, for a question that has another beside it."""
    seen = NOBODY
    for scope in by.scopes:
        if not scope.categories & Category.identity:
            continue
        rows = _covered(scope, path, dorm, sid)
        if mask is not None:
            refused = EVERYTHING & ~scope.categories
            rows &= Q(Exact(F(mask).bitand(refused), 0))
        seen |= rows
    return seen


def students(by: Reader) -> QuerySet[Student]:
    """Every student the reader may know of, in class order."""
    current = Student.objects.filter(is_current=True).order_by("unit_path", "number")
    return visible(by, current, sid="sid", mask=None)


def student(by: Reader, sid: int) -> Student | None:
    """One student, or None when there is none or the reader may not know."""
    return students(by).select_related("class_unit", "room").filter(sid=sid).first()


def search(by: Reader, text: str) -> QuerySet[Student]:
    """Students by name, pinyin (whole or initials) or number, within the reader's scope. Nothing for an empty text."""
    wanted = "".join(text.split()).lower()
    if not wanted.isprintable() or not wanted:  # a NUL is no part of any name, and PostgreSQL refuses the question
        return Student.objects.none()
    if not wanted.isascii():
        return students(by).filter(name__contains=wanted)
    keys = ("number", "pinyin", "initials") if wanted.isalpha() else ("number",)  # no name is spelled with digits
    found = Q()
    for key in keys:
        found |= Q(**{f"{key}__gte": wanted, f"{key}__lt": wanted + "\uffff"})
    if wanted.upper() != wanted:  # numbers with letters are written in capitals
        found |= Q(number__gte=wanted.upper(), number__lt=wanted.upper() + "\uffff")
    # Many are met soon in class order; few may all stand in one class far down, and are looked up.
    fitting = Student.objects.filter(found)
    return students(by).filter(sid__in=fitting.values("sid")) if fitting[: FEW + 1].count() <= FEW else students(by).filter(found)


def _covering(by: Reader, sid: int) -> list[Scope]:
    row = Student.objects.filter(sid=sid, is_current=True).values_list("unit_path", "dorm_path").first()
    if row is None:
        return []
    paths = {"organisation": row[0], "dormitory": row[1]}
    return [scope for scope in by.scopes if scope.categories & Category.identity and _reaches(scope, sid, paths)]


def _reaches(scope: Scope, sid: int, paths: dict[str, str]) -> bool:
    if scope.also is not None and not _reaches(scope.also, sid, paths):
        return False
    return sid in scope.sids or bool(scope.tree in paths and scope.path and covers(scope.path, paths[scope.tree]))


def covering(by: Reader, sid: int) -> list[Scope]:
    """The scopes through which the reader may see this student, lasting ones first."""
    return sorted(_covering(by, sid), key=lambda scope: bool(scope.ref))


def grounds(by: Reader, sid: int) -> list[str]:
    """Why the reader may see this student, as sentences in the reader's language; empty: they may not."""
    sentences = [scope.ground if by.lang == "zh" else scope.ground_en or scope.ground for scope in _covering(by, sid)]
    return list(dict.fromkeys(sentences))


def categories(by: Reader, sid: int, action: str = "see") -> int:
    """Everything the reader may know about this student, as a mask; 0: not even that they exist. Or what they may do another action with."""
    bits = 0
    for scope in _covering(by, sid):
        bits |= scope.mask(action)
    return bits


def units(by: Reader, tree: str | None = None) -> QuerySet[Unit]:
    """The units the reader answers for and everything below them. A scope with a second condition is of students, not of a unit."""
    allowed = NOBODY
    for scope in by.scopes:
        if scope.also is not None or scope.ref:
            continue
        if scope.tree == "organisation":
            allowed |= Q(path__gte=scope.path, path__lt=next_path(scope.path))
        elif scope.tree == "dormitory" and scope.path:
            allowed |= Q(tree="dormitory", path__gte=scope.path, path__lt=next_path(scope.path))
    found = Unit.objects.filter(allowed, is_current=True).order_by("path")
    return found if tree is None else found.filter(tree=tree)


def responsible(by: Reader, sid: int, on: date) -> QuerySet[Responsibility]:
    """Who answers for a student, nearest first, for a reader who may know the student; cadres only where they may be known themselves."""
    if student(by, sid) is None:
        return Responsibility.objects.none()
    known = students(by).order_by().values("pk")
    return people.responsible_for(sid, on).filter(Q(cadre__isnull=True) | Q(cadre__in=known))


def staff(by: Reader, text: str = "") -> QuerySet[Staff]:
    """Current staff by name, pinyin or number, for readers who may name responsible people."""
    if not may(by, "coverage_assign"):
        return Staff.objects.none()
    found = Staff.objects.filter(is_current=True).select_related("office").order_by("pinyin", "number")
    wanted = "".join(text.split()).lower()
    if wanted:
        found = found.filter(
            Q(name__contains=wanted) | Q(number__istartswith=wanted) | Q(pinyin__startswith=wanted) | Q(initials__startswith=wanted)
        )
    return found


def duties(by: Reader, on: date) -> QuerySet[Responsibility]:
    """The reader's own responsibilities in force, for the settings page."""
    mine = Account.objects.filter(pk=by.account_id)
    held = people.in_force(on).select_related("unit", "student").order_by("role", "unit__path")
    return held.filter(Q(Exists(mine.filter(staff=OuterRef("staff")))) | Q(Exists(mine.filter(student=OuterRef("cadre")))))


def uncovered_students(by: Reader, on: date) -> QuerySet[Student]:
    """Students in the reader's scope for whom nobody answers."""
    return visible(by, people.uncovered_students(on), sid="sid", mask=None)


def covered_students(by: Reader, on: date) -> tuple[int, int]:
    """(how many of the reader's students have a responsible person, how many there are)."""
    whole = visible(by, people.enrolled(), sid="sid", mask=None).count()
    return whole - uncovered_students(by, on).count(), whole


def unit(by: Reader, pk: int) -> Unit | None:
    """One of the reader's units, or None when there is none or it is not theirs."""
    return units(by).select_related("parent").filter(pk=pk).first()


def units_for(by: Reader, slot: Slot) -> QuerySet[Unit]:
    """The reader's units that need somebody in the slot."""
    return units(by) & people.units_for(slot)


def candidates(by: Reader, unit: Unit, slot: Slot, on: date) -> QuerySet[Staff]:
    """Whom one would ask first to fill a slot, for readers who may name responsible people."""
    return people.candidates(unit, slot, on) if may(by, "coverage_assign") else Staff.objects.none()


def endable(by: Reader, on: date) -> QuerySet[Responsibility]:
    """The duties in force that the reader may take back: just those that the reader might have given on screen."""
    if not may(by, "coverage_assign"):
        return Responsibility.objects.none()
    places = Q(student__in=students(acting(by, "write")).order_by().values("pk"), role__in=STUDENT_ROLES)
    mine = units(by).order_by()
    for slot in SLOT.values():
        roles = [role for role in slot.roles if role not in CADRE_ROLES]
        places |= Q(unit__in=mine.filter(kind=slot.kind).values("pk"), role__in=roles)
    held = people.in_force(on).filter(places, staff__isnull=False)
    return held.select_related("staff", "unit", "student").order_by("role", "pk")


def slot_counts(by: Reader) -> dict[str, int]:
    """slot → how many of the reader's units need somebody."""
    return people.slot_counts(units(by))


def empty_slots(by: Reader, on: date) -> list[tuple[int, Slot]]:
    """(unit id, slot) of every empty place among the reader's units."""
    return people.empty_slots(units(by), on)


def groups(by: Reader, on: date) -> list[network.Group]:
    """Security groups and liaison pairs of the reader's units, gaps first; cadres only where the reader may know them."""
    held = people.in_force(on).filter(Q(cadre__isnull=True) | Q(cadre__in=students(by).order_by().values("pk")))
    return network.groups(units(by), held)


def holders(by: Reader, on: date, kind: str) -> QuerySet[Responsibility]:
    """Who answers for the reader's units of one kind; cadres only where the reader may know them."""
    mine = units(by).filter(kind=kind).order_by().values("pk")
    held = people.in_force(on).filter(unit__in=mine).select_related("staff", "cadre").order_by("unit", "role", "pk")
    return held.filter(Q(cadre__isnull=True) | Q(cadre__in=students(by).order_by().values("pk")))
