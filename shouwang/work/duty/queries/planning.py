"""Rosters as a reader may know them: everybody of a school sees who is on duty there; editors see what must be done about it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from shouwang.common.paths import ancestors, covers, next_path
from shouwang.common.reader import PATHS, Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import Unit
from shouwang.work.duty import policies
from shouwang.work.duty.models import Leave, Pattern, Roster, Shift, Swap, Turn
from shouwang.work.duty.policies import Gap, Held, Need, Times

COUNTED = (Shift.State.PLANNED, Shift.State.ON, Shift.State.DONE)  # whoever is in such a shift is there, or was


@dataclass
class Trouble:
    """What somebody must see to on a roster: where nobody is, who is in two places, who took leave."""

    roster: Roster
    gaps: list[Gap] = field(default_factory=list)
    doubles: list[tuple[Shift, Shift]] = field(default_factory=list)
    leaves: list[Shift] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.gaps) + len(self.doubles) + len(self.leaves)


@dataclass
class Day:
    """One line of the roster: a date, whether it is a school day, its shifts and its gaps."""

    on: date
    is_school_day: bool
    shifts: list[Shift] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def rosters(by: Reader) -> QuerySet[Roster]:
    """The open rosters of the reader's school: everything at or under it. Nobody's for families and outsiders."""
    if not access.may(by, "duty"):
        return Roster.objects.none()
    places = {place for place in (by.home_path, *(scope.path for scope in by.scopes if scope.tree in PATHS)) if place}
    above = {path for place in places for path in ancestors(place)}
    schools = list(Unit.objects.filter(path__in=above, kind="school").values_list("path", flat=True)) or sorted(places)
    here = Q(pk__in=[])
    for path in schools:
        here |= Q(unit__path__gte=path, unit__path__lt=next_path(path))
    return Roster.objects.filter(here, is_open=True).select_related("unit").order_by("unit__path", "code")


def roster(by: Reader, pk: int) -> Roster | None:
    return rosters(by).filter(pk=pk).first()


def may_edit(by: Reader, roster: Roster) -> bool:
    """Whether the reader plans this roster: an office whose place covers the roster's."""
    return covers_place(by, roster.unit.path)


def covers_place(by: Reader, path: str) -> bool:
    if not access.may(by, "duty_edit"):
        return False
    offices = (scope for scope in by.scopes if scope.role in policies.EDITORS and scope.tree in PATHS and not scope.ref and scope.path)
    return any(covers(scope.path, path) for scope in offices)


def units_to_plan(by: Reader) -> QuerySet[Unit]:
    """The places for which the reader may make a roster."""
    found = access.units(by).filter(kind__in=("school", "office", "college", "building"))
    return found if access.may(by, "duty_edit") else found.none()


def shift(by: Reader, pk: int) -> Shift | None:
    found = Shift.objects.filter(pk=pk, roster__in=rosters(by).order_by().values("pk"))
    return found.select_related("roster__unit", "account__staff", "account__student").first()


def my_shifts(by: Reader, now: datetime) -> list[Shift]:
    """The reader's running and coming shifts, in order."""
    mine = Shift.objects.filter(account=by.account_id, ends_at__gt=now, state__in=("planned", "on", "absent"))
    return list(mine.select_related("roster__unit", "account__staff").order_by("starts_at", "pk"))


def my_leaves(by: Reader, now: datetime) -> list[Leave]:
    """Leave the reader reported from shifts that are not over."""
    mine = Leave.objects.filter(account=by.account_id, shift__ends_at__gt=now)
    return list(mine.select_related("shift__roster", "substitute__staff").order_by("shift__starts_at"))


def swap(by: Reader, pk: int) -> Swap | None:
    """One question to swap, for the two it is between."""
    return _swaps(by).filter(pk=pk).first()


def swaps_waiting(by: Reader, now: datetime) -> list[Swap]:
    """Questions that wait for the reader's answer, or that the reader asked and nobody has answered."""
    return list(_swaps(by).filter(state="asked", shift__ends_at__gt=now).order_by("shift__starts_at", "pk"))


def _swaps(by: Reader) -> QuerySet[Swap]:
    mine = Swap.objects.filter(Q(asked_by=by.account_id) | Q(asked_of=by.account_id))
    return mine.select_related("shift__roster__unit", "shift__account__staff", "back__roster", "asked_by__staff", "asked_of__staff")


def substitutes(roster: Roster, without: int) -> list[Account]:
    """Whom one would ask to take a shift: who takes turns there, then the staff of the place."""
    path = roster.unit.path
    turns = list(roster.turns.order_by("place").values_list("account_id", flat=True))
    near = Q(staff__office__path__gte=path, staff__office__path__lt=next_path(path))
    found = Account.objects.filter(Q(pk__in=turns) | near, is_active=True, staff__is_current=True).exclude(pk=without)
    people_here = {one.pk: one for one in found.select_related("staff").order_by("staff__pinyin", "username")[:500]}
    first = [people_here[pk] for pk in turns if pk in people_here]
    return first + [one for one in people_here.values() if one.pk not in turns]


def times_of(patterns: list[Pattern]) -> list[Times]:
    return [Times(one.pk, one.days, one.weekdays, one.begins, one.ends, one.people, one.from_on, one.until) for one in patterns]


def zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def needed(roster: Roster, first: date, last: date) -> list[Need]:
    """Every stretch for which the roster's patterns want somebody, by the day it begins."""
    return policies.needs(times_of(list(roster.patterns.all())), first, last, people.calendar(), zone())


def held(shifts: list[Shift]) -> list[Held]:
    return [Held(one.pk, one.roster_id, one.account_id, one.starts_at, one.ends_at) for one in shifts if one.state in COUNTED]


def month(roster: Roster, first: date, last: date) -> list[Day]:
    """The roster day by day, with its gaps; what runs over midnight stands on the day it begins."""
    calendar = people.calendar()
    begin, end = (datetime.combine(day, time(0), tzinfo=zone()) for day in (first, last + timedelta(days=1)))
    rows = Shift.objects.filter(roster=roster, starts_at__lt=end, ends_at__gt=begin).exclude(state="removed")
    shifts = list(rows.select_related("account__staff", "account__student").order_by("starts_at", "pk"))
    days = {day: Day(day, day in calendar) for day in policies.days_between(first, last)}
    for one in shifts:
        if (day := timezone.localtime(one.starts_at).date()) in days:
            days[day].shifts.append(one)
    there = held(shifts)
    for need in needed(roster, first, last):
        days[timezone.localtime(need.starts_at).date()].gaps += policies.gaps(need, there)
    return list(days.values())


def troubles(by: Reader, now: datetime) -> list[Trouble]:
    """Gaps, double bookings and open leave of the coming weeks on the rosters the reader plans; empty when all is well."""
    return [one for one in troubles_of([one for one in rosters(by) if may_edit(by, one)], now) if one.count]


def troubles_of(planned: list[Roster], now: datetime) -> list[Trouble]:
    """For any number of rosters in a few statements. A double booking is shown on both rosters it concerns."""
    until, today = now + policies.AHEAD + timedelta(days=1), timezone.localdate(now)
    rows = Shift.objects.filter(roster__is_open=True, ends_at__gt=now, starts_at__lt=until).exclude(state="removed")
    shifts = list(rows.select_related("account__staff", "account__student", "roster").order_by("starts_at", "pk"))
    by_pk, of_roster = {one.pk: one for one in shifts}, defaultdict[int, list[Shift]](list)
    for one in shifts:
        of_roster[one.roster_id].append(one)
    pairs = [(by_pk[one.shift], by_pk[two.shift]) for one, two in policies.doubles(held(shifts))]
    patterns = defaultdict[int, list[Pattern]](list)
    for pattern in Pattern.objects.filter(roster__in=planned):
        patterns[pattern.roster_id].append(pattern)
    calendar, found = people.calendar(), []
    for place in planned:
        trouble = Trouble(place, leaves=[one for one in of_roster[place.pk] if one.state == "absent"])
        trouble.doubles = [pair for pair in pairs if place.pk in (pair[0].roster_id, pair[1].roster_id)]
        there = held(of_roster[place.pk])
        for need in policies.needs(times_of(patterns[place.pk]), today - timedelta(days=1), today + policies.AHEAD, calendar, zone()):
            trouble.gaps += [gap for gap in policies.gaps(need, there) if gap.ends_at > now]
        found.append(trouble)
    return found


def turns(roster: Roster) -> list[Turn]:
    """Who takes turns, in order."""
    return list(roster.turns.select_related("account__staff", "account__student").order_by("place"))


def patterns(roster: Roster, on: date) -> list[Pattern]:
    """The patterns that want somebody on this day or later."""
    return list(roster.patterns.filter(Q(until=None) | Q(until__gte=on)).order_by("begins", "pk"))


def pattern(roster: Roster, pk: int) -> Pattern | None:
    return roster.patterns.select_related("roster__unit").filter(pk=pk).first()


def accounts_by_number(numbers: list[str]) -> dict[str, int]:
    """Staff number → account, of those whose account is open."""
    found = Account.objects.filter(username__in=numbers, is_active=True, staff__is_current=True)
    return dict(found.values_list("username", "pk"))


def to_exchange(shift: Shift, now: datetime) -> list[Shift]:
    """Coming shifts of others on the same roster that could be taken in exchange."""
    rows = Shift.objects.filter(roster=shift.roster_id, state="planned", starts_at__gt=now, starts_at__lt=now + policies.AHEAD)
    found = rows.exclude(account=shift.account_id).select_related("account__staff", "account__student", "roster__unit")
    return list(found.order_by("starts_at", "pk")[:60])


def holder(shift: int) -> int | None:
    """Whose shift it is."""
    return Shift.objects.filter(pk=shift).values_list("account_id", flat=True).first()
