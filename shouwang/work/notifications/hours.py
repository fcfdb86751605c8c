"""When a message may go out: crisis at once, important in working hours, routine in the digest; and never in somebody's quiet hours but for a crisis."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from shouwang.common.schooltime import OutOfCalendar, SchoolTime, parse_hours
from shouwang.trust.people import queries as people
from shouwang.work.notifications import policies
from shouwang.work.notifications.models import Preference
from shouwang.work.notifications.policies import AtOnce


def school_time() -> SchoolTime:
    return SchoolTime(people.calendar(), parse_hours(settings.SERVICE_HOURS), timezone.get_default_timezone())


def quiet(chosen: Preference | None) -> tuple[time, time]:
    return (chosen.quiet_from, chosen.quiet_until) if chosen else (policies.QUIET_FROM, policies.QUIET_UNTIL)


def due(tier: str, chosen: Preference | None, now: datetime, school: SchoolTime, *, at_once: AtOnce = False) -> datetime:
    """When a message of a tier is handed over to this person's channels. `at_once`: they are on duty; "awake": at once, but not in quiet hours."""
    if tier == "crisis" or at_once is True:
        return now
    if at_once:
        return policies.after_quiet(timezone.localtime(now), *quiet(chosen))
    if tier == "routine":
        return _digest(chosen.digest_at if chosen else policies.DIGEST_AT, now, school)
    if chosen is not None and chosen.outside_hours:
        return policies.after_quiet(timezone.localtime(now), *quiet(chosen))
    try:
        opens = school.next_open(now)
    except OutOfCalendar:  # without a calendar nobody waits for a day that never comes
        opens = now
    return policies.after_quiet(timezone.localtime(opens), *quiet(chosen))


def _digest(at: time, now: datetime, school: SchoolTime) -> datetime:
    """The next time the clock shows the chosen hour on a school day; on any day when the calendar says nothing."""
    local = timezone.localtime(now)
    first = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if first <= local:
        first += timedelta(days=1)
    return next((day for n in range(60) if (day := first + timedelta(days=n)).date() in school.calendar), first)
