"""The error cells of an old .xls file, which calamine shows as empty: just enough of the compound file and BIFF8 to find them."""

import struct
from collections.abc import Iterator
from pathlib import Path

Errors = list[tuple[int, int, str]]
CODES = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
BOF, EOF, BOUNDSHEET, FORMULA, BOOLERR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
_LAST = 0xFFFFFFFA


def error_cells(path: Path) -> dict[str, Errors]:
    """Sheet name → (row, column, error), counted from 0. Empty when the file is not built as expected: then calamine has the word."""
    try:
        stream = _workbook(path.read_bytes())
        return {name: list(_errors(stream, at)) for name, at in _sheets(stream)}
    except (struct.error, IndexError, ValueError, UnicodeDecodeError):
        return {}


def _workbook(content: bytes) -> bytes:
    """The stream Workbook of a compound file (large streams only; a workbook under 4096 bytes has no room for errors)."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    table_sectors, first_directory = struct.unpack_from("<I", content, 44)[0], struct.unpack_from("<I", content, 48)[0]
    listed = list(struct.unpack_from("<109I", content, 76))
    more = struct.unpack_from("<I", content, 68)[0]
    while more < _LAST:
        entries = struct.unpack_from(f"<{size // 4}I", content, 512 + more * size)
        listed += entries[:-1]
        more = entries[-1]
    table: list[int] = []
    for sector in listed[:table_sectors]:
        table += struct.unpack_from(f"<{size // 4}I", content, 512 + sector * size)
    directory = _chain(content, table, first_directory, size)
    for at in range(0, len(directory), 128):
        entry = directory[at : at + 128]
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le")
        if name in ("Workbook", "Book"):
            start, length = struct.unpack_from("<I", entry, 116)[0], struct.unpack_from("<I", entry, 120)[0]
            return _chain(content, table, start, size)[:length] if length >= 4096 else b""
    return b""


def _chain(content: bytes, table: list[int], sector: int, size: int) -> bytes:
    parts: list[bytes] = []
    while sector < _LAST and len(parts) <= len(table):
        parts.append(content[512 + sector * size : 512 + (sector + 1) * size])
        sector = table[sector]
    return b"".join(parts)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    for kind, record in _records(stream, 0):
        if kind == EOF:
            return
        if kind == BOUNDSHEET:
            at, length, wide = struct.unpack_from("<I", record, 0)[0], record[6], record[7] & 1
            yield (record[8 : 8 + 2 * length].decode("utf-16-le") if wide else record[8 : 8 + length].decode("latin-1")), at


def _errors(stream: bytes, at: int) -> Iterator[tuple[int, int, str]]:
    depth = 0
    for kind, record in _records(stream, at):
        depth += (kind == BOF) - (kind == EOF)
        if depth == 0:
            return
        code = None
        if kind == BOOLERR and record[7]:
            code = record[6]
        elif kind == FORMULA and record[6] == 2 and record[12:14] == b"\xff\xff":
            code = record[8]
        if code is not None:
            row, column = struct.unpack_from("<HH", record, 0)
            yield row, column, CODES.get(code, "#N/A")
