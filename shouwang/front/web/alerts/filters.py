"""What the list can be narrowed by. Every filter stands in the address, so that a list can be bookmarked and sent."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from shouwang.analysis.rules import DOMAINS
from shouwang.common.levels import LEVELS
from shouwang.common.reader import Reader
from shouwang.front.web.kit.places import unit_choices
from shouwang.front.web.kit.words import pick
from shouwang.work.alerts import policies, queries
from shouwang.work.alerts.queries import Filters

SORTS = {"urgency": ("按轻重", "By urgency"), "newest": ("按时间", "Newest first"), "student": ("按班级", "By class")}
STATES = ("open", "acknowledged", "snoozed", "dismissed", "cleared", "all")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a request. `by_student`: the rows stand grouped by student."""

    filters: Filters
    by_student: bool

    @classmethod
    def of(cls, request: HttpRequest) -> "Asked":
        """What the address asks for; what cannot be read is left out, never an error."""
        given = request.GET
        level, unit = given.get("level", ""), given.get("unit", "")
        state, sort, domain = given.get("state", ""), given.get("sort", ""), given.get("domain", "")
        return cls(
            Filters(
                state=state if state in (*STATES, "active") else "open",
                level=int(level) if level in {"1", "2", "3", "4"} else None,
                domain=domain if domain in DOMAINS else "",
                rule=given.get("rule", "")[:64],
                unit=int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 12 else None,
                sort=sort if sort in SORTS else "urgency",
            ),
            given.get("group") == "student",
        )


def address(request: HttpRequest, **changes: str) -> str:
    """The list's own address with some filters set, or taken out when empty; the page cursor always goes."""
    kept = request.GET.copy()
    for name in ("after", *changes):
        kept.pop(name, None)
    for name, value in changes.items():
        if value:
            kept[name] = value
    return f"?{kept.urlencode()}" if kept else "?"


def chips(request: HttpRequest, asked: Asked, counted: dict[str, dict[Any, int]]) -> dict[str, list[dict[str, object]]]:
    """The chips of state, level and domain, each with how many rows it would show."""
    given = asked.filters
    states, levels, domains = counted["state"], counted["level"], counted["domain"]
    chosen = {"state": given.state, "level": str(given.level or ""), "domain": given.domain}

    def chip(name: str, code: str, title: str, count: int, level: int | None = None) -> dict[str, object]:
        url = address(request, **{name: "" if (name, code) == ("state", "open") else code})
        return {"title": title, "url": url, "on": chosen[name] == code, "count": f"{count:,}", "level": level}

    every = pick("全部", "All")
    wholes = {"all": sum(states.values())}
    state = [chip("state", code, _state_title(code), wholes.get(code, states.get(code, 0))) for code in STATES]
    level = [chip("level", "", every, sum(levels.values()))]
    level += [chip("level", str(one.number), pick(one.zh, one.en), levels.get(one.number, 0), one.number) for one in LEVELS[:0:-1]]
    domain = [chip("domain", "", every, sum(domains.values()))]
    met = {code: titles for code, titles in DOMAINS.items() if domains.get(code) or given.domain == code}
    domain += [chip("domain", code, pick(*titles), domains.get(code, 0)) for code, titles in met.items()]
    return {"state": state, "level": level, "domain": domain}


def _state_title(code: str) -> str:
    return pick("全部", "All") if code == "all" else pick(*policies.STATE_TITLES[code])


def hidden(asked: Asked, counted: dict[str, dict[Any, int]]) -> str:
    """What the state filter leaves out, in a sentence."""
    if asked.filters.state not in policies.STATES:
        return ""
    others = [(code, n) for code in policies.STATES if code != asked.filters.state and (n := counted["state"].get(code, 0))]
    if not others:
        return ""
    zh = "、".join(f"{policies.STATE_TITLES[code][0]} {n:,} 条" for code, n in others)
    en = ", ".join(f"{n:,} {policies.STATE_TITLES[code][1].lower()}" for code, n in others)
    return pick(f"未列出：{zh}", f"not listed: {en}")


def choices(by: Reader, asked: Asked, tallied: queries.Tally) -> dict[str, list[tuple[str, str]]]:
    """The options of the unit, rule and order fields."""
    return {
        "units": [(str(pk), name) for pk, name in unit_choices(by, asked.filters.unit)],
        "rules": [
            (code, f"{pick(zh, en)} · {pick(LEVELS[level].zh, LEVELS[level].en)}") for code, zh, en, level in queries.rules_of(tallied)
        ],
        "sorts": [(code, pick(*titles)) for code, titles in SORTS.items()],
    }
