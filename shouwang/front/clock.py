"""The one clock. Below the front, time is handed in. Sessions, lockouts and one-time codes live by the system's clock; what goes on record does not."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

DEMO_OPENS = datetime(2025, 12, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def now() -> datetime:
    """The moment, aware. In the demo: the fixed school day plus the time since set-up, so that it looks the same next year."""
    if not settings.DEMO:
        return timezone.now()
    opened = settings.DATA / "demo_opened"
    if not opened.exists():
        return DEMO_OPENS
    return DEMO_OPENS + (timezone.now() - datetime.fromisoformat(opened.read_text().strip()))


def today() -> date:
    """The school's date of `now()`."""
    return timezone.localdate(now())
