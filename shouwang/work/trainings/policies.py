"""The life of a training as a table, and the plan of topics as data (catalogue/wording/trainings.toml)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shouwang.common.states import Table

SOURCE = Path(__file__).parents[2] / "catalogue" / "wording" / "trainings.toml"
Pair = tuple[str, str]
MOVES: dict[tuple[str, str], str] = {
    ("planned", "invite"): "invited",
    ("planned", "note"): "planned",
    ("invited", "note"): "invited",
    ("held", "note"): "held",
    ("planned", "hold"): "held",
    ("invited", "hold"): "held",
    ("planned", "cancel"): "cancelled",
    ("invited", "cancel"): "cancelled",
}
STATES = ("planned", "invited", "held", "cancelled")
STATE_TITLES: dict[str, Pair] = {
    "planned": ("筹备", "Planned"),
    "invited": ("已通知", "Invited"),
    "held": ("已举办", "Held"),
    "cancelled": ("已取消", "Cancelled"),
}
MOVE_TITLES: dict[str, Pair] = {
    "invite": ("通知", "Send invitations"),
    "note": ("登记到场与成绩", "Note presence and scores"),
    "hold": ("标为已举办", "Mark as held"),
    "cancel": ("取消", "Cancel"),
}
TRAINING = Table(
    "training",
    ("培训", "The training"),
    STATE_TITLES,
    {("new", "plan"): "planned", **MOVES},
    dict.fromkeys(("plan", *MOVE_TITLES), ("keeper",)),
    {"plan": ("安排", "Plan"), **MOVE_TITLES},
    {"keeper": ("安排培训的部门", "The office that keeps it"), "guest": ("被请的人", "Whoever was asked")},
)
TABLES = (TRAINING,)
PRESENCE: dict[str, Pair] = {"present": ("到场", "Present"), "absent": ("缺席", "Absent"), "excused": ("请假", "Excused")}
MOST_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class Topic:
    """`roles`: who must be trained in it; `valid_days`: after how long again."""

    code: str
    title: str
    title_en: str
    roles: tuple[str, ...]
    valid_days: int
    pass_mark: int | None


@cache
def topics() -> dict[str, Topic]:
    given = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    return {
        code: Topic(code, one["title"], one["title_en"], tuple(one["roles"]), one["valid_days"], one.get("pass_mark"))
        for code, one in given.items()
    }


def passed(score: int | None, mark: int | None) -> bool:
    """Whether somebody who came counts as trained: without a quiz coming is enough; no result is not a pass."""
    return mark is None or (score is not None and score >= mark)


def why_not(move: str, *, state: str, lang: str = "zh") -> str:
    """Empty when a training in this state allows the move, else the reason with its remedy."""
    if (state, move) in MOVES:
        return ""
    if move not in MOVE_TITLES or state not in STATE_TITLES:
        return "没有这个操作。" if lang == "zh" else "There is no such move."
    (zh, en), (deed, deed_en) = STATE_TITLES[state], MOVE_TITLES[move]
    if lang != "zh":
        return f"The training is “{en}”: “{deed_en}” is not possible. Reload the page."
    return f"培训“{zh}”，不能{deed}。请刷新页面查看最新状态。"
