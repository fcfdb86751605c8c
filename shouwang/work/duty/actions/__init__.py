"""Making rosters, filling them, exchanging shifts, handing over. `turn` is the tick's."""

from shouwang.work.duty.actions.exchanging import agree, ask_swap, name_substitute, refuse, report_leave, withdraw
from shouwang.work.duty.actions.feeds import make_feed, revoke_feed
from shouwang.work.duty.actions.knowing import CannotRoster
from shouwang.work.duty.actions.noting import hand_over, log_call, take_over
from shouwang.work.duty.actions.rosters import (
    add_shift,
    change_roster,
    end_pattern,
    exported,
    fill,
    make_roster,
    remove_shift,
    set_pattern,
    set_turns,
)
from shouwang.work.duty.actions.turning import Turned, turn

__all__ = [
    "CannotRoster",
    "Turned",
    "add_shift",
    "agree",
    "ask_swap",
    "change_roster",
    "end_pattern",
    "exported",
    "fill",
    "hand_over",
    "log_call",
    "make_feed",
    "make_roster",
    "name_substitute",
    "refuse",
    "remove_shift",
    "report_leave",
    "revoke_feed",
    "set_pattern",
    "set_turns",
    "take_over",
    "turn",
    "withdraw",
]
