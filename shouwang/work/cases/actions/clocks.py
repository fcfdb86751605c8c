"""An open case in which nothing is under way still has a time limit: its lead closes it or goes on with it. Nothing ever waits for nobody."""

from datetime import datetime

from shouwang.work.cases import policies
from shouwang.work.cases.actions.base import Actor
from shouwang.work.cases.models import Approval, Case, Referral
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.deadlines import queries as running

DECIDED_WITHIN = "3 school days"


def ref_of(found: Case) -> str:
    return f"{found.ref}/next"


def keep(found: Case, by: Actor, now: datetime) -> None:
    """Sets the lead's own limit when nothing else of the case runs, and ends it when something does. Within a running action, at its end."""
    if not _waits_for_lead(found):
        deadlines.meet(ref=ref_of(found), by=by, now=now)
        return
    deadlines.start(
        ref=ref_of(found), kind="case", owner=found.lead_id, ladder="standard", within=DECIDED_WITHIN, unit_path=found.unit_path,
        dorm_path=found.dorm_path, student=found.student_id, url=found.url, by=by, now=now,
    )  # fmt: skip
    deadlines.rehand(ref=ref_of(found), owner=found.lead_id, by=by, now=now)


def is_kept(found: Case) -> bool:
    """Whether the lead's own limit runs."""
    one = running.of(ref_of(found))
    return one is not None and one.is_running


def _waits_for_lead(found: Case) -> bool:
    if Case.objects.filter(pk=found.pk, state__in=("open", "paused")).first() is None:
        return False
    return not (
        found.steps.filter(state__in=policies.STEP_LIVE).exists()
        or Referral.objects.filter(case=found, state="sent").exists()
        or Approval.objects.filter(case=found, kind="closure", state="asked").exists()
    )
