"""Deliveries as ready words for the pages. Nothing here decides what may be seen; it is handed what the query gave."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from shouwang.analysis.intake.book import letter
from shouwang.analysis.standard import Table, load
from shouwang.common.reader import Reader
from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.work.imports import queries
from shouwang.work.imports.policies import TITLES, why_not
from shouwang.work.imports.queries import Delivery

UNFINISHED = ("received", "recognised", "checked", "previewed", "accepting", "failed")
ENGLISH = {
    "received": "received", "recognised": "recognised", "checked": "checked", "previewed": "to be confirmed", "accepting": "being accepted",
    "accepted": "accepted", "refused": "sent back", "retracted": "retracted", "failed": "unreadable",
}  # fmt: skip


@dataclass(slots=True)
class Grid:
    """One sheet as the person sees it in Excel, with what each column is read as."""

    number: int
    name: str
    used: bool
    note: str
    sentence: str
    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    from_title: list[str] = field(default_factory=list)


def limit() -> str:
    return f"{settings.UPLOAD_LIMIT // 2**20} MB"


def state(delivery: Delivery) -> str:
    return pick(TITLES[delivery.state], ENGLISH[delivery.state])


def title(delivery: Delivery) -> str:
    table = load().tables.get(delivery.table)
    return pick(table.title, table.title_en) if table else pick("未识别的文件", "Not recognised yet")


def size(count: int) -> str:
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{max(1, count // 1024)} KB"


def table_options(by: Reader) -> list[dict[str, Any]]:
    """The tables the reader may deliver, by department, for a select."""
    standard = load()
    by_owner: dict[str, list[Table]] = {}
    for table in queries.deliverable(by):
        by_owner.setdefault(table.owner, []).append(table)
    return [
        {
            "title": pick(standard.departments[owner].title, standard.departments[owner].title_en),
            "tables": [{"name": table.name, "title": pick(table.title, table.title_en)} for table in tables],
        }
        for owner, tables in by_owner.items()
    ]


def brief(delivery: Delivery) -> dict[str, Any]:
    return {"pk": delivery.pk, "title": title(delivery), "filename": delivery.filename, "state": state(delivery)}


def working(delivery: Delivery) -> dict[str, Any]:
    at = delivery.progress
    return {"pk": delivery.pk, "step": at.step or pick("排队等候处理", "waiting in the queue"), "done": at.done, "total": at.total}


def present(delivery: Delivery, *, by: Reader, now: datetime) -> dict[str, Any]:
    """Everything the page of one delivery shows."""
    table = load().tables.get(delivery.table)
    gates = list(delivery.gates.all())
    shown = brief(delivery) | {
        "delivery": delivery,
        "context": _context(delivery, now),
        "steps": _steps(delivery),
        "working": working(delivery) if delivery.progress.job else None,
        "note": _note(delivery, by),
        "stalled": not delivery.progress.job and delivery.state in ("received", "checked"),
        "tables": table_options(by),
        "table": table,
        "grids": [_grid(sheet, table, queries.head(delivery)) for sheet in delivery.sheets.prefetch_related("columns")],
        "options": _options(table) if table else [],
        "reasons": [_reason(delivery, count) for count in delivery.problem_counts.all()],
        "gates": [gate.sentence for gate in gates],
        "figures": _figures(delivery),
        "extra": _extra(delivery),
        "changes": _changes(delivery, by),
        "raised": _alerts(delivery, by, "raised"),
        "cleared": _alerts(delivery, by, "cleared"),
        "history": _history(delivery, now),
        "may": {move: why_not(delivery.state, move) is None for move in ("recognise", "begin", "refuse", "retract")},
        "sizes": size(delivery.size),
    }
    missing = any(grid.missing for grid in shown["grids"])
    return shown | {"missing": missing, "asks": missing or delivery.state in ("recognised", "received", "failed")}


def _extra(delivery: Delivery) -> str:
    """What else was met in the file: rows that only repeat another, headings and totals that are no rows, numbers nobody knows."""
    said = []
    if delivery.rows_repeated:
        said.append(
            pick(f"{delivery.rows_repeated:,} 行与别的行完全相同，只取一次", f"{delivery.rows_repeated:,} repeated rows taken once")
        )
    if delivery.rows_ignored:
        said.append(
            pick(f"略过 {delivery.rows_ignored:,} 行合计与重复表头", f"{delivery.rows_ignored:,} totals and repeated headings skipped")
        )
    if delivery.students_unknown:
        said.append(pick(f"{delivery.students_unknown:,} 个学号不在名册", f"{delivery.students_unknown:,} numbers not in the roster"))
    return pick("；", "; ").join(said)


def _context(delivery: Delivery, now: datetime) -> str:
    who = delivery.received_by.name if delivery.received_by else pick("命令行", "command line")
    return f"{delivery.filename} · {size(delivery.size)} · {who} · {words.ago(delivery.received_at, now)}"


def _steps(delivery: Delivery) -> list[dict[str, Any]]:
    """The four steps with what each has brought so far."""
    place = {"received": 1, "failed": 1, "recognised": 1, "checked": 2, "previewed": 3, "accepting": 3}.get(delivery.state, 4)
    if delivery.state == "refused":
        place = 3 if delivery.rows_total else 1
    titles = (
        pick("收到文件", "Received"),
        pick("识别列", "Recognised"),
        pick("逐格检查", "Checked"),
        pick("确认接收", "Accepted"),
    )
    return [{"title": name, "done": at < place, "current": at == place} for at, name in enumerate(titles)]


def _note(delivery: Delivery, by: Reader) -> dict[str, Any] | None:
    if delivery.state == "failed":
        return {"kind": "danger", "title": pick("这个文件读不出来", "This file cannot be read"), "text": delivery.trouble}
    if delivery.trouble and delivery.state in UNFINISHED:
        return {"kind": "warn", "title": "", "text": delivery.trouble}
    if delivery.twin is not None and delivery.state in UNFINISHED:
        counted = delivery.twin.state == "accepted"
        same = pick("内容与之前那一份完全相同，", "The content is the same as before; ")
        again = pick("再次接收不会改变数据；如果传错了文件，请退回。", "accepting it again changes nothing.")
        other = pick(
            f"之前那一份{TITLES[delivery.twin.state]}，请只处理其中一份。",
            f"the earlier one is {ENGLISH[delivery.twin.state]}: handle one of them.",
        )
        return {
            "kind": "warn",
            "title": pick("这个文件已经报送过", "This very file came before"),
            "text": same + (again if counted else other),
            "action": pick("查看之前那一份", "Open the earlier one") if queries.delivery(by, delivery.twin.pk) else "",
            "action_url": reverse("imports:page", args=[delivery.twin.pk]),
        }
    return None


def _grid(sheet: Any, table: Table | None, heads: dict[int, list[tuple[int, list[str]]]]) -> Grid:
    columns = list(sheet.columns.all())
    chosen = {column.column for column in columns}
    grid = Grid(sheet.number, sheet.name, sheet.used, sheet.note, "")
    if sheet.used and sheet.header_last:
        grid.sentence = pick(
            f"表头在第 {sheet.header_last} 行，数据从第 {sheet.first_row} 行到第 {sheet.last_row} 行",
            f"heading in row {sheet.header_last}, data in rows {sheet.first_row}–{sheet.last_row}",
        )
    grid.columns = [
        {"position": c.position, "letter": letter(c.position), "heading": c.heading, "column": c.column, "by_hand": c.by_hand}
        for c in columns
    ]
    width = max((len(row) for _, row in heads.get(sheet.number, [])), default=0)
    grid.rows = [
        {"number": number, "cells": row + [""] * (width - len(row)), "header": sheet.header_first <= number <= sheet.header_last}
        for number, row in heads.get(sheet.number, [])
    ]
    if table and sheet.used:
        titled = dict(line.split("=", 1) for line in sheet.from_title.splitlines() if "=" in line)
        grid.from_title = [f"{pick(table.column(name).title, table.column(name).title_en)}：{text}" for name, text in titled.items()]
        chosen |= titled.keys()
        grid.missing = [pick(c.title, c.title_en) for c in table.required if c.name not in chosen and c.default is None]
    return grid


def _options(table: Table) -> list[dict[str, str]]:
    return [
        {"name": column.name, "title": pick(column.title, column.title_en) + ("*" if column.required else "")} for column in table.columns
    ]


def _reason(delivery: Delivery, count: Any) -> dict[str, Any]:
    table = load().tables[delivery.table]
    names = {column.name: pick(column.title, column.title_en) for column in table.columns}
    return {
        "reason": count.reason,
        "remedy": count.remedy,
        "column": names.get(count.column, ""),
        "n": count.n,
        "example": count.example,
        "notice": count.is_notice,
        "url": f"{reverse('imports:problems', args=[delivery.pk])}?code={count.code}&column={count.column}",
    }


def reason_chips(delivery: Delivery, code: str, column: str) -> list[dict[str, Any]]:
    base = reverse("imports:problems", args=[delivery.pk])
    chips = [{"title": pick("全部", "All"), "url": base, "on": not code, "count": delivery.problems, "level": None}]
    for count in delivery.problem_counts.all():
        on = count.code == code and count.column == column
        chips.append(
            {"title": count.reason, "url": f"{base}?code={count.code}&column={count.column}", "on": on, "count": count.n, "level": None}
        )
    return chips


def _figures(delivery: Delivery) -> dict[str, str]:
    names = ("rows_total", "rows_good", "rows_bad", "rows_new", "rows_changed", "rows_unchanged", "rows_gone", "problems", "students")
    shown = {name: f"{getattr(delivery, name):,}" for name in names}
    for name in ("alerts_raised", "alerts_cleared"):
        value = getattr(delivery, name)
        shown[name] = "" if value is None else f"{value:,}"
    shown["good_share"] = words.share(delivery.rows_good, delivery.rows_total)
    return shown


def _changes(delivery: Delivery, by: Reader) -> list[dict[str, str]]:
    """Some rows that would change or disappear; a student's name stands only where the reader may know the student."""
    samples = queries.samples(delivery)
    names = queries.names_of(by, [sample.sid for sample in samples if sample.sid is not None])
    words_ = {"changed": pick("变更", "changed"), "gone": pick("撤销", "gone")}
    return [
        {
            "kind": words_[sample.kind],
            "tag": "tag-warn" if sample.kind == "gone" else "",
            "who": names.get(sample.sid or 0, ""),
            "key": sample.key,
            "before": sample.before,
            "after": sample.after,
        }
        for sample in samples
    ]


def _alerts(delivery: Delivery, by: Reader, kind: str) -> list[dict[str, Any]]:
    return [
        {
            "name": student.name,
            "where": student.class_unit.name,
            "rule": rule,
            "level": level,
            "url": reverse("students:page", args=[student.sid]),
        }
        for found, student, rule, level in queries.alert_examples(by, delivery)
        if found == kind
    ]


def _history(delivery: Delivery, now: datetime) -> list[dict[str, Any]]:
    def who(account: Any) -> str:
        return account.name if account else pick("命令行", "command line")

    lines = [{"what": pick("收到", "Received"), "who": who(delivery.received_by), "at": delivery.received_at, "why": ""}]
    if delivery.accepted_at:
        lines.append(
            {
                "what": pick("接收", "Accepted"),
                "who": who(delivery.accepted_by),
                "at": delivery.accepted_at,
                "why": delivery.confirmed_gates,
            }
        )
    if delivery.refused_at:
        lines.append(
            {"what": pick("退回", "Sent back"), "who": who(delivery.refused_by), "at": delivery.refused_at, "why": delivery.refused_reason}
        )
    if delivery.retracted_at:
        why = delivery.retracted_reason
        lines.append({"what": pick("撤回", "Retracted"), "who": who(delivery.retracted_by), "at": delivery.retracted_at, "why": why})
    return lines
