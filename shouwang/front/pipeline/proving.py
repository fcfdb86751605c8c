"""The ledger's rounds: places for new entries every second, a signed head every hour, and audits as jobs."""

import logging

from django.db import DatabaseError

from shouwang.front import clock
from shouwang.trust.ledger import actions, audit
from shouwang.trust.ledger.findings import Counts
from shouwang.trust.ledger.sequencer import Disturbed, sequence

logger = logging.getLogger(__name__)


def tick() -> None:
    """New entries get their places. What is in the way is logged, and tried again with the next tick: the watch must not end with it."""
    try:
        sequence()
    except (DatabaseError, Disturbed):
        logger.exception("the ledger's tree did not grow")


def sign_head() -> str:
    """The hourly job."""
    head = actions.sign_head(clock.now())
    return f"{head.size} {head.root}"


def begin_audit(by: int | None) -> int:
    """An audit is queued; its number. While one is under way, it is that one."""
    from django_q.tasks import async_task

    begun = actions.begin_audit(by=by, now=clock.now())
    async_task("shouwang.front.pipeline.proving.run_audit", begun.pk, cluster="long")
    return begun.pk


def run_audit(number: int) -> int:
    """The job: looks through everything and keeps what came out. How many findings."""
    counts = Counts()
    found = audit.audit(lambda step, done, total: actions.progress_audit(number, step, done, total), counts)
    return actions.end_audit(audit=number, found=found, counts=counts, now=clock.now()).found
