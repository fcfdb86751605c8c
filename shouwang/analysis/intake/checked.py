"""The outcome of a check: good rows in a temporary table, problems cell by cell, figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from shouwang.analysis.facts.duck import name
from shouwang.analysis.intake.book import Book, letter
from shouwang.analysis.intake.reasons import REASONS, sentence
from shouwang.analysis.intake.recognition import Recognition
from shouwang.analysis.intake.relations import Relations
from shouwang.analysis.intake.roster import Roster
from shouwang.analysis.standard import Table

SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell (or row) and why it was not taken, ready to show."""

    sheet_no: int
    sheet: str
    row: int
    column: str
    """The name of the standard's column."""
    heading: str
    """The heading as written in the file, or the standard's title."""
    letter: str
    """The letter over the column in Excel; empty when the file has no such column."""
    value: str
    code: str
    reason: str
    remedy: str
    level: Literal["error", "notice"]


@dataclass(frozen=True, slots=True)
class ProblemCount:
    code: str
    column: str
    title: str
    count: int
    example: str
    reason: str
    remedy: str
    level: Literal["error", "notice"]


@dataclass(frozen=True, slots=True)
class Figures:
    """`rows_total` counts filled rows below the heading, totals and repeated headings left out (`rows_ignored`)."""

    rows_total: int
    rows_good: int
    rows_bad: int
    rows_repeated: int
    rows_ignored: int
    problem_count: int
    students: int
    """Different students in the good rows."""
    students_unknown: int
    """Different student numbers that the roster does not know."""


@dataclass(frozen=True)
class Checked:
    """Valid while its book is open."""

    book: Book
    work: Relations
    recognitions: tuple[Recognition, ...]
    figures: Figures

    @property
    def table(self) -> Table:
        return self.work.table

    def problems(self, limit: int | None = SHOWN) -> list[Problem]:
        """The problems in the order of the file; `limit` is for showing, figures never depend on it."""
        cut = f" LIMIT {limit}" if limit is not None else ""
        query = f"SELECT sheet_no, row_no, col, value, code, detail FROM {self.work.problems} ORDER BY sheet_no, row_no, col{cut}"
        return [self._problem(row) for row in self.work.cursor.execute(query).fetchall()]

    def counts(self) -> list[ProblemCount]:
        """Problems by reason and column, the most frequent first."""
        query = f"""SELECT code, col, count(*), min_by(value, row_no), min_by(detail, row_no) FROM {self.work.problems}
                    GROUP BY code, col ORDER BY count(*) DESC, code, col"""
        counted = []
        for code, column, count, value, detail in self.work.cursor.execute(query).fetchall():
            title = self.table.column(column).title
            reason, remedy = sentence(code, title, detail or "")
            counted.append(ProblemCount(code, column, title, count, value or "", reason, remedy, REASONS[code].level))
        return counted

    def by_class(self) -> dict[str, int]:
        """Class path → different students of that class in the good rows; students whose class the roster does not know are left out."""
        if self.work.numbers is None:
            return {}
        query = (
            f"SELECT class_path, count(DISTINCT g.sid) FROM {self.work.good} AS g JOIN roster USING (sid) WHERE class_path <> '' GROUP BY 1"
        )
        return dict(self.work.cursor.execute(query).fetchall())

    def new_numbers(self) -> list[str]:
        """Student numbers that need a sid, in the order of the file (classes stand together in real rosters)."""
        numbers = self.work.numbers
        if numbers is None or not self.work.brings_students:
            return []
        query = f"""SELECT number FROM {self.work.good} AS g JOIN {self.work.cells} AS cells USING (sheet_no, row_no) {numbers.join()}
                    WHERE g.sid IS NULL AND number IS NOT NULL GROUP BY number ORDER BY min((g.sheet_no, g.row_no))"""
        return [row[0] for row in self.work.cursor.execute(query).fetchall()]

    def refused_keys(self) -> set[str]:
        """What the first key column of the refused rows says, as far as it can be read: whoever is meant there is not gone."""
        first = self.table.column(self.table.key[0])
        dictionary = self.work.dictionaries.get(first.name)
        if dictionary is None:
            return set()
        value = dictionary.value("number") if first.type == "student_no" else dictionary.value()
        notices = ", ".join(f"'{code}'" for code, reason in REASONS.items() if reason.level == "notice")
        query = f"""SELECT DISTINCT CAST({value} AS VARCHAR) FROM {self.work.cells} AS cells {dictionary.join()}
                    SEMI JOIN (FROM {self.work.problems} WHERE code NOT IN ({notices})) AS p
                    ON cells.sheet_no = p.sheet_no AND cells.row_no = p.row_no"""
        return {row[0] for row in self.work.cursor.execute(query).fetchall() if row[0]}

    def rows(self) -> Iterator[dict[str, Any]]:
        """The good rows with every column of the table, also those the database keeps, the student's number and sid, and the place in the file.

        Codes come as words, dates as dates, empty cells as None.
        """
        columns = [column for column in self.table.columns if column.type != "student_no"]
        parts = [f"{self._value(column.name)} AS {name(column.name)}" for column in columns]
        if self.table.student_column:
            number = f"{self.work.numbers.relation}.number" if self.work.numbers else "NULL"
            parts += ["good.sid", f"{number} AS {name(self.table.student_column.name)}"]
        joins = " ".join(dictionary.join() for dictionary in self.work.dictionaries.values())
        cursor = self.work.cursor.execute(f"""
            SELECT {", ".join(parts)}, sheet_no, row_no FROM {self.work.good} AS good
            JOIN {self.work.cells} AS cells USING (sheet_no, row_no) {joins} ORDER BY sheet_no, row_no""")
        names = [described[0] for described in cursor.description or ()]
        words = {column.name: {code.number: code.code for code in column.codes} for column in columns if column.codes}
        for row in cursor.fetchall():
            given = dict(zip(names, row, strict=True))
            yield given | {column: known.get(given[column]) for column, known in words.items()}

    def texts(self) -> Iterator[tuple[int, int, int, str, str]]:
        """Free text of the good rows, column by column: (sid, sheet, row, column, text). It never enters the facts."""
        if not self.table.student_column:
            return
        for column in self.table.columns:
            dictionary = self.work.dictionaries.get(column.name)
            if column.store != "raw" or dictionary is None:
                continue
            query = f"""SELECT good.sid, sheet_no, row_no, CAST({dictionary.value()} AS VARCHAR) AS words FROM {self.work.good} AS good
                        JOIN {self.work.cells} AS cells USING (sheet_no, row_no) {dictionary.join()} ORDER BY sheet_no, row_no"""
            for sid, sheet, row, words in self.work.cursor.execute(query).fetchall():
                if words and sid is not None:
                    yield sid, sheet, row, column.name, words

    def _value(self, column: str) -> str:
        if self.table.column(column).store == "facts":
            return f"good.{name(column)}"
        return self.work.dictionaries[column].value() if column in self.work.dictionaries else "NULL"

    def extend(self, roster: Roster) -> None:
        """Gives the rows of new students the sids that were allocated to them."""
        numbers = self.work.numbers
        if numbers is None:
            return
        roster.load(self.work.cursor)
        self.work.cursor.execute(f"""
            UPDATE {self.work.good} AS g SET sid = found.sid FROM (
                SELECT sheet_no, row_no, r.sid FROM {self.work.cells} AS cells {numbers.join()} JOIN roster AS r ON number = r.student_no
            ) AS found
            WHERE g.sid IS NULL AND g.sheet_no = found.sheet_no AND g.row_no = found.row_no""")

    def _problem(self, found: tuple[int, int, str, str | None, str, str | None]) -> Problem:
        sheet_no, row, column, value, code, detail = found
        recognition = next(found for found in self.recognitions if found.sheet_no == sheet_no)
        title = self.table.column(column).title
        place = next((mapped for mapped in recognition.columns if mapped.column == column), None)
        reason, remedy = sentence(code, title, detail or "")
        heading, at = (place.heading or title, letter(place.index)) if place else (title, "")
        return Problem(sheet_no, recognition.sheet_name, row, column, heading, at, value or "", code, reason, remedy, REASONS[code].level)
