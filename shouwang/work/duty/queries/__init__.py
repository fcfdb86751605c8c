"""Who is on duty, who will be, and where nobody is."""

from shouwang.work.duty.queries.notes import calls, hand_overs, notes_of
from shouwang.work.duty.queries.now import NowLine, OnDuty, Standing, now_line, on_duty, present, standing
from shouwang.work.duty.queries.planning import (
    may_edit,
    month,
    my_leaves,
    my_shifts,
    roster,
    rosters,
    shift,
    substitutes,
    swap,
    swaps_waiting,
    troubles,
)

__all__ = [
    "NowLine",
    "OnDuty",
    "Standing",
    "calls",
    "hand_overs",
    "may_edit",
    "month",
    "my_leaves",
    "my_shifts",
    "notes_of",
    "now_line",
    "on_duty",
    "present",
    "roster",
    "rosters",
    "shift",
    "standing",
    "substitutes",
    "swap",
    "swaps_waiting",
    "troubles",
]
