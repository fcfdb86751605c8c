"""Template → filled in → read, recognised, checked, written → facts: nothing is lost and nothing is added, for every table of the standard."""

import io
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shouwang.analysis.facts import Snapshot, Store, relation
from shouwang.analysis.facts.duck import cursor
from shouwang.analysis.intake import Roster, check, read, recognise, write
from shouwang.analysis.intake.bad import Bad
from shouwang.analysis.intake.cleaning import ERROR_CELLS, clean
from shouwang.analysis.intake.dictionaries import _plain
from shouwang.analysis.intake.scores import GRADES, WORDS
from shouwang.analysis.intake.values import FOOTER, reader
from shouwang.analysis.standard import Column, Table, load, template

STANDARD = load()
NUMBERS = [f"2024{at:06d}" for at in range(40)]
ROSTER = Roster.of([(number, at, f"0001{at // 20:04d}", "0001", None) for at, number in enumerate(NUMBERS, 1)])
LETTERS = "甲乙丙丁高等数学实训（上）ABCdef0123456789 ·-"
Cell = tuple[Any, Any]
"""What is typed into Excel, and what must stand in the facts (a pair for scores: value and mark)."""


def _texts(column: Column) -> st.SearchStrategy[str]:
    found = st.from_regex(column.pattern, fullmatch=True) if column.pattern else st.text(LETTERS, min_size=1, max_size=20)
    if column.pattern:
        found = found.filter(lambda text: text.isprintable())
    return found.map(lambda text: clean(text)).filter(lambda text: bool(text) and reader(column)(text) == text and not FOOTER.search(text))


def _number(column: Column, places: int) -> st.SearchStrategy[Decimal]:
    low, high = Decimal(column.minimum or "-99999"), Decimal(column.maximum or "99999")
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


def _score(column: Column) -> st.SearchStrategy[Cell]:
    marks = _number(column, 2).map(lambda number: (float(number), (number, 0)))
    graded = st.sampled_from(sorted(GRADES)).map(lambda word: (word, (Decimal(GRADES[word]), 1)))
    return st.one_of(marks, graded, st.sampled_from(sorted(WORDS)).map(lambda word: (word, (None, WORDS[word]))))


def _moments(column: Column, moment: Callable[..., st.SearchStrategy[Any]], first: Any, last: Any) -> st.SearchStrategy[Cell]:
    found = moment(first, last).map(lambda value: value.replace(microsecond=0) if isinstance(value, datetime) else value)
    return found.map(lambda value: (value, value))


def cells(column: Column) -> st.SearchStrategy[Cell]:
    """What may stand in a cell of the column, filled or (where it may be) empty."""
    of_type: dict[str, Callable[[], st.SearchStrategy[Cell]]] = {
        "student_no": lambda: st.sampled_from(NUMBERS).map(lambda number: (number, number)),
        "staff_no": lambda: st.from_regex(r"[A-Z][0-9]{4}", fullmatch=True).map(lambda text: (text, text)),
        "unit_code": lambda: st.from_regex(r"[A-Z]{2}[0-9]{4}", fullmatch=True).map(lambda text: (text, text)),
        "text": lambda: _texts(column).map(lambda text: (text, text)),
        "code": lambda: st.sampled_from([(label, code.number) for code in column.codes for label in code.labels]),
        "integer": lambda: _number(column, 0).map(lambda number: (int(number), int(number))),
        "decimal": lambda: _number(column, 2).map(lambda number: (float(number), number)),
        "boolean": lambda: st.sampled_from([("是", True), ("否", False)]),
        "date": lambda: _moments(column, st.dates, date(1990, 1, 1), date(2099, 12, 31)),
        "datetime": lambda: _moments(column, st.datetimes, datetime(1990, 1, 1), datetime(2099, 12, 31)),
        "term": lambda: st.tuples(st.integers(2000, 2090), st.sampled_from((1, 2))).map(
            lambda pair: (f"{pair[0]}-{pair[0] + 1}-{pair[1]}", pair[0] * 10 + pair[1])
        ),
        "score": lambda: _score(column),
    }
    filled = of_type[column.type]()
    empty = None if column.default is None else reader(column)("")
    if column.required:
        return filled
    return st.one_of(filled, st.just((None, (None, None) if column.type == "score" else empty)))


def rows(table: Table) -> st.SearchStrategy[list[dict[str, Cell]]]:
    """Rows with different natural keys."""
    row = st.fixed_dictionaries({column.name: cells(column) for column in table.columns})
    return st.lists(row, min_size=1, max_size=6, unique_by=lambda row: tuple(row[word][1] for word in table.key))


def fill(table: Table, wanted: list[dict[str, Cell]]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(template(table)))
    sheet = book.worksheets[0]
    places = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
    for at, row in enumerate(wanted, 2):
        for column in table.columns:
            if row[column.name][0] is not None:
                sheet.cell(at, places[column.title], row[column.name][0])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def expected(table: Table, row: dict[str, Cell]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if table.student_column:
        number = row[table.student_column.name][1]
        facts["sid"] = NUMBERS.index(number) + 1 if number else None
    for column in table.fact_columns:
        value = row[column.name][1]
        facts |= dict(zip((name for name, _ in column.facts), value if column.type == "score" else (value,), strict=True))
    return facts


@pytest.mark.parametrize("name", sorted(STANDARD.tables))
def test_what_is_filled_in_is_what_stands_in_the_facts(name: str) -> None:
    table = STANDARD.table(name)

    # Without shrinking: each example writes and reads a workbook.
    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
    @given(rows(table))
    def round_trip(wanted: list[dict[str, Cell]]) -> None:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / f"{table.title}.xlsx"
            path.write_bytes(fill(table, wanted))
            with read(path) as book:
                [found] = [each for each in recognise(book, STANDARD) if each.table]
                assert (found.table, found.missing, found.unmapped) == (name, (), ())
                checked = check(book, found, table, ROSTER)
                assert checked.problems() == []
                written = write(checked, Store(Path(place) / "facts"), Snapshot(), 1)
                handed_over = list(checked.rows())
            reading = cursor().execute(f"SELECT * FROM ({relation(table, Snapshot((written,)))}) ORDER BY row_no")
            names = [described[0] for described in reading.description or ()]
            facts = [dict(zip(names, row, strict=True)) for row in reading.fetchall()]
        for at, (row, fact, handed) in enumerate(zip(wanted, facts, handed_over, strict=True), 2):
            assert fact == expected(table, row) | {"batch_id": 1, "sheet_no": 1, "row_no": at}
            _compare_handed_over(table, row, handed)

    round_trip()


def _compare_handed_over(table: Table, row: dict[str, Cell], handed: dict[str, Any]) -> None:
    for column in table.columns:
        value = row[column.name][1]
        if column.codes and value is not None:
            assert column.code(handed[column.name]).number == value
        elif column.type != "score":
            assert handed[column.name] == value


PLAIN = [
    Column("x", "x", "x", kind, False, "public", **bounds)
    for kind, bounds in (
        ("date", {}),
        ("datetime", {}),
        ("integer", {"minimum": "2", "maximum": "70000"}),
        ("decimal", {"minimum": "0", "maximum": "100.5"}),
        ("decimal", {}),
        ("text", {}),
        ("text", {"store": "raw"}),
    )
]
NEAR = st.one_of(
    st.text(max_size=12),
    st.text("0123456789-/.: ,'=#年月日Ee　０１９", max_size=20),
    st.text(LETTERS + "\t\u00a0　ＡｚErr:502'=#", max_size=12),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat(" ", "seconds")),
    st.decimals(-100, 100000, places=2).map(str),
    st.sampled_from(sorted(ERROR_CELLS)),
)


@pytest.mark.parametrize("column", PLAIN, ids=lambda column: f"{column.type} {column.minimum or ''}{column.store}")
def test_plain_spellings_read_by_sql_mean_what_python_reads(column: Column) -> None:
    plain = _plain(column, "raw")
    reads = reader(column)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(NEAR, min_size=20, max_size=40))
    def same(texts: list[str]) -> None:
        usable = [text for text in texts if "\x00" not in text and text.isprintable()]
        found = cursor().execute(f"SELECT raw, {plain} FROM (SELECT unnest(?::VARCHAR[]) AS raw)", [usable]).fetchall()
        for text, value in found:
            if value is not None:
                meant = reads(text)
                assert not isinstance(meant, Bad) and meant == value, (text, value, meant)

    same()


@given(st.datetimes(datetime(1951, 1, 1), datetime(2099, 12, 31)))
def test_a_serial_is_the_moment_excel_means(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    assert reader(PLAIN[1])(repr(serial)) == moment
