"""From a message to its matter: whoever takes the one takes the other, in the same transaction."""

from datetime import datetime

from django.db import transaction

from shouwang.common.reader import Reader
from shouwang.trust.access.policies import why_not as why_not_able
from shouwang.work.incidents import actions as incidents
from shouwang.work.incidents import queries as reports
from shouwang.work.incidents.actions import emergencies
from shouwang.work.incidents.queries import emergencies as boards
from shouwang.work.incidents.queries import seeing
from shouwang.work.notifications import actions as notifications
from shouwang.work.notifications import queries


def matter(ref: str) -> tuple[str, int]:
    """`incident:7` and `emergency:3/account:9` ask for their matter. What is said of a part of a report (a time limit) asks for no more than reading."""
    name, _, rest = ref.partition(":")
    number, _, part = rest.partition("/")
    asks = (name == "incident" and not part) or (name == "emergency" and part.startswith("account:"))
    return (name, int(number)) if asks and number.isdigit() else ("", 0)


def why_not(by: Reader, item: queries.Item) -> str:
    """Why pressing a crisis message would not take its matter; empty when it does, or when there is nothing left to take."""
    name, pk = matter(item.ref)
    if not item.asks or item.tier != "crisis" or not name:
        return ""
    if name == "incident":
        found = reports.incident(by, pk)
        return seeing.why_not_answer(by, found) if found is not None else ""
    return (why_not_able(by, "emergencies") or "") if boards.given(by, pk) else ""


def take(*, message: int, by: Reader, now: datetime) -> bool:
    """This person has what the message asks for: the report is acknowledged, or their tasks, and the message is taken. False: somebody else took it.

    CannotAct with the reason for a crisis they may not take; then nothing is. CannotAcknowledge when it was not said to them.
    """
    with transaction.atomic():
        item = queries.mine(by, message)
        if item is not None and item.asks:
            try:
                _answer(item.ref, by, now)
            except incidents.CannotAct:
                if item.tier == "crisis":
                    raise  # any other only says that it was received
        found = notifications.acknowledge(message=message, by=by.account_id, lang=by.lang, now=now)
        notifications.read(by=by.account_id, now=now, message=message)
    return found.taken_by_id in (None, by.account_id)


def _answer(ref: str, by: Reader, now: datetime) -> None:
    """Through the matter's own door. One that waits for nobody any more needs none: then only the message is over."""
    name, pk = matter(ref)
    if name == "incident":
        found = reports.incident(by, pk)
        if found is not None and (found.state == found.State.REPORTED or seeing.is_waited_for(by, found)):
            incidents.acknowledge(incident=pk, by=by, now=now)
    elif name == "emergency":
        for task in boards.given(by, pk):
            emergencies.do_task(task=task, move="acknowledge", by=by, now=now)
