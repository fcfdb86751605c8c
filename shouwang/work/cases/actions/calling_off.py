"""What was asked for and is overtaken. Nobody agrees to the end of a matter that began after they were asked."""

from datetime import datetime

from shouwang.work.cases import policies
from shouwang.work.cases.actions.base import Actor, send, tell
from shouwang.work.cases.models import Approval, Case
from shouwang.work.deadlines import actions as deadlines


def closing(found: Case, by: Actor, now: datetime) -> None:
    """The case goes on: the question whether it may be closed is withdrawn, and both sides hear of it. Within a running action."""
    if found.state != "closing":
        return
    found.state = policies.CASE.moves[found.state, "call_off"]
    found.save(update_fields=["state"])
    for row in Approval.objects.filter(case=found, kind="closure", state="asked"):
        withdraw(row, found, by, now)
        send("case.closing_off", {row.asked_by_id, row.asked_of_id}, found, by, now, key=row.ref)


def withdraw(row: Approval, found: Case, by: Actor, now: datetime) -> None:
    row.state = policies.APPROVAL.moves[row.state, "withdraw"]
    row.save()
    deadlines.cancel(ref=row.ref, by=by, now=now)
    tell("approval_withdrawn", found, by, now, categories=row.categories, ref=row.ref, code=row.kind)
