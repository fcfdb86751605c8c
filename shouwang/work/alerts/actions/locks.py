"""Who waits for whom while rollups are counted. On PostgreSQL two writers may overlap; SQLite has one at a time, whose transaction begins as a writer's."""

from django.db import connection


def hold(what: str, *, shared: bool = False) -> None:
    """Until the transaction ends nobody else holds `what`; `shared`: only others that share it. Where both are needed, levels come before tallies."""
    if connection.vendor == "postgresql":
        kind = "_shared" if shared else ""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{kind}(hashtextextended(%s, 0))", [f"shouwang alerts: {what}"])
