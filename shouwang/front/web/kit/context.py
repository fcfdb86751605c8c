"""What every page's frame shows: who reads, what they may open, the scheme and the language."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from shouwang.front import clock
from shouwang.front.web.kit import viewing, words
from shouwang.front.web.kit.navigation import Entry, navigation
from shouwang.trust.access.policies import ROLES, why_not
from shouwang.work.duty import queries as duty

SCHEMES = ("auto", "light", "dark")


def scheme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get("scheme", "auto")
    return chosen if chosen in SCHEMES else "auto"


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Without a reader (sign-in, errors) only the scheme, the language and the moment."""
    shown: dict[str, Any] = {
        "scheme": scheme(request),
        "lang": "zh-Hans" if words.chinese() else "en",
        "now": getattr(request, "now", None) or clock.now(),
        "demo": settings.DEMO,
        "reader": None,
    }
    reader = getattr(request, "reader", None)
    if reader is None:
        return shown
    groups = cache(lambda: navigation(reader, request.path))
    return shown | {
        "reader": reader,
        "nav_groups": groups,  # found when shown: a fragment has no frame
        "nav_bottom": lambda: _bottom([entry for group in groups() for entry in group.entries]),
        "nav_roles": lambda: words.pick("、", ", ").join(
            words.pick(ROLES[code].zh, ROLES[code].en) for code in sorted(reader.roles) if code in ROLES
        ),
        "may_search": why_not(reader, "search") is None,
        "may_view_as": why_not(reader, "view_as") is None,
        "on_duty": cache(lambda: duty.now_line(reader, shown["now"])),
        "view_until": viewing.until(request) if reader.is_read_only else None,
    }


def _bottom(entries: list[Entry]) -> list[Entry]:
    """The phone's bar: the first entries, and the one big thing done on a phone, reporting, for whoever may."""
    report = [entry for entry in entries[3:] if entry.path == "/report/"]
    return [*entries[: 3 - len(report)], *report]
