"""What is running until when, how late it is, and who has been told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from shouwang.common.reader import Reader
from shouwang.common.schooltime import SchoolTime, parse_hours
from shouwang.trust.access import queries as access
from shouwang.trust.people import queries as people
from shouwang.work.deadlines.models import RUNNING, Climb, Deadline, Pause
from shouwang.work.deadlines.policies import WORDS, Rung, ladders
from shouwang.work.deadlines.standing import Around, around, recipients

EXAMINED = 500  # rows in trouble whose ladders are read for the reason, the longest in trouble first


def school_time() -> SchoolTime:
    """The school's service hours on its own calendar, for one action or one watch."""
    return SchoolTime(people.calendar(), parse_hours(settings.SERVICE_HOURS), ZoneInfo(settings.TIME_ZONE))


def waiting_for_watch(now: datetime) -> QuerySet[Deadline]:
    """What the watch must look at now."""
    return Deadline.objects.filter(look_at__lte=now)


def in_trouble() -> QuerySet[Deadline]:
    """Rows that the watch had to put forward and that nobody has been told of since."""
    return Deadline.objects.filter(troubles__gt=0, state__in=RUNNING).order_by("-troubles", "pk")


@dataclass(frozen=True, slots=True)
class Stuck:
    """What the watch could tell nobody of. `alone`: for want of people, any one of the roles `missing` would do; the rest failed otherwise."""

    count: int
    alone: int = 0
    missing: tuple[str, ...] = ()


def stuck(now: datetime, by: Reader | None = None) -> Stuck:
    """Rows in trouble and why; `by`: those of the reader's own people and places only. A count and roles, nothing of the matters themselves.

    Who stands on the ladder is asked now: as soon as somebody is named the row is only waiting to be tried again.
    """
    found = in_trouble()
    if by is not None:
        found = access.visible(by, found, mask=None)
    rows = list(found[:EXAMINED])
    if not rows:
        return Stuck(0)
    near, times = around(rows, now), school_time()
    empty = [rungs for one in rows if (rungs := _empty_rungs(one, near, times, now))]
    missing = dict.fromkeys(word for rungs in empty for rung in rungs for word in rung.tell)
    count = len(rows) if len(rows) < EXAMINED else found.count()
    return Stuck(count, len(empty), tuple(word for word in missing if word not in WORDS))


def _empty_rungs(one: Deadline, near: Around, times: SchoolTime, now: datetime) -> tuple[Rung, ...]:
    """The rest of its ladder when nobody stands on any of it, else nothing."""
    ladder = ladders().get(one.ladder)
    rest = ladder.rungs[one.rung :] if ladder is not None else ()
    return () if any(recipients(one, rung, near, times, now) for rung in rest) else rest


def of(ref: str) -> Deadline | None:
    """The matter's running deadline, else the last it had."""
    return many([ref]).get(ref)


def many(refs: Collection[str]) -> dict[str, Deadline]:
    """ref → its running deadline, else the last it had; matters that never had one are left out."""
    found: dict[str, Deadline] = {}
    for one in Deadline.objects.filter(ref__in=refs).order_by("pk"):
        if one.is_running or one.ref not in found or not found[one.ref].is_running:
            found[one.ref] = one
    return found


def of_owner(account_id: int) -> QuerySet[Deadline]:
    """What this account must still answer, the most pressing first."""
    return Deadline.objects.filter(owner=account_id, state__in=RUNNING).order_by("due_at", "pk")


def climbed_to(account_id: int) -> QuerySet[Deadline]:
    """What is late and was brought to this account by its ladder, the longest late first. Nothing of which the account is the owner."""
    told = Climb.objects.filter(account=account_id, rung__gt=1).values("deadline")
    rows = Deadline.objects.filter(pk__in=told, state="open").exclude(owner=account_id)
    return rows.select_related("owner__staff", "owner__student", "owner__guardian").order_by("due_at", "pk")


def climbs(ref: str) -> QuerySet[Climb]:
    """Who was told that the matter is late, in order; of every deadline it had."""
    told = Climb.objects.filter(deadline__ref=ref).select_related("account__staff", "account__student", "deadline")
    return told.order_by("climbed_at", "rung", "pk")


def pause_of(deadline: Deadline) -> Pause | None:
    """The pause that is running."""
    return deadline.pauses.filter(ended_at=None).first()


def late_by(deadline: Deadline, now: datetime, clock: SchoolTime | None = None) -> timedelta:
    """How late it is, or was when it was answered, counted from the due moment by its own clock; zero while it is in time.

    While it is paused the clock stands at the beginning of the pause.
    """
    clock = clock or school_time()
    until = deadline.ended_at or now
    if deadline.state == "paused" and (pause := pause_of(deadline)) is not None:
        until = pause.from_at
    if until <= deadline.due_at:
        return timedelta(0)
    return clock.elapsed(deadline.due_at, until, deadline.pace)


def rungs_of(deadline: Deadline) -> tuple[Rung, ...]:
    return ladders()[deadline.ladder].rungs
