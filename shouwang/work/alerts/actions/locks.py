"""Who waits for whom while alerts are judged and rollups counted. On PostgreSQL two writers may overlap; SQLite has one at a time, whose transaction begins as a writer's."""

from django.db import connection


def hold(what: str, *, shared: bool = False) -> None:
    """Until the transaction ends nobody else holds `what`; `shared`: only others that share it. In this order: alerts, levels, tallies.

    alerts: a run from its reading to its commit, or places that follow, alone; moves by people, beside each other.
    """
    if connection.vendor == "postgresql":
        kind = "_shared" if shared else ""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{kind}(hashtextextended(%s, 0))", [f"shouwang alerts: {what}"])
