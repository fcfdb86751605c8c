"""What a start puts right after a kill: deliveries and runs that were under way, and files that nothing owns."""

from shouwang.front.clock import now
from shouwang.work.alerts import actions as alerts
from shouwang.work.imports import actions as imports


def recover() -> None:
    """Brings every half-done delivery back to a state a person understands. Safe to run at any time, twice as well."""
    imports.recover(now=now())
    alerts.recover()
