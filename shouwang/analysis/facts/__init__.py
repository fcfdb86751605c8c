"""Facts: immutable batches of rows, tombstones written at import, snapshots that say what was known."""

from shouwang.analysis.facts.batch import Batch
from shouwang.analysis.facts.bucket import Bucket, BucketTrouble
from shouwang.analysis.facts.snapshot import Snapshot
from shouwang.analysis.facts.store import MissingBatch, Store
from shouwang.analysis.facts.touched import touched
from shouwang.analysis.facts.views import File, Pieces, fact_schema, pieces, relation, relations, without_dead

__all__ = [
    "Batch",
    "Bucket",
    "BucketTrouble",
    "File",
    "MissingBatch",
    "Pieces",
    "Snapshot",
    "Store",
    "fact_schema",
    "pieces",
    "relation",
    "relations",
    "touched",
    "without_dead",
]
