"""Ready strings for the coverage board: who holds what, and where nobody does."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from shouwang.common.reader import Reader
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries
from shouwang.trust.access.policies import ROLES
from shouwang.trust.people.policies import SLOTS, Slot
from shouwang.work.deadlines import queries as deadlines

STUDENTS_SHOWN = 100
GAPS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Level:
    """One slot over the reader's units: how many need it and how many have it."""

    kind: str
    title: str
    unit_title: str
    held: int
    whole: int


@dataclass(frozen=True, slots=True)
class Place:
    pk: int
    name: str
    where: str
    slot: str
    title: str


@dataclass(frozen=True, slots=True)
class Held:
    """One unit's slot with the people in it; empty `people` is a gap."""

    place: Place
    kind: str
    people: list[str]


KIND_TITLES = {
    "school": ("学校", "School"),
    "college": ("学院", "Colleges"),
    "class": ("班级", "Classes"),
    "building": ("宿舍楼", "Buildings"),
    "floor": ("楼层", "Floors"),
}


def levels(by: Reader, empty: list[tuple[int, Slot]]) -> list[Level]:
    """Every slot that the reader's units need, from the school down to the floors."""
    needed, bare = queries.slot_counts(by), Counter(slot.code for _, slot in empty)
    return [
        Level(slot.kind, pick(slot.zh, slot.en), pick(*KIND_TITLES[slot.kind]), needed[slot.code] - bare[slot.code], needed[slot.code])
        for slot in SLOTS
        if needed[slot.code]
    ]


def gaps(by: Reader, empty: list[tuple[int, Slot]]) -> list[Place]:
    """The first empty places with their names."""
    shown = empty[:GAPS_SHOWN]
    units = queries.units(by).select_related("parent__parent").in_bulk([pk for pk, _ in shown])
    return [_place(units[pk], slot) for pk, slot in shown]


def _place(unit: object, slot: Slot) -> Place:
    parent = getattr(unit, "parent", None)
    above = [above.name for above in (getattr(parent, "parent", None), parent) if above is not None]
    return Place(unit.pk, unit.name, " / ".join(above[-2:]), slot.code, pick(slot.zh, slot.en))  # type: ignore[attr-defined]


def unheard(by: Reader, now: datetime) -> dict[str, object] | None:
    """Late matters of the reader's places of which nobody can be told: how many, and whom to name. Which they are, not everybody here may know."""
    found = deadlines.stuck(now, by)
    if not found.alone:
        return None
    return {"count": found.alone, "missing": [pick(ROLES[role].zh, ROLES[role].en) for role in found.missing]}


def register(by: Reader, on: date, kind: str) -> list[Held]:
    """Who answers for each unit of a kind, slot by slot."""
    held: dict[tuple[int, str], list[str]] = defaultdict(list)
    for duty in queries.holders(by, on, kind):
        person = duty.staff or duty.cadre
        if duty.unit_id is not None and person is not None:
            held[duty.unit_id, duty.role].append(person.name)
    rows = []
    for slot in SLOTS:
        if slot.kind != kind:
            continue
        for unit in queries.units_for(by, slot).select_related("parent__parent"):
            people = [titled(name, role) for role in slot.roles for name in dict.fromkeys(held[unit.pk, role])]
            rows.append(Held(_place(unit, slot), kind, people))
    return rows


def titled(name: str, role: str) -> str:
    """「林老师（班主任）」, or "林老师 (Homeroom teacher)"."""
    return pick(f"{name}（{ROLES[role].zh}）", f"{name} ({ROLES[role].en})")


def bare_students(by: Reader, on: date, limit: int = STUDENTS_SHOWN) -> list[dict[str, object]]:
    """The first students for whom nobody answers, in class order."""
    rows = queries.uncovered_students(by, on).select_related("class_unit")[:limit]
    return [{"sid": row.sid, "name": row.name, "number": row.number, "place": row.class_unit.name} for row in rows]
