"""What was known: a frozen set of batches. Its digest names it for ever; verify says which file is no longer what it was."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

from shouwang.analysis.facts.batch import Batch
from shouwang.analysis.facts.bundle import Bundle, choose
from shouwang.common.digest import digest, file_digest


@dataclass(frozen=True)
class Snapshot:
    """`bundles` are copies that make reading faster. They are no part of what is known: the digest does not ask for them."""

    batches: tuple[Batch, ...] = ()
    bundles: tuple[Bundle, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def of_batches(cls, batches: Iterable[Batch], bundles: Iterable[Bundle] = ()) -> "Snapshot":
        """Order does not matter: the same batches make the same snapshot."""
        return cls(tuple(sorted(batches, key=lambda batch: (batch.table, batch.id))), tuple(bundles))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the digests of all files that count."""
        return digest([[batch.table, batch.id, batch.sha256, batch.tombs_sha256] for batch in self.batches])

    @cached_property
    def ids(self) -> tuple[int, ...]:
        return tuple(sorted(batch.id for batch in self.batches))

    @cached_property
    def tables(self) -> tuple[str, ...]:
        return tuple(sorted({batch.table for batch in self.batches}))

    def of(self, table: str) -> tuple[Batch, ...]:
        """The live batches of a table, in the order of their ids."""
        return self._by_table.get(table, ())

    @cached_property
    def _by_table(self) -> dict[str, tuple[Batch, ...]]:
        return {table: tuple(some) for table, some in groupby(self.batches, key=lambda batch: batch.table)}

    @cached_property
    def merged(self) -> dict[str, tuple[Bundle, ...]]:
        """By table, the bundles that stand for some of its live batches; no batch is in two of them."""
        tables = {bundle.table for bundle in self.bundles}
        found = {table: choose((one for one in self.bundles if one.table == table), self.of(table)) for table in tables}
        return {table: chosen for table, chosen in found.items() if chosen}

    @cached_property
    def plain(self) -> "Snapshot":
        """The same, read from the delivered batches alone: what a proof reads."""
        return Snapshot(self.batches)

    def with_batch(self, batch: Batch) -> "Snapshot":
        """As if this batch had been accepted, too."""
        return Snapshot.of_batches((*self.without(batch.id).batches, batch), self.bundles)

    def without(self, batch_id: int) -> "Snapshot":
        """As if this batch had never come: its rows go, and what its tombstones covered stands again unless a later one covers it."""
        return Snapshot(tuple(batch for batch in self.batches if batch.id != batch_id), self.bundles)

    def verify(self) -> list[str]:
        """In Chinese, every file that is missing or differs by a byte from what was accepted; empty when all is well."""
        delivered = [reason for batch in self.batches for reason in _differences(batch)]
        return delivered + [reason for chosen in self.merged.values() for bundle in chosen for reason in damaged(bundle)]


def _differences(batch: Batch) -> list[str]:
    files = ((batch.path, batch.sha256), (batch.tombs_path, batch.tombs_sha256))
    said = f"批次 {batch.id}（{batch.table}）的文件"
    return [reason for path, sha256 in files if path and sha256 for reason in _changed(said, path, sha256, "接收", "请从备份恢复")]


def damaged(bundle: Bundle) -> list[str]:
    """In Chinese, every file of a bundle that is missing or differs from what was merged."""
    said, remedy = f"合并文件（{bundle.table}）", "请删除它，再运行 shouwang compact"
    return [reason for part in bundle.parts for reason in _changed(said, part.path, part.sha256, "合并", remedy)]


def _changed(said: str, path: Path, expected: str, since: str, remedy: str) -> list[str]:
    place = f"{said} {path.parent.name}/{path.name}"
    try:
        found = file_digest(path)
    except OSError:
        return [f"{place} 不见了；{remedy}"]
    if found == expected:
        return []
    return [f"{place} 与{since}时不同：摘要应为 {expected[:12]}…，现为 {found[:12]}…；{remedy}"]
