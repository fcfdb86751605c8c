"""Rows of the work list out of what the desk found: who, what, why now, since when, one action."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import policies
from shouwang.work.desk import agenda, queries
from shouwang.work.imports.policies import TITLES

LATE_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Row:
    """As kit/work_row.html wants it."""

    key: str
    who: str
    why: str
    url: str
    where: str = ""
    level: int = 0
    icon: str = ""
    since: date | datetime | None = None
    action: str = ""
    action_url: str = ""
    post: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: list[Row]
    total: int
    more: str = ""
    more_title: str = ""
    note: str = ""
    foot: str = ""
    foot_url: str = ""
    order: str = ""


def matters(by: Reader, found: queries.Matters, title: str, more: str) -> Section:
    may_act = policies.why_not(by, "alerts_act") is None
    rows = [_matter(matter, may_act) for matter in found.shown]
    every = pick(f"超过 {found.total} 名同学", f"More than {found.total} students")
    whole = every if found.is_more else pick(f"全部 {found.total} 名同学", f"All {found.total} students")
    return Section(title, rows, found.total, more if found.total > len(rows) else "", whole)


def _matter(matter: queries.Matter, may_act: bool) -> Row:
    page = f"/students/{matter.sid}/"
    row: dict[str, Any] = {"action": pick("查看", "Open"), "action_url": page}
    if may_act and len(matter.alert_ids) == 1:
        row = {"action": pick("确认收到", "Acknowledge"), "action_url": f"/alerts/{matter.alert_ids[0]}/acknowledge/", "post": True}
    return Row(
        str(matter.sid),
        matter.name,
        matter.reason + _others(matter),
        page,
        matter.class_name,
        matter.level,
        since=matter.since,
        **row,
    )


SHOWN_AS: dict[str, tuple[str, tuple[str, str], tuple[str, str]]] = {
    # kind of matter: icon, what it is called without a title of its own, its action
    "step": ("clipboard-check", ("个案步骤", "A step of a case"), ("办理", "Do it")),
    "case": ("clipboard-check", ("各步已完成：结案或另作安排", "All steps are done: close it or go on"), ("去决定", "Decide")),
    "approval": ("user-check", ("等您审批", "Waits for your word"), ("去答复", "Answer")),
    "referral": ("external-link", ("转介等您接收", "A referral waits for you"), ("去答复", "Answer")),
    "letter_receipt": ("file-text", ("通知书的回执还没有收回", "The receipt of a notice is not back"), ("登记回执", "Enter it")),
    "meeting_decision": ("users", ("会议决定的事项", "Decided in a meeting"), ("查看", "Open")),
    "meeting": ("users", ("会议", "Meeting"), ("打开", "Open")),
    "shift": ("clock", ("值班", "Duty"), ("查看", "Open")),
    "climbed": ("alert-triangle", ("别人逾期的事", "Late with somebody else"), ("查看", "Open")),
    "incident": ("message-circle", ("反馈等您处理", "A report waits for you"), ("去处理", "See to it")),
}


def agenda_section(by: Reader, found: agenda.Agenda, now: datetime) -> Section:
    """Everything with a time limit or a grave alert, in one order; each row begins with why it stands there."""
    may_act = policies.why_not(by, "alerts_act") is None
    rows = [_item(one, may_act, now) for one in found.shown]
    rest = found.total - len(rows)
    more = "/?all=1" if rest and len(rows) <= agenda.A_DAY else ""
    reasons = pick(" → ", " → ").join(pick(*agenda.REASONS[code]) for code in agenda.ORDER)
    return Section(
        pick("今天先做这些", "Do these today"), rows, found.total, more, pick(f"还有 {rest} 项", f"{rest} more"),
        foot_url="/cases/?level=3" if found.in_cases and policies.why_not(by, "cases") is None else "",
        order=pick(f"排序：{reasons}", f"In this order: {reasons}") if rows else "", foot=_cased(found.in_cases),
    )  # fmt: skip


def _cased(count: int) -> str:
    return (
        pick(
            f"另有 {count} 名红、橙预警的同学，个案已有人在办。",
            f"{count} more students with red or orange alerts: their cases are in hand.",
        )
        if count
        else ""
    )


def _item(one: agenda.Item, may_act: bool, now: datetime) -> Row:
    reason = pick(*agenda.REASONS[one.reason])
    if one.kind == "alert" and one.matter is not None:
        row = _matter(one.matter, may_act)
        return replace(row, why=f"{reason} · {row.why}")
    icon, name, action = SHOWN_AS.get(one.kind, ("clock", ("有期限的事", "A matter with a limit"), ("查看", "Open")))
    title = one.title or pick(*name)
    if one.kind == "climbed":
        title = pick(f"责任人 {one.title} 还没有办", f"{one.title} has not done it yet")
    parts = [reason, *([title] if one.who else []), *([_when(one, now)] if one.due else [])]
    if one.matter is not None:
        parts.append(pick(f"预警：{one.matter.reason}", f"Alert: {one.matter.reason}"))
    return Row(
        one.ref.replace(":", "-").replace("/", "-"), one.who or title, " · ".join(parts), one.url, one.where, one.level,
        "" if one.level else icon, one.due, pick(*action), one.url,
    )  # fmt: skip


def _when(one: agenda.Item, now: datetime) -> str:
    """When it is due, begins, or was reported."""
    if one.due is None:
        return ""
    today = timezone.localdate(one.due) == timezone.localdate(now)
    shown = f"{timezone.localtime(one.due):%H:%M}" if one.reason == "today" and today else words.when(one.due, now)
    if one.kind in ("meeting", "shift"):
        return pick(f"{shown} 开始", f"begins {shown}")
    return pick(f"{shown} 上报", f"reported {shown}") if one.kind == "incident" else pick(f"{shown} 到期", f"due {shown}")


def _others(matter: queries.Matter) -> str:
    more = len(matter.titles) - 1
    if more < 1:
        return ""
    titles = pick("、", ", ").join(matter.titles[1:3])
    return pick(f"；另有 {more} 条：{titles}", f"; {more} more: {titles}") + (pick("等", " …") if more > 2 else "")


def safekeeping(worries: list[str]) -> Section:
    rows = [
        Row(
            f"backup-{at}",
            pick("备份", "Backups"),
            why,
            "/backups/",
            icon="database",
            action=pick("去处理", "See to it"),
            action_url="/backups/",
        )
        for at, why in enumerate(worries)
    ]
    return Section(pick("数据安全", "Safe-keeping"), rows, len(rows))


def deliveries(rows: list[Any]) -> Section:
    found = [
        Row(
            f"d{row.pk}",
            row.filename,
            " · ".join(part for part in (pick(TITLES.get(row.state, row.state), row.state), _counts(row), row.trouble) if part),
            f"/imports/{row.pk}/",
            icon="file-spreadsheet",
            since=row.received_at,
            action=pick("继续", "Continue"),
            action_url=f"/imports/{row.pk}/",
        )
        for row in rows
    ]
    return Section(pick("等您确认的数据", "Deliveries waiting for you"), found, len(found))


def _counts(row: Any) -> str:
    if not row.rows_total:
        return ""
    bad = pick(f"，{row.rows_bad:,} 行有问题", f", {row.rows_bad:,} with problems") if row.rows_bad else ""
    return pick(f"{row.rows_total:,} 行", f"{row.rows_total:,} rows") + bad


def late(rows: list[queries.Late], may_import: bool) -> Section:
    found = []
    for row in rows[:LATE_SHOWN]:
        upload = row.is_mine and may_import
        last = words.day(row.last_at.date(), row.due_at.date()) if row.last_at and row.due_at else ""
        came = pick(f"上次收到：{last}", f"last received: {last}") if last else pick("从未收到", "never received")
        found.append(
            Row(
                f"l{row.table}",
                row.title,
                pick(f"{row.department}，晚 {row.days} 天；{came}", f"{row.department}, {row.days} days late; {came}"),
                "/freshness/",
                icon="clock",
                since=row.due_at,
                action=pick("上传", "Upload") if upload else pick("查看", "Open"),
                action_url=f"/imports/new/?table={row.table}" if upload else "/freshness/",
            )
        )
    more = "/freshness/" if len(rows) > len(found) else ""
    return Section(pick("还没有收到的数据", "Data not received yet"), found, len(rows), more, pick("查看报送情况", "All departments"))


GLASS = {
    "agree": ("等您同意", "Waits for your agreement", "同意或不同意", "Decide"),
    "overdue": ("复核已逾期", "Review overdue", "复核", "Review"),
    "noted": ("已打开，请知悉", "Opened; please take note", "知悉", "Take note"),
    "review": ("等您复核", "Waits for your review", "复核", "Review"),
    "mine": ("您申请的", "Asked by you", "查看", "Open"),
}


def glasses(found: list[tuple[str, Any]], name_of: Callable[[Any], str]) -> Section:
    """Break-glasses that need somebody now: to agree, to take note, to review."""
    rows = []
    for kind, one in found:
        zh, en, act, act_en = GLASS[kind]
        url = f"/break-glass/{one.pk}/"
        why = pick(f"{zh} · 申请人 {one.asked_by.name}", f"{en} · asked by {one.asked_by.name}")
        rows.append(Row(f"b{one.pk}", name_of(one), why, url, icon="lock", since=one.asked_at, action=pick(act, act_en), action_url=url))
    return Section(pick("紧急查看", "Break-glass"), rows, len(rows))


def gaps(found: queries.Gaps) -> Section:
    rows = []
    if found.students:
        why = pick("既没有指定的负责人，班级也没有班主任或辅导员", "nobody is named for them, and their class has no teacher in charge")
        who = pick(f"{found.students} 名同学没有人负责", f"Nobody answers for {found.students} students")
        rows.append(
            Row("g-students", who, why, "/coverage/", icon="user-plus", action=pick("指定", "Name somebody"), action_url="/coverage/")
        )
    if found.units:
        who = pick(f"{found.units} 个单位缺少负责人", f"{found.units} units lack somebody in charge")
        why = pick("学校、学院、班级、宿舍楼各级应有负责人", "school, colleges, classes and buildings each need somebody")
        rows.append(Row("g-units", who, why, "/coverage/", icon="building", action=pick("查看", "Open"), action_url="/coverage/"))
    return Section(pick("责任覆盖的缺口", "Gaps in coverage"), rows, len(rows))


def contacts(found: list[Any]) -> Section:
    """Guardians of the own classes whose contact changed in the register, or who come second: they wait for the homeroom teacher."""
    action = pick("核实", "Check")
    rows = [
        Row(
            f"c{one.pk}",
            f"{one.student.name} · {one.name}",
            pick("名册中的监护人或电话有变动，核实之后才能发邀请", "The guardian or the telephone in the register has changed"),
            "/invitations/",
            icon="phone",
            action=action,
            action_url="/invitations/",
        )
        for one in found[:5]
    ]
    title = pick("等您核实的联系方式", "Contacts to check")
    return Section(
        title, rows, len(found), "/invitations/" if len(found) > len(rows) else "", pick(f"全部 {len(found)} 位", f"All {len(found)}")
    )


def nights(found: list[queries.Night], last: date | None, today: date) -> Section:
    rows = [
        Row(
            f"n{one.sid}",
            one.name,
            pick("昨夜未归", "Not back last night")
            if one.absent
            else pick(f"{timezone.localtime(one.at):%H:%M} 归来", f"Came back at {timezone.localtime(one.at):%H:%M}"),
            f"/students/{one.sid}/",
            one.room,
            icon="bed",
            since=one.at,
            action=pick("查看", "Open"),
            action_url=f"/students/{one.sid}/",
        )
        for one in found
    ]
    note = ""
    if last is None:
        note = pick("还没有收到过宿舍进出数据。", "No dormitory data were ever delivered.")
    elif (today - last).days > 1:
        day = words.day(last, today)
        note = pick(f"宿舍进出数据只到 {day}，昨夜的情况还不知道。", f"Dormitory data end on {day}; last night is not known yet.")
    return Section(pick("昨夜", "Last night"), rows, len(rows), note=note)


def named(students: list[Any]) -> Section:
    rows = []
    for one in students:
        url = f"/students/{one.sid}/"
        rows.append(Row(f"p{one.sid}", one.name, one.class_unit.name, url, icon="user", action=pick("查看", "Open"), action_url=url))
    return Section(pick("由您负责的同学，目前没有预警", "In your charge, without alerts"), rows, len(rows))


def size(count: int) -> str:
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"
