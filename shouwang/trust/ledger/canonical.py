"""The exact bytes that are hashed: of a row, of an entry, of a signed head. The same on SQLite and PostgreSQL and in every year.

What is written here is part of every proof that has left the house: it is never changed, only followed by a new version.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
HEAD = "shouwang-ledger-head-v1"


def text_of(content: object) -> str:
    """Canonical JSON: sorted keys, no spaces, no escapes."""
    return _encode(content)


def moment(at: datetime) -> str:
    """UTC to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def value(found: Any) -> object:  # noqa: PLR0911  one line a type
    """A column's value as JSON knows it. Types that JSON lacks become a pair of type and text, so that no two values look alike."""
    if found is None or isinstance(found, bool | int | str):
        return str(found) if isinstance(found, str) else found  # a choice of an enumeration is its text
    if isinstance(found, float):
        return ["f", repr(found + 0.0)]
    if isinstance(found, datetime):
        return ["t", moment(found)]
    if isinstance(found, date | time):
        return ["d", found.isoformat()]
    if isinstance(found, Decimal):
        return ["n", format(found.normalize() + 0, "f")]
    if isinstance(found, timedelta):
        return ["i", found // timedelta(microseconds=1)]
    if isinstance(found, UUID):
        return ["u", found.hex]
    if isinstance(found, bytes | bytearray | memoryview) or hasattr(found, "__bytes__"):  # an encrypted text counts as it is stored
        return ["b", bytes(found).hex()]
    raise TypeError(f"no canonical form for {type(found).__name__}")


def row_digest(columns: Sequence[str], values: Iterable[Any]) -> str:
    """SHA-256 of one row: its columns by name."""
    return sha256(text_of(dict(zip(columns, map(value, values), strict=True))).encode()).hexdigest()


def about_digest(subjects: Iterable[str]) -> str:
    """SHA-256 over whom and what an entry is about, one opaque id a line, sorted."""
    return sha256("\n".join(sorted(subjects)).encode()).hexdigest()


def seal_line(pk: int, table: str, row: str, digest: str) -> str:
    """One seal as it counts: its number gives the order in which a row was sealed."""
    return f"{pk}\t{table}\t{row}\t{digest}"


def seals_digest(lines: Iterable[str]) -> str:
    """SHA-256 over an entry's seals in the order of their numbers; empty when it bound no row."""
    found = "\n".join(lines)
    return sha256(found.encode()).hexdigest() if found else ""


def entry_fields(*, id: int, kind: str, by: int | None, at: datetime, digest: str, mark: str, about: str, seals: str) -> dict[str, object]:
    """What a leaf is made of; `about` and `seals` are digests. A proof carries exactly this."""
    return {"v": 1, "id": id, "kind": kind, "by": by, "at": moment(at), "content": digest, "mark": mark, "about": about, "seals": seals}


def marked_text(kind: str, by: int | None, at: datetime, digest: str, subjects: Iterable[str]) -> bytes:
    """What an entry's mark is made over: everything its writer knows."""
    return text_of([kind, by, moment(at), digest, sorted(subjects)]).encode()


def head_text(*, size: int, root: str, at: datetime, previous: str) -> bytes:
    """What is signed: how many entries, their root, when, and the digest of the head before."""
    return "\n".join((HEAD, str(size), root, moment(at), previous, "")).encode()


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def short_code(text: bytes) -> str:
    """Four groups of four signs for paper and notice boards: the first 80 bits of the digest, without I, L, O and U."""
    number = int.from_bytes(sha256(text).digest()[:10], "big")
    signs = "".join(CROCKFORD[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(signs[at : at + 4] for at in range(0, 16, 4))
