"""What the list of students can be narrowed by; every filter stands in the address."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest

from shouwang.common.levels import LEVELS
from shouwang.common.reader import Reader
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.words import pick
from shouwang.work.profile import queries

STATUSES = {
    "enrolled": ("在读", "Enrolled"),
    "suspended": ("休学", "On leave"),
    "left": ("离校", "Left"),
    "graduated": ("毕业", "Graduated"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    text: str
    unit: int | None
    status: str
    level: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Filters":
        """What the address asks for; what cannot be read is left out, never an error."""
        given = request.GET
        unit = given.get("unit", "")
        status, level = given.get("status", ""), given.get("level", "")
        return cls(
            given.get("q", "").strip()[:40],
            number(unit, 11),
            status if status in STATUSES else "",
            level if level in {"any", "0", "1", "2", "3", "4"} else "",
        )

    @property
    def any(self) -> bool:
        return bool(self.text or self.unit or self.status or self.level)


def chosen(by: Reader, given: Filters, *, to_count: bool = False) -> QuerySet:  # type: ignore[type-arg]  # rows the front must not name
    """The reader's students narrowed by the filters; a unit out of reach narrows to nobody. `to_count`: see `queries.at_level`."""
    unit = queries.unit(by, given.unit) if given.unit else None
    found = queries.listing(by, text=given.text, unit=unit, status=given.status)
    if given.unit and unit is None:
        return found.none()
    if given.level == "any":
        return queries.with_alerts(by, found)
    return queries.at_level(by, found, int(given.level), to_count=to_count) if given.level else found


def chips(given: Filters, address: str) -> list[dict[str, object]]:
    """The level chips; `address(level)` is built by the caller's query string."""
    titles: list[tuple[str, str, int | None]] = [("", pick("全部", "All"), None), ("any", pick("有预警", "With alerts"), None)]
    titles += [(str(level.number), pick(level.zh, level.en), level.number) for level in reversed(LEVELS) if level.number]
    return [{"title": title, "url": address.format(code), "on": given.level == code, "level": level} for code, title, level in titles]
