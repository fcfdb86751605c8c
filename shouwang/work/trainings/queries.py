"""Trainings, and who has been trained, as one reader may know them. Student cadres are named only to who may know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from shouwang.common.paths import ancestors, covers
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import Responsibility, Unit
from shouwang.work.trainings import policies
from shouwang.work.trainings.models import Attendee, Material, Training


def trainings(by: Reader) -> QuerySet[Training]:
    """The trainings the reader is asked to; who plans trainings sees those of their units and above, too."""
    found = Q(attendees__account=by.account_id) | Q(made_by=by.account_id)
    if access.may(by, "trainings_coverage"):
        mine = list(access.units(by, "organisation").values_list("path", flat=True)[:2000])
        above = {path for one in mine[:1] for path in ancestors(one)}
        found |= Q(unit__path__in={*mine, *above})
    return Training.objects.filter(found).select_related("unit", "made_by__staff").distinct().order_by("starts_at", "pk")


def training(by: Reader, pk: int) -> Training | None:
    return trainings(by).filter(pk=pk).first()


def coming(by: Reader, now: datetime, until: datetime) -> list[Training]:
    """Trainings between now and a moment that the reader may know of."""
    return list(trainings(by).filter(state__in=("planned", "invited"), starts_at__gte=now, starts_at__lte=until))


def keeps(by: Reader, found: Training) -> bool:
    """Whether the reader plans this training and keeps its list."""
    return access.may(by, "trainings_plan") and not by.is_read_only and access.unit(by, found.unit_id) is not None


def attendees(by: Reader, found: Training) -> list[Attendee]:
    """Who is asked, by name; of cadres the reader may not know, nothing."""
    rows = list(found.attendees.select_related("account__staff__office", "account__student__class_unit").order_by("pk"))
    known = set(access.students(by).filter(account__in=[row.account_id for row in rows]).values_list("account", flat=True))
    return [row for row in rows if row.account.student_id is None or row.account_id in known or row.account_id == by.account_id]


def _holding(unit: Unit, roles: Sequence[str], on: date) -> list[Responsibility]:
    """Who holds one of the roles for the unit, something below it, or a student of it; a school's houses are its own."""
    held = people.in_force(on).filter(role__in=list(roles)).select_related("unit", "student", "staff")
    return [
        row
        for row in held
        if covers(unit.path, _path(row, unit.tree)) or (row.unit and row.unit.tree != unit.tree and unit.kind == "school")
    ]


def audience(unit: Unit, roles: Sequence[str], on: date) -> list[Account]:
    """Everybody with an account who holds one of the roles there."""
    wanted = _holding(unit, roles, on)
    staff, cadres = {row.staff_id for row in wanted if row.staff_id}, {row.cadre_id for row in wanted if row.cadre_id}
    found = Account.objects.filter(Q(staff__in=staff) | Q(student__in=cadres), is_active=True)
    return list(found.select_related("staff", "student").order_by("username"))


def _path(row: object, tree: str) -> str:
    unit, student = getattr(row, "unit", None), getattr(row, "student", None)
    if unit is not None:
        return str(unit.path) if unit.tree == tree else ""
    return str(student.unit_path) if student is not None and tree == "organisation" else ""


@dataclass(frozen=True, slots=True)
class Covered:
    """Of the people who hold a role below a unit, how many were trained within the validity of a topic."""

    unit: Unit
    role: str
    topic: str
    trained: int
    whole: int
    missing: tuple[str, ...]


def coverage(by: Reader, topic: str, on: date) -> list[Covered]:
    """Role by role, for each of the reader's colleges (or the reader's own units): who holds it, who has been trained, who not (staff by name)."""
    known = policies.topics().get(topic)
    if known is None or not access.may(by, "trainings_coverage"):
        return []
    units = access.units(by, "organisation").filter(kind__in=("school", "college"))
    trained = trained_in(topic, on - timedelta(days=known.valid_days))
    found = []
    for unit in units:
        for role in known.roles:
            held = _holding(unit, [role], on)
            holders = {("staff", row.staff_id) if row.staff_id else ("cadre", row.cadre_id) for row in held}
            if not holders:
                continue
            names = {row.staff_id: row.staff.name for row in held if row.staff is not None}
            left = [key for key in holders if key not in trained]  # whoever has no account yet cannot have been trained here
            missing = sorted(names[pk] for kind, pk in left if kind == "staff")
            found.append(Covered(unit, role, topic, len(holders) - len(left), len(holders), tuple(missing)))
    return found


def trained_in(topic: str, since: date) -> set[tuple[str, int]]:
    """Staff and cadres that came to a training of the topic and, where there was a quiz, passed it."""
    rows = Attendee.objects.filter(training__topic=topic, training__state="held", training__starts_at__date__gte=since, presence="present")
    listed = rows.values_list("account__staff", "account__student", "score", "training__pass_mark")
    return {("staff", staff) if staff else ("cadre", student) for staff, student, score, mark in listed if policies.passed(score, mark)}


def materials(found: Training) -> QuerySet[Material]:
    return found.materials.order_by("pk")


def material(found: Training, pk: int) -> Material | None:
    return found.materials.filter(pk=pk).first()
