"""What the page and Today ask: the last good backup and drill, their history, and whether their age is a reason to worry."""

from datetime import datetime

from django.db.models import QuerySet

from shouwang.trust.backup import databases, policies
from shouwang.trust.backup.models import BackupRun


def last_good(kind: str) -> BackupRun | None:
    return BackupRun.objects.filter(kind=kind, ok=True).order_by("-started_at", "-pk").first()


def running(now: datetime) -> BackupRun | None:
    """What waits or is at work right now, or was killed and not noticed yet."""
    return BackupRun.objects.filter(ok__isnull=True, started_at__gt=now - policies.PATIENCE).order_by("-pk").first()


def history() -> QuerySet[BackupRun]:
    """Newest first."""
    return BackupRun.objects.order_by("-started_at", "-pk")


def worries(now: datetime) -> list[tuple[str, str]]:
    """(zh, en) sentences for the administrator's Today."""
    backup, drill = last_good("backup"), last_good("drill")
    return policies.worry(backup.started_at if backup else None, drill.started_at if drill else None, now)


def counts() -> dict[str, int]:
    """How many rows each table has now."""
    from django.db import connection

    with connection.cursor() as cursor:
        found = {}
        for table in databases.tables():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
    return found
