"""What the pages of cases show, as ready strings."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from shouwang.common.levels import LEVELS
from shouwang.common.schooltime import Within
from shouwang.front.web.kit.words import ago, day, exact, pick, when
from shouwang.trust.access.policies import ROLES
from shouwang.work.cases import actions, policies
from shouwang.work.playbooks.procedure import DOMAINS, OUTPUTS

WITHINS = ("2h", "4h", "1 school day", "2 school days", "3 school days", "5 school days", "10 school days", "20 school days")
EVENTS = {
    "opened": ("开启个案", "Case opened"),
    "joined": ("新情况并入", "A matter joined"),
    "step_begun": ("开始一步", "Step begun"),
    "step_finished": ("完成一步", "Step finished"),
    "step_skipped": ("不做这一步", "Step not done"),
    "step_redone": ("要求重做", "To be done again"),
    "step_rehanded": ("改派", "Handed on"),
    "step_waits": ("暂停计时", "Clock stopped"),
    "step_goes_on": ("继续计时", "Clock runs again"),
    "reminded": ("提醒", "Reminded"),
    "noted": ("写了记录", "Note written"),
    "document_added": ("添加文件", "File added"),
    "planned": ("写了方案", "Plan written"),
    "goal_set": ("定了目标", "Goal set"),
    "goal_judged": ("评价目标", "Goal judged"),
    "handed_over": ("移交", "Handed over"),
    "team_changed": ("小组调整", "Team changed"),
    "referred": ("转介", "Referred"),
    "referral_accepted": ("接收转介", "Referral accepted"),
    "referral_declined": ("未接收转介", "Referral declined"),
    "referral_returned": ("退回转介", "Referral given back"),
    "referral_withdrawn": ("撤回转介", "Referral withdrawn"),
    "asked_plan": ("请审批方案", "Approval of the plan asked"),
    "asked_closure": ("申请结案", "Closing asked"),
    "asked_opinion": ("征求第二意见", "Second opinion asked"),
    "agreed": ("同意", "Agreed"),
    "refused": ("不同意", "Not agreed"),
    "approval_withdrawn": ("撤回请示", "Question withdrawn"),
    "paused": ("暂停", "Paused"),
    "resumed": ("恢复", "Resumed"),
    "closed": ("结案", "Closed"),
    "reopened": ("重新开启", "Reopened"),
    "merged": ("合并", "Merged"),
    "split": ("拆分", "Split"),
}
_CODES = policies.PAUSE_REASONS | policies.SKIP_REASONS | policies.OUTCOMES | policies.GOAL_STATES | policies.APPROVAL_KINDS


@dataclass(frozen=True, slots=True)
class Due:
    """A moment by which something is due, in words; `late` and `soon` for colour with the word."""

    text: str
    exact: str = ""
    late: bool = False
    soon: bool = False


def due(at: datetime | None, now: datetime, *, waits: bool = False) -> Due:
    if waits:
        return Due(pick("暂停计时", "clock stopped"))
    if at is None:
        return Due(pick("没有期限", "no term"))
    if at < now:
        return Due(pick(f"逾期 {span(now - at)}", f"{span(now - at)} late"), exact(at), late=True)
    today = timezone.localdate(now)
    local = timezone.localtime(at)
    ahead = (local.date() - today).days
    text = f"{local:%H:%M}" if ahead == 0 else when(at, now) if ahead == 1 else f"{day(local.date(), today, weekday=True)} {local:%H:%M}"
    return Due(pick(f"{text} 前", f"by {text}"), exact(at), soon=local.date() == today)


def span(length: Any) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes >= 60 * 24:
        return pick(f"{minutes // 1440} 天", f"{minutes // 1440} d")
    if minutes >= 60:
        return pick(f"{minutes // 60} 小时", f"{minutes // 60} h")
    return pick(f"{max(1, minutes)} 分钟", f"{max(1, minutes)} min")


def role(code: str) -> str:
    return pick(ROLES[code].zh, ROLES[code].en) if code in ROLES else code


def within(text: str) -> str:
    try:
        return Within.parse(text).words(pick("zh", "en"))
    except ValueError:
        return text


def name(account: Any) -> str:
    return account.name if account is not None else pick("平台", "the platform")


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step in a list: whose, what, until when."""

    pk: int
    case_url: str
    who: str
    where: str
    title: str
    domain: str
    level: int
    owner: str
    owner_id: int
    due: Due
    since: datetime
    rung: int = 0
    selectable: bool = True


def step_rows(steps: Iterable[Any], now: datetime) -> list[StepRow]:
    return [
        StepRow(
            pk=one.pk,
            case_url=f"/cases/{one.case_id}/#step-{one.pk}",
            who=one.case.student.name,
            where=one.case.student.class_unit.name,
            title=pick(one.title, one.title_en or one.title),
            domain=pick(*DOMAINS[one.strand.domain]),
            level=one.strand.level,
            owner=name(one.responsible),
            owner_id=one.responsible_id,
            due=due(one.due_at, now, waits=one.state == "waiting"),
            since=one.begun_at,
            rung=one.rung or 0,
        )
        for one in steps
    ]


@dataclass(frozen=True, slots=True)
class CaseRow:
    pk: int
    url: str
    number: str
    who: str
    where: str
    level: int
    domain: str
    state: str
    lead: str
    next: str
    due: Due | None
    opened: datetime


def case_rows(cases: Iterable[Any], steps: dict[int, Any], now: datetime) -> list[CaseRow]:
    """`steps`: case id → its most pressing step the reader may read."""
    rows = []
    for one in cases:
        step = steps.get(one.pk)
        if step is not None:
            following = f"{pick(step.title, step.title_en or step.title)} · {name(step.responsible)}"
        elif one.is_open:
            following = pick("步骤已完成，等主责决定结案或下一步", "all steps done: the lead decides")
        else:
            following = pick(*policies.OUTCOMES[one.outcome]) if one.outcome else ""
        rows.append(
            CaseRow(
                pk=one.pk, url=one.url, number=one.number, who=one.student.name, where=one.student.class_unit.name, level=one.seen_level,
                domain=pick(*DOMAINS[one.seen_domain]), state=pick(*policies.CASE_STATES[one.state]), lead=name(one.lead), next=following,
                due=due(step.due_at, now, waits=step.state == "waiting") if step is not None else None, opened=one.opened_at,
            )
        )  # fmt: skip
    return rows


@dataclass(frozen=True, slots=True)
class StepCard:
    """A step on the page of its case."""

    pk: int
    title: str
    how: str
    owner: str
    is_mine: bool
    due: Due
    within: str
    output: str
    needs_words: bool
    decisions: list[tuple[str, str]]
    state: str
    strand: str
    words: str
    decision: str
    done: str
    waits: bool
    round: int
    climbed: int
    why_not: dict[str, str | None] = field(default_factory=dict)


def step_card(opened: Any, actors: frozenset[str], account: int, now: datetime) -> StepCard:
    step = opened.row
    plan = actions.plan_of(step)
    mine = actors | ({"owner"} if step.responsible_id == account else set())
    lang = pick("zh", "en")
    chosen = {one.code: pick(one.title, one.title_en or one.title) for one in plan.decisions} if plan else {}
    done = ""
    if step.done_at:
        done = ago(step.done_at, now)
    elif step.state == "skipped":
        done = pick(*policies.SKIP_REASONS[step.skipped])
    return StepCard(
        pk=step.pk,
        title=pick(step.title, step.title_en or step.title),
        how=pick(plan.how, plan.how_en or plan.how) if plan else "",
        owner=name(step.responsible),
        is_mine=step.responsible_id == account,
        due=due(step.due_at, now, waits=step.state == "waiting"),
        within=within(step.within),
        output=pick(*OUTPUTS[step.output]),
        needs_words=step.output in actions.WORDS_FOR,
        decisions=list(chosen.items()),
        state=pick(*policies.STEP_STATES[step.state]),
        strand=pick(*DOMAINS[step.strand.domain]),
        words=opened.words,
        decision=chosen.get(step.decision, step.decision),
        done=done,
        waits=step.state == "waiting",
        round=step.round,
        climbed=opened.deadline.rung if opened.deadline else 0,
        why_not={move: policies.STEP.why_not(move, state=step.state, actors=mine, lang=lang) for move in policies.STEP.titles},
    )


def event_rows(events: Iterable[Any], account: int) -> list[dict[str, Any]]:
    rows = []
    for one in events:
        detail = []
        if one.code in _CODES:
            detail.append(pick(*_CODES[one.code]))
        elif one.code in ROLES:
            detail.append(role(one.code))
        if one.account is not None:
            detail.append(name(one.account))
        rows.append(
            {"title": pick(*EVENTS.get(one.kind, (one.kind, one.kind))), "by": name(one.by), "at": one.at, "detail": " · ".join(detail)}
        )
    return rows


def words_of(table: dict[str, tuple[str, str]]) -> list[tuple[str, str]]:
    return [(code, pick(*pair)) for code, pair in table.items()]


def levels() -> list[tuple[int, str]]:
    return [(one.number, pick(one.zh, one.en)) for one in LEVELS if one.number]


def withins() -> list[tuple[str, str]]:
    return [(code, within(code)) for code in WITHINS]


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
