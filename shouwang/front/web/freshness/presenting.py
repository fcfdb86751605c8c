"""Rows of the freshness board as ready words and drawings. Late stands first, because the board is read to see who is late."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.work.imports.board import Fresh, Round

STATES = {
    "late": ("迟报", "Late", "tag-danger", "alert-triangle"),
    "never": ("从未报送", "Never delivered", "tag-danger", "alert-triangle"),
    "due": ("未到期", "Not due yet", "", "clock"),
    "fresh": ("已报送", "Delivered", "tag-good", "circle-check"),
    "free": ("随时报送", "On change", "", "circle-dashed"),
}
ORDER = {"late": 0, "never": 0, "due": 1, "fresh": 2, "free": 3}
GROUPS = (("late", ("late", "never")), ("fresh", ("fresh",)), ("due", ("due", "free")))
MET = {"on": ("按时", "on time"), "late": ("迟报", "late"), "missed": ("缺报", "missed"), "open": ("尚未报送", "not yet")}


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    schedule: str
    state: str
    tag: str
    icon: str
    word: str
    due: str
    last: str
    last_exact: str
    last_by: str
    rows: str
    url: str
    rounds: SafeString
    covered: int | None
    enrolled: int | None
    share: str
    missing: str
    waiting: str
    upload: str


@dataclass(frozen=True, slots=True)
class Department:
    title: str
    late: int
    words: str
    rows: list[Row]


def present(
    found: Sequence[Fresh], *, mine: Collection[int], deliverable: Collection[str], now: datetime, state: str = ""
) -> dict[str, Any]:
    """Departments, those with late tables first; chips to narrow to one state; the sentence on top."""
    counts = {name: sum(1 for fresh in found if fresh.state in states) for name, states in GROUPS}
    wanted = dict(GROUPS).get(state)
    shown = [fresh for fresh in found if wanted is None or fresh.state in wanted]
    departments: dict[str, list[Fresh]] = {}
    for fresh in shown:
        departments.setdefault(fresh.department.code, []).append(fresh)
    groups = [_department(rows, mine, deliverable, now) for rows in departments.values()]
    return {
        "departments": sorted(groups, key=lambda group: -group.late),
        "chips": [_chip("", pick("全部", "All"), len(found), state)]
        + [_chip(name, _group(name), counts[name], state) for name, _ in GROUPS],
        "sentence": _sentence(counts),
    }


def _group(name: str) -> str:
    return {"late": pick("迟报", "Late"), "fresh": pick("已报送", "Delivered"), "due": pick("未到期或随时", "Not due")}[name]


def _chip(name: str, title: str, count: int, state: str) -> dict[str, Any]:
    return {"title": title, "url": f"?state={name}" if name else "?", "on": name == state, "count": count, "level": None}


def _sentence(counts: dict[str, int]) -> str:
    if not counts["late"]:
        return pick("所有到期的数据都已报送", "Everything that was due has been delivered")
    return pick(f"{counts['late']} 张表迟报，{counts['fresh']} 张已报送", f"{counts['late']} late, {counts['fresh']} delivered")


def _department(found: Iterable[Fresh], mine: Collection[int], deliverable: Collection[str], now: datetime) -> Department:
    ordered = sorted(found, key=lambda fresh: ORDER[fresh.state])
    late = sum(1 for fresh in ordered if ORDER[fresh.state] == 0)
    title = pick(ordered[0].department.title, ordered[0].department.title_en)
    return Department(
        title,
        late,
        pick(f"{late} 张迟报", f"{late} late") if late else pick("没有迟报", "nothing late"),
        [_row(fresh, mine, deliverable, now) for fresh in ordered],
    )


def _row(fresh: Fresh, mine: Collection[int], deliverable: Collection[str], now: datetime) -> Row:
    zh, en, tag, icon = STATES[fresh.state]
    table = fresh.table
    whole = table.delivery == "whole"
    share = ""
    if fresh.covered is not None and fresh.enrolled and fresh.round_rows:
        share = words.share(fresh.covered, fresh.enrolled) if whole else pick(f"涉及 {fresh.covered:,} 人", f"{fresh.covered:,} students")
    return Row(
        title=pick(table.title, table.title_en),
        schedule=table.schedule.sentence("zh" if words.chinese() else "en"),
        state=fresh.state,
        tag=tag,
        icon=icon,
        word=pick(zh, en),
        due=_due(fresh, now),
        last=words.ago(fresh.last_at, now) if fresh.last_at else "",
        last_exact=words.exact(fresh.last_at) if fresh.last_at else "",
        last_by=fresh.last_by,
        rows=f"{fresh.round_rows or fresh.last_rows:,}" if fresh.last_at else "",
        url=reverse("imports:page", args=[fresh.last_id]) if fresh.last_id in mine else "",
        rounds=_rounds(fresh.rounds, now),
        covered=fresh.covered if whole and share else None,
        enrolled=fresh.enrolled,
        share=share,
        missing=_missing(fresh) if whole and share else "",
        waiting=pick(f"{fresh.open_count} 份待确认", f"{fresh.open_count} waiting") if fresh.open_count else "",
        upload=f"{reverse('imports:new')}?table={table.name}" if table.name in deliverable else "",
    )


def _due(fresh: Fresh, now: datetime) -> str:
    due = fresh.lateness.due_at if fresh.state in ("late", "never") else fresh.lateness.next_due_at
    if due is None:
        return ""
    shown = f"{words.day(timezone.localdate(due), timezone.localdate(now))} {timezone.localtime(due):%H:%M}"
    if fresh.state in ("late", "never"):
        days = fresh.lateness.days_late
        late = pick(f"迟 {days} 天", f"{days} d late") if days else pick("今天到期", "due today")
        return pick(f"应于 {shown} 报送，{late}", f"due {shown}, {late}")
    return pick(f"下次 {shown}", f"next {shown}")


def _missing(fresh: Fresh) -> str:
    if not fresh.missing:
        return ""
    names = "、".join(gap.name for gap in fresh.missing[:3])
    more = len(fresh.missing)
    return pick(f"缺 {more} 个班：{names}{'等' if more > 3 else ''}", f"{more} classes missing: {names}")


def _rounds(rounds: Sequence[Round], now: datetime) -> SafeString:
    """The last due moments as small squares: filled on time, half late, empty missed. The words stand in the title and for screen readers."""
    if not rounds:
        return SafeString("")
    today = timezone.localdate(now)
    said = "；".join(f"{words.day(timezone.localdate(one.due_at), today)} {pick(*MET[one.met])}" for one in rounds)
    squares = format_html_join("", '<rect class="round-{}" x="{}" y="{}" width="9" height="{}" rx="1.5"/>', _squares(rounds))
    width = 13 * len(rounds)
    return format_html(
        '<svg class="rounds" viewBox="0 0 {} 14" width="{}" height="14" role="img" aria-label="{}"><title>{}</title>{}</svg>',
        width, width, said, said, squares,
    )  # fmt: skip


def _squares(rounds: Sequence[Round]) -> Iterable[tuple[str, int, int, int]]:
    height = {"on": 13, "late": 7, "missed": 13, "open": 13}
    for place, one in enumerate(rounds):
        yield one.met, 13 * place + 1, 14 - height[one.met], height[one.met] - 1
