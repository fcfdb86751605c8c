"""Who answers for a matter in a role, nearest first: named for the student, then class, major, college, school; or floor, building, school.

Ladders, playbooks and reports ask here, so that they all mean the same person.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db.models import Q

from shouwang.common.paths import ancestors
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import ROLES
from shouwang.trust.people import queries as people

# Roles that a matter of the school may be handed or climb to: its own people. Families, outsiders and those who keep the machinery are none.
LADDER_ROLES: frozenset[str] = frozenset(ROLES) - {
    "guardian", "student", "community_worker", "company_mentor", "bureau_officer", "auditor", "data_steward", "administrator",
}  # fmt: skip
NAMED = 1_000  # nearer than any unit


class Place(NamedTuple):
    """Where a matter lies: in both trees, and whom it is about."""

    unit_path: str
    dorm_path: str = ""
    sid: int | None = None

    @property
    def above(self) -> list[str]:
        return [*ancestors(self.unit_path), *ancestors(self.dorm_path)]


class _Holder(NamedTuple):
    distance: int  # the smaller, the nearer
    role: str
    number: str
    account: int


@dataclass
class Holders:
    """Who holds which roles around some places, read at one go; the answers then cost nothing."""

    at: dict[str, list[_Holder]] = field(default_factory=lambda: defaultdict(list))
    of: dict[int, list[_Holder]] = field(default_factory=lambda: defaultdict(list))

    def of_place(self, place: Place, roles: Sequence[str]) -> list[int]:
        """Accounts, nearest first; on one level in the order of the roles, then by number. Nobody stands there twice."""
        near = [*(self.of.get(place.sid, ()) if place.sid is not None else ())]
        near += [holder for path in dict.fromkeys(place.above) for holder in self.at.get(path, ())]
        order = {role: at for at, role in enumerate(roles)}
        found = sorted((one for one in near if one.role in order), key=lambda one: (one.distance, order[one.role], one.number))
        return list(dict.fromkeys(one.account for one in found))

    def nearest(self, place: Place, roles: Sequence[str], without: Collection[int] = ()) -> list[int]:
        """Of those, all who stand on the nearest level that has anybody besides `without`."""
        near = [*(self.of.get(place.sid, ()) if place.sid is not None else ())]
        near += [holder for path in dict.fromkeys(place.above) for holder in self.at.get(path, ())]
        left = [one for one in near if one.role in roles and one.account not in without]
        closest = min((one.distance for one in left), default=0)
        chosen = sorted((one for one in left if one.distance == closest), key=lambda one: (one.role, one.number))
        return list(dict.fromkeys(one.account for one in chosen))


def holders(roles: Iterable[str], places: Collection[Place], on: date) -> Holders:
    """Everybody with an open account who holds one of the roles for these places or above them; one statement."""
    paths = {path for place in places for path in place.above}
    sids = {place.sid for place in places if place.sid is not None}
    open_account = Q(staff__account__is_active=True) | Q(cadre__account__is_active=True)
    held = people.in_force(on).filter(open_account, Q(unit__path__in=paths) | Q(student__in=sids), role__in=set(roles))
    rows = held.order_by("pk").values_list(
        "role", "unit__path", "student_id", "staff__account__id", "staff__number", "cadre__account__id", "cadre__number"
    )
    found = Holders()
    for role, path, sid, staff, number, cadre, pupil in rows:
        account = staff or cadre
        if sid is not None:
            found.of[sid].append(_Holder(-NAMED, role, number or pupil, account))
        else:
            found.at[path].append(_Holder(-len(path), role, number or pupil, account))
    return found


def answering(roles: str | Sequence[str], *, unit_path: str, dorm_path: str = "", sid: int | None = None, on: date) -> list[Account]:
    """The open accounts of those who hold one of the roles for the student or for a unit above, nearest first, always in the same order.

    The first is the one whom a step is given to; `holders` answers for many places at once.
    """
    wanted = (roles,) if isinstance(roles, str) else tuple(roles)
    place = Place(unit_path, dorm_path, sid)
    ids = holders(wanted, [place], on).of_place(place, wanted)
    accounts = Account.objects.select_related("staff", "student").in_bulk(ids)
    return [accounts[pk] for pk in ids]
