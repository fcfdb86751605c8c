"""Files that are there whole or not at all, whatever is killed."""

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """The file is there whole or not at all."""
    temporary = temporary_of(path)
    temporary.write_text(text, "utf-8")
    settle(temporary, path)


def temporary_of(path: Path) -> Path:
    """Where this process writes a file before it has its name."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def is_alive(file_name: str) -> bool:
    """Whether the process that was writing a temporary file still runs."""
    process = file_name.split(".")[-2]
    return process.isdigit() and Path(f"/proc/{process}").exists()


def settle(temporary: Path, path: Path) -> None:
    """On disk first, then under its name, then the folder's entry on disk: a power cut shows the old or the new, never half."""
    for place, rename in ((temporary, True), (path.parent, False)):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if rename:
            temporary.replace(path)
