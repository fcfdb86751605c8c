"""Builders of files as campus systems, old programs and tired hands make them."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter
import xlwt

Rows = Sequence[Sequence[Any]]


def xlsx(sheets: dict[str, Rows], merges: Sequence[str] = (), hidden: Sequence[str] = ()) -> bytes:
    """One worksheet per entry; numbers stay numbers, dates become dates, texts like #N/A that start with '#' become error cells."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(at, place, cell, day)  # type: ignore[arg-type]
                    elif isinstance(cell, str) and cell.startswith("#"):
                        sheet.write_formula(at, place, "=NA()", None, cell)
                    elif cell is not None:
                        sheet.write(at, place, cell)
            for merge in merges:
                first = merge.split(":")[0]
                column, row_no = ord(first[0]) - 65, int(first[1:]) - 1
                sheet.merge_range(merge, rows[row_no][column])
    return stream.getvalue()


def xls(rows: Rows, errors: Sequence[tuple[int, int]] = ()) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if (at, place) in errors:
                sheet.row(at).set_cell_error(place, 0x2A)
            elif cell is not None:
                sheet.write(at, place, cell, day) if isinstance(cell, date) else sheet.write(at, place, cell)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def ods(rows: Rows, row_attributes: str = "") -> bytes:
    """A plain zip with the least an .ods needs. Cells starting with '#' are error cells as LibreOffice writes them."""
    body = ""
    for row in rows:
        cells = ""
        for cell in row:
            if isinstance(cell, int | float):
                cells += f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
            elif str(cell).startswith("#"):
                cells += (
                    '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error">'
                    f"<text:p>{cell}</text:p></table:table-cell>"
                )
            else:
                cells += f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        body += f"<table:table-row {row_attributes}>{cells}</table:table-row>"
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'
        for short, full in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="表1">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        "</manifest:manifest>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content, "META-INF/manifest.xml": manifest})


def text(rows: Rows, encoding: str = "utf-8", delimiter: str = ",", newline: str = "\r\n") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return stream.getvalue().encode(encoding)


def zipped(parts: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def patched(workbook: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The same zip with a replacement inside one part."""
    source = zipfile.ZipFile(io.BytesIO(workbook))
    parts: dict[str, str | bytes] = {name: source.read(name) for name in source.namelist()}
    content = parts[part]
    assert isinstance(content, bytes) and old in content
    parts[part] = content.replace(old, new)
    return zipped(parts)


def encrypted() -> bytes:
    """What Excel writes for a workbook with a password: a compound file with the stream EncryptedPackage."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + "EncryptionInfo".encode("utf-16-le")
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(600)
    )
