"""Facts: immutable batches of rows, tombstones written at import, snapshots that say what was known."""

from shouwang.analysis.facts.batch import Batch
from shouwang.analysis.facts.snapshot import Snapshot
from shouwang.analysis.facts.store import MissingBatch, Store
from shouwang.analysis.facts.views import relation, relations

__all__ = ["Batch", "MissingBatch", "Snapshot", "Store", "relation", "relations"]
