"""Which table a sheet holds, where its heading and its rows are, and which column is which. A proposal: people may change all of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from shouwang.analysis.intake.bad import Bad
from shouwang.analysis.intake.book import Book, Row, Sheet, letter
from shouwang.analysis.intake.cleaning import clean
from shouwang.analysis.intake.dates import term
from shouwang.analysis.intake.headings import Heading, find_heading, last_data_row, normal
from shouwang.analysis.standard import Standard, Table

Remembered = Mapping[tuple[str, str], str]
"""(table, heading as written) → column name, or "" for a column that people said to leave out."""
LEAST = 0.45
"""A sheet explained less than this holds something else: instructions, a cover, a pivot."""
_LABELLED = re.compile(r"([^\s:：,，;；]{2,12})\s*[:：]\s*([^\s:：,，;；]+)")
_TERM_IN_TITLE = re.compile(r"\d{4}\s*[-—–~～/至]\s*\d{4}\s*学年度?\s*[-（(]?\s*第?\s*[12一二上下秋春]\s*学期|\d{4}-\d{4}-[12](?!\d)")


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column of the sheet: its place, its heading as written, and the standard's column it holds ("" for none)."""

    index: int
    heading: str
    column: str

    @property
    def letter(self) -> str:
        return letter(self.index)


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a sheet seems to be. Row numbers are Excel's. `table` is "" when nothing fits."""

    sheet_no: int
    sheet_name: str
    table: str
    header_rows: tuple[int, ...]
    first_row: int
    last_row: int
    columns: tuple[Mapped, ...]
    missing: tuple[str, ...]
    """Required columns that no heading fits and no title row tells."""
    constants: tuple[tuple[str, str], ...] = ()
    """(column, text) found once above the heading and valid for every row, such as the term."""
    confidence: float = 0.0
    candidates: tuple[tuple[str, float], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def mapping(self) -> dict[str, int]:
        """Column name → place in the sheet."""
        return {column.column: column.index for column in self.columns if column.column}

    @property
    def unmapped(self) -> tuple[Mapped, ...]:
        return tuple(column for column in self.columns if not column.column and column.heading)


def recognise(book: Book, standard: Standard, table: str | None = None, remembered: Remembered | None = None) -> list[Recognition]:
    """One proposal per sheet that holds anything; `table` narrows the search to one table."""
    tables = [standard.table(table)] if table else list(standard.tables.values())
    found = [_recognise_sheet(sheet, tables, remembered or {}) for sheet in book.sheets if sheet.rows]
    if table and not any(each.table for each in found):
        # People know what they deliver: they get the fullest row as the heading, and name the columns themselves.
        found[0] = _fullest_row(next(sheet for sheet in book.sheets if sheet.rows), tables[0], remembered or {})
    return found


def _fullest_row(sheet: Sheet, table: Table, remembered: Remembered) -> Recognition:
    head = sheet.head()
    row = max(range(len(head)), key=lambda at: (sum(1 for cell in head[at] if cell), -at)) + 1
    known = _known(table, remembered)
    proposal = _propose(sheet, table, head, Heading.at(head, sheet.merged, (row,), known), known)
    return replace(proposal, notes=("表头与数据标准几乎对不上，请逐列指定", *proposal.notes))


def _recognise_sheet(sheet: Sheet, tables: Sequence[Table], remembered: Remembered) -> Recognition:
    head = sheet.head()
    found = []
    for table in tables:
        known = _known(table, remembered)
        if heading := find_heading(head, sheet.merged, known):
            proposal = _propose(sheet, table, head, heading, known)
            # Without one column of its natural key a sheet may share words with the table, but it is not the table.
            if proposal.mapping.keys() & set(table.key) and (proposal.confidence >= LEAST or len(tables) == 1):
                found.append((proposal.confidence, len(proposal.mapping), proposal))
    if not found:
        return Recognition(
            sheet.no, sheet.name, "", (), 1, sheet.rows, (), (), notes=("没有找到表头：前 30 行里没有一行与数据标准的列名相符",)
        )
    found.sort(key=lambda entry: entry[:2], reverse=True)
    best = found[0][2]
    return replace(best, candidates=tuple((entry[2].table, entry[0]) for entry in found[:5]))


def _propose(sheet: Sheet, table: Table, head: list[Row], heading: Heading, known: Mapping[str, str]) -> Recognition:
    columns, notes = _assign(table, heading.labels, known)
    mapped = {column.column for column in columns if column.column}
    constants = _constants(table, mapped, head[: heading.rows[0] - 1], sheet.name)
    missing = tuple(c.name for c in table.required if c.name not in mapped | constants.keys() and c.default is None)
    first = heading.rows[-1] + 1
    key_places = [column.index for column in columns if column.column in table.key]
    last = last_data_row(sheet, first, [column.index for column in columns if column.column], key_places)
    if first <= last + 1 <= sheet.rows and any(any(row) for row in sheet.between(last + 1, min(sheet.rows, last + 40))):
        notes.append(f"第 {last + 1} 行起看作合计、签字或说明，没有读取")
    return Recognition(
        sheet_no=sheet.no,
        sheet_name=sheet.name,
        table=table.name,
        header_rows=heading.rows,
        first_row=first,
        last_row=last,
        columns=tuple(columns),
        missing=missing,
        constants=tuple(constants.items()),
        confidence=_confidence(table, mapped, missing, columns),
        notes=tuple(notes),
    )


def _confidence(table: Table, mapped: set[str], missing: Sequence[str], columns: Sequence[Mapped]) -> float:
    """From 0 to 1: required columns found count most, then how much of the sheet and of the table is explained."""
    required = [column for column in table.required if column.default is None]
    got = 1 - len(missing) / len(required) if required else 1.0
    headed = sum(1 for column in columns if column.heading) or 1
    return round(0.6 * got + 0.25 * len(mapped) / headed + 0.15 * len(mapped) / len(table.columns), 3)


def _assign(table: Table, labels: Sequence[Sequence[str]], known: Mapping[str, str]) -> tuple[list[Mapped], list[str]]:
    """Each sheet column's heading and table column. Where two headings fit one column, the one named first by the standard has it."""
    wishes: dict[str, list[tuple[int, int]]] = {}
    for place, ways in enumerate(labels):
        fit = next((way for way in ways if normal(way) in known), None)
        if fit and known[normal(fit)]:
            name = known[normal(fit)]
            wishes.setdefault(name, []).append((_rank(table, name, fit), place))
    taken = {min(places)[1]: name for name, places in wishes.items()}
    columns = [Mapped(place, ways[0] if ways else "", taken.get(place, "")) for place, ways in enumerate(labels)]
    notes = [
        f"“{'”与“'.join(columns[place].heading for _, place in sorted(places))}”都像“{table.column(name).title}”，取了第一个，请确认"
        for name, places in wishes.items()
        if len(places) > 1
    ]
    return columns, notes


def _rank(table: Table, name: str, heading: str) -> int:
    order = [normal(word) for word in table.column(name).headings]
    return order.index(normal(heading)) if normal(heading) in order else -1


def _constants(table: Table, mapped: set[str], titles: Sequence[Row], sheet_name: str) -> dict[str, str]:
    """What the rows above the heading say about every row: “课程代码：C101”, “2025-2026学年第一学期”."""
    wanted = {column.name: column for column in table.columns if column.name not in mapped and column.type != "student_no"}
    headings = {normal(word): name for name, column in wanted.items() for word in column.headings if column.required}
    cells = [clean(cell) for row in titles for cell in row if cell]
    found: dict[str, str] = {}
    for cell in cells:
        for label, value in _LABELLED.findall(cell):
            if name := headings.get(normal(label)):
                found.setdefault(name, value)
    for name, column in wanted.items():
        if column.type == "term" and column.required and name not in found:
            terms = {match.group(0) for text in (*cells, sheet_name) for match in _TERM_IN_TITLE.finditer(text)}
            if len({term(text) for text in terms}) == 1 and not isinstance(term(min(terms)), Bad):
                found[name] = min(terms)
    return found


def _known(table: Table, remembered: Remembered) -> dict[str, str]:
    """Normal heading → column name; what people taught goes before the standard's own words."""
    taught = {normal(heading): name for (of, heading), name in remembered.items() if of == table.name}
    return {**_own_headings(table), **taught}


@lru_cache(maxsize=200)
def _own_headings(table: Table) -> dict[str, str]:
    return {normal(word): column.name for column in table.columns for word in (column.name, *column.headings)}


def with_columns(recognition: Recognition, table: Table, columns: Mapping[int, str]) -> Recognition:
    """The same sheet with another mapping (place → column name, "" for none), as the user chose. KeyError for a column the table lacks."""
    for name in columns.values():
        if name:
            table.column(name)
    changed = tuple(replace(column, column=columns.get(column.index, column.column)) for column in recognition.columns)
    mapped = {column.column for column in changed if column.column}
    constants = tuple((name, text) for name, text in recognition.constants if name not in mapped)
    given = mapped | {name for name, _ in constants}
    missing = tuple(column.name for column in table.required if column.name not in given and column.default is None)
    return replace(recognition, table=table.name, columns=changed, constants=constants, missing=missing, notes=())


def with_header(
    book: Book, recognition: Recognition, table: Table, rows: Sequence[int], remembered: Remembered | None = None
) -> Recognition:
    """The same sheet read with the heading in these rows (Excel's numbers)."""
    sheet = book.sheet(recognition.sheet_no)
    known = _known(table, remembered or {})
    heading = Heading.at(sheet.head(max(rows)), sheet.merged, tuple(rows), known)
    return _propose(sheet, table, sheet.head(max(rows)), heading, known)
