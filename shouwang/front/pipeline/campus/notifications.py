"""Messages of the demo college: this morning's list, answers to what was raised, a guardian whom only paper reaches, somebody's choices."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from shouwang.front.pipeline import risk
from shouwang.trust.access import queries as access
from shouwang.work.notifications import actions, queries

ANSWERED = "campus:answered"  # nobody's matter: the demo's own mark


def open_notifications(now: datetime) -> None:
    """Once. Matters that climb, cases and reports bring messages of their own."""
    lin, song, mother = (access.account(number) for number in ("T1001", "T1010", "P2024011101"))
    if lin is None or song is None or queries.state_of(ANSWERED).exists():
        return
    adviser = access.reader(song, timezone.localdate(now), now=now)
    before = now - timedelta(days=9)
    actions.choose(
        first="", digest_at=time(12), quiet_from=time(22, 30), quiet_until=time(6, 30), outside_hours=True, muted=[], by=adviser, now=before
    )
    risk.risk_list(now=timezone.localtime(now).replace(hour=7, minute=30, second=0, microsecond=0))
    to = [one.pk for one in (lin, mother) if one is not None]
    then = now - timedelta(hours=3)
    actions.send(kind="loop.closed", tier="important", to=to, ref=ANSWERED, url="/", by=None, now=then, key=ANSWERED)
    actions.read(by=song.pk, now=now - timedelta(hours=2))
