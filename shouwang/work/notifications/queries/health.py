"""How the channels are doing, for the administrator: set up or not, the last success, what fails, what waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.notifications import channels
from shouwang.work.notifications.models import Delivery
from shouwang.work.notifications.policies import pick

RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Health:
    """`trouble`: what is wrong with the settings. `failures`: (moment, why) of the last ones, newest first."""

    code: str
    title: str
    is_configured: bool
    is_used: bool
    trouble: str
    last_success: datetime | None
    handed: int
    failed: int
    waiting: int
    oldest: datetime | None
    failures: tuple[tuple[datetime, str], ...]


def health(by: Reader, now: datetime) -> list[Health]:
    if not access.may(by, "channels"):
        return []
    return [_of(way, by.lang, now) for way in channels.everything().values()]


def _of(way: channels.Channel, lang: str, now: datetime) -> Health:
    rows = Delivery.objects.filter(channel=way.code)
    recent = rows.filter(due_at__gte=now - RECENT).aggregate(
        handed=Count("pk", filter=Q(state="handed")), failed=Count("pk", filter=Q(state="failed"))
    )
    due = rows.filter(state="waiting", due_at__lte=now)
    troubled = rows.exclude(trouble="").order_by("-pk").values_list("due_at", "trouble")[:5]
    return Health(
        code=way.code,
        title=pick(lang, way.title, way.title_en),
        is_configured=way.is_configured(),
        is_used=way.code in channels.in_use(),
        trouble=way.trouble() or ("" if not settings.CHANNELS or way.code in settings.CHANNELS else "SHOUWANG_CHANNELS 中没有列出这一渠道"),
        last_success=rows.filter(state="handed").order_by("-handed_at").values_list("handed_at", flat=True).first(),
        handed=recent["handed"],
        failed=recent["failed"],
        waiting=due.count(),
        oldest=due.order_by("due_at").values_list("due_at", flat=True).first(),
        failures=tuple(troubled),
    )
