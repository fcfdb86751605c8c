"""Ready strings for the list and the page: one presenter each, so that templates only place them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.safestring import SafeString

from shouwang.common.reader import Reader
from shouwang.front.web.kit import drawing, words
from shouwang.front.web.kit.words import pick
from shouwang.front.web.students.filters import STATUSES
from shouwang.trust.access.policies import ROLES
from shouwang.work.alerts.policies import STATE_TITLES
from shouwang.work.alerts.queries import listing
from shouwang.work.profile import queries
from shouwang.work.profile.measures import Measure, Panels
from shouwang.work.profile.stories import GROUPS, Entry

ICONS = {
    "score": "school",
    "coursework": "file-text",
    "attendance": "door-enter",
    "attendance_day": "door-enter",
    "leave": "calendar",
    "internship_checkin": "briefcase",
    "internship_evaluation": "briefcase",
    "graduation_milestone": "list-check",
    "skill_assessment": "checkup-list",
    "certificate": "certificate",
    "activity_points": "activity",
    "platform_activity": "device-laptop",
    "dorm_access": "bed",
    "library_loan": "books",
    "conduct": "gavel",
    "fee": "coin",
    "aid": "heart-handshake",
    "enrolment_change": "building",
    "alert": "bell",
}


@dataclass(frozen=True, slots=True)
class ListRow:
    sid: int
    name: str
    number: str
    class_name: str
    status: str
    level: int
    since: str
    why: str


def rows(by: Reader, students: Iterable[Any], today: date) -> list[ListRow]:
    listed = list(students)
    standings = queries.standings(by, [student.sid for student in listed])
    found = []
    for student in listed:
        standing = standings.get(student.sid)
        zh, en = STATUSES.get(student.status, (student.status, student.status))
        found.append(
            ListRow(
                student.sid,
                student.name,
                student.number,
                student.class_unit.name,
                pick(zh, en),
                standing.level if standing else 0,
                words.day(standing.since, today) if standing else "",
                pick("、", ", ").join(standing.titles[:3]) if standing else "",
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Item:
    icon: str
    title: str
    detail: str
    tone: str
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class Day:
    date: str
    iso: str
    items: list[Item]


def days(timeline: queries.Timeline, today: date) -> list[Day]:
    """The timeline's entries by day, each with the row of the file it came from."""
    found: list[Day] = []
    for entry in timeline.entries:
        iso = entry.day.isoformat()
        if not found or found[-1].iso != iso:
            found.append(Day(words.day(entry.day, today), iso, []))
        found[-1].items.append(
            Item(
                ICONS.get(entry.kind, "history"),
                entry.title,
                entry.detail,
                entry.tone,
                source(entry, timeline.files),
                f"/alerts/{entry.alert_id}/" if entry.alert_id else "",
            )
        )
    return found


def source(entry: Entry, files: dict[int, str]) -> str:
    """「考勤_12月.xlsx · 第 204 行」, for the hover."""
    places = []
    for one in entry.sources[:6]:
        row = pick(f" · 第 {one.row_no} 行", f" · row {one.row_no}") if one.row_no else ""
        places.append(files.get(one.batch_id, pick("已撤回的批次", "a retracted batch")) + row)
    return "\n".join(dict.fromkeys(places))


def group_chips(timeline: queries.Timeline, chosen: str, address: str) -> list[dict[str, object]]:
    whole = sum(timeline.counts.values())
    chips: list[dict[str, object]] = [
        {"title": pick("全部", "All"), "url": address.format(""), "on": not chosen, "count": f"{whole:,}", "level": None}
    ]
    for code, titles in GROUPS.items():
        if count := timeline.counts.get(code):
            chips.append({"title": pick(*titles), "url": address.format(code), "on": chosen == code, "count": f"{count:,}", "level": None})
    return chips


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    role: str
    phone: str
    place: str


def people(duties: Iterable[Any]) -> list[Person]:
    """Those who answer for the student, each once with all their roles, and the phone where there is one."""
    of_holder: dict[tuple[bool, int], list[Any]] = {}
    for duty in duties:
        of_holder.setdefault((duty.staff_id is None, duty.staff_id or duty.cadre_id), []).append(duty)
    found = []
    for held in of_holder.values():
        roles = [ROLES[duty.role] for duty in held if duty.role in ROLES]
        titles = pick("、", ", ").join(dict.fromkeys(pick(role.zh, role.en) for role in roles))
        places = pick("、", ", ").join(dict.fromkeys(duty.unit.name for duty in held if duty.unit))
        holder = held[0].staff or held[0].cadre
        found.append(Person(holder.name, titles, held[0].staff.phone if held[0].staff else "", places))
    return found


@dataclass(frozen=True, slots=True)
class AlertLine:
    url: str
    level: int
    title: str
    sentence: str
    state: str
    since: str


def alerts(by: Reader, rows: list[Any], today: date) -> list[AlertLine]:
    """The student's active alerts, each with the sentence that explains it."""
    values = listing.values_of(rows)
    return [
        AlertLine(
            f"/alerts/{row.pk}/",
            row.level,
            pick(row.rule_version.title, row.rule_version.title_en),
            listing.reason(row.rule, values.get(row.pk, {}), by.lang),
            pick(*STATE_TITLES[row.state]),
            pick(f"自 {words.day(row.opened_on, today)}", f"since {words.day(row.opened_on, today)}"),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Tile:
    title: str
    hover: str
    shown: str
    unit: str
    change: str
    spark: SafeString
    strip: SafeString
    foot: str
    over: bool


@dataclass(frozen=True, slots=True)
class AreaOfTiles:
    title: str
    tiles: list[Tile]
    silent: list[tuple[str, str]]
    over: int
    is_open: bool


def areas(found: Panels, today: date) -> list[AreaOfTiles]:
    """Areas with something over a line stand open; of a calm student the first one does."""
    shown = []
    for at, panel in enumerate(found.areas):
        silent = [(pick(one.indicator.title, one.indicator.title_en), _silence(one, today)) for one in panel.silent]
        shown.append(AreaOfTiles(panel.title, [_tile(one) for one in panel.known], silent, panel.over, panel.over > 0 or at == 0))
    return shown


def _silence(one: Measure, today: date) -> str:
    """Why there is no number, and since when."""
    means = pick(one.indicator.null_means, one.indicator.null_means_en)
    if one.last_known is None:
        return means
    day = words.day(one.last_known, today)
    return pick(f"{means}；{day} 之后没有数据", f"{means}; nothing after {day}")


def _tile(one: Measure) -> Tile:
    about = one.indicator
    title, unit, window = pick(about.title, about.title_en), pick(about.unit, about.unit_en), pick(about.window, about.window_en)
    shown = words.quantity(one.value, about.decimals)
    line = words.quantity(one.threshold, about.decimals) if one.threshold is not None else ""
    parts = []
    if one.median is not None:
        parts.append(
            pick(f"班级中位 {words.quantity(one.median, about.decimals)}", f"class median {words.quantity(one.median, about.decimals)}")
        )
    if line:
        parts.append(pick(f"线 {line}", f"line {line}"))
    days = pick(f"{len(one.days)} 次评估", f"{len(one.days)} runs")
    label = pick(f"{title}：现在 {shown} {unit}", f"{title}: now {shown} {unit}")
    moved = one.change
    return Tile(
        title,
        f"{title} · {window} · {days}",
        shown,
        unit,
        words.change(moved, about.decimals) if moved and round(moved, about.decimals) else "",
        drawing.sparkline(one.points, threshold=one.threshold, worse=about.worse, label=label) if len(one.points) > 1 else SafeString(""),
        drawing.strip(one.mates, one.value, worse=about.worse, label=pick("在班级中的位置", "place in the class")),
        " · ".join(parts),
        one.is_over,
    )
