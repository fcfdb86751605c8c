"""The life of an alert as tables and pure functions."""

from collections.abc import Mapping
from datetime import date, timedelta

from shouwang.common.levels import LEVELS
from shouwang.common.states import Table

# (state, move) -> next state. What does not stand here cannot happen. "new" is the alert that does not exist yet.
# Moves of a run: fire, worsen (fires with worse values than before), clear, wake, withdraw. Moves of a person: the rest.
MOVES: dict[tuple[str, str], str] = {
    ("new", "fire"): "open",
    ("open", "fire"): "open",
    ("acknowledged", "fire"): "acknowledged",
    ("snoozed", "fire"): "snoozed",
    ("dismissed", "fire"): "dismissed",
    ("cleared", "fire"): "open",
    ("dismissed", "worsen"): "open",
    ("snoozed", "wake"): "open",
    ("open", "clear"): "cleared",
    ("acknowledged", "clear"): "cleared",
    ("snoozed", "clear"): "cleared",
    ("dismissed", "clear"): "cleared",
    ("open", "withdraw"): "cleared",
    ("acknowledged", "withdraw"): "cleared",
    ("snoozed", "withdraw"): "cleared",
    ("dismissed", "withdraw"): "cleared",
    ("open", "acknowledge"): "acknowledged",
    ("snoozed", "acknowledge"): "acknowledged",
    ("open", "dismiss"): "dismissed",
    ("acknowledged", "dismiss"): "dismissed",
    ("snoozed", "dismiss"): "dismissed",
    ("open", "snooze"): "snoozed",
    ("acknowledged", "snooze"): "snoozed",
    ("acknowledged", "return"): "open",
    ("snoozed", "return"): "open",
    ("dismissed", "return"): "open",
}
STATES = ("open", "acknowledged", "snoozed", "dismissed", "cleared")
ACTIVE = ("open", "acknowledged", "snoozed")
PERSON_MOVES = ("acknowledge", "dismiss", "snooze", "return")
STATE_TITLES = {
    "open": ("待处理", "Open"),
    "acknowledged": ("已确认", "Acknowledged"),
    "snoozed": ("已暂缓", "Snoozed"),
    "dismissed": ("已排除", "Dismissed"),
    "cleared": ("已解除", "Cleared"),
}
MOVE_TITLES = {
    "acknowledge": ("确认收到", "Acknowledge"),
    "dismiss": ("排除", "Dismiss"),
    "snooze": ("暂缓", "Snooze"),
    "return": ("放回待处理", "Return to open"),
}
ALERT = Table(
    "alert",
    ("预警", "The alert"),
    STATE_TITLES,
    MOVES,
    {**dict.fromkeys(("fire", "worsen", "clear", "wake", "withdraw"), ("machine",)), **dict.fromkeys(PERSON_MOVES, ("responsible",))},
    {
        "fire": ("条件成立", "Fire"), "worsen": ("情况加重", "Worsen"), "clear": ("条件不再成立", "Clear"), "wake": ("暂缓到期", "Wake"),
        "withdraw": ("规则停用", "Withdraw"), **MOVE_TITLES,
    },
    {"responsible": ("可办理这位同学事务的老师", "Whoever may handle the student's matters"), "machine": ("每晚的评估", "The nightly run")},
)  # fmt: skip
TABLES = (ALERT,)
EVENT_OF_MOVE = {"acknowledge": "acknowledged", "dismiss": "dismissed", "snooze": "snoozed", "return": "returned"}

# Why an alert was not justified. To wait with a justified one, snooze it.
REASONS: dict[str, tuple[str, str]] = {
    "data_wrong": ("数据有误，已请来源部门更正", "The data are wrong; the department was asked to correct them"),
    "explained": ("情况已核实，属正常（如已批准的请假、免修）", "Checked and explained (e.g. approved leave, exemption)"),
    "already_helped": ("已有人在跟进同一件事", "Somebody already follows the same matter"),
    "not_applicable": ("本规则不适用于该同学", "The rule does not apply to this student"),
    "too_sensitive": ("规则过于敏感，建议调整", "The rule is too sensitive and should be adjusted"),
}

# The graver the level, the shorter it may wait, in calendar days.
LONGEST_SNOOZE = {1: 60, 2: 30, 3: 14, 4: 3}
# Two, so that one wrong delivery does not close an episode.
FALSE_RUNS_TO_CLEAR = 2

_NOW = {"acknowledged": "已经确认", "snoozed": "已经暂缓", "dismissed": "已经排除", "cleared": "已经解除", "open": "仍待处理"}


def why_not(move: str, *, state: str) -> str | None:
    """Why a person's move is not allowed from a state; None when it is. The sentence serves as tooltip and as error."""
    if move not in PERSON_MOVES:
        return "没有这个操作。"
    if (state, move) in MOVES:
        return None
    remedy = "条件再次成立时会自动重新打开。" if state == "cleared" else "请刷新页面查看最新状态。"
    return f"这条预警{_NOW[state]}，不能再“{MOVE_TITLES[move][0]}”。{remedy}"


def run_moves(state: str, holds: bool | None, *, worse: bool, due: bool, false_runs: int) -> tuple[str, ...]:
    """What a run does to an alert whose condition holds, does not hold, or is unknown (None); in order, possibly nothing.

    `worse`: worse values than those that were dismissed. `due`: the snooze is over. `false_runs`: known false so far, this run included.
    """
    waking = ("wake",) if state == "snoozed" and due else ()
    if holds is None or (holds is False and state == "cleared"):
        return waking
    if holds:
        return ("worsen",) if state == "dismissed" and worse else (*waking, "fire")
    return ("clear",) if false_runs >= FALSE_RUNS_TO_CLEAR else waking


def after(state: str, moves: tuple[str, ...]) -> str:
    """The state after some moves; KeyError for a move that MOVES does not allow."""
    for move in moves:
        state = MOVES[state, move]
    return state


def why_not_snooze(*, until: date, today: date, level: int) -> str | None:
    """Why a date is no possible end of a snooze; None when it is."""
    first, latest = snooze_range(today, level)
    if until < first:
        return "暂缓的日期要晚于今天。"
    if until > latest:
        return f"{LEVELS[level].zh}预警最多暂缓 {LONGEST_SNOOZE[level]} 天，请选择 {latest:%Y-%m-%d} 或更早。"
    return None


def snooze_range(today: date, level: int) -> tuple[date, date]:
    """The first and the last day to which an alert may wait."""
    return today + timedelta(days=1), today + timedelta(days=LONGEST_SNOOZE[level])


def why_not_reason(reason: str) -> str | None:
    """A dismissal needs one of REASONS."""
    return None if reason in REASONS else "请从列表中选择一个排除原因。"


def is_worse(before: Mapping[str, float | None], after: Mapping[str, float | None], directions: Mapping[str, str | None]) -> bool:
    """Whether any value moved in its bad direction. A value that was unknown cannot be compared and is not worse."""
    for name, direction in directions.items():
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            continue
        if (direction == "up" and new > old) or (direction == "down" and new < old):
            return True
    return False


def level_of(levels: list[int], band: int) -> int:
    """A student's level: the worse of the worst rule and the band of the weighted score."""
    return max([band, *levels])


def is_over(term: int, current: int) -> bool:
    """A term is over once another has begun; the holidays after it still belong to it, since its last results arrive then."""
    return term < current
