"""The time limit of a matter as its page shows it: `{% include "deadlines/due.html" with due=due %}`.

Whoever may open the matter's page may see it: it holds no more than moments and the names of staff. Why it is paused is the room's to show.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.trust.access.policies import ROLES
from shouwang.work.deadlines import policies, queries


def due(ref: str, now: datetime) -> dict[str, Any] | None:
    """What due.html wants; None when the matter never had a limit."""
    found = queries.of(ref)
    if found is None:
        return None
    return _shown(found, now) | {"climbs": [_climb(one) for one in queries.climbs(ref)]}


def lines(refs: Collection[str], now: datetime) -> dict[str, dict[str, Any]]:
    """ref → the same without its climbs, for lists; one statement for all."""
    times = queries.school_time() if refs else None
    return {ref: _shown(one, now, times) for ref, one in queries.many(refs).items()}


def _shown(one: Any, now: datetime, times: Any = None) -> dict[str, Any]:
    late = queries.late_by(one, now, times)
    pause = queries.pause_of(one) if one.state == "paused" else None
    return {
        "state": one.state,
        "due_at": one.due_at,
        "exact": words.exact(one.due_at),
        "left": _left(one, now) if one.is_running else "",
        "late": span(late) if late > timedelta(0) else "",
        "is_late": late > timedelta(0),
        "met": words.exact(one.met_at) if one.met_at else "",
        "paused_until": words.exact(pause.until) if pause else "",
        "limit": one.limit.words("zh" if words.chinese() else "en"),
        "next": words.exact(one.look_at) if one.state == "open" and one.look_at else "",
    }


def _left(one: Any, now: datetime) -> str:
    left = one.due_at - now
    return "" if left <= timedelta(0) else pick(f"还有 {span(left)}", f"{span(left)} left")


def span(length: timedelta) -> str:
    """「40 分钟」「5 小时」「2 天」: one unit, the largest that says enough."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 90:
        return pick(f"{max(1, minutes)} 分钟", f"{max(1, minutes)} min")
    if minutes < 48 * 60:
        return pick(f"{round(minutes / 60)} 小时", f"{round(minutes / 60)} h")
    return pick(f"{minutes // (24 * 60)} 天", f"{minutes // (24 * 60)} days")


def _climb(one: Any) -> dict[str, Any]:
    named = policies.WORDS.get(one.as_role) or (ROLES[one.as_role].zh, ROLES[one.as_role].en)
    role = pick(*named)
    return {"at": words.exact(one.climbed_at), "who": one.account.name, "role": role, "rung": one.rung}
