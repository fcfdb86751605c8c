"""Who is on duty."""

from datetime import datetime

from shouwang.trust.access.models import Account


def on_duty(now: datetime, unit_path: str = "", dorm_path: str = "") -> list[Account]:
    """Whoever is on duty at this moment for the place or a place above it, nearest first; without a place: everybody on duty."""
    return []
