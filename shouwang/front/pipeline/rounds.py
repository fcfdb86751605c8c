"""What comes round by itself. The worker makes these schedules when it starts; doing it twice changes nothing."""

from datetime import datetime, time, timedelta

from django.utils import timezone

ROUNDS = (
    ("ledger head", "shouwang.front.pipeline.proving.sign_head", timedelta(hours=1), "ordinary"),
    ("pauses over", "shouwang.front.pipeline.casework.wake", timedelta(minutes=10), "ordinary"),
    ("what was not judged", "shouwang.front.pipeline.nightly.catch_up", timedelta(minutes=10), "long"),
)


NIGHTLY = (
    ("backup", "shouwang.front.pipeline.safekeeping.back_up", time(2, 30)),
    ("tidy", "shouwang.front.pipeline.tidying.tidy", time(3, 30)),
    ("compaction", "shouwang.front.pipeline.compacting.nightly", time(4, 0)),
    ("evaluation", "shouwang.front.pipeline.nightly.night", time(5, 0)),
)


# In the morning, on the ordinary queue: an import must not make people wait for their list.
MORNING = (("risk list", "shouwang.front.pipeline.risk.run", time(7, 30)),)


def schedule() -> None:
    """Every round has its schedule, in minutes; one whose pace was changed here gets the new pace. Nightly work has its hour, on the long queue."""
    from django_q.models import Schedule

    daily = [(*one, "long") for one in NIGHTLY] + [(*one, "ordinary") for one in MORNING]
    for name, job, hour, cluster in daily:
        known = {"func": job, "schedule_type": Schedule.DAILY, "repeats": -1, "cluster": cluster}
        if not Schedule.objects.filter(name=name, **known).exists():
            Schedule.objects.update_or_create(name=name, defaults=known | {"next_run": _next(hour)})

    for name, job, pace, cluster in ROUNDS:
        minutes = int(pace.total_seconds() // 60)
        known = {"func": job, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1, "cluster": cluster}
        if not Schedule.objects.filter(name=name, **known).exists():
            Schedule.objects.update_or_create(name=name, defaults=known | {"next_run": timezone.now() + pace})


def _next(hour: time) -> datetime:
    """The next time the school's clock shows this hour."""
    now = timezone.localtime()
    today = now.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
