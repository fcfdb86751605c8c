"""Letters as jobs: a batch is issued piece by piece, then one file is made of it. Both may be asked for again at any time."""

import logging

from django.conf import settings

from shouwang.front import clock
from shouwang.work.letters import actions

logger = logging.getLogger(__name__)
AT_ONCE = 20  # so few are issued while the reader waits


def begin(batch: int, size: int) -> None:
    """Issues a batch: at once when it is small, else on the queue for long work."""
    if size <= AT_ONCE or settings.Q_CLUSTER.get("sync"):
        issue(batch)
        return
    from django_q.tasks import async_task

    async_task("shouwang.front.pipeline.printing.issue", batch, cluster="long")


def issue(batch: int) -> int:
    """The job: goes on where it was stopped; how many letters were still to do. What is foreseen stands on the page, the rest is raised."""
    todo = 0
    try:
        while left := actions.issue_some(batch=batch, now=clock.now()):
            todo = max(todo, left)
        actions.bundle(batch=batch, now=clock.now())
    except actions.FORESEEN as problem:
        actions.stopped(batch=batch, problem=problem, now=clock.now())
        logger.warning("letters stopped", extra={"batch": batch})
    except Exception as problem:
        actions.stopped(batch=batch, problem=problem, now=clock.now())
        raise
    return todo
