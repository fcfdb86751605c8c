"""What sign-in leaves behind and nobody needs any more: ended sessions and yesterday's counts; and what a database must learn of its tables."""

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from shouwang.trust.access import accounts, allowances


def tidy() -> str:
    """Doing it twice changes nothing. Returns what was done, for the job's record."""
    call_command("clearsessions")
    ended = accounts.forget_ended_sessions()
    counts = allowances.forget(int(timezone.now().timestamp()))
    learn()
    return f"{ended} sessions, {counts} counts"


def learn() -> None:
    """SQLite chooses among its indexes by what it last learnt of its tables: milliseconds at any size. PostgreSQL learns by itself.

    Without it a page of 15 students among 200,000 alerts took a tenth of a second, walking all that were open.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
