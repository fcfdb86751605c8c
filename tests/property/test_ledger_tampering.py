"""Whatever single thing is changed, dropped, swapped or inserted behind the product's back: the audit finds it."""

import os
from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shouwang.trust.ledger import actions, audit, sealing
from shouwang.trust.ledger.models import Tree
from tests.worlds import NOW, small_school

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the statements that tamper are SQLite's; the audit is the same"),
]
# Not covered: surrogate keys that nothing refers to, and what the job's page shows.
LEDGER = {
    "ledger_entry": ("id", "kind", "by", "at", "digest", "mark", "leaf"),
    "ledger_about": ("entry_id", "subject"),
    "ledger_seal": ("id", "entry_id", "table", "row", "digest"),
    "ledger_node": ("level", "index", "hash"),
    "ledger_head": ("size", "root", "at", "previous", "key", "signature", "token"),
    "ledger_tree": ("size",),
    "ledger_shape": ("columns",),
}
EXAMPLES = int(os.environ.get("SHOUWANG_EXAMPLES", "30"))  # tests/trial/test_tampering.py tries many more
SWAPPED = [
    ("ledger_entry", "leaf"),
    ("ledger_entry", "mark"),
    ("ledger_node", "hash"),
    ("ledger_seal", "digest"),
    ("ledger_about", "entry_id"),
]


def rows(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def columns_of(table):
    model = sealing.covered().get(table)
    return LEDGER[table] if model is None else sealing.columns_of(model)


def school():
    small_school()
    actions.sign_head(NOW)
    actions.record("alerts.acknowledged", by=7, about=["student:1", "alert:2"], now=NOW)
    actions.sign_head(NOW)
    actions.record("alerts.dismissed", by=7, about=["alert:2"], now=NOW)
    assert audit.audit() == []
    return [table for table in (*LEDGER, *sealing.covered()) if rows(f'SELECT 1 FROM "{table}" LIMIT 1')]


def other(value, at):
    """The value with one byte changed. Of a moment a digit: SQLite keeps texts, and between day and hour any sign reads the same."""
    if value is None:
        return 1
    if isinstance(value, bool) or value in (0, 1):
        return 1 - value
    if isinstance(value, int | float):
        return value + 1
    if not value:
        return "x"
    text, at = str(value), at % len(str(value))
    if isinstance(value, datetime):
        at = [place for place, sign in enumerate(text) if sign.isdigit()][at % 14]
    sign = "1" if text[at] == "0" else "0" if text[at].isdigit() else "b" if text[at] == "a" else "a"
    return text[:at] + sign + text[at + 1 :]


class Undo(Exception):
    """Ends an example: everything is rolled back."""


def found_after(change):
    """The findings after a change, or None when the database itself refused it."""
    found = None
    try:
        with transaction.atomic():
            change()
            found = audit.audit()
            raise Undo
    except (Undo, IntegrityError):
        return found


def run(example, tables):
    rows("PRAGMA defer_foreign_keys = ON")  # whoever tampers need not respect them
    settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))(given(st.data())(lambda data: example(data, tables)))()


def test_any_changed_byte_is_found():
    def example(data, tables):
        table = data.draw(st.sampled_from(tables))
        column = data.draw(st.sampled_from(columns_of(table)))
        keys = rows(f'SELECT rowid, "{column}" FROM "{table}" ORDER BY rowid')
        rowid, value = data.draw(st.sampled_from(keys))
        new = other(value, data.draw(st.integers(0, 127)))

        def change():
            assert rows(f'UPDATE "{table}" SET "{column}" = %s WHERE rowid = %s', new, rowid) == 1

        found = found_after(change)
        assert found is None or found, f"{table}.{column} of row {rowid}: {value!r} → {new!r} was not found"

    run(example, school())


def test_any_dropped_row_is_found():
    def example(data, tables):
        table = data.draw(st.sampled_from(tables))
        keys = [key for (key,) in rows(f'SELECT rowid FROM "{table}" ORDER BY rowid')]
        if table == "ledger_shape":
            return  # the database keeps it while a seal needs it
        if table == "ledger_head":
            keys = keys[:-1]  # that the newest head is gone can only be seen by whoever holds its code
        rowid = data.draw(st.sampled_from(keys))
        found = found_after(lambda: rows(f'DELETE FROM "{table}" WHERE rowid = %s', rowid))
        assert found is None or found, f"{table}: row {rowid} was dropped"

    run(example, school())


def test_any_swapped_rows_are_found():
    def example(data, tables):
        table, column = data.draw(st.sampled_from(SWAPPED))
        there = dict(rows(f'SELECT rowid, "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'))
        one, two = data.draw(st.lists(st.sampled_from(sorted(there)), min_size=2, max_size=2, unique=True))
        if there[one] == there[two]:
            return

        def change():
            empty = -1 if isinstance(there[one], int) and column == "leaf" else there[one]
            if column in ("leaf", "mark"):
                rows(f'UPDATE "{table}" SET "{column}" = %s WHERE rowid = %s', empty if column == "leaf" else None, one)
            rows(f'UPDATE "{table}" SET "{column}" = %s WHERE rowid = %s', there[one], two)
            rows(f'UPDATE "{table}" SET "{column}" = %s WHERE rowid = %s', there[two], one)

        found = found_after(change)
        if table == "ledger_about":  # the same subject of both: nothing was swapped
            subjects = dict(rows('SELECT rowid, "subject" FROM ledger_about'))
            assert found or subjects[one] == subjects[two]
        else:
            assert found is None or found, f"{table}.{column}: {one} and {two} were swapped"

    run(example, school())


def test_any_inserted_row_is_found():
    def example(data, tables):
        table = data.draw(st.sampled_from([*LEDGER, *(set(tables) - LEDGER.keys())]))
        if table == "ledger_shape":
            return  # columns that no seal names mean nothing
        names = [name for _, name, *_ in rows(f'PRAGMA table_info("{table}")')]
        keys = [key for (key,) in rows(f'SELECT rowid FROM "{table}" ORDER BY rowid')]
        copy = list(rows(f'SELECT * FROM "{table}" WHERE rowid = %s', data.draw(st.sampled_from(keys)))[0])
        fresh = {"id": 10**6, "sid": 10**6, "leaf": data.draw(st.sampled_from([None, Tree.objects.get().size, 10**6])), "mark": "0" * 64}
        fresh |= {"index": 10**6, "number": "X", "username": "x", "previous": "1" * 64, "staff_id": None, "uuid": "0" * 32}
        values = [
            fresh[name] if name in fresh and (name != "staff_id" or table == "access_account") else was
            for name, was in zip(names, copy, strict=True)
        ]
        marks, listed = ", ".join(["%s"] * len(names)), ", ".join(f'"{name}"' for name in names)
        found = found_after(lambda: rows(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', *values))
        assert found is None or found, f"{table}: {values}"

    run(example, school())
