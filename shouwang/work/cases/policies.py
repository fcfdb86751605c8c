"""The life of a case, a step, a referral and an approval, as tables: from which state, by whom, to which state."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from shouwang.common.states import Table
from shouwang.work.cases.states import (
    APPROVAL_KINDS,
    APPROVAL_STATES,
    CASE_LIVE,
    CASE_STATES,
    GOAL_STATES,
    ORIGINS,
    OUTCOMES,
    PARTS,
    PAUSE_REASONS,
    REFERRAL_STATES,
    SKIP_REASONS,
    STEP_LIVE,
    STEP_STATES,
    Pair,
)
from shouwang.work.playbooks.procedure import Procedure

__all__ = [
    "ACTORS",
    "APPROVAL",
    "APPROVAL_KINDS",
    "APPROVAL_STATES",
    "CASE",
    "CASE_LIVE",
    "CASE_STATES",
    "DEEDS",
    "GOAL_STATES",
    "MOVES",
    "ORIGINS",
    "OUTCOMES",
    "PARTS",
    "PAUSE_REASONS",
    "REFERRAL",
    "REFERRAL_STATES",
    "SKIP_REASONS",
    "STEP",
    "STEP_LIVE",
    "STEP_STATES",
    "TABLES",
    "Table",
    "due_steps",
    "why_not_do",
    "why_not_pause",
]

LONGEST_PAUSE = timedelta(days=30)
# Who somebody is to a case. "hub": routes it as part of their office (ability cases_route) and may handle its matters. "machine": no person.
ACTORS: dict[str, Pair] = {
    "lead": ("主责", "Lead"),
    "supervisor": ("审批人", "Supervisor"),
    "hub": ("枢纽（教学秘书、学生处等）", "Hub"),
    "owner": ("步骤责任人", "Owner of the step"),
    "asked": ("被请求的人", "Whoever was asked"),
    "asker": ("提出请求的人", "Whoever asked"),
    "member": ("小组成员", "Team member"),
    "machine": ("系统", "The platform"),
    "reader": ("只能看的人", "Somebody who only reads"),
}


CASE = Table(
    "case",
    ("个案", "The case"),
    CASE_STATES,
    {
        ("new", "open"): "open",
        ("open", "pause"): "paused",
        ("paused", "resume"): "open",
        ("open", "ask_close"): "closing",
        ("open", "close"): "closed",
        ("closing", "agree_close"): "closed",
        ("closing", "refuse_close"): "open",
        ("closing", "call_off"): "open",
        ("closed", "reopen"): "open",
        ("open", "merge"): "merged",
        ("paused", "merge"): "merged",
        ("closing", "merge"): "merged",
    },
    {
        "open": ("lead", "supervisor", "hub", "member", "machine"),
        "pause": ("lead", "hub"),
        "resume": ("lead", "hub", "machine"),
        "ask_close": ("lead",),
        "close": ("lead", "supervisor"),
        "agree_close": ("supervisor",),
        "refuse_close": ("supervisor",),
        "call_off": ("lead", "supervisor", "hub", "owner", "member", "machine"),
        "reopen": ("lead", "supervisor", "hub", "machine"),
        "merge": ("lead", "hub"),
    },
    {
        "open": ("开启", "open it"),
        "pause": ("暂停", "pause it"),
        "resume": ("恢复", "resume it"),
        "ask_close": ("申请结案", "ask to close it"),
        "close": ("结案", "close it"),
        "agree_close": ("同意结案", "agree to close it"),
        "refuse_close": ("不同意结案", "refuse to close it"),
        "call_off": ("撤回结案申请", "take the question back"),
        "reopen": ("重新开启", "reopen it"),
        "merge": ("合并", "merge it"),
    },
    ACTORS,
)
STEP = Table(
    "step",
    ("这一步", "The step"),
    STEP_STATES,
    {
        ("new", "begin"): "open",
        ("open", "finish"): "done",
        ("waiting", "finish"): "done",
        ("open", "wait"): "waiting",
        ("waiting", "go_on"): "open",
        ("open", "skip"): "skipped",
        ("waiting", "skip"): "skipped",
        ("open", "rehand"): "open",
        ("waiting", "rehand"): "waiting",
        ("open", "cancel"): "cancelled",
        ("waiting", "cancel"): "cancelled",
        ("done", "redo"): "done",
        ("skipped", "redo"): "skipped",
    },
    {
        "begin": ("lead", "supervisor", "hub", "machine"),
        "finish": ("owner", "lead"),
        "wait": ("owner", "lead", "hub"),
        "go_on": ("owner", "lead", "hub", "machine"),
        "skip": ("lead", "supervisor", "hub"),
        "rehand": ("owner", "lead", "supervisor", "hub", "machine"),
        "cancel": ("machine",),
        "redo": ("lead", "supervisor"),
    },
    {
        "begin": ("开始", "begin it"),
        "finish": ("完成", "finish it"),
        "wait": ("暂停计时", "let it wait"),
        "go_on": ("继续", "go on"),
        "skip": ("不做这一步", "skip it"),
        "rehand": ("改派", "hand it to somebody else"),
        "cancel": ("取消", "cancel it"),
        "redo": ("重做", "do it again"),
    },
    ACTORS,
)
REFERRAL = Table(
    "referral",
    ("这次转介", "The referral"),
    REFERRAL_STATES,
    {
        ("new", "refer"): "sent",
        ("sent", "accept"): "accepted",
        ("sent", "decline"): "declined",
        ("sent", "withdraw"): "withdrawn",
        ("accepted", "return"): "returned",
    },
    {
        "refer": ("lead", "supervisor", "hub", "owner", "machine"),
        "accept": ("asked",),
        "decline": ("asked",),
        "withdraw": ("asker", "lead", "hub", "machine"),
        "return": ("asked",),
    },
    {
        "refer": ("转介", "refer"),
        "accept": ("接收", "accept it"),
        "decline": ("不接收", "decline it"),
        "withdraw": ("撤回", "withdraw it"),
        "return": ("退回", "give it back"),
    },
    ACTORS,
)
APPROVAL = Table(
    "approval",
    ("这次请示", "The question"),
    APPROVAL_STATES,
    {("new", "ask"): "asked", ("asked", "agree"): "agreed", ("asked", "refuse"): "refused", ("asked", "withdraw"): "withdrawn"},
    {"ask": ("lead",), "agree": ("asked",), "refuse": ("asked",), "withdraw": ("asker", "lead", "machine")},
    {
        "ask": ("请示", "ask"),
        "agree": ("同意", "agree"),
        "refuse": ("不同意", "refuse"),
        "withdraw": ("撤回", "withdraw it"),
    },
    ACTORS,
)
TABLES = (CASE, STEP, REFERRAL, APPROVAL)
MOVES = {table.name: table.moves for table in TABLES}

# What is done within an open case without changing its state, and who does it.
DEEDS: dict[str, tuple[Pair, tuple[str, ...]]] = {
    "note": (("写记录", "write a note"), ("lead", "supervisor", "hub", "owner", "member", "asked")),
    "document": (("添加文件", "add a file"), ("lead", "supervisor", "hub", "owner", "member", "asked")),
    "plan": (("改方案", "write the plan"), ("lead",)),
    "goal": (("定目标", "set a goal"), ("lead", "supervisor")),
    "add_step": (("加一步", "add a step"), ("lead", "supervisor", "hub", "machine")),
    "hand_over": (("移交", "hand it over"), ("lead", "supervisor", "hub")),
    "team": (("改小组成员", "change the team"), ("lead", "supervisor", "hub")),
    "remind": (("提醒", "remind"), ("lead", "supervisor", "hub")),
    "opinion": (("征求第二意见", "ask for a second opinion"), ("lead", "supervisor")),
    "split": (("拆分", "split it"), ("lead", "hub")),
}


def why_not_do(deed: str, *, state: str, actors: Collection[str], lang: str = "zh") -> str | None:
    """None when one of these actors may do this within a case of this state, else a sentence with the remedy."""
    (zh, en), who = DEEDS[deed]
    if state not in CASE_LIVE:
        if lang != "zh":
            return f"The case is {CASE_STATES[state][1].lower()}; reopen it to {en}."
        return f"个案{CASE_STATES[state][0]}，不能{zh}；需要时请先重新开启。"
    if set(who) & set(actors):
        return None
    if lang != "zh":
        return f"Only {' or '.join(ACTORS[one][1].lower() for one in who)} may {en}."
    return f"{zh}由{'或'.join(ACTORS[one][0] for one in who)}来做，请联系他们。"


def why_not_pause(*, until: date, today: date, reason: str, lang: str = "zh") -> str | None:
    """A pause has a reason and an end."""
    if reason not in PAUSE_REASONS:
        return "请选择暂停的原因。" if lang == "zh" else "Choose a reason."
    if not today < until <= today + LONGEST_PAUSE:
        most = LONGEST_PAUSE.days
        return f"暂停到明天以后、{most} 天以内的一天。" if lang == "zh" else f"A day after today, within {most} days."
    return None


def due_steps(given: Procedure, rows: Sequence[tuple[int, str, str, str]]) -> list[str]:
    """The steps that begin now. `rows`: (pk, code, state, decision) of the steps that have begun, in any order.

    A step begins when something before it was finished (by the decision that leads here, where one is named) since it last began, and
    nothing under way can still lead to it: where paths meet it waits for all that were taken, never for one that was not.
    """
    last = {code: max(pk for pk, other, _, _ in rows if other == code) for _, code, _, _ in rows}
    live = {code for _, code, state, _ in rows if state in STEP_LIVE}
    found = []
    for step in given.steps:
        since = last.get(step.code, 0)
        leading = [
            one
            for one in step.after
            for pk, code, state, decision in rows
            if code == one.step
            and pk > since
            and (state == "done" and one.decision in ("", decision) or state == "skipped" and not one.decision)
        ]
        if leading and step.code not in live and not any(_leads(given, code, step.code) for code in live):
            found.append(step.code)
    return found


def _leads(given: Procedure, origin: str, target: str) -> bool:
    """Whether one can still come from a step that is under way to another without going round through it."""
    return target in given.ahead(origin)
