"""The life of a meeting as a table, the parts of the rule that draws its agenda, and pure functions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shouwang.common.states import Table

Pair = tuple[str, str]
# (state, move) -> next state.
MOVES: dict[tuple[str, str], str] = {
    ("planned", "invite"): "invited",
    ("planned", "draw"): "planned",
    ("invited", "draw"): "invited",
    ("running", "draw"): "running",
    ("planned", "shift"): "planned",
    ("invited", "shift"): "invited",
    ("planned", "open"): "running",
    ("invited", "open"): "running",
    ("running", "close"): "closed",
    ("planned", "cancel"): "cancelled",
    ("invited", "cancel"): "cancelled",
}
STATES = ("planned", "invited", "running", "closed", "cancelled")
STATE_TITLES: dict[str, Pair] = {
    "planned": ("筹备", "Planned"),
    "invited": ("已通知", "Invited"),
    "running": ("进行中", "Under way"),
    "closed": ("已结束", "Closed"),
    "cancelled": ("已取消", "Cancelled"),
}
MOVE_TITLES: dict[str, Pair] = {
    "invite": ("通知参会人", "Send invitations"),
    "draw": ("按规则列议程", "Draw the agenda"),
    "shift": ("改时间地点", "Move"),
    "open": ("开始会议", "Begin"),
    "close": ("结束会议", "Close"),
    "cancel": ("取消会议", "Cancel"),
}
PARTS: dict[str, Pair] = {"chair": ("主持", "Chair"), "minutes": ("记录", "Minutes"), "member": ("参加", "Member")}
HOLDERS = ("chair", "minutes")  # who runs a meeting and writes what was said
PRESENCE: dict[str, Pair] = {"present": ("到会", "Present"), "absent": ("缺席", "Absent"), "excused": ("请假", "Excused")}
# Why a point stands on the agenda; the order is the order of the agenda.
WHY: dict[str, Pair] = {
    "carried": ("上次留到本次", "Carried over"),
    "open": ("上次的决定还没有完成", "A decision is not done"),
    "overdue": ("有步骤逾期", "A step is overdue"),
    "grave": ("级别达到议程线", "Its level"),
    "new": ("还没有上过会议", "Not yet on an agenda"),
    "silent": ("很久没有进展", "Nothing happened for long"),
    "letters": ("通知书回执逾期", "Receipts are overdue"),
    "training": ("近期培训", "A training comes"),
    "topic": ("提出的议题", "Put on the agenda"),
}
LEFT_OVER = ("carried", "open")  # what an earlier meeting left to this one
ITEM_STATES: dict[str, Pair] = {"waiting": ("待议", "Waits"), "discussed": ("已议", "Discussed"), "put_off": ("下次再议", "Put off")}
DECISION_STATES: dict[str, Pair] = {"open": ("未完成", "Open"), "done": ("已完成", "Done"), "dropped": ("不再需要", "Dropped")}
_ACTORS: dict[str, Pair] = {
    "holder": ("主持人或记录人", "Chair and minute-taker"),
    "caller": ("召集人", "Whoever called it"),
    "owner": ("承办人", "Whoever was given it"),
    "guest": ("参会人", "Whoever was asked to come"),
}
MEETING = Table(
    "meeting",
    ("会议", "The meeting"),
    STATE_TITLES,
    {("new", "plan"): "planned", **MOVES},
    {"plan": ("caller",), **dict.fromkeys(MOVE_TITLES, ("holder", "caller"))},
    {"plan": ("安排", "Plan"), **MOVE_TITLES},
    _ACTORS,
)
ITEM = Table(
    "meeting_item",
    ("这一项", "The point"),
    ITEM_STATES,
    {
        ("new", "draw"): "waiting",
        ("new", "raise"): "waiting",
        **{(state, "note"): "discussed" for state in ITEM_STATES},
        **{(state, "clear"): "waiting" for state in ITEM_STATES},
        **{(state, "decide"): "discussed" for state in ITEM_STATES},
        **{(state, "put_off"): "put_off" for state in ITEM_STATES},
        ("waiting", "end"): "put_off",
    },
    {
        "draw": ("holder", "caller"), "raise": ("holder", "caller", "guest"),
        "note": ("holder",), "clear": ("holder",), "decide": ("holder",), "put_off": ("holder",), "end": ("holder", "caller"),
    },
    {
        "draw": ("按规则列入", "Draw"), "raise": ("提出", "Raise"), "note": ("记录", "Note"), "clear": ("清空记录", "Clear"),
        "decide": ("议定", "Decide"), "put_off": ("下次再议", "Put off"), "end": ("会议结束", "The meeting ends"),
    },
    _ACTORS,
)  # fmt: skip
DECISION = Table(
    "decision",
    ("这项决定", "The decision"),
    DECISION_STATES,
    {("new", "decide"): "open", ("open", "finish"): "done", ("open", "drop"): "dropped"},
    {"decide": ("holder",), "finish": ("owner", "holder"), "drop": ("holder",)},
    {"decide": ("议定", "decide it"), "finish": ("完成", "finish it"), "drop": ("取消", "drop it")},
    _ACTORS,
)
TABLES = (MEETING, ITEM, DECISION)
WITHIN = (1, 2, 3, 5, 10, 15, 20)  # school days a decision may take
MOST = 60  # points that one meeting can take
LONGEST_AGREED = 120


def pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def why_not(move: str, *, state: str, lang: str = "zh") -> str:
    """Empty when a meeting in this state allows the move, else the reason with its remedy."""
    if (state, move) in MOVES:
        return ""
    if move not in MOVE_TITLES or state not in STATE_TITLES:
        return pick(lang, "没有这个操作。", "There is no such move.")
    (zh, en), (deed, deed_en) = STATE_TITLES[state], MOVE_TITLES[move]
    return pick(
        lang, f"会议“{zh}”，不能{deed}。请刷新页面查看最新状态。", f"The meeting is “{en}”: “{deed_en}” is not possible. Reload the page."
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule knows of a matter. `days_silent`: since anything happened."""

    level: int
    carried: bool = False
    open_decisions: int = 0
    overdue_steps: int = 0
    is_new: bool = False
    days_silent: int = 0


def why(facts: Facts, *, least_level: int, silent_days: int) -> str:
    """Which part of the rule brings a matter to the agenda; empty when none does."""
    reasons = {
        "carried": facts.carried,
        "open": facts.open_decisions > 0,
        "overdue": facts.overdue_steps > 0,
        "grave": facts.level >= least_level,
        "new": facts.is_new,
        "silent": facts.days_silent >= silent_days,
    }
    return next((code for code in WHY if reasons.get(code)), "")


def place(code: str, level: int) -> tuple[int, int]:
    """The order of the agenda: by reason, then the graver first."""
    return list(WHY).index(code), -level


def fitting(points: Sequence[tuple[str, int]]) -> list[int]:
    """Which of these points (why, level) one meeting can take, by their places in the agenda's order: the graver first.

    Of one level those left over and the others come in turn, so that neither keeps the other out.
    """
    ranks, seen = [], Counter[tuple[int, bool]]()
    for at, (code, level) in enumerate(points):
        kind = (level, code in LEFT_OVER)
        ranks.append((-level, seen[kind], at))
        seen[kind] += 1
    return sorted(at for *_, at in sorted(ranks)[:MOST])


def left_out(n: int, lang: str = "zh") -> str:
    """What one meeting could not take; empty when everything fitted."""
    if not n:
        return ""
    return pick(
        lang,
        f"按规则还有 {n} 件应当上会，本次排不下（最多 {MOST} 件，级别高的在前，旧事项与新事项轮流）。下次会议会再列；等不及的请另开会议，或在个案中直接办理。",
        f"The rule names {n} more, which do not fit (at most {MOST}; the graver first, old and new in turn). The next meeting lists them again; "
        "what cannot wait needs a meeting of its own, or a step in its case.",
    )


def next_day(last: date | None, today: date, *, weekday: int, every_weeks: int) -> date:
    """The day a series meets next: its weekday after today, and whole rounds after the last one."""
    if last is not None and last + timedelta(weeks=every_weeks) > today:
        return last + timedelta(weeks=every_weeks)
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def hidden(n: int, lang: str = "zh") -> str:
    """Presence without content."""
    if not n:
        return ""
    return pick(lang, f"另有 {n} 件您无权查看的个案", f"{n} matter{'' if n == 1 else 's'} you may not see")


def listed(names: Sequence[str]) -> str:
    return "、".join(names)
