"""Canonical digests: the same content gives the same SHA-256 on every machine and in every year."""

import hashlib
import json
from pathlib import Path


def digest(content: object) -> str:
    """SHA-256 (hex) of the canonical JSON of `content` (dicts, lists, strings, numbers, booleans, null). TypeError for anything else."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, read in pieces. OSError when it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
