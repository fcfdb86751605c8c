"""Reads a delivered file by what it is, not by what it is called."""

import zipfile
from pathlib import Path

from shouwang.analysis.intake.book import Book
from shouwang.analysis.intake.reasons import Unreadable
from shouwang.analysis.intake.spreadsheets import read_spreadsheet
from shouwang.analysis.intake.text_files import read_text

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NOT_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf", b"MZ")


def read(path: Path, filename: str | None = None) -> Book:
    """The sheets of a file. Unreadable (with reason and remedy in Chinese) when there is nothing to read or no way to read it."""
    filename = filename or path.name
    kind = kind_of(path)
    book = Book(path, filename, kind)
    extension = Path(filename).suffix.lower().lstrip(".")
    try:
        (read_text if kind in ("csv", "tsv") else read_spreadsheet)(book)
        if not any(sheet.rows for sheet in book.sheets):
            raise Unreadable("no_rows")
    except BaseException:
        book.close()
        raise
    if extension != book.kind and not (extension in ("txt", "csv", "tsv") and book.kind in ("csv", "tsv")):
        book.notes.append(f"扩展名是 .{extension}，内容其实是 .{book.kind}，已按内容读取")
    return book


def kind_of(path: Path) -> str:
    """xlsx, xls, ods, csv or tsv by content. Unreadable for what is none of them."""
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start:
        raise Unreadable("empty_file")
    if start[:4] == b"PK\x03\x04":
        return _kind_of_zip(path)
    if start[:4] in (b"PK\x05\x06", b"PK\x07\x08"):
        raise Unreadable("broken")
    if start[:8] == _OLE:
        return _kind_of_ole(path)
    if start[:2] == b"\x09\x08":
        return "xls"
    if any(start.startswith(magic) for magic in _NOT_TABLES):
        raise Unreadable("not_a_table")
    head = start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style")):
        raise Unreadable("web_page")
    if head.startswith((b"<?xml", b"<workbook")):
        raise Unreadable("web_page" if b"<html" in head else "xml_sheet" if b"spreadsheet" in head else "not_a_table")
    return "csv"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                raise Unreadable("password")
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:200]:
                manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
                if b"encryption-data" in manifest:
                    raise Unreadable("password")
                return "ods"
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as problem:
        raise Unreadable("broken") from problem
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    raise Unreadable("not_a_table")


def _kind_of_ole(path: Path) -> str:
    content = path.read_bytes()
    if _ENCRYPTED in content:
        raise Unreadable("password")
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return "xls"
    raise Unreadable("not_a_table")
