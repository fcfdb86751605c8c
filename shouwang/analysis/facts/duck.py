"""The DuckDB connection that writes facts: one per process, a cursor per piece of work (a cursor costs a hundredth of a connection)."""

import os
import tempfile

import duckdb
from duckdb import DuckDBPyConnection

_connections: dict[int, DuckDBPyConnection] = {}


def cursor() -> DuckDBPyConnection:
    """A cursor of this process's writing connection. Temporary tables belong to the cursor and go when it is closed."""
    # Keyed by process id: a connection inherited through fork must never be used.
    found = _connections.get(os.getpid())
    if found is None:
        found = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
        # What does not fit into memory goes to a folder named after the process, which is swept when the process was killed.
        spill = f"{tempfile.gettempdir()}/spill.{os.getpid()}"
        found.execute(f"SET enable_progress_bar = false; SET temp_directory = {literal(spill)}")
        _connections[os.getpid()] = found
    return found.cursor()


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + text.replace('"', '""') + '"'
