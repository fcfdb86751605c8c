"""Files at rest: encrypted in pieces, each authenticated with its number, the head of the file, its place and whether it is the last one.

    head: SWV1 · algorithm (1 byte) · key id (8) · salt (16)     then pieces of PIECE bytes of text, each with its tag

The pieces' key is derived from the data key and the salt, so that a data key may write many files. A piece that is missing, moved, changed
or cut off, and a file in another place, are Refused; nothing of a file counts as read before its last piece has come.
"""

import hashlib
import io
import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shouwang.trust.vault import ciphers, keys
from shouwang.trust.vault.ciphers import AES, KEY_BYTES, SM4, TAG, Refused, derive

MAGIC = b"SWV1"
PIECE = 1 << 20
SALT = 16
HEAD = struct.Struct(">4sBQ16s")
ALGORITHMS = {1: AES, 2: SM4}
BROKEN = "文件“{place}”不完整或被改动，不能读取。请从备份恢复它。"


@dataclass(frozen=True, slots=True)
class Sealing:
    """What was sealed: size and SHA-256 of the text, and the SHA-256 of the file as it lies on disk."""

    size: int
    sha256: str
    sealed_sha256: str


def is_sealed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def seal_stream(source: BinaryIO, target: BinaryIO, *, subject: str, place: str) -> Sealing:
    """Encrypt a stream with the subject's key, bound to `place`."""
    key = keys.of(subject)
    return seal_with(source, target, key=key, place=place)


def seal_with(source: BinaryIO, target: BinaryIO, *, key: keys.DataKey, place: str) -> Sealing:
    """Encrypt a stream with this key; id 0 is a key that is no row of the table (a backup's)."""
    number = next(number for number, alg in ALGORITHMS.items() if alg == key.alg)
    salt = os.urandom(SALT)
    head = HEAD.pack(MAGIC, number, key.id, salt)
    secret, bound = derive(key.secret, "file", KEY_BYTES[key.alg], salt), head + place.encode()
    plain, kept, size, at = hashlib.sha256(), hashlib.sha256(head), 0, 0
    target.write(head)
    piece = _piece(source, PIECE)
    while True:
        following = _piece(source, PIECE) if len(piece) == PIECE else b""
        sealed = ciphers.seal(key.alg, secret, _nonce(at, last=not following), piece, bound)
        plain.update(piece)
        kept.update(sealed)
        target.write(sealed)
        size, at = size + len(piece), at + 1
        if not following:
            return Sealing(size, plain.hexdigest(), kept.hexdigest())
        piece = following


def open_stream(source: BinaryIO, *, place: str, key: keys.DataKey | None = None) -> Iterator[bytes]:
    """The text, piece by piece. Refused at the first piece that is not what was written here; also at the end, when the last is missing."""
    head = source.read(HEAD.size)
    if len(head) < HEAD.size or not head.startswith(MAGIC):
        raise Refused(BROKEN.format(place=place))
    _, number, key_id, salt = HEAD.unpack(head)
    key = key or keys.by_ids([key_id])[key_id]
    if ALGORITHMS.get(number) != key.alg:
        raise Refused(BROKEN.format(place=place))
    secret, bound = derive(key.secret, "file", KEY_BYTES[key.alg], salt), head + place.encode()
    at, piece = 0, _piece(source, PIECE + TAG)
    while True:
        following = _piece(source, PIECE + TAG)
        try:
            text = ciphers.unseal(key.alg, secret, _nonce(at, last=not following), piece, bound)
        except Refused as problem:
            raise Refused(BROKEN.format(place=place)) from problem
        yield text
        if not following:
            return
        at, piece = at + 1, following


def seal_file(source: Path, target: Path, *, subject: str, place: str) -> Sealing:
    """Encrypt a file so that the target is there whole or not at all, readable by its owner only."""
    with source.open("rb") as stream:
        return seal_to(stream, target, subject=subject, place=place)


def seal_to(source: BinaryIO, target: Path, *, subject: str, place: str) -> Sealing:
    """Encrypt a stream into a file that is there whole or not at all, readable by its owner only."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.sealing")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            done = seal_stream(source, stream, subject=subject, place=place)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return done


def open_file(path: Path, *, place: str) -> BinaryIO:
    """The whole text in memory. Refused unless every piece is as it was written."""
    with path.open("rb") as stream:
        return io.BytesIO(b"".join(open_stream(stream, place=place)))


@contextmanager
def unsealed(path: Path, *, place: str) -> Iterator[Path]:
    """The text under a path that exists in this process alone: nothing readable is written to a disk, and a kill leaves nothing."""
    with nameless() as plain, path.open("rb") as stream:
        for piece in open_stream(stream, place=place):
            plain.write(piece)
        plain.flush()
        yield Path(f"/proc/self/fd/{plain.fileno()}" if Path("/proc/self/fd").exists() else f"/dev/fd/{plain.fileno()}")


def nameless() -> BinaryIO:
    """A file without a name: in memory where the system can, else one that is unlinked from the start."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("shouwang", os.MFD_CLOEXEC), "w+b")
    return tempfile.TemporaryFile()


def _nonce(at: int, *, last: bool) -> bytes:
    """Every piece its own; the key is the file's alone, so a counter suffices."""
    return struct.pack(">7xI?", at, last)


def _piece(source: BinaryIO, size: int) -> bytes:
    """Exactly `size` bytes, fewer only at the end."""
    parts: list[bytes] = []
    while size and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
