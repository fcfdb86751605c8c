"""A bundle: what several batches of one table say together, written once as few files. A copy: the batches stay, and stay the proof.

It stands for exactly the batches it names, by their digests. A snapshot that lacks one of them does not use it, so retracting needs no
clean-up, and throwing bundles away loses nothing but time (docs/adr/0011).
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from shouwang.analysis.facts.batch import Batch

FOLDER = "merged"
Stamp = tuple[int, str, str]


@dataclass(frozen=True)
class Part:
    """One file of a bundle: all its rows of a range of students."""

    path: Path
    ids: frozenset[int]
    rows: int
    first_sid: int | None
    last_sid: int | None
    first_day: str | None
    last_day: str | None
    sha256: str
    standard: str


@dataclass(frozen=True)
class Bundle:
    """`holds`: the batches whose rows it has. `buries`: other batches whose tombstones were applied to these rows."""

    folder: Path
    table: str
    name: str
    holds: tuple[Stamp, ...]
    buries: tuple[Stamp, ...]
    parts: tuple[Part, ...]

    @cached_property
    def ids(self) -> frozenset[int]:
        return frozenset(stamp[0] for stamp in self.holds)

    @cached_property
    def settled(self) -> frozenset[int]:
        """The batches whose tombstones need not be looked at for these rows."""
        return self.ids | {stamp[0] for stamp in self.buries}

    def stands_in(self, live: dict[int, Stamp]) -> bool:
        """Whether every batch it rests on is live, with the digests it had."""
        return all(live.get(stamp[0]) == stamp for stamp in (*self.holds, *self.buries))

    def sidecar(self) -> str:
        parts = [{**asdict(part), "path": part.path.name, "ids": sorted(part.ids)} for part in self.parts]
        content = {"table": self.table, "name": self.name, "holds": self.holds, "buries": self.buries, "parts": parts}
        return json.dumps(content, ensure_ascii=False, indent=1)


def stamp(batch: Batch) -> Stamp:
    return batch.id, batch.sha256, batch.tombs_sha256 or ""


def choose(bundles: Iterable[Bundle], batches: Iterable[Batch]) -> tuple[Bundle, ...]:
    """The bundles of one table to read: none rests on a batch that is not live, and no batch is in two of them. The largest first."""
    live = {batch.id: stamp(batch) for batch in batches}
    chosen: list[Bundle] = []
    taken: set[int] = set()
    for bundle in sorted(bundles, key=lambda one: (-len(one.holds), -len(one.buries), one.name)):
        if taken.isdisjoint(bundle.ids) and bundle.stands_in(live):
            chosen.append(bundle)
            taken |= bundle.ids
    return tuple(chosen)


def bundles_in(root: Path) -> tuple[Bundle, ...]:
    """The whole bundles of a store; one of which a file is gone is left out."""
    found = []
    for path in sorted((root / FOLDER).glob("*/*.json")):
        with suppress(FileNotFoundError):  # just removed by another process: nothing rests on it any more
            found.append(_cached(path, path.stat().st_mtime_ns))
    return tuple(bundle for bundle in found if all(part.path.exists() for part in bundle.parts))


@lru_cache(maxsize=4_096)
def _cached(path: Path, _changed: int) -> Bundle:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    parts = tuple(Part(**{**part, "path": path.with_name(part["path"]), "ids": frozenset(part["ids"])}) for part in content.pop("parts"))
    holds, buries = (tuple((int(one), rows, tombs) for one, rows, tombs in content.pop(word)) for word in ("holds", "buries"))
    return Bundle(folder=path.parent, holds=holds, buries=buries, parts=parts, **content)
