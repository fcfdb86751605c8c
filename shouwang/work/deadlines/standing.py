"""Who stands on a rung of a matter's ladder at a moment: read for many matters at one go, then answered without the database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from shouwang.common.schooltime import SchoolTime
from shouwang.trust.access.answering import Holders, Place, holders
from shouwang.trust.access.models import Account
from shouwang.trust.people.models import Unit
from shouwang.work.deadlines.models import Deadline, Pause
from shouwang.work.deadlines.policies import ON_DUTY, OWNER, Rung, ladders
from shouwang.work.duty import queries as duty


@dataclass
class Around:
    """Everything the rows of one batch may need, read at one go."""

    holders: Holders
    on_duty: duty.OnDuty
    open_owners: frozenset[int]
    pauses: dict[int, list[Pause]]
    units: dict[str, str]


def around(rows: Sequence[Deadline], now: datetime) -> Around:
    known = ladders()
    roles = {role for one in rows if one.ladder in known for role in known[one.ladder].roles}
    pauses: dict[int, list[Pause]] = defaultdict(list)
    for pause in Pause.objects.filter(deadline__in=[one.pk for one in rows]):
        pauses[pause.deadline_id].append(pause)
    paths = {one.unit_path for one in rows}
    return Around(
        holders(roles, [place_of(one) for one in rows], timezone.localdate(now)),
        duty.standing(now),
        frozenset(Account.objects.filter(pk__in={one.owner_id for one in rows}, is_active=True).values_list("pk", flat=True)),
        pauses,
        dict(Unit.objects.filter(path__in=paths).values_list("path", "name")),
    )


def place_of(one: Deadline) -> Place:
    return Place(one.unit_path, one.dorm_path, one.student_id)


def recipients(one: Deadline, rung: Rung, near: Around, times: SchoolTime, now: datetime) -> dict[int, str]:
    """Account → as what they hear. After hours whoever is on duty hears too; the owner hears as owner only, whatever else they are."""
    place, found = place_of(one), dict[int, str]()
    for word in rung.tell:
        if word == OWNER:
            if one.owner_id in near.open_owners:
                found[one.owner_id] = OWNER
        elif word == ON_DUTY:
            found |= dict.fromkeys(near.on_duty.nearest(place.above), ON_DUTY)
        else:
            for account in near.holders.nearest(place, (word,), without={one.owner_id}):
                found.setdefault(account, word)
    if one.pace == "round" and not times.is_open(now):
        found |= dict.fromkeys(near.on_duty.nearest(place.above), ON_DUTY)
    return found
