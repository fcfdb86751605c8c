"""Ready strings for meetings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from shouwang.front.web.kit import words
from shouwang.front.web.kit.words import pick
from shouwang.work.meetings import policies, queries
from shouwang.work.playbooks.procedure import DOMAINS

FATES = {"open": ("未完成", "Open"), "done": ("已完成", "Done"), "dropped": ("不再需要", "Dropped")}
ITEM_STATES = {"waiting": ("待议", "Waiting"), "discussed": ("已议", "Discussed"), "put_off": ("下次再议", "Put off")}


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the agenda, with what was said and what became of it."""

    pk: int
    kind: str
    level: int
    title: str
    where: str
    url: str
    why: str
    state: str
    state_title: str
    discussed: str
    decisions: list[dict[str, Any]]


def point(one: Any, today: Any) -> Point:
    row = one.item
    why = pick(*policies.WHY[row.why])
    if row.why == "overdue" and row.count:
        why = pick(f"{row.count} 个步骤逾期", f"{row.count} steps overdue")
    return Point(
        pk=row.pk,
        kind=row.kind,
        level=row.level if row.kind == "case" else 0,
        title=title(one),
        where=row.student.class_unit.name if row.student else "",
        url=_url(row),
        why=why,
        state=row.state,
        state_title=pick(*ITEM_STATES[row.state]),
        discussed=one.discussed,
        decisions=[
            {
                "words": agreed.words,
                "owner": agreed.decision.owner.name,
                "due": words.day(agreed.decision.due_on, today),
                "state": agreed.state,
                "fate": pick("已逾期", "Overdue") if agreed.is_late else pick(*FATES[agreed.state]),
                "late": agreed.is_late,
            }
            for agreed in one.decisions
        ],
    )


def title(one: Any) -> str:
    """What a point is called for who may read it."""
    row = one.item
    if row.kind == "case":
        strand = queries.strand_of(row)
        domain = pick(*DOMAINS[strand.domain]) if strand is not None and strand.domain in DOMAINS else ""
        return f"{row.student.name} · {domain}"
    if row.kind == "letters":
        return pick(f"{row.count} 份通知书的回执逾期", f"{row.count} receipts are overdue")
    return str(one.title) if row.kind == "topic" else pick("培训准备情况", "A training comes")


def _url(row: Any) -> str:
    number = row.ref.partition(":")[2]
    if row.kind == "case":
        strand = queries.strand_of(row)
        return f"/cases/{strand.case_id}/" if strand is not None else ""
    return {"letters": "/letters/?state=overdue", "training": f"/trainings/{number}/"}.get(row.kind, "")


def meeting(one: Any) -> dict[str, Any]:
    begins, ends = timezone.localtime(one.starts_at), timezone.localtime(one.ends_at)
    return {
        "pk": one.pk,
        "url": f"/meetings/{one.pk}/",
        "title": one.series.title,
        "number": pick(f"第 {one.number} 次", f"No. {one.number}"),
        "when": f"{words.day(begins.date(), begins.date(), weekday=True)} {begins:%H:%M}–{ends:%H:%M}",
        "place": one.place,
        "state": one.state,
        "state_title": pick(*policies.STATE_TITLES[one.state]),
        "unit": one.series.unit.name,
        "starts_at": one.starts_at,
    }


def moment(text: str) -> datetime | None:
    """What a field of day and time says, in the school's time; None when it cannot be read."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found)
