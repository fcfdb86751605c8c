"""Counting in one statement: two workers never both take the last turn."""

from django.db import connection

_TAKE = """
INSERT INTO access_allowance (key, "window", count) VALUES (%s, %s, 1)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN access_allowance."window" = excluded."window" THEN access_allowance.count + 1 ELSE 1 END,
  "window" = excluded."window"
RETURNING count
"""


def take(key: str, *, most: int, seconds: int, now: int) -> int:
    """Counts one turn of `key` in the stretch of `seconds` that holds `now`. 0 when it was allowed, else the seconds until the next stretch."""
    window = now - now % seconds
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key, window])
        row = cursor.fetchone()
    return 0 if row[0] <= most else window + seconds - now


def forget(now: int) -> int:
    """Drops counts of yesterday and before; called by the night. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute('DELETE FROM access_allowance WHERE "window" < %s', [now - 86400])
        return int(cursor.rowcount)
