"""Hand-over notes and calls: for whoever is on duty there, whoever comes next, and the office that plans the roster. Reading them is told."""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.vault import queries as vault
from shouwang.work.duty.models import Call, Feed, HandOver, Leave, Roster, Shift
from shouwang.work.duty.queries.planning import may_edit

BACK, AHEAD = timedelta(days=7), timedelta(hours=24)


class Note(NamedTuple):
    """An opened hand-over note."""

    row: HandOver
    text: str


class Phoned(NamedTuple):
    """An opened call."""

    row: Call
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


def notes_of(by: Reader, roster: Roster, now: datetime) -> tuple[list[Note], list[Phoned]]:
    """(hand-over notes, calls) of the last week, opened; that they were read goes on record. Both empty for whoever may not read them."""
    if not may_read(by, roster, now):
        return [], []
    notes = [Note(row, _text(row, "note")) for row in hand_overs(roster, now)[:50]]
    phoned = [Phoned(row, _text(row, "what"), _text(row, "done")) for row in calls(roster, now)[:50]]
    if notes or phoned:
        with told():
            about = {f"shift:{one.row.shift_id}" for one in notes} | {f"shift:{one.row.shift_id}" for one in phoned}
            ledger.record("duty.notes_read", by=by.actor, about=about, now=now, content={"notes": len(notes), "calls": len(phoned)})
    return notes, phoned


def _text(row: HandOver | Call, name: str) -> str:
    if getattr(row, name) is None:
        return ""
    try:
        return vault.open_text(row, name)
    except vault.Erased:
        return ""


def roster_of_note(by: Reader, pk: int, now: datetime) -> int | None:
    """The roster a hand-over note belongs to, for whoever may read it."""
    found = HandOver.objects.select_related("shift__roster__unit").filter(pk=pk).first()
    return found.shift.roster_id if found is not None and may_read(by, found.shift.roster, now) else None


def leave_reason(by: Reader, shift: Shift, now: datetime) -> str:
    """Why somebody took leave, for the office that plans the roster; that it was read goes on record."""
    leave = Leave.objects.filter(shift=shift).order_by("-pk").first()
    if leave is None or leave.reason is None or not may_edit(by, shift.roster):
        return ""
    with told():
        ledger.record("duty.leave_read", by=by.actor, about=[shift.ref], now=now)
    try:
        return vault.open_text(leave, "reason")
    except vault.Erased:
        return ""


def has_feed(by: Reader) -> bool:
    return Feed.objects.filter(account=by.account_id, revoked_at=None).exists()


def feed(token: str, now: datetime) -> list[Shift] | None:
    """The shifts behind a secret address: a week back, and all that is planned. None for one that is unknown, ended, or of a closed account."""
    found = Feed.objects.filter(token_digest=hashlib.sha256(token.encode()).hexdigest(), revoked_at=None, account__is_active=True).first()
    if found is None:
        return None
    rows = Shift.objects.filter(account=found.account_id, ends_at__gt=now - BACK, state__in=("planned", "on", "done"))
    return list(rows.select_related("roster__unit").order_by("starts_at", "pk")[:400])
