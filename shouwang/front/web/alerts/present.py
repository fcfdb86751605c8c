"""Ready strings for the list and the evidence page: one presenter each, so that templates only place them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shouwang.common.levels import LEVELS
from shouwang.common.reader import Reader
from shouwang.front.web.kit import drawing, marks, words
from shouwang.front.web.kit.words import pick
from shouwang.trust.access.policies import why_not
from shouwang.work.alerts import policies, queries
from shouwang.work.alerts.queries import Card, Line, Reproduction, StudentGroup

Alert = Any  # a row of a table that the front must not name


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    level: int
    badge: SafeString
    who: str
    where: str
    title: str
    why: str
    since: SafeString
    state: str
    unknown: str
    url: str
    student_url: str
    may_acknowledge: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading: a level, or a student."""

    title: str
    level: int
    where: str
    url: str
    rows: list[Row]


def rows(by: Reader, alerts: Sequence[Line], now: datetime) -> list[Row]:
    """One line per alert: who, what, why now, since when."""
    values = queries.values_of(alerts)
    may_act = why_not(by, "alerts_act") is None
    return [_row(by, one, values[one.pk], now, may_act) for one in alerts]


def unknown(since: date | None, now: datetime) -> str:
    """That nothing has been known of an alert for some time; empty when it is known."""
    if since is None:
        return ""
    day = words.day(since, timezone.localdate(now))
    return pick(f"{day} 起没有数据，无法判断", f"no data since {day}, not known")


def _row(by: Reader, one: Line, values: dict[str, float | None], now: datetime, may_act: bool) -> Row:
    return Row(
        key=str(one.pk),
        level=one.level,
        badge=marks.badge(one.level),
        who=one.who,
        where=one.where,
        title=pick(one.rule_version.title, one.rule_version.title_en),
        why=queries.reason(one.rule, values, by.lang),
        since=marks.moment(one.opened_on, now),
        state="" if one.state == "open" else pick(*policies.STATE_TITLES[one.state]),
        unknown=unknown(one.unknown_since, now),
        url=f"/alerts/{one.pk}/",
        student_url=f"/students/{one.student_id}/",
        may_acknowledge=may_act and (one.state, "acknowledge") in policies.MOVES,
    )


def by_level(listed: list[Row]) -> list[Group]:
    """The rows as they come, cut where the level changes."""
    groups: list[Group] = []
    for row in listed:
        if not groups or groups[-1].level != row.level:
            level = LEVELS[row.level]
            groups.append(Group(pick(f"{level.zh}预警", f"{level.en} alerts"), row.level, "", "", []))
        groups[-1].rows.append(row)
    return groups


def by_student(by: Reader, found: Sequence[StudentGroup], now: datetime) -> list[Group]:
    listed = {row.key: row for row in rows(by, [one for group in found for one in group.alerts], now)}
    groups = []
    for group in found:
        mine = [listed[str(one.pk)] for one in group.alerts]
        groups.append(Group(mine[0].who, group.level, mine[0].where, mine[0].student_url, mine))
    return groups


def export_rows(by: Reader, alerts: Sequence[Line], now: datetime) -> list[list[object]]:
    """The cells of the workbook."""
    listed = rows(by, alerts, now)
    return [
        [
            one.number,
            row.who,
            row.where,
            pick(LEVELS[row.level].zh, LEVELS[row.level].en),
            row.title,
            row.why,
            pick(*policies.STATE_TITLES[one.state]),
            one.opened_on.isoformat(),
            one.last_fired_on.isoformat(),
            row.unknown,
        ]
        for one, row in zip(alerts, listed, strict=True)
    ]


def evidence(one: Alert, found: Card, today: date, most: int) -> dict[str, object]:
    """The kit's evidence card with the newest rows."""
    headings = [pick("日期", "Day"), pick("数据", "Data"), pick("内容", "What"), pick("出处", "Source")]
    cells = [[words.day(row.day, today) if row.day else "—", row.table, _what(row), _source(row)] for row in _newest(found, most)]
    as_of = words.day(one.run.as_of, today)
    version = pick(f"规则第 {one.rule_version.version} 版", f"rule version {one.rule_version.version}")
    left = len(found.rows) - len(cells) + found.more_rows
    more = pick(f" · 另有 {left:,} 行未列出", f" · {left:,} more rows not listed") if left else ""
    return {
        "level": one.level,
        "title": pick("为什么预警", "Why this alert"),
        "sentence": found.sentence,
        "figures": [_figure(figure) for figure in found.figures],
        "headings": headings,
        "rows": cells,
        "no_rows": found.trouble
        or pick("这条规则看的是没有发生的事，没有可列出的数据行。", "This rule is about what did not happen; there are no rows."),
        "foot": pick(f"数据截至 {as_of} 的评估 · {version}{more}", f"Data as of the evaluation of {as_of} · {version}{more}"),
        "reproduce_url": f"/alerts/{one.pk}/reproduce/",
    }


def _newest(found: Card, most: int) -> list[Any]:
    """The newest rows of each indicator, so that a daily feed does not push a yearly one off the page."""
    each = max(4, most // max(1, len(found.figures)))
    kept: list[Any] = []
    taken: dict[str, int] = {}
    for row in found.rows:
        taken[row.indicator] = taken.get(row.indicator, 0) + 1
        if taken[row.indicator] <= each or most >= len(found.rows):
            kept.append(row)
    return kept


def _figure(figure: Any) -> dict[str, object]:
    about = figure.indicator
    title, unit = pick(about.title, about.title_en), pick(about.unit, about.unit_en)
    shown = words.quantity(figure.value, about.decimals)
    label = pick(f"{title}：{shown} {unit}", f"{title}: {shown} {unit}")
    spark = (
        drawing.sparkline(figure.points, threshold=figure.threshold, worse=about.worse, label=label)
        if len(figure.points) > 1
        else SafeString("")
    )
    mates = figure.distribution
    strip = drawing.strip(mates.values, mates.own, worse=about.worse, label=pick("在班级中的位置", "place in the class"))
    missing = "" if figure.value is not None else pick(about.null_means, about.null_means_en)
    return {
        "shown": f"{shown} {unit}".strip() if figure.value is not None else shown,
        "title": f"{title} · {missing}" if missing else title,
        "threshold": pick("、", ", ").join(figure.thresholds),
        "spark": format_html("{}{}", spark, strip),
    }


def _what(row: Any) -> str:
    details = pick("；", "; ").join(f"{title} {text}" for title, text in row.details if text != row.label)
    return pick("：", ": ").join(part for part in (row.label, details) if part)


def _source(row: Any) -> str:
    """The file, sheet and row a person can open."""
    file = row.filename or pick(f"批次 {row.batch_id}", f"batch {row.batch_id}")
    return pick(f"{file} · 第 {row.sheet_no} 张表 · 第 {row.row_no} 行", f"{file} · sheet {row.sheet_no} · row {row.row_no}")


def reproduced(found: Reproduction) -> str:
    """That it came out the same, in the reader's language."""
    day = found.run.as_of.isoformat()
    return pick(found.sentence, f"Recomputed from the data and rules of {day}: the same to the last digit.")


@dataclass(frozen=True, slots=True)
class Fresh:
    table: str
    text: str
    missing: bool


def freshness(found: Card, today: date) -> list[Fresh]:
    """How far each table's data reached."""
    shown = []
    for one in found.freshness:
        if one.is_missing:
            shown.append(Fresh(one.table, pick("没有收到数据", "nothing delivered"), True))
            continue
        until = words.day(date.fromisoformat(one.last_day), today) if one.last_day else ""
        parts = [pick(f"数据到 {until}", f"data to {until}")] if until else []
        if one.accepted_at:
            parts.append(pick(f"{words.exact(one.accepted_at)} 接收", f"accepted {words.exact(one.accepted_at)}"))
        shown.append(Fresh(one.table, " · ".join(parts), False))
    return shown


@dataclass(frozen=True, slots=True)
class Event:
    title: str
    detail: str
    at: Any


def events(one: Alert) -> list[Event]:
    """What happened to the alert, newest first."""
    shown = []
    for event in one.events.select_related("by__staff", "run").order_by("-id"):
        who = event.by.name if event.by else pick("系统评估", "evaluation")
        reason = pick(*policies.REASONS[event.reason]) if event.reason in policies.REASONS else ""
        until = pick(f"到 {event.until:%Y-%m-%d}", f"until {event.until:%Y-%m-%d}") if event.until else ""
        run = pick(f"{event.run.as_of:%Y-%m-%d} 的评估", f"evaluation of {event.run.as_of:%Y-%m-%d}") if event.run else ""
        title = pick(event.get_kind_display(), event.kind.capitalize())
        shown.append(Event(title, " · ".join(part for part in (run or who, reason, until) if part), event.at))
    return shown
