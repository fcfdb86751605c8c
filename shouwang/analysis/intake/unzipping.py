"""Looks into zipped spreadsheets before calamine does: how far they would unfold, and which cells hold Excel errors."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from shouwang.analysis.intake.reasons import Unreadable

Errors = Sequence[tuple[int, int, str]]
"""(row, column, text), both counted from 0."""
MOST_BYTES = 1 << 30
MOST_RATIO = 300
SMALL = 1 << 24
# Some programs write every element with a prefix (<x:c r="A1">).
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
# A plain beginning lets the search run ten times faster over fifty megabytes.
_LOW_ROW = re.compile(rb'r=["\'][A-Z]{0,3}(\d{6,})')
_FAR_COLUMN = re.compile(rb'r=["\'](?:[A-Z]{3}|[B-Z][A-Z])\d')
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d{2,})"')


def inspect_xlsx(path: Path, most_cells: int) -> dict[str, Errors]:
    """The error cells of each sheet. Unreadable when the file is broken or would unfold beyond reason."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bombs(archive)
            found: dict[str, Errors] = {}
            for name, part in _sheet_parts(archive).items():
                xml = archive.read(part)
                _refuse_huge_area(xml, most_cells)
                found[name] = list(_errors(xml)) if b't="e"' in xml else []
            return found
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError, NotImplementedError, zlib.error, EOFError) as problem:
        raise Unreadable("broken") from problem


def inspect_ods(path: Path, most_cells: int) -> dict[str, Errors]:
    """The error cells of each sheet. Unreadable when the file is broken or would unfold beyond reason."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bombs(archive)
            xml = archive.read("content.xml")
        _refuse_entities(xml)
        return _walk_ods(xml, most_cells) if _REPEATED.search(xml) or b'value-type="error"' in xml else {}
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError, NotImplementedError, zlib.error, EOFError) as problem:
        raise Unreadable("broken") from problem


def refuse_bombs(archive: zipfile.ZipFile) -> None:
    """Unreadable when the parts are larger or denser than any real spreadsheet. A lie about a size fails the checksum later."""
    entries = archive.infolist()
    for entry in entries:
        if entry.file_size > SMALL and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise Unreadable("too_large")
    if sum(entry.file_size for entry in entries) > MOST_BYTES or len(entries) > 5000:
        raise Unreadable("too_large")


def _parsed(xml: bytes) -> ElementTree.Element:
    _refuse_entities(xml)
    return ElementTree.fromstring(xml)  # noqa: S314 - entities were refused


def _refuse_entities(xml: bytes) -> None:
    """No spreadsheet program declares entities; a few lines of them unfold into gigabytes."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise Unreadable("broken")


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part that holds it."""
    relations = {item.get("Id"): item.get("Target", "") for item in _parsed(archive.read("xl/_rels/workbook.xml.rels"))}
    names = set(archive.namelist())
    parts = {}
    for item in _parsed(archive.read("xl/workbook.xml")).iter():
        if not item.tag.endswith("}sheet"):
            continue
        target = relations.get(next((value for name, value in item.attrib.items() if name.endswith("}id")), ""), "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if part in names and "worksheets" in part:
            parts[item.get("name", "")] = part
    return parts


def _refuse_huge_area(xml: bytes, most_cells: int) -> None:
    """calamine lays out the whole rectangle of a sheet: one cell at XFD1048576 would ask for seventeen thousand million."""
    last = max((int(match.group(1)) for match in _LOW_ROW.finditer(xml)), default=99_999)
    if last > 1_048_576:
        raise Unreadable("too_large")
    narrow = last * 52 <= most_cells and not _FAR_COLUMN.search(xml)
    if not narrow and last * _width(xml) > most_cells:
        raise Unreadable("too_large")


def _width(xml: bytes) -> int:
    letters = {match.group(1) for match in _PLACE.finditer(xml)}
    return max((_number(word) for word in letters), default=1)


def _number(letters: bytes) -> int:
    number = 0
    for sign in letters:
        number = number * 26 + sign - 64
    return number


def _errors(xml: bytes) -> Iterator[tuple[int, int, str]]:
    for match in _ERROR.finditer(xml):
        # Cells may leave out where they stand; then calamine's empty cell is all there is.
        if place := _PLACE.search(match.group(1)):
            yield int(place.group(2)) - 1, _number(place.group(1)) - 1, match.group(2).decode("utf-8", "replace")


def _walk_ods(xml: bytes, most_cells: int) -> dict[str, Errors]:
    """Finds error cells, and counts the cells that repeated rows and columns with content stand for (blank ones at the ends are normal)."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    errors: list[tuple[int, int, str]] = []
    cells = row = column = width = 0
    for event, item in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):  # noqa: S314 - entities were refused
        tag = item.tag.rpartition("}")[2]
        if event == "start":
            if tag == "table":
                errors = found.setdefault(next((text for name, text in item.attrib.items() if name.endswith("}name")), ""), [])
                row = column = width = 0
            continue
        if tag in ("table-cell", "covered-table-cell"):
            kinds = {text for name, text in item.attrib.items() if name.endswith("}value-type")}
            if "error" in kinds:
                errors.append((row, column, "".join(item.itertext()).strip() or "#N/A"))
            column += _repeated(item, "columns")
            width = column if kinds else width
        elif tag == "table-row":
            cells += width * _repeated(item, "rows")
            row += _repeated(item, "rows")
            column = width = 0
            item.clear()
        if cells > most_cells or column > 100_000:
            raise Unreadable("too_large")
    return {name: list(listed) for name, listed in found.items()}


def _repeated(item: ElementTree.Element, what: str) -> int:
    return next((int(value) for name, value in item.attrib.items() if name.endswith(f"}}number-{what}-repeated")), 1)
