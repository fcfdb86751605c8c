"""Where raw files, lists of problems and locks lie in the data folder. Nothing here knows what is in a file."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

PIECE = 1 << 20


def folder() -> Path:
    return _made(Path(settings.DATA) / "raw")


def temporary_folder() -> Path:
    return _made(Path(settings.DATA) / "temp")


def path_of(raw_name: str) -> Path:
    return folder() / raw_name


def problems_path(delivery_id: int) -> Path:
    return folder() / f"{delivery_id}.problems.jsonl"


def head_path(delivery_id: int) -> Path:
    return folder() / f"{delivery_id}.head.json"


def samples_path(delivery_id: int) -> Path:
    return folder() / f"{delivery_id}.samples.jsonl"


def alerts_path(delivery_id: int) -> Path:
    return folder() / f"{delivery_id}.alerts.json"


def set_down(source: BinaryIO) -> tuple[Path, str, int]:
    """Copy a stream to a temporary file only its owner can read: (path, SHA-256, size). The name carries the process, for `sweep`."""
    path = temporary_folder() / f"receive.{os.getpid()}.{os.urandom(6).hex()}"
    sha, size = hashlib.sha256(), 0
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        while piece := source.read(PIECE):
            sha.update(piece)
            size += len(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return path, sha.hexdigest(), size


def keep(temporary: Path, raw_name: str) -> None:
    """Give a set-down file its place. Called just before its row is committed; a file whose row never came is overwritten by the next."""
    os.replace(temporary, path_of(raw_name))
    directory = os.open(folder(), os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_private(path: Path, lines: Iterator[str]) -> None:
    """Write a text file whole or not at all, readable by its owner only."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as target:
        target.writelines(lines)
    os.replace(temporary, path)


@contextmanager
def held(delivery_id: int) -> Iterator[bool]:
    """Hold the delivery while working on it: yields whether it was free. The kernel lets go when the process is killed."""
    path = temporary_folder() / f"delivery.{delivery_id}.lock"
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        # The file we locked may have been removed by its last holder meanwhile; then somebody else may hold the new one.
        if not path.exists() or path.stat().st_ino != os.fstat(lock.fileno()).st_ino:
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def preview_folder(delivery_id: int) -> Path:
    """A place for the facts of one preview; named after the process, for `sweep`."""
    return _made(temporary_folder() / f"preview.{os.getpid()}.{delivery_id}")


def sweep() -> list[str]:
    """Remove what killed processes left in the temporary folder; the names removed.

    Raw files are not swept: one whose row is just being committed must stay, and one whose row never came is overwritten by the next.
    """
    gone = []
    for path in [*temporary_folder().glob("receive.*"), *temporary_folder().glob("preview.*")]:
        if not _alive(int(path.name.split(".")[1])):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            gone.append(path.name)
    return gone


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _made(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
