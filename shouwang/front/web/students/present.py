"""Ready strings for the list and the page: one presenter each, so that templates only place them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from shouwang.common.reader import Reader
from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.front.web.students.filters import STATUSES
from shouwang.trust.access.policies import ROLES
from shouwang.work.profile import queries
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
        found[-1].items.append(Item(ICONS.get(entry.kind, "history"), entry.title, entry.detail, entry.tone, source(entry, timeline.files), entry.url))
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
    chips: list[dict[str, object]] = [{"title": pick("全部", "All"), "url": address.format(""), "on": not chosen, "count": f"{whole:,}", "level": None}]
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
    """Those who answer for the student, with the phone where there is one."""
    found = []
    for duty in duties:
        holder = duty.staff or duty.cadre
        role = ROLES.get(duty.role)
        place = duty.unit.name if duty.unit else pick("本人", "named")
        found.append(Person(holder.name, pick(role.zh, role.en) if role else duty.role, duty.staff.phone if duty.staff else "", place))
    return found
