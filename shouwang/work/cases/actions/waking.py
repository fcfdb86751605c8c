"""What waited until a day goes on by itself when the day has come; its clock has started again already."""

from contextlib import suppress
from datetime import datetime

from django.utils import timezone

from shouwang.work.cases.actions.base import CannotDo
from shouwang.work.cases.actions.closing import resume
from shouwang.work.cases.actions.stepping import go_on_step
from shouwang.work.cases.models import Case, CaseStep
from shouwang.work.deadlines import queries as deadlines


def wake(*, now: datetime) -> int:
    """Cases whose pause and steps whose wait is over. Returns how many. Again changes nothing."""
    done = 0
    for found in Case.objects.filter(state="paused", paused_until__lte=timezone.localdate(now)).order_by("pk"):
        with suppress(CannotDo):  # somebody else resumed or joined it a moment ago
            resume(case=found, by=None, now=now)
            done += 1
    waiting = {step.ref: step for step in CaseStep.objects.filter(state="waiting").order_by("pk")}
    for ref, clock in deadlines.many(list(waiting)).items():
        if clock.state != "open":
            continue
        try:
            go_on_step(step=waiting[ref], by=None, now=now)
            done += 1
        except CannotDo:  # its case was closed, or the owner went on with it, a moment ago
            continue
    return done
