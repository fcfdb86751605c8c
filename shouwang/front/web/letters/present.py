"""Ready strings for the lists of letters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.work.letters import policies, queries, wording

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {"pdf": PDF, "docx": DOCX, "zip": "application/zip"}
STATES = {
    "waiting": ("等回执", "Waiting"),
    "overdue": ("已逾期", "Overdue"),
    "returned": ("已收", "Returned"),
    "voided": ("已作废", "Voided"),
    "all": ("全部", "All"),
}


@dataclass(frozen=True, slots=True)
class Row:
    pk: int
    url: str
    who: str
    where: str
    number: str
    receipt: str
    kind: str
    level: int
    state: str
    issued_at: datetime | None
    due_at: datetime | None
    late: bool
    owner: str


def kind(code: str) -> str:
    return wording.title(code, "zh" if words.chinese() else "en")


def row(one: Any, now: datetime) -> Row:
    late = one.state == "issued" and one.due_at is not None and one.due_at < now
    return Row(
        pk=one.pk,
        url=f"/letters/{one.pk}/",
        who=one.student.name,
        where=one.student.class_unit.name,
        number=queries.number_of(one),
        receipt=one.receipt or "",
        kind=kind(one.kind),
        level=one.level,
        state=pick("已逾期", "Overdue") if late else pick(*policies.STATE_TITLES[one.state]),
        issued_at=one.issued_at,
        due_at=one.due_at,
        late=late,
        owner=one.owner.name if one.owner else "",
    )


def rows(found: Iterable[Any], now: datetime) -> list[Row]:
    return [row(one, now) for one in found]


def cells(one: Row) -> list[object]:
    """A line of the workbook."""
    days = [timezone.localdate(at).isoformat() if at else "" for at in (one.issued_at, one.due_at)]
    return [one.number, one.kind, one.who, one.where, days[0], days[1], one.state, one.receipt, one.owner]


BATCH_STATES = {
    "draft": ("拟稿，还没有发出", "Draft, not issued yet"),
    "issuing": ("正在编号和留存副本", "Being numbered and kept"),
    "done": ("已发出", "Issued"),
    "dropped": ("已放弃", "Dropped"),
}


def batch(one: Any) -> dict[str, Any]:
    return {
        "pk": one.pk,
        "kind": kind(one.kind),
        "state": one.state,
        "state_title": pick(*BATCH_STATES[one.state]),
        "total": one.total,
        "done": one.done,
        "left": one.total - one.done,
        "trouble": one.trouble,
        "made_by": one.made_by.name,
        "made_at": one.made_at,
        "ended_at": one.ended_at,
        "within": one.within_days,
        "template": one.template,
        "bundle": bool(one.bundle_sha256),
    }
