"""Emergencies: who may know of one, who would have which task, and the board."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from shouwang.common.paths import next_path
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.answering import Holders, Place, holders
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import why_not
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import Unit
from shouwang.trust.vault import queries as vault
from shouwang.work.incidents.models import Emergency, EmergencyEntry, EmergencyTask
from shouwang.work.incidents.network import Plan, Task


def places(by: Reader) -> QuerySet[Unit]:
    """Where the reader may start a plan: the school or the colleges they lead."""
    if why_not(by, "emergency_start") is not None:
        return Unit.objects.none()
    return access.units(by, "organisation").filter(kind__in=("school", "college"))


def visible(by: Reader) -> QuerySet[Emergency]:
    """Everybody with a task, whoever started it, and the leaders of the place."""
    task = EmergencyTask.objects.filter(emergency=OuterRef("pk"), account=by.account_id)
    led = Q(unit_path__in=places(by).order_by().values("path"))
    found = Emergency.objects.filter(Q(Exists(task)) | Q(started_by=by.account_id) | led)
    return found.select_related("started_by__staff", "stood_down_by__staff", "reviewed_by__staff").order_by("-started_at", "-pk")


def emergency(by: Reader, pk: int) -> Emergency | None:
    return visible(by).filter(pk=pk).first()


def parts(by: Reader, found: Emergency) -> frozenset[str]:
    leader = found.started_by_id == by.account_id and why_not(by, "emergency_start") is None
    leader = leader or places(by).filter(path=found.unit_path).exists()
    member = found.tasks.filter(account=by.account_id).exists()
    return frozenset(part for part, holds in (("leader", leader), ("member", member)) if holds)


def people_for(plan: Plan, path: str, on: date) -> Mapping[str, dict[int, str]]:
    """task → account → role. "each": everybody who holds the role below the place and nearest above it; "one": the nearest alone."""
    roles = {role for task in plan.tasks for role in task.roles}
    above = holders(roles, [Place(path)], on)
    below = people.in_force(on).filter(role__in=roles, staff__account__is_active=True)
    if len(path) > 4:  # a college: its own part of the tree; its dormitories are the school's
        below = below.filter(unit__path__gte=path, unit__path__lt=next_path(path))
    held: dict[str, list[int]] = {}
    for role, account in below.order_by("unit__path", "staff__number").values_list("role", "staff__account"):
        held.setdefault(role, []).append(account)
    return {task.code: _given(task, above, held, path) for task in plan.tasks}


def _given(task: Task, above: Holders, held: Mapping[str, list[int]], path: str) -> dict[int, str]:
    """account → the role in which they have the task."""
    wide = {account: role for role in reversed(task.roles) for account in held.get(role, ())}
    near = {account: role for role in reversed(task.roles) for account in above.nearest(Place(path), (role,))}
    if task.each:
        return wide or near
    first = above.nearest(Place(path), task.roles) or list(wide)
    return {account: (near | wide)[account] for account in first[:1]}


def tasks(found: Emergency) -> list[EmergencyTask]:
    return list(found.tasks.select_related("account__staff", "account__student").order_by("pk"))


def given(by: Reader, emergency: int) -> list[int]:
    """The reader's own tasks there that they have not acknowledged."""
    mine = EmergencyTask.objects.filter(emergency=emergency, account=by.account_id, state=EmergencyTask.State.GIVEN)
    return list(mine.order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Texts:
    situation: str
    ending: str
    review: str


def texts(found: Emergency) -> Texts:
    """For those who may see the emergency."""
    return Texts(*(vault.open_text(found, name) for name in ("situation", "ending", "review")))


def entries(found: Emergency) -> list[tuple[EmergencyEntry, str]]:
    """The log, newest first, with its words."""
    listed = list(found.entries.select_related("by__staff", "by__student", "task").order_by("-pk"))
    return list(zip(listed, vault.open_texts(listed, "note"), strict=True))


def nameable(by: Reader, text: str) -> list[Account]:
    """Staff whom a leader may give a task, by name, pinyin or number."""
    wanted = "".join(text.split()).lower()
    if not wanted or not places(by).exists():
        return []
    found = Account.objects.select_related("staff__office").filter(is_active=True, staff__is_current=True)
    match = Q(staff__name__contains=wanted) | Q(staff__number__istartswith=wanted) | Q(staff__pinyin__startswith=wanted)
    return list(found.filter(match | Q(staff__initials__startswith=wanted)).order_by("staff__pinyin", "staff__number")[:8])


def of_task(by: Reader, task: int) -> Emergency | None:
    """The emergency of a task, when the reader may know of it."""
    row = EmergencyTask.objects.filter(pk=task).first()
    return emergency(by, row.emergency_id) if row is not None else None
