"""Inputs that somebody means harm with: files, headers, forms, ids, unicode. None may break a page, and none may bring out a name.

Each is (what it is, how to send it): `send(client, place)` makes one request and returns the response.
"""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

Send = Callable[[Client, dict[str, Any]], Any]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _get(path: str, **headers: str) -> Send:
    return lambda client, place: client.get(path.format(**place), headers=headers or None)


def _post(path: str, **data: Any) -> Send:
    return lambda client, place: client.post(path.format(**place), dict(data.items()))


def _upload(name: str, content: bytes, table: str = "score") -> Send:
    return lambda client, place: client.post(
        "/imports/new/", {"table": table, "files": SimpleUploadedFile(name, content, content_type="application/octet-stream")}
    )


def _zip(*parts: tuple[str, bytes], level: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", level) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return out.getvalue()


def _book(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(xml: bytes) -> bytes:
    """A workbook whose only sheet is this XML."""
    kinds = "http://schemas.openxmlformats.org"
    office = f"{kinds}/officeDocument/2006/relationships"
    types = f'<Types xmlns="{kinds}/package/2006/content-types"/>'
    sheets = '<sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets>'
    names = f'<workbook xmlns="{kinds}/spreadsheetml/2006/main" xmlns:r="{office}">{sheets}</workbook>'
    relation = f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
    relations = f'<Relationships xmlns="{kinds}/package/2006/relationships">{relation}</Relationships>'
    plain = (("[Content_Types].xml", types), ("xl/workbook.xml", names), ("xl/_rels/workbook.xml.rels", relations))
    return _zip(*((name, text.encode()) for name, text in plain), ("xl/worksheets/sheet1.xml", xml))


HEADINGS = ("学号", "姓名", "学年学期", "课程代码", "课程名称", "学分", "成绩")
ROW = ("2024010101", "宋小雨", "2025-2026-1", "C1", "高等数学", 4, 88)
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;">]><worksheet>&m;</worksheet>'
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
REPEATED = (
    b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    b'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><table:table table:name="s">'
    b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="string" '
    b'table:number-columns-repeated="16384"/></table:table-row></table:table></office:document-content>'
)
SCRIPT = "<script>alert(1)</script>"
SQL = "' OR 1=1; DROP TABLE people_student; --"

FILES: dict[str, Send] = {
    "a bomb of zeros": _upload("成绩.xlsx", _sheet(b"<worksheet>" + b"0" * 40_000_000 + b"</worksheet>")),
    "five thousand parts": _upload("成绩.xlsx", _zip(*((f"xl/{n}.xml", b"") for n in range(5001)))),
    "an external entity": _upload("成绩.xlsx", _sheet(ENTITIES)),
    "laughing entities": _upload("成绩.xlsx", _sheet(LAUGHS)),
    "an entity in an ods": _upload("成绩.ods", _zip(("mimetype", ODS), ("content.xml", ENTITIES))),
    "a cell at the end of the world": _upload(
        "成绩.xlsx", _sheet(b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>')
    ),
    "a million repeated cells": _upload("成绩.ods", _zip(("mimetype", ODS), ("content.xml", REPEATED))),
    "a program called a table": _upload("成绩.xlsx", b"MZ" + b"\x90" * 2000),
    "an ELF called csv": _upload("成绩.csv", b"\x7fELF" + bytes(range(256)) * 40),
    "a page called csv": _upload("成绩.csv", b"<html><script>alert(1)</script></html>"),
    "a picture called xlsx": _upload("成绩.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 500),
    "half a zip": _upload("成绩.xlsx", _book(HEADINGS, ROW)[:300]),
    "a zip of nothing": _upload("成绩.xlsx", _zip()),
    "an empty file": _upload("成绩.csv", b""),
    "nulls": _upload("成绩.csv", b"\0" * 5000),
    "one endless line": _upload("成绩.csv", b"a" * 2_000_000),
    "ten thousand columns": _upload("成绩.csv", b",".join(b"c" for _ in range(10_000)) + b"\n"),
    "a lone quote": _upload("成绩.csv", b'"' + b"x,y\n" * 100),
    "a half Chinese sign": _upload("成绩.csv", "学号,成绩\n宋".encode("gb18030")[:-1]),
    "a byte order mark and nothing": _upload("成绩.csv", b"\xef\xbb\xbf"),
    "climbing out of a folder": _upload("../../../../etc/cron.d/x.csv", b"a,b\n1,2\n"),
    "climbing out of a folder of Windows": _upload("..\\..\\windows\\x.csv", b"a,b\n1,2\n"),
    "a null in the name": _upload("成绩\x00.exe.csv", b"a,b\n1,2\n"),
    "a name of two hundred signs": _upload("名" * 200 + ".csv", b"a,b\n1,2\n"),
    "a name that turns around": _upload("成绩\u202evsc.exe", b"a,b\n1,2\n"),
    "a name that is a script": _upload(f"{SCRIPT}.csv", b"a,b\n1,2\n"),
    "formulas in cells": _upload("成绩.xlsx", _book(HEADINGS, ("=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "\t=1", 4, 88))),
    "a table nobody knows": _upload("x.csv", b"a,b\n1,2\n", table="no_such_table"),
    "a path as table": _upload("x.csv", b"a,b\n1,2\n", table="../../etc/passwd"),
    "a very old workbook that is none": _upload("成绩.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4000),
}
FORMS: dict[str, Send] = {
    "SQL as a name": _post("/login/", login=SQL, password=SQL),
    "a script as a name": _post("/login/", login=SCRIPT, password="x"),
    "a null in the name": _post("/login/", login="T1001\x00", password="x"),
    "a password of a megabyte": _post("/login/", login="T1001", password="x" * 1_000_000),
    "half of a pair": _post("/login/", login="T1001\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), password="x"),
    "away after sign-in": _post("/login/", login="T1001", password="x", next="//evil.example/%0d%0aSet-Cookie:a=b"),
    "many next": _post("/login/", login="T1001", password="x", next=["/a", "https://evil.example"]),
    "SQL in the search": _get("/students/search/?q=%27%20OR%201%3D1%3B--"),
    "percent in the search": _get("/students/?q=%25%25%5F%5C"),
    "nulls in the search": _get("/students/?q=%00%00"),
    "bytes that are no text": _get("/students/?q=%ff%fe%80"),
    "a search of five thousand signs": _get(f"/students/?q={'a' * 5000}"),
    "a rule that is SQL": _post("/rules/check/", when="1=1); DROP TABLE x; --"),
    "a rule that reads files": _post("/rules/check/", when="read_csv('/etc/passwd') > 0"),
    "a rule without end": _post("/rules/check/", when="(" * 5000),
    "a preference nobody offers": _post("/settings/preferences/", language=SCRIPT, scheme="\x00"),
    "a password of one sign": _post("/settings/password/", oldpassword="x", password1="一", password2="一"),
    "a passkey that is no JSON": _post("/login/passkey/", credential="{"),
    "a passkey that is a list": _post("/login/passkey/", credential="[1,2]"),
    "a passkey of nothing": _post("/login/passkey/", credential="{}"),
    "a passkey of a wrong shape": _post("/login/passkey/", credential='{"id":1,"rawId":{},"type":[],"response":{"userHandle":5}}'),
    "a passkey with a strange handle": _post(
        "/login/passkey/",
        credential='{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"////"},"clientExtensionResults":{}}',
    ),
    "a new passkey of a wrong shape": _post("/settings/security/keys/add/", name="x", credential='{"id":1}'),
    "a number that is a page": _post("/login/forgotten/", number=SCRIPT),
    "an invitation of another kind": _get("/login/invitation/..%2f..%2fetc%2fpasswd/"),
    "chosen people that are none": _post("/invitations/slips/", chosen=["s", "g-1", "s99999999999999999999", "x1", "s1;2", "ｓ１"]),
    "a session that is text": _post("/settings/security/sessions/", session="1 OR 1=1"),
    "a move nobody knows": _post("/accounts/1/drop-table/"),
    "five thousand fields": lambda client, place: client.post("/login/", {f"f{n}": "x" for n in range(5000)}),
    "a body that is no form": lambda client, place: client.generic(
        "POST", "/login/", b"\xff\xfe\x00", content_type="application/x-www-form-urlencoded"
    ),
    "a form without a boundary": lambda client, place: client.generic("POST", "/login/", b"x", content_type="multipart/form-data"),
    "a boundary of a thousand signs": lambda client, place: client.generic(
        "POST", "/login/", b"x", content_type=f"multipart/form-data; boundary={'a' * 1000}"
    ),
}
IDS: dict[str, Send] = {
    "an id too large for the database": _get("/students/99999999999999999999999/"),
    "the largest id": _get("/students/9223372036854775807/"),
    "one more than the largest": _get("/students/9223372036854775808/"),
    "zero": _get("/students/0/"),
    "a negative id": _get("/students/-1/"),
    "an id in Arabic digits": _get("/students/١٢٣/"),
    "full-width digits": _get("/students/１２３/"),
    "an id with SQL": _get("/students/1%20OR%201=1/"),
    "an id with a null": _get("/students/1%00/"),
    "climbing up": _get("/students/../../../etc/passwd"),
    "climbing up, encoded": _get("/static/..%2f..%2f..%2fetc/passwd"),
    "climbing up, twice encoded": _get("/static/%252e%252e%252fetc/passwd"),
    "a delivery of somebody else": _get("/imports/{foreign}/file/"),
    "a student of another college": _get("/students/{sid}/timeline/"),
    "an alert of another college": _get("/alerts/{alert}/"),
    "a rule that does not exist": _get("/rules/%3Cscript%3E/"),
    "a cursor that is no cursor": _get("/students/?after=%2e%2e"),
    "a cursor of the wrong shape": _get("/students/?after=eyJhIjoxfQ"),
    "a cursor with large numbers": _get("/alerts/?after=WzFlMzA4LCAxZTMwOF0"),
    "a cursor of text": _get("/imports/?after=WyJ4JyBPUiAxPTEiXQ"),
    "a cursor of nothing": _get("/accounts/?after=W251bGwsbnVsbF0"),
    "a level that is none": _get("/alerts/?level=%00&state=%27"),
    "a table that is a path": _get("/format/..%2f..%2fsettings/template.xlsx"),
    "the ledger about anything": _get("/ledger/?about=%27%3B--&area=%00"),
}
# "²" and "٣" are digits to Python; int refuses the first and reads the second. Five thousand plain ones int refuses as well.
DIGITS = {"a small two": "²", "an Arabic three": "٣", "a full-width nine": "９", "digits without end": "9" * 5000}
for _name, _digit in DIGITS.items():
    IDS |= {
        f"{_name} as a place": _get(f"/report/students/?place={_digit}"),
        f"{_name} as a report": _get(f"/incidents/students/?q=s&incident={_digit}"),
        f"{_name} as a cursor": _get(f"/notices/?before={_digit}"),
        f"{_name} as a slip": _get(f"/notices/paper/sheet/?n={_digit}"),
        f"{_name} as slips handed out": _post("/notices/paper/handed/", chosen=["1", _digit]),
        f"{_name} as a unit": _get(f"/students/?unit={_digit}"),
        f"{_name} as a column": _post("/imports/{foreign}/columns/", **{f"c-{_digit}-0": "student_no", f"c-0-{_digit}": "name"}),
    }
HEADERS: dict[str, Send] = {
    "another host": _get("/login/", Host="evil.example"),
    "a forwarded host": _get("/login/", **{"X-Forwarded-Host": "evil.example"}),
    "a forwarded address that is none": _get("/login/", **{"X-Forwarded-For": "not an address, <script>"}),
    "a thousand forwarded addresses": _get("/login/", **{"X-Forwarded-For": ", ".join(["1.2.3.4"] * 1000)}),
    "a language that is none": _get("/login/", **{"Accept-Language": "../../etc/passwd;q=9" * 50}),
    "an htmx that lies": _get("/students/", **{"HX-Request": "true", "HX-Current-URL": "javascript:alert(1)", "HX-Target": SCRIPT}),
    "a referer that leads away": lambda client, place: client.post(
        "/appearance/", {"scheme": "dark"}, headers={"Referer": "https://evil.example/"}
    ),
    "a referer that is a script": lambda client, place: client.post(
        "/appearance/", {"scheme": "dark"}, headers={"Referer": "javascript:alert(1)"}
    ),
    "a cookie that is no session": _get("/", Cookie="sessionid=../../etc/passwd; scheme=<script>; django_language=x"),
    "an agent of ten thousand signs": _get("/login/", **{"User-Agent": "x" * 10_000}),
    "a content type that is none": lambda client, place: client.generic("POST", "/login/", b"{}", content_type="\x00/\x00"),
    "a method nobody knows": lambda client, place: client.generic("BREW", "/students/"),
    "a method written into a form": _post("/students/", _method="DELETE"),
    "an accept of everything": _get("/students/", Accept="*/*;q=" + "9" * 500),
    "a range of nothing": _get("/static/kit/mark.svg", Range="bytes=999999999-1"),
}
UNICODE = {
    f"unicode: {name}": _get(f"/students/?q={text}")
    for name, text in {
        "right to left": "\u202e宋",
        "zero width": "宋\u200b小\u200d雨",
        "combining": "e" + "\u0301" * 500,
        "rare signs": "𠀀𪛖",
        "emoji": "👩‍👩‍👧‍👦" * 50,
        "full width": "２０２４",
        "a private sign": "\ue000",
        "not a sign": "\uffff",
        "line ends": "a%0d%0aSet-Cookie:%20x=y",
    }.items()
}
HOSTILE: dict[str, Send] = {
    **{f"file: {name}": send for name, send in FILES.items()},
    **{f"form: {name}": send for name, send in FORMS.items()},
    **{f"id: {name}": send for name, send in IDS.items()},
    **{f"header: {name}": send for name, send in HEADERS.items()},
    **UNICODE,
}
