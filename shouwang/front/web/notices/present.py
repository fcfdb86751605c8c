"""One message, ready for a template."""

from datetime import datetime
from typing import Any

from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.work.notifications import policies, queries
from shouwang.work.notifications.queries import Item, Person

ICONS = {"crisis": "alert-triangle", "important": "bell", "routine": "message-circle"}
FAMILY = frozenset({"guardian", "student"})


def tier(code: str) -> str:
    return pick(*policies.TIERS[code])


def row(item: Item, *, refused: str = "") -> dict[str, Any]:
    """`hand`: whether pressing takes the matter; where it would be refused, there is a way to the matter instead."""
    return {
        "pk": item.pk,
        "title": item.title,
        "body": item.body,
        "at": item.at,
        "icon": ICONS[item.tier],
        "tier": tier(item.tier),
        "is_crisis": item.tier == "crisis",
        "is_read": item.is_read,
        "asks": item.asks,
        "hand": item.asks and not refused,
        "url": item.url,
        "acknowledged_at": item.acknowledged_at,
        "taken_at": item.taken_at,
    }


def chip(title: str, key: str, now: str) -> dict[str, Any]:
    return {"title": title, "url": f"?only={key}" if key else "?", "on": key == now, "count": None, "level": None}


def people(found: list[Person], now: datetime, *, all_of_them: bool) -> list[dict[str, Any]]:
    shown = [one for one in found if all_of_them or one.is_me]
    return [
        {
            "name": one.name or pick("同学或监护人", "A student or guardian"),
            "is_me": one.is_me,
            "told_at": one.told_at,
            "read_at": one.read_at,
            "acknowledged_at": one.acknowledged_at,
            "ways": [way(given, now) for given in one.ways],
        }
        for one in shown
    ]


def way(given: queries.Way, now: datetime) -> dict[str, Any]:
    at = f" {words.when(given.at, now)}" if given.at else ""
    tries = pick(f"，试了 {given.attempts} 次", f", {given.attempts} tries") if given.attempts > 1 else ""
    return {"title": given.title, "words": f"{given.words}{at}{tries}", "trouble": given.trouble, "bad": given.state == "failed"}
