"""Where raw files, reports on them and locks lie in the data folder; all but the locks are encrypted. Nothing here knows what is in a file."""

import fcntl
import hashlib
import io
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

from shouwang.trust.vault import files

PIECE = 1 << 20
TRIES, BREATH = 5, 0.02  # of taking a lock, and the seconds in between


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


def measured(source: BinaryIO) -> tuple[str, int]:
    """(SHA-256, size) of a delivered file; it stands at its beginning again afterwards."""
    sha, size = hashlib.sha256(), 0
    source.seek(0)
    while piece := source.read(PIECE):
        sha.update(piece)
        size += len(piece)
    source.seek(0)
    return sha.hexdigest(), size


def head(source: BinaryIO) -> bytes:
    """The first bytes of a delivered file, by which one sees what it is."""
    source.seek(0)
    first = source.read(64)
    source.seek(0)
    return first


def keep(source: BinaryIO, raw_name: str, delivery_id: int) -> str:
    """Encrypt a delivered file into its place; the SHA-256 of what lies on disk.

    Called just before its row is committed, with the key that is committed with it; a file whose row never came is overwritten by the next.
    """
    done = files.seal_to(source, path_of(raw_name), subject=subject_of(delivery_id), place=place_of(path_of(raw_name)))
    directory = os.open(folder(), os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return done.sealed_sha256


def subject_of(delivery_id: int) -> str:
    """Whose key a delivered file and its reports are written with: each delivery has its own, so that a rewritten one leaves no key to old copies."""
    return f"delivery:{delivery_id}"


def place_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@contextmanager
def opened(raw_name: str) -> Iterator[Path]:
    """A delivered file, readable while this lasts; never as a file on disk."""
    path = path_of(raw_name)
    with files.unsealed(path, place=place_of(path)) as plain:
        yield plain


def bytes_of(raw_name: str) -> BinaryIO:
    """A delivered file in memory."""
    return files.open_file(path_of(raw_name), place=place_of(path_of(raw_name)))


def write_report(path: Path, delivery_id: int, lines: Iterable[str]) -> None:
    """Encrypt a report on a delivery (it quotes cells), whole or not at all."""
    with files.nameless() as plain:
        plain.writelines(line.encode() for line in lines)
        plain.seek(0)
        files.seal_to(plain, path, subject=subject_of(delivery_id), place=place_of(path))


def report(path: Path) -> Iterator[str]:
    """The lines of a report, none when there is no such report."""
    if path.exists():
        yield from io.TextIOWrapper(files.open_file(path, place=place_of(path)), encoding="utf-8")


def sealed_late(path: Path, delivery_id: int) -> bool:
    """Encrypt a file that an older version left readable. False when there is nothing to do."""
    if not path.exists() or files.is_sealed(path):
        return False
    files.seal_file(path, path, subject=subject_of(delivery_id), place=place_of(path))
    return True


def paths_of(delivery_id: int, raw_name: str) -> list[Path]:
    """The delivered file and everything that was written down about it."""
    return [path_of(raw_name), *(path(delivery_id) for path in (problems_path, head_path, samples_path, alerts_path))]


@contextmanager
def held(delivery_id: int) -> Iterator[bool]:
    """Hold the delivery while working on it: yields whether it was free. The kernel lets go when the process is killed."""
    path = _lock_path(delivery_id)
    with path.open("w") as lock:
        if not _locked(lock, fcntl.LOCK_EX):
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


def is_held(delivery_id: int) -> bool:
    """Whether a living process holds the delivery."""
    try:
        with _lock_path(delivery_id).open() as lock:
            return not _locked(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _lock_path(delivery_id: int) -> Path:
    return temporary_folder() / f"delivery.{delivery_id}.lock"


def _locked(lock: IO[str], kind: int) -> bool:
    """Tried a few times: whoever only looks whether a job lives has its lock for an instant, and must not make another give up."""
    for _ in range(TRIES):
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(BREATH)
        else:
            return True
    return False


def preview_folder(delivery_id: int) -> Path:
    """A place for the facts of one preview; named after the process, for `sweep`."""
    return _made(temporary_folder() / f"preview.{os.getpid()}.{delivery_id}")


def sweep() -> list[str]:
    """Remove what killed processes left in the temporary folder and half-encrypted files; the names removed.

    Raw files are not swept: one whose row is just being committed must stay, and one whose row never came is overwritten by the next.
    """
    gone = []
    for upload in temporary_folder().glob("*.upload*"):  # older versions kept uploads readable while their request lasted
        upload.unlink(missing_ok=True)
        gone.append(upload.name)
    left = [path for kind in ("receive", "preview", "spill", "spark") for path in temporary_folder().glob(f"{kind}.*")]
    writers = {path: path.name.split(".")[1] for path in left} | {path: path.name.split(".")[-2] for path in folder().glob(".*.sealing")}
    for path, process in writers.items():
        if not process.isdigit() or not _alive(int(process)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            gone.append(path.name)
    return gone


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _made(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
