"""Merging delivered batches, at night or by command. It changes no fact and no figure, only how fast they are read."""

import logging
from collections.abc import Callable
from datetime import datetime

from shouwang.analysis.facts import BucketTrouble
from shouwang.analysis.facts.compaction import Busy, compact
from shouwang.analysis.standard import load
from shouwang.front import clock
from shouwang.work.imports import queries as imports

logger = logging.getLogger(__name__)
__all__ = ["Busy", "merge", "nightly"]


def merge(*, now: datetime, tell: Callable[[str], None] = logger.info) -> int:
    """What is worth merging of the live facts. How many bundles were made. Busy when another process is at it.

    Before, this machine and the object store each get the batches they lack; one out of reach is told, and waits for the next night.
    """
    try:
        fetched, sent = imports.store().level(imports.kept_batch_ids())
    except BucketTrouble as trouble:
        tell(str(trouble))
    else:
        if fetched or sent:
            tell(f"对象存储：取回 {fetched} 个批次，补存 {sent} 个批次")
    return compact(imports.store(), imports.live_snapshot(), load().tables.values(), now=now, tell=tell)


def nightly() -> str:
    """Job: every night. Another process that is merging already is enough."""
    try:
        return f"{merge(now=clock.now())} bundles"
    except Busy as busy:
        return str(busy)
