"""The queue of deliveries as lines: what needs the person, what is being worked on, what is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from shouwang.front.web.imports.presenting import UNFINISHED, state, title
from shouwang.front.web.kit.words import pick
from shouwang.work.imports.policies import WAITS_FOR_A_PERSON
from shouwang.work.imports.queries import Delivery

ICONS = {"accepted": "circle-check", "refused": "arrow-left", "retracted": "history", "failed": "alert-triangle", "previewed": "hand-stop"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the listing, as kit/work_row.html wants it."""

    key: int
    who: str
    where: str
    why: str
    since: datetime
    url: str
    icon: str
    action: str = ""
    action_url: str = ""
    level: int | None = None
    post: bool = False


def rows(found: Sequence[Delivery]) -> list[Row]:
    return [_row(delivery) for delivery in found]


def _row(delivery: Delivery) -> Row:
    url = reverse("imports:page", args=[delivery.pk])
    waits = delivery.state in WAITS_FOR_A_PERSON and not delivery.progress.job
    moment = delivery.retracted_at or delivery.refused_at or delivery.accepted_at or delivery.received_at
    action = (
        {"previewed": pick("去确认", "Review"), "recognised": pick("去选择", "Choose")}.get(delivery.state, pick("查看", "Open"))
        if waits
        else ""
    )
    return Row(
        key=delivery.pk,
        who=delivery.filename,
        where=title(delivery),
        why=summary(delivery),
        since=moment,
        url=url,
        icon=ICONS.get(delivery.state, "file-spreadsheet"),
        action=action,
        action_url=url if action else "",
    )


def summary(delivery: Delivery) -> str:
    """One sentence on where the delivery stands, in figures."""
    good, bad, total = (f"{n:,}" for n in (delivery.rows_good, delivery.rows_bad, delivery.rows_total))
    if delivery.progress.job:
        return delivery.progress.step or pick("正在处理", "being worked on")
    if delivery.trouble and delivery.state in UNFINISHED:
        return delivery.trouble
    wrong = pick(f"，{bad} 行需要改正", f", {bad} to be corrected") if delivery.rows_bad else ""
    left = pick(f"，{bad} 行没有接收", f", {bad} not taken") if delivery.rows_bad else ""
    sentences = {
        "previewed": pick(f"共 {total} 行，{good} 行可以接收{wrong}", f"{total} rows, {good} can be accepted{wrong}"),
        "accepted": pick(f"已接收 {good} 行{left}", f"{good} rows accepted{left}"),
        "refused": pick(f"已退回：{delivery.refused_reason}", f"sent back: {delivery.refused_reason}"),
        "retracted": pick(f"已撤回：{delivery.retracted_reason}", f"retracted: {delivery.retracted_reason}"),
    }
    return sentences.get(delivery.state) or state(delivery)


def groups(waiting: list[Row], busy: list[Row], finished: list[Row]) -> list[dict[str, Any]]:
    """What needs the person first, then what the platform is working on, then the rest."""
    at_work = {row.key for row in busy}
    named = (
        ("waiting", pick("需要您处理", "Needs you"), [row for row in waiting if row.key not in at_work]),
        ("busy", pick("正在处理", "Being worked on"), busy),
        ("finished", pick("已处理", "Done"), finished),
    )
    return [{"key": key, "title": heading, "rows": listed} for key, heading, listed in named if listed]
