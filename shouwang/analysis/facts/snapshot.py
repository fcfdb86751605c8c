"""What was known: a frozen set of batches. Its digest names it for ever; verify says which file is no longer what it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from shouwang.analysis.facts.batch import Batch
from shouwang.common.digest import digest, file_digest


@dataclass(frozen=True)
class Snapshot:
    batches: tuple[Batch, ...] = ()

    @classmethod
    def of_batches(cls, batches: Iterable[Batch]) -> "Snapshot":
        """Order does not matter: the same batches make the same snapshot."""
        return cls(tuple(sorted(batches, key=lambda batch: (batch.table, batch.id))))

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
        return tuple(batch for batch in self.batches if batch.table == table)

    def with_batch(self, batch: Batch) -> "Snapshot":
        """As if this batch had been accepted, too."""
        return Snapshot.of_batches((*self.without(batch.id).batches, batch))

    def without(self, batch_id: int) -> "Snapshot":
        """As if this batch had never come: its rows go, and what its tombstones covered stands again unless a later one covers it."""
        return Snapshot(tuple(batch for batch in self.batches if batch.id != batch_id))

    def verify(self) -> list[str]:
        """In Chinese, every file that is missing or differs by a byte from what was accepted; empty when all is well."""
        return [reason for batch in self.batches for reason in _differences(batch)]


def _differences(batch: Batch) -> list[str]:
    reasons = []
    for path, expected in ((batch.path, batch.sha256), (batch.tombs_path, batch.tombs_sha256)):
        if path is None or expected is None:
            continue
        place = f"批次 {batch.id}（{batch.table}）的文件 {path.parent.name}/{path.name}"
        try:
            found = file_digest(path)
        except OSError:
            reasons.append(f"{place} 不见了；请从备份恢复")
            continue
        if found != expected:
            reasons.append(f"{place} 与接收时不同：摘要应为 {expected[:12]}…，现为 {found[:12]}…；请从备份恢复")
    return reasons
