"""Checks every cell of a recognised file against the standard, as sets in DuckDB. Nothing is guessed: what is not sure is refused."""

from collections.abc import Sequence

from shouwang.analysis.facts.duck import literal, name
from shouwang.analysis.facts.views import fact_schema
from shouwang.analysis.intake.book import Book
from shouwang.analysis.intake.checked import Checked, Figures
from shouwang.analysis.intake.dictionaries import Dictionary, build
from shouwang.analysis.intake.duplicates import refuse_duplicates
from shouwang.analysis.intake.recognition import Recognition
from shouwang.analysis.intake.relations import Relations
from shouwang.analysis.intake.roster import Roster
from shouwang.analysis.intake.scores import KINDS
from shouwang.analysis.intake.values import reader
from shouwang.analysis.standard import SQL_TYPES, Column, Table

SUMMARY = "summary_row"
BLANKS = " \t\r\n\u3000\u00a0"


def check(book: Book, recognition: Recognition | Sequence[Recognition], table: Table, roster: Roster) -> Checked:
    """Checks the sheets of `book` that hold `table`. Problems are in the result; this never raises for what stands in the file."""
    recognitions = (recognition,) if isinstance(recognition, Recognition) else tuple(recognition)
    work = Relations(book.cursor, table, {})
    roster.load(book.cursor)
    repeated_headings = _cells(work, book, recognitions)
    work.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {work.problems}"
        " (sheet_no SMALLINT, row_no INTEGER, col VARCHAR, value VARCHAR, code VARCHAR, detail VARCHAR)"
    )
    given = {column for each in recognitions for column in (*each.mapping, *(column for column, _ in each.constants))}
    for column in table.columns:
        if column.name in given:
            work.dictionaries[column.name] = build(work.cursor, table, column, work.cells, roster)
    for dictionary in work.dictionaries.values():
        if dictionary.bad:
            _tell(work, dictionary)
    summaries = _leave_out_summaries(work)
    _tell_missing_columns(work, recognitions)
    _compare_names(work)
    _good_rows(work)
    if any(each.missing for each in recognitions):
        work.cursor.execute(f"DELETE FROM {work.good}")
    repeated = refuse_duplicates(work)
    work.cursor.execute(f"DELETE FROM {work.problems} WHERE code = '{SUMMARY}'")
    return Checked(book, work, recognitions, _figures(work, summaries, repeated_headings, repeated))


def _cells(work: Relations, book: Book, recognitions: Sequence[Recognition]) -> int:
    """A view of the delivered cells under the standard's names, without blank rows and repeated headings. Returns how many of the latter."""
    parts, repeated = [], 0
    for each in recognitions:
        sheet = book.sheet(each.sheet_no)
        mapping, constants = each.mapping, dict(each.constants)
        columns = []
        for column in work.table.columns:
            if column.name in mapping:
                columns.append(f"coalesce(c{mapping[column.name]}, '') AS {name(column.name)}")
            else:
                columns.append(f"{literal(constants.get(column.name, ''))} AS {name(column.name)}")
        within = f"rowid BETWEEN {each.first_row - 1} AND {each.last_row - 1}"
        blank = " AND ".join(f"trim(coalesce(c{at}, ''), {literal(BLANKS)}) = ''" for at in mapping.values()) or "TRUE"
        headings = [mapped for mapped in each.columns if mapped.column and mapped.heading][:3]
        heading = " AND ".join(f"coalesce(c{mapped.index}, '') = {literal(mapped.heading)}" for mapped in headings) or "FALSE"
        source = f"FROM {sheet.relation} WHERE {within}"
        counted = work.cursor.execute(
            f"SELECT (SELECT count(*) {source} AND {blank}), (SELECT count(*) {source} AND {heading})"
        ).fetchall()[0]
        blanks, headed = counted or (0, 0)
        # Filters that would keep every row are left out: each dictionary scans this view once.
        source += f" AND NOT ({blank})" * bool(blanks) + f" AND NOT ({heading})" * bool(headed)
        repeated += headed
        place = f"CAST({each.sheet_no} AS SMALLINT) AS sheet_no, CAST(rowid + 1 AS INTEGER) AS row_no"
        parts.append(f"SELECT {', '.join(columns)}, {place} {source}")
    work.cursor.execute(f"CREATE OR REPLACE TEMP VIEW {work.cells} AS {' UNION ALL '.join(parts)}")
    return repeated


def _tell(work: Relations, dictionary: Dictionary) -> None:
    column, relation = dictionary.column.name, dictionary.relation
    work.cursor.execute(f"""
        INSERT INTO {work.problems} SELECT sheet_no, row_no, {literal(column)}, {relation}.raw, code, detail
        FROM {work.cells} AS cells JOIN {relation} ON cells.{name(column)} = {relation}.raw WHERE code IS NOT NULL""")


def _leave_out_summaries(work: Relations) -> int:
    """Sub-totals and signatures between the rows are no rows: nothing in them is a problem. Returns how many there are."""
    p = work.problems
    if not work.one(f"SELECT count(*) FROM {p} WHERE code = '{SUMMARY}'"):
        return 0
    work.cursor.execute(f"CREATE OR REPLACE TEMP TABLE summaries AS SELECT DISTINCT sheet_no, row_no FROM {p} WHERE code = '{SUMMARY}'")
    work.cursor.execute(f"DELETE FROM {p} AS p USING summaries AS s WHERE p.sheet_no = s.sheet_no AND p.row_no = s.row_no")
    # One mark for each stays until the good rows are chosen.
    work.cursor.execute(f"INSERT INTO {p} SELECT sheet_no, row_no, '', '', '{SUMMARY}', '' FROM summaries")
    return int(work.one("SELECT count(*) FROM summaries"))


def _tell_missing_columns(work: Relations, recognitions: Sequence[Recognition]) -> None:
    """A required column that is not in the file at all is told once, at the heading, not once a row."""
    for each in recognitions:
        row = each.header_rows[-1] if each.header_rows else 1
        for column in each.missing:
            work.cursor.execute(f"INSERT INTO {work.problems} VALUES (?, ?, ?, '', 'missing_column', '')", [each.sheet_no, row, column])


def _compare_names(work: Relations) -> None:
    """The name beside a number must be the roster's: a slip in the number would put rows on somebody else."""
    if work.brings_students or work.numbers is None or "student_name" not in work.dictionaries:
        return
    number = name(work.numbers.column.name)
    plain = "regexp_replace({}, '[\\s\\x{{3000}}\\x{{A0}}·•.．・]', '', 'g')"
    work.cursor.execute(f"""
        CREATE OR REPLACE TEMP TABLE strangers AS
        SELECT pair.number, pair.given, r.name
        FROM (SELECT DISTINCT {number} AS number, student_name AS given FROM {work.cells}) AS pair
        JOIN {work.numbers.relation} AS d ON pair.number = d.raw JOIN roster AS r ON d.value = r.sid
        WHERE r.name <> '' AND pair.given <> '' AND {plain.format("pair.given")} <> {plain.format("r.name")}""")
    if work.one("SELECT count(*) FROM strangers"):
        work.cursor.execute(f"""
            INSERT INTO {work.problems} SELECT sheet_no, row_no, 'student_name', given, 'name_mismatch', s.name
            FROM {work.cells} AS cells JOIN strangers AS s ON cells.{number} = s.number AND cells.student_name = s.given""")


def _good_rows(work: Relations) -> None:
    """The typed facts of every row without a problem."""
    values = {"sheet_no": "cells.sheet_no", "row_no": "cells.row_no"}
    kept = [column for column in work.table.columns if column.type == "student_no" or column.store == "facts"]
    for column in kept:
        values |= _values(column, work.dictionaries.get(column.name))
    values |= _exam_kind(work.table, work.dictionaries)
    schema = [(field, kind) for field, kind in fact_schema(work.table) if field != "batch_id"]
    chosen = ", ".join(f"CAST({values[field]} AS {kind}) AS {name(field)}" for field, kind in schema)
    joins = " ".join(work.dictionaries[column.name].join() for column in kept if column.name in work.dictionaries)
    refused = work.one(f"SELECT count(*) FROM {work.problems}")
    anti = f"ANTI JOIN {work.problems} AS p ON cells.sheet_no = p.sheet_no AND cells.row_no = p.row_no" if refused else ""
    work.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {work.good} AS SELECT {chosen} FROM {work.cells} AS cells {joins} {anti}")


def _values(column: Column, dictionary: Dictionary | None) -> dict[str, str]:
    """Fact column → SQL; a column that the file does not have holds its default."""
    if column.type == "student_no":
        return {"sid": dictionary.value() if dictionary else "NULL"}
    if dictionary:
        marks = {f"{column.name}_mark": dictionary.value("mark")} if column.type == "score" else {}
        return {column.name: dictionary.value(), **marks}
    empty = reader(column)("") if column.default is not None else None
    value = "NULL" if empty is None else f"{literal(str(empty))}::{SQL_TYPES[column.type]}"
    return {column.name: value, f"{column.name}_mark": "NULL"} if column.type == "score" else {column.name: value}


def _exam_kind(table: Table, dictionaries: dict[str, Dictionary]) -> dict[str, str]:
    """78(补考) in the score says what the kind of exam is when its own cell is empty."""
    scored = next((d for d in dictionaries.values() if d.column.type == "score"), None)
    kinds = next((c for c in table.columns if c.codes and c.store == "facts" and any("补考" in code.labels for code in c.codes)), None)
    if scored is None or kinds is None:
        return {}
    read = reader(kinds)
    numbers = {kind: number for kind in KINDS if isinstance(number := read(kind), int)}
    cases = " ".join(f"WHEN {literal(kind)} THEN {number}" for kind, number in numbers.items())
    own = _values(kinds, dictionaries.get(kinds.name))[kinds.name]
    blank = f"trim(cells.{name(kinds.name)}, {literal(BLANKS)}) = ''"
    return {kinds.name: f"CASE WHEN {blank} THEN coalesce(CASE {scored.value('kind')} {cases} END, {own}) ELSE {own} END"}


def _figures(work: Relations, summaries: int, headings: int, repeated: int) -> Figures:
    students = "count(DISTINCT sid)" if work.table.student_column else "count(*) * 0"
    strangers = f"(SELECT count(*) FROM {work.numbers.relation} WHERE code = 'unknown_student')" if work.numbers else "0"
    found = work.cursor.execute(f"""
        SELECT (SELECT count(*) FROM {work.cells}), (SELECT count(*) FROM {work.good}), (SELECT count(*) FROM {work.problems}),
               (SELECT {students} FROM {work.good}), {strangers}""").fetchall()[0]
    total, good, problems, students_good, students_unknown = found or (0,) * 5
    return Figures(
        rows_total=total - summaries,
        rows_good=good,
        rows_bad=total - summaries - good - repeated,
        rows_repeated=repeated,
        rows_ignored=summaries + headings,
        problem_count=problems,
        students=students_good,
        students_unknown=students_unknown,
    )
