"""Calling and holding meetings. Every refusal is a CannotMeet whose message is for people."""

from shouwang.work.meetings.actions.calling import (
    CannotMeet,
    Rule,
    add_topic,
    answer,
    cancel,
    change,
    draw,
    invite,
    make_feed,
    plan,
    seat,
    set_up,
    shift,
)
from shouwang.work.meetings.actions.holding import close, decide, end_decision, note, note_presence, open_meeting, put_off, take_minutes
from shouwang.work.meetings.actions.moving import follow

__all__ = [
    "CannotMeet",
    "Rule",
    "add_topic",
    "answer",
    "cancel",
    "change",
    "close",
    "decide",
    "draw",
    "end_decision",
    "follow",
    "invite",
    "make_feed",
    "note",
    "note_presence",
    "open_meeting",
    "plan",
    "put_off",
    "seat",
    "set_up",
    "shift",
    "take_minutes",
]
