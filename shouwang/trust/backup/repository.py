"""A folder of encrypted pieces named by a keyed fingerprint of their content: what has not changed is stored once, and nobody can guess from names.

A snapshot counts when its manifest is there, and the manifest is written last, by an atomic rename; whatever a killed backup leaves
behind are pieces that no manifest names.
"""

import fcntl
import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from shouwang.trust.vault import ciphers
from shouwang.trust.vault.ciphers import AES, KEY_BYTES, NONCE, SM4, Refused, derive

PIECE = 4 << 20
MAGIC = b"SWB1"
ALGORITHMS = {1: AES, 2: SM4}
MANIFEST = ".manifest"


class Damaged(Exception):
    """A backup that is not whole or not what was written; the message names the piece, in Chinese."""


class Busy(Exception):
    """Another process is working on the same folder."""

    def __init__(self) -> None:
        super().__init__("另一个备份或清理正在进行，请等它完成。")


@dataclass(frozen=True, slots=True)
class Stored:
    """A stream as it lies in the repository; `fresh` bytes were not there before."""

    size: int
    sha256: str
    pieces: list[str]
    fresh: int


class Repository:
    def __init__(self, folder: Path, key: bytes, cipher: str = AES) -> None:
        self.folder, self.key, self.cipher = Path(folder), key, cipher
        self.names = derive(key, "names of backup pieces", 32)

    def put(self, source: BinaryIO) -> Stored:
        """Store a stream, only what is new of it."""
        sha, size, fresh, pieces = hashlib.sha256(), 0, 0, []
        while piece := source.read(PIECE):
            sha.update(piece)
            size += len(piece)
            name = hmac.new(self.names, piece, hashlib.sha256).hexdigest()
            if not self._path(name).exists():
                fresh += self._write(self._path(name), self._sealed(zlib.compress(piece, 1), name))
            pieces.append(name)
        return Stored(size, sha.hexdigest(), pieces, fresh)

    def get(self, pieces: Iterable[str]) -> Iterator[bytes]:
        """What was stored, piece by piece. Damaged when one is missing or was changed."""
        for name in pieces:
            try:
                piece = zlib.decompress(self._opened(self._path(name).read_bytes(), name))
            except (OSError, Refused, zlib.error) as problem:
                raise Damaged(f"备份中的一块（{name[:12]}…）丢失、被改动，或备份密钥不对。请改用另一份备份。") from problem
            yield piece

    def fetch(self, stored: dict[str, Any], target: Path) -> None:
        """Writes what was stored to a file of the owner's. Damaged when it is not what it was."""
        sha = hashlib.sha256()
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            for piece in self.get(stored["pieces"]):
                sha.update(piece)
                stream.write(piece)
        if sha.hexdigest() != stored["sha256"]:
            raise Damaged(f"{target.name} 恢复出来的内容与备份时不同。请改用另一份备份。")

    def write_manifest(self, name: str, content: dict[str, Any]) -> int:
        """The snapshot counts from here on."""
        path = self._made("snapshots") / f"{name}{MANIFEST}"
        return self._write(path, self._sealed(zlib.compress(json.dumps(content, ensure_ascii=False).encode()), path.name))

    def manifest(self, name: str) -> dict[str, Any]:
        path = self.folder / "snapshots" / f"{name}{MANIFEST}"
        try:
            content: dict[str, Any] = json.loads(zlib.decompress(self._opened(path.read_bytes(), path.name)))
        except FileNotFoundError as problem:
            raise Damaged(f"{self.folder} 里没有备份 {name}。") from problem
        except (Refused, zlib.error, ValueError) as problem:
            raise Damaged(f"备份 {name} 的清单打不开：备份密钥不对，或文件被改动。") from problem
        return content

    def snapshots(self) -> list[str]:
        """The names of all whole snapshots, oldest first."""
        return sorted(path.name.removesuffix(MANIFEST) for path in (self.folder / "snapshots").glob(f"*{MANIFEST}"))

    def prune(self, keep: Iterable[str]) -> int:
        """Forget all other snapshots and every piece that none of those kept names. Call while holding. How many bytes went."""
        wanted = set(keep)
        for name in set(self.snapshots()) - wanted:
            (self.folder / "snapshots" / f"{name}{MANIFEST}").unlink()
        named = {piece for name in self.snapshots() for piece in pieces_of(self.manifest(name))}
        gone = 0
        for path in (self.folder / "pieces").glob("*/*"):
            if path.name not in named:
                gone += path.stat().st_size
                path.unlink()
        return gone

    @contextmanager
    def held(self) -> Iterator[None]:
        """One writer at a time; the kernel lets go when it is killed. Busy when somebody else writes."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as problem:
                raise Busy from problem
            yield

    def _path(self, name: str) -> Path:
        return self.folder / "pieces" / name[:2] / name

    def _made(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def _sealed(self, data: bytes, place: str) -> bytes:
        number = next(number for number, alg in ALGORITHMS.items() if alg == self.cipher)
        nonce = os.urandom(NONCE)
        return MAGIC + bytes([number]) + nonce + ciphers.seal(self.cipher, self._key(self.cipher), nonce, data, place.encode())

    def _opened(self, data: bytes, place: str) -> bytes:
        head = len(MAGIC) + 1
        alg = ALGORITHMS.get(data[head - 1]) if data.startswith(MAGIC) and len(data) > head else None
        if alg is None:
            raise Refused("不是守望的备份。")
        return ciphers.unseal(alg, self._key(alg), data[head : head + NONCE], data[head + NONCE :], place.encode())

    def _key(self, alg: str) -> bytes:
        return derive(self.key, f"backup {alg}", KEY_BYTES[alg])

    def _write(self, path: Path, data: bytes) -> int:
        """Whole or not at all, also after a power cut."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        return len(data)


def pieces_of(manifest: dict[str, Any]) -> Iterator[str]:
    yield from manifest["database"]["pieces"]
    for stored in manifest["files"].values():
        yield from stored["pieces"]
