"""One case, whole, as one reader may read it: what is next, who, until when; the words of what they may see, presence of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.vault import queries as vault
from shouwang.work.cases.models import Approval, Case, CaseEvent, CaseStep, Document, Goal, Link, Member, Note, Referral, Strand
from shouwang.work.cases.policies import STEP_LIVE
from shouwang.work.cases.queries.acting import actors, needs_approval
from shouwang.work.cases.queries.listing import timed
from shouwang.work.cases.queries.seeing import events, known_strands, visible_steps, visible_strands
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.deadlines.models import Deadline

ERASED = ("这位同学的加密文字已被销毁。", "The sealed text of this student was destroyed.")
_OF_CASE: dict[str, Any] = {"path": "case__unit_path", "dorm": "case__dorm_path", "sid": "case__student_id"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A row with its text."""

    row: Any
    words: str = ""
    answer: str = ""
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """A matter one may know of but not read: its domain, and whom to ask."""

    strand: Strand
    who: tuple[str, ...]


@dataclass
class Sheet:
    case: Case
    actors: frozenset[str]
    strands: list[Strand]
    closed: list[Closed]
    level: int
    live: list[Opened]
    past: list[Opened]
    hidden_steps: int
    plan: str
    summary: str
    team: list[Member]
    goals: list[Opened]
    notes: list[Opened]
    documents: list[Opened]
    referrals: list[Opened]
    approvals: list[Opened]
    events: list[CaseEvent]
    links: list[Link]
    needs_approval: bool = False
    people: dict[int, str] = field(default_factory=dict)


def sheet(by: Reader, found: Case, now: datetime) -> Sheet:
    """Everything the page of a case shows this reader. Call for a case that is visible to them."""
    mine = list(visible_strands(by).filter(case=found).select_related("playbook", "raised_by__staff"))
    hidden = [one for one in known_strands(by).filter(case=found) if one.pk not in {strand.pk for strand in mine}]
    steps = list(timed(visible_steps(by).filter(case=found)).select_related("strand__playbook", "responsible__staff"))
    clocks = deadlines.many([step.ref for step in steps])
    readable = set(_seen(by, CaseStep.objects.filter(case=found)).order_by().values_list("pk", flat=True))
    opened = [
        Opened(step, text if step.pk in readable or step.responsible_id == by.account_id else "", deadline=clocks.get(step.ref))
        for step, text in zip(steps, _texts(steps, "words", by), strict=True)
    ]
    whole = access.categories(by, found.student_id) & found.categories == found.categories
    members = Member.objects.filter(case=found, until=None).select_related("account__staff", "strand").order_by("part", "pk")
    return Sheet(
        case=found,
        actors=actors(by, found),
        strands=mine,
        closed=[Closed(one, _who(one)) for one in hidden],
        level=max((one.level for one in mine if one.ended_at is None), default=max((one.level for one in mine), default=found.level)),
        live=[one for one in opened if one.row.state in STEP_LIVE],
        past=sorted((one for one in opened if one.row.state not in STEP_LIVE), key=lambda one: one.row.pk, reverse=True),
        hidden_steps=_hidden_steps(by, found, {one.pk for one in steps}),
        plan=_texts([found], "plan", by)[0] if whole else "",
        summary=_texts([found], "summary", by)[0] if whole else "",
        team=[one for one in members if one.strand_id is None or one.strand_id in {strand.pk for strand in mine}],
        goals=_opened(_seen(by, Goal.objects.filter(case=found)), "words", by),
        notes=_opened(_seen(by, Note.objects.filter(case=found)).select_related("written_by__staff", "strand"), "words", by),
        documents=_opened(_seen(by, Document.objects.filter(case=found)).select_related("added_by__staff"), "name", by),
        referrals=_referrals(by, found),
        approvals=_approvals(by, found),
        events=list(events(by, found)[:200]),
        links=list(Link.objects.filter(case=found, strand__in=mine).order_by("pk")),
        needs_approval=needs_approval(found),
    )


def _seen(by: Reader, rows: Any) -> Any:
    return access.visible(by, rows, **_OF_CASE)


def _texts(rows: Sequence[Any], name: str, by: Reader) -> list[str]:
    try:
        return vault.open_texts(list(rows), name)
    except vault.Erased:
        return [ERASED[0 if by.lang == "zh" else 1] if getattr(row, name) is not None else "" for row in rows]


def _opened(rows: QuerySet[Any], name: str, by: Reader) -> list[Opened]:
    listed = list(rows)
    return [Opened(row, text) for row, text in zip(listed, _texts(listed, name, by), strict=True)]


def _both(rows: Sequence[Any], by: Reader) -> list[Opened]:
    clocks = deadlines.many([row.ref for row in rows])
    words, answers = _texts(rows, "words", by), _texts(rows, "answer", by)
    return [Opened(row, text, answer, clocks.get(row.ref)) for row, text, answer in zip(rows, words, answers, strict=True)]


def _referrals(by: Reader, found: Case) -> list[Opened]:
    rows = _seen(by, Referral.objects.filter(case=found)).select_related("to__staff", "asked_by__staff", "case", "strand")
    return _both(list(rows), by)


def _approvals(by: Reader, found: Case) -> list[Opened]:
    """Asked with the whole case in view: readable by whoever may read it, and by the two it is between."""
    seen = set(_seen(by, Approval.objects.filter(case=found)).order_by().values_list("pk", flat=True))
    rows = Approval.objects.filter(case=found).select_related("asked_by__staff", "asked_of__staff", "case")
    return _both([row for row in rows if row.pk in seen or by.account_id in (row.asked_by_id, row.asked_of_id)], by)


def _who(strand: Strand) -> tuple[str, ...]:
    """Whom to ask about a matter one may not read."""
    rows = strand.members.filter(until=None, part="R").select_related("account__staff").order_by("-pk")
    return tuple(dict.fromkeys(one.account.name for one in rows))[:2]


def _hidden_steps(by: Reader, found: Case, shown: set[int]) -> int:
    """How many further steps are under way in matters the reader may know of."""
    known = known_strands(by).filter(case=found).order_by().values("pk")
    return CaseStep.objects.filter(case=found, strand__in=known, state__in=STEP_LIVE).exclude(pk__in=shown).count()
