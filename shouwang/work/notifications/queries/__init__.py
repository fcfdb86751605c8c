"""Who was told, when, how, and who took it; one's own list; paper; how the channels are doing."""

from shouwang.work.notifications.queries.health import Health, health
from shouwang.work.notifications.queries.paper import Slip, on_paper, slips
from shouwang.work.notifications.queries.received import Bell, Item, bell, listing, mine, preference, unread
from shouwang.work.notifications.queries.told import Person, Way, message, ref_of, state_of, taken, told

__all__ = [
    "Bell",
    "Health",
    "Item",
    "Person",
    "Slip",
    "Way",
    "bell",
    "health",
    "listing",
    "message",
    "mine",
    "on_paper",
    "preference",
    "ref_of",
    "slips",
    "state_of",
    "taken",
    "told",
    "unread",
]
