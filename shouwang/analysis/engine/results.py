"""Results of runs: the wide table of one evaluation as one Parquet file, sorted by student, read back with parameters."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from shouwang.analysis.engine.base import Reader, Row, Session

# Small row groups: a student's page reads a few kilobytes of each run.
ROW_GROUP = 8_192


def write_wide(session: Session, path: Path) -> int:
    """Writes the session's computed `wide` table, sorted by student. Returns the number of students."""
    return session.write_parquet("SELECT * FROM wide ORDER BY sid", path, row_group=ROW_GROUP)


def values_of(engine: Reader, paths: Mapping[int, Path], sid: int, names: Sequence[str]) -> list[Row]:
    """One student's values over several runs: a row per run (`run_id` and the names), in the order of their numbers; missing columns are null."""
    if not paths or not names:
        return []
    listed = {str(path.resolve()): run_id for run_id, path in paths.items()}
    rows = engine.read(
        f"SELECT filename, {', '.join(f'{_name(name)}' for name in names)} FROM ({_union(listed, names)}) WHERE sid = $sid", {"sid": sid}
    )
    found = [{"run_id": listed[row.pop("filename")], **row} for row in rows]
    return sorted(found, key=lambda row: row["run_id"])


def values_in(engine: Reader, path: Path, name: str, sids: Iterable[int]) -> dict[int, float | None]:
    """One indicator's values in a run for the students asked for; a student who is not in the run is left out."""
    rows = engine.read(
        f"SELECT sid, {_name(name)} AS value FROM read_parquet({_text(str(path.resolve()))}) WHERE sid IN (SELECT unnest($sids::INTEGER[]))",
        {"sids": list(sids)},
    )
    return {row["sid"]: row["value"] for row in rows}


def columns_of(engine: Reader, path: Path) -> tuple[str, ...]:
    """The names of a run's columns, `sid` left out."""
    rows = engine.read(f"DESCRIBE SELECT * FROM read_parquet({_text(str(path.resolve()))})")
    return tuple(row["column_name"] for row in rows if row["column_name"] != "sid")


def _union(listed: Mapping[str, int], names: Sequence[str]) -> str:
    """Older runs may lack an indicator that is new: its column is null there."""
    files = "[" + ", ".join(_text(path) for path in listed) + "]"
    nothing = ", ".join(f"CAST(NULL AS DOUBLE) AS {_name(name)}" for name in names)
    return (
        f"SELECT CAST(NULL AS INTEGER) AS sid, CAST(NULL AS VARCHAR) AS filename, {nothing} WHERE FALSE "
        f"UNION ALL BY NAME SELECT * FROM read_parquet({files}, union_by_name = true, filename = true)"
    )


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
