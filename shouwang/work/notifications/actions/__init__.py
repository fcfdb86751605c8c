"""Saying something to people, handing it over, taking it. What is said takes part in the caller's transaction; hand-overs never do."""

from shouwang.work.notifications.actions.choosing import CannotChoose, choose
from shouwang.work.notifications.actions.handing import dispatch, release, release_all
from shouwang.work.notifications.actions.printing import CannotPrint, note_printed, note_returned
from shouwang.work.notifications.actions.sending import Note, send, send_many
from shouwang.work.notifications.actions.taking import CannotAcknowledge, acknowledge, read, repeat, settle
from shouwang.work.notifications.actions.trying import CannotTry, try_channel

__all__ = [
    "CannotAcknowledge",
    "CannotChoose",
    "CannotPrint",
    "CannotTry",
    "Note",
    "acknowledge",
    "choose",
    "dispatch",
    "note_printed",
    "note_returned",
    "read",
    "release",
    "release_all",
    "repeat",
    "send",
    "send_many",
    "settle",
    "try_channel",
]
