"""Who is on duty at this moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from shouwang.common.paths import ancestors, covers
from shouwang.common.reader import PATHS, Reader
from shouwang.trust.access.models import Account
from shouwang.work.duty.models import Shift
from shouwang.work.duty.policies import pick

PRESENT = (Shift.State.PLANNED, Shift.State.ON)
OUTSIDE = frozenset({"guardian", "student", "community_worker", "company_mentor", "bureau_officer"})


class Standing(NamedTuple):
    """One person on duty for a place."""

    path: str
    account: int
    number: str


@dataclass(frozen=True)
class OnDuty:
    """Everybody on duty at a moment."""

    people: tuple[Standing, ...]

    def nearest(self, above: Iterable[str]) -> list[int]:
        """Whoever is on duty for the nearest of these places that has somebody."""
        places = set(above)
        here = [one for one in self.people if one.path in places]
        closest = max((len(one.path) for one in here), default=0)
        return list(dict.fromkeys(one.account for one in here if len(one.path) == closest))


@dataclass(frozen=True)
class NowLine:
    """The line of every page: the person nearest to the reader, how to reach them, for which place; and how many more there are."""

    name: str
    phone: str
    place: str
    more: int

    def words(self, lang: str = "zh") -> str:
        more = pick(lang, f" 等 {self.more + 1} 人", f" and {self.more} more") if self.more else ""
        return pick(lang, f"值班：{self.name}{more}", f"On duty: {self.name}{more}")


def present(now: datetime) -> QuerySet[Shift]:
    """The shifts that run at this moment, of people whose account is open."""
    running = Shift.objects.filter(state__in=PRESENT, starts_at__lte=now, ends_at__gt=now, account__is_active=True, roster__is_open=True)
    return running.select_related("account__staff", "account__student", "roster__unit").order_by("starts_at", "pk")


def standing(now: datetime) -> OnDuty:
    """Everybody on duty at this moment; one statement for any number of questions."""
    rows = present(now).values_list("roster__unit__path", "account_id", "account__username")
    return OnDuty(tuple(Standing(*row) for row in rows))


def on_duty(now: datetime, unit_path: str = "", dorm_path: str = "") -> list[Account]:
    """Whoever is on duty at this moment for the place or a place above it, nearest first; without a place: everybody on duty."""
    above = {*ancestors(unit_path), *ancestors(dorm_path)}
    rows = [one for one in present(now) if not above or one.roster.unit.path in above]
    rows.sort(key=lambda one: (-len(one.roster.unit.path), one.starts_at, one.pk))
    return list({one.account_id: one.account for one in rows}.values())


def now_line(by: Reader, now: datetime) -> NowLine | None:
    """Whoever is on duty now for the reader's places, the nearest named. One statement; None for families and outsiders, and when nobody is."""
    if not by.roles or by.roles <= OUTSIDE:
        return None
    places = [by.home_path, *(scope.path for scope in by.scopes if scope.tree in PATHS)]
    near: list[tuple[int, Shift]] = []
    for one in present(now):
        path = one.roster.unit.path
        if any(covers(path, place) for place in places if place):
            near.append((-len(path), one))  # of a place above the reader's: the longer, the nearer
        elif any(covers(place, path) for place in places if place):
            near.append((len(path), one))
    if not near:
        return None
    near.sort(key=lambda pair: (pair[0], pair[1].starts_at, pair[1].pk))
    first = near[0][1]
    phone = first.roster.phone or (first.account.staff.phone if first.account.staff else "")
    return NowLine(first.account.name, phone, first.roster.unit.name, len({one.account_id for _, one in near}) - 1)
