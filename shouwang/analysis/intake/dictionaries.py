"""Each column's different texts, read once: a table of text → value or reason, joined back to the rows.

A column of a million cells rarely holds more than some thousand different texts, so the one Python reader (values.py) decides all of
them. Where there are more, plain spellings are read by SQL and only the others go through Python; a property test holds the two equal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from shouwang.analysis.facts.duck import literal, name
from shouwang.analysis.intake.bad import Bad
from shouwang.analysis.intake.cleaning import DIRTY_SQL
from shouwang.analysis.intake.roster import Roster
from shouwang.analysis.intake.scores import Score
from shouwang.analysis.intake.values import RAW_LIMIT, TEXT_LIMIT, reader
from shouwang.analysis.standard import SQL_TYPES, Column, Table

FEW = 20_000
ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "TINYINT": pa.int8(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "DECIMAL(10,2)": pa.decimal128(10, 2),
    "DECIMAL(5,2)": pa.decimal128(5, 2),
}


@dataclass(frozen=True, slots=True)
class Dictionary:
    """`relation` (raw, value, mark, kind, code, detail) stands beside the cells; `plain` is the SQL value of texts not listed in it."""

    column: Column
    relation: str
    plain: str | None
    bad: bool
    """Whether any text of the column was refused."""

    def value(self, field: str = "value") -> str:
        """SQL of the value of a row of `cells` joined with this dictionary."""
        listed = f"{self.relation}.{field}"
        return f"coalesce({self.plain}, {listed})" if self.plain and field == "value" else listed

    def join(self) -> str:
        """SQL that joins the dictionary to `cells`."""
        kind = "LEFT JOIN" if self.plain else "JOIN"
        return f"{kind} {self.relation} ON cells.{name(self.column.name)} = {self.relation}.raw"


def build(cursor: DuckDBPyConnection, table: Table, column: Column, cells: str, roster: Roster) -> Dictionary:
    """Reads every different text of `column` in the relation `cells`."""
    relation = name(f"d_{table.name}_{column.name}")
    if column.type == "student_no":
        return _students(cursor, table, column, cells, roster)
    place = f"cells.{name(column.name)}"
    texts = _texts(cursor, f"SELECT DISTINCT {place} FROM {cells} AS cells LIMIT {FEW + 1}")
    plain = _plain(column, place) if len(texts) > FEW else None
    if len(texts) > FEW:
        odd = f" WHERE {plain} IS NULL" if plain else ""
        texts = _texts(cursor, f"SELECT DISTINCT {place} FROM {cells} AS cells{odd}")
    known = _known(table, column, roster)
    bad = _fill(cursor, relation, column, texts, known)
    return Dictionary(column, relation, plain, bad)


def _texts(cursor: DuckDBPyConnection, query: str) -> list[str]:
    return [row[0] for row in cursor.execute(query).fetchall()]


def _known(table: Table, column: Column, roster: Roster) -> Callable[[str], Bad | None]:
    """What the roster says about staff and units; the tables that define them are their own authority."""
    if column.type == "staff_no" and roster.staff is not None and table.name != "staff":
        # cadres are students who answer for a class or a floor
        cadres = roster.students["student_no"].to_pylist() if table.name == "responsibility" else []
        staff = roster.staff.union(cadres)
        return lambda value: None if value in staff else Bad("unknown_staff")
    if column.type == "unit_code" and roster.units is not None and table.name != "unit":
        units = roster.units
        return lambda value: None if value in units else Bad("unknown_unit")
    return lambda _value: None


def _fill(cursor: DuckDBPyConnection, relation: str, column: Column, texts: Sequence[str], known: Callable[[str], Bad | None]) -> bool:
    """Makes the dictionary table; True when it holds a refused text."""
    read = reader(column)
    values: list[Any] = []
    marks: list[int | None] = []
    kinds: list[str | None] = []
    problems: list[Bad | None] = []
    for text in texts:
        found = read(text)
        problem = found if isinstance(found, Bad) else known(found) if isinstance(found, str) else None
        score = found if isinstance(found, Score) else None
        value = score.value if score else found
        values.append(None if problem else value)
        marks.append(score.mark if score else None)
        kinds.append(score.kind if score else None)
        problems.append(problem)
    listed = pa.table(
        {
            "raw": pa.array(texts, pa.string()),
            "value": pa.array(values, ARROW["VARCHAR" if column.type == "student_no" else SQL_TYPES[column.type]]),
            "mark": pa.array(marks, pa.int8()),
            "kind": pa.array(kinds, pa.string()),
            "code": pa.array([problem.code if problem else None for problem in problems], pa.string()),
            "detail": pa.array([problem.detail if problem else None for problem in problems], pa.string()),
        }
    )
    cursor.register("listed", listed)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS FROM listed")
    cursor.unregister("listed")
    return any(problems)


def _students(cursor: DuckDBPyConnection, table: Table, column: Column, cells: str, roster: Roster) -> Dictionary:
    """Numbers that stand in the roster as written need no reading; the others are read, then looked up. `value` is the sid."""
    relation, place = name(f"d_{table.name}_{column.name}"), name(column.name)
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE numbers AS SELECT raw, sid FROM (SELECT DISTINCT {place} AS raw FROM {cells})"
        " LEFT JOIN roster ON raw = student_no"
    )
    texts = _texts(cursor, "SELECT raw FROM numbers WHERE sid IS NULL ORDER BY raw")
    erased = roster.erased
    bad = _fill(cursor, relation, column, texts, lambda value: Bad("erased_student") if erased and erased(value) else None)
    # The student table itself brings new numbers; everywhere else an unknown one is refused.
    unknown = "NULL" if table.master and column.unique else "CASE WHEN r.sid IS NULL AND d.value IS NOT NULL THEN 'unknown_student' END"
    cursor.execute(f"""
        CREATE OR REPLACE TEMP TABLE {relation} AS
        SELECT raw, sid AS value, raw AS number, NULL::VARCHAR AS code, NULL::VARCHAR AS detail FROM numbers WHERE sid IS NOT NULL
        UNION ALL
        SELECT d.raw, r.sid, d.value, coalesce(d.code, {unknown}), coalesce(d.detail, '')
        FROM {relation} AS d LEFT JOIN roster AS r ON d.value = r.student_no""")
    _suspect_cut_numbers(cursor, relation)
    _hint_lost_zeros(cursor, relation)
    found = cursor.execute(f"SELECT count(*) FROM {relation} WHERE code IS NOT NULL").fetchall()[0]
    return Dictionary(column, relation, None, bad or bool(found and found[0]))


def _suspect_cut_numbers(cursor: DuckDBPyConnection, relation: str) -> None:
    """Numbers beyond 15 digits that nobody knows and whose tail is all zeros are Excel's doing, not the school's."""
    cursor.execute(f"""
        UPDATE {relation} SET code = 'number_too_long', value = NULL
        WHERE value IS NULL AND (code IS NULL OR code = 'unknown_student')
          AND regexp_full_match(number, '[1-9][0-9]{{15,}}') AND ltrim(substring(number, 16), '0') = ''""")


def _hint_lost_zeros(cursor: DuckDBPyConnection, relation: str) -> None:
    """Where the roster has the same digits after zeros in front, the sentence says so; the number is refused all the same."""
    cursor.execute(f"""
        UPDATE {relation} SET detail = '，但有 ' || r.student_no || '：前面的 0 可能丢了'
        FROM (SELECT ltrim(student_no, '0') AS digits, max(student_no) AS student_no FROM roster
              WHERE student_no LIKE '0%' GROUP BY 1 HAVING count(*) = 1) AS r
        WHERE code = 'unknown_student' AND number = r.digits""")


def _plain(column: Column, place: str) -> str | None:
    """SQL: the value of texts in their plainest spelling, else null. None where only Python reads the type."""
    if column.pattern:
        return None
    if column.type == "text":
        limit = RAW_LIMIT if column.store == "raw" else TEXT_LIMIT
        return (
            f"CASE WHEN {place} <> '' AND length({place}) <= {limit} AND NOT regexp_matches({place}, {literal(DIRTY_SQL)}) THEN {place} END"
        )
    shapes = {
        "date": ("(19[5-9][0-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}", "DATE"),
        "datetime": ("(19[5-9][0-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?", "TIMESTAMP"),
        "integer": ("[0-9]{1,8}", "INTEGER"),
        "decimal": (r"[0-9]{1,7}(\.[0-9]{1,2})?", "DECIMAL(10,2)"),
    }
    if column.type not in shapes:
        return None
    shape, kind = shapes[column.type]
    value = f"TRY_CAST({place} AS {kind})"
    bounds = [f"{value} >= {literal(column.minimum)}::{kind}"] if column.minimum is not None else []
    bounds += [f"{value} <= {literal(column.maximum)}::{kind}"] if column.maximum is not None else []
    condition = " AND ".join([f"regexp_full_match({place}, {literal(shape)})", *bounds])
    return f"CASE WHEN {condition} THEN {value} END"
