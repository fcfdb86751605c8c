"""CSV and TSV: encoding and delimiter found, then straight into DuckDB; what its strict reader refuses goes through Python's csv."""

import codecs
import csv
import io
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa

from shouwang.analysis.facts.duck import literal
from shouwang.analysis.intake.book import Book
from shouwang.analysis.intake.reasons import Unreadable

PIECE = 1 << 24
MOST_COLUMNS = 1000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_text(book: Book) -> None:
    """Fills the book's one sheet. Unreadable when no encoding fits."""
    encoding = encoding_of(book.path)
    with book.path.open(encoding=encoding, errors="strict", newline="") as stream:
        sample = stream.read(1 << 16)
    delimiter = delimiter_of(sample)
    book.kind = "tsv" if delimiter == "\t" else "csv"
    width = max((len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter)), default=0)
    if not sample.strip() or not width:
        raise Unreadable("no_rows")
    by_duckdb = _directly if encoding in ("utf-8", "utf-8-sig") else _through_utf8
    if not by_duckdb(book, encoding, delimiter, width):
        width = _by_python(book, encoding, delimiter)
    book.add(Path(book.filename).stem, width)


def encoding_of(path: Path) -> str:
    """utf-8, utf-8-sig, utf-16 or gb18030: the first that decodes the whole file. Unreadable when none does."""
    with path.open("rb") as stream:
        start = stream.read(4)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            if not _decodes(path, encoding):
                raise Unreadable("unknown_encoding")
            return encoding
    if start[1:2] == b"\x00" and start[3:4] in (b"\x00", b""):
        return "utf-16-le"
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise Unreadable("unknown_encoding")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(PIECE):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(sample: str) -> str:
    """The sign that splits most lines into the same number of cells, two at least; a comma when none does."""
    lines = [line for line in sample.splitlines()[:200] if line.strip()]
    best, sign = (0, 0), ","
    for candidate in ",\t;|":
        counted = Counter(len(row) for row in csv.reader(lines, delimiter=candidate) if len(row) > 1)
        if counted:
            width, lines_of_width = max(counted.items(), key=lambda pair: (pair[1], pair[0]))
            if (lines_of_width, width) > best:
                best, sign = (lines_of_width, width), candidate
    return sign


def _plain_lines(path: Path) -> bool:
    """No blank lines inside: DuckDB leaves them out, and every row number after one would be wrong."""
    edge = b"\n"
    pending = False
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            if pending and piece.strip():
                return False
            text = edge + piece
            body = text.rstrip()
            if b"\n\n" in body or b"\n\r\n" in body or b"\x00" in body:
                return False
            # Blank lines at the end of a piece are harmless only when nothing follows.
            pending = text[len(body) :].count(b"\n") > 1
            edge = text[-2:]
    return True


def _directly(book: Book, _encoding: str, delimiter: str, width: int) -> bool:
    return _plain_lines(book.path) and _straight(book, book.path, delimiter, width)


def _straight(book: Book, path: Path, delimiter: str, width: int) -> bool:
    """DuckDB's own reader, strict. False when the file is not as regular as it wants."""
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(width))
    options = f"auto_detect = false, header = false, delim = {literal(delimiter)}, quote = '\"', escape = '\"', null_padding = true"
    source = f"read_csv({literal(str(path))}, columns = {{{columns}}}, {options}, strict_mode = true)"
    try:
        book.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {book.next_relation()} AS FROM {source}")
    except duckdb.Error:
        return False
    return True


def _through_utf8(book: Book, encoding: str, delimiter: str, width: int) -> bool:
    with _nameless() as place:
        with book.path.open(encoding=encoding, newline="") as source:
            while piece := source.read(PIECE):
                place.write(piece.encode())
        place.flush()
        copy = Path(f"/dev/fd/{place.fileno()}")
        return _plain_lines(copy) and _straight(book, copy, delimiter, width)


def _nameless() -> BinaryIO:
    """A copy of a delivered file must not lie readable on a disk: in memory where the system can, else unlinked from the start."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("intake", os.MFD_CLOEXEC), "w+b")
    return tempfile.TemporaryFile()


def _by_python(book: Book, encoding: str, delimiter: str) -> int:
    """Every row kept, blank ones too; short rows are filled up. Returns the number of columns."""
    csv.field_size_limit(1 << 24)
    with book.path.open(encoding=encoding, newline="") as stream:
        try:
            rows = list(csv.reader(_without_nul(stream), delimiter=delimiter))
        except csv.Error as problem:
            raise Unreadable("broken") from problem
    width = max((len(row) for row in rows), default=0)
    if width > MOST_COLUMNS:
        raise Unreadable("too_large")
    columns = zip(*(row + [""] * (width - len(row)) for row in rows), strict=True)
    fill(book, [pa.array(column, pa.string()) for column in columns])
    return width


def _without_nul(stream: io.TextIOBase) -> Iterator[str]:
    return (line.replace("\x00", "") for line in stream)


def fill(book: Book, columns: list[pa.Array]) -> None:
    """Puts columns of text into the book's next table; empty text becomes null."""
    table = pa.table({f"c{at}": column for at, column in enumerate(columns)})
    book.cursor.register("filling", table)
    cells = ", ".join(f"nullif(c{at}, '') AS c{at}" for at in range(len(columns)))
    book.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {book.next_relation()} AS SELECT {cells} FROM filling")
    book.cursor.unregister("filling")
