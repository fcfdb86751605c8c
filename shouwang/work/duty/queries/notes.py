"""Hand-over notes and calls: for whoever is on duty there, whoever comes next, and the office that plans the roster. Reading them is told."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.vault import queries as vault
from shouwang.work.duty.models import Call, HandOver, Roster, Shift
from shouwang.work.duty.queries.planning import may_edit

BACK, AHEAD = timedelta(days=7), timedelta(hours=24)


class Note(NamedTuple):
    """An opened hand-over note or call."""

    row: HandOver | Call
    text: str
    done: str


def may_read(by: Reader, roster: Roster, now: datetime) -> bool:
    """Whoever plans the roster, is on duty there now, was within the last day or comes within the next."""
    near = Shift.objects.filter(roster=roster, account=by.account_id, starts_at__lte=now + AHEAD, ends_at__gt=now - AHEAD)
    return may_edit(by, roster) or near.exclude(state="removed").exists()


def hand_overs(roster: Roster, now: datetime) -> QuerySet[HandOver]:
    rows = HandOver.objects.filter(shift__roster=roster, written_at__gt=now - BACK)
    return rows.select_related("shift__account__staff").order_by("-written_at", "-pk")


def calls(roster: Roster, now: datetime) -> QuerySet[Call]:
    return Call.objects.filter(shift__roster=roster, at__gt=now - BACK).select_related("shift__account__staff").order_by("-at", "-pk")


def notes_of(by: Reader, roster: Roster, now: datetime) -> tuple[list[Note], list[Note]]:
    """(hand-over notes, calls) of the last week, opened; that they were read goes on record. Both empty for whoever may not read them."""
    if not may_read(by, roster, now):
        return [], []
    notes = [Note(row, _text(row, "note"), "") for row in hand_overs(roster, now)[:50]]
    phoned = [Note(row, _text(row, "what"), _text(row, "done")) for row in calls(roster, now)[:50]]
    if notes or phoned:
        with told():
            about = {f"shift:{note.row.shift_id}" for note in [*notes, *phoned]}
            ledger.record("duty.notes_read", by=by.actor, about=about, now=now, content={"notes": len(notes), "calls": len(phoned)})
    return notes, phoned


def _text(row: HandOver | Call, name: str) -> str:
    if getattr(row, name) is None:
        return ""
    try:
        return vault.open_text(row, name)
    except vault.Erased:
        return ""
