"""What sign-in leaves behind and nobody needs any more: ended sessions and yesterday's counts."""

from django.core.management import call_command
from django.utils import timezone

from shouwang.trust.access import accounts, allowances


def tidy() -> str:
    """Doing it twice changes nothing. Returns what was done, for the job's record."""
    call_command("clearsessions")
    ended = accounts.forget_ended_sessions()
    counts = allowances.forget(int(timezone.now().timestamp()))
    return f"{ended} sessions, {counts} counts"
