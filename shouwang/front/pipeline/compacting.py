"""Merging delivered batches, at night or by command. It changes no fact and no figure, only how fast they are read."""

import logging
from collections.abc import Callable
from datetime import datetime

from shouwang.analysis.facts.compaction import Busy, compact
from shouwang.analysis.standard import load
from shouwang.front import clock
from shouwang.work.imports import queries as imports

logger = logging.getLogger(__name__)
__all__ = ["Busy", "merge", "nightly"]


def merge(*, now: datetime, tell: Callable[[str], None] = logger.info) -> int:
    """What is worth merging of the live facts. How many bundles were made. Busy when another process is at it."""
    return compact(imports.store(), imports.live_snapshot(), load().tables.values(), now=now, tell=tell)


def nightly() -> str:
    """Job: every night. Another process that is merging already is enough."""
    try:
        return f"{merge(now=clock.now())} bundles"
    except Busy as busy:
        return str(busy)
