"""The life of a report and of an emergency as tables; who may do what, and why not. Sentences serve as tooltip, as error and on the form."""

from collections.abc import Collection
from datetime import timedelta

from shouwang.common.schooltime import Within
from shouwang.common.states import Table

# (state, move) → next state. What does not stand here cannot happen. "new": not yet reported. "climb" is the machine's.
MOVES: dict[tuple[str, str], str] = {
    ("new", "report"): "reported",
    ("reported", "acknowledge"): "acknowledged",
    ("reported", "handle"): "handling",
    ("acknowledged", "handle"): "handling",
    ("acknowledged", "join"): "acknowledged",
    ("handling", "handle"): "handling",
    ("handling", "join"): "handling",
    ("reported", "climb"): "reported",
    ("reported", "pass_on"): "reported",
    ("acknowledged", "pass_on"): "reported",
    ("handling", "pass_on"): "reported",
    ("reported", "involve"): "reported",
    ("acknowledged", "involve"): "acknowledged",
    ("handling", "involve"): "handling",
    ("reported", "add"): "reported",
    ("acknowledged", "add"): "acknowledged",
    ("handling", "add"): "handling",
    ("reported", "link"): "reported",
    ("acknowledged", "link"): "acknowledged",
    ("handling", "link"): "handling",
    ("acknowledged", "resolve"): "resolved",
    ("handling", "resolve"): "resolved",
    ("resolved", "reopen"): "handling",
    ("reported", "merge"): "merged",
    ("acknowledged", "merge"): "merged",
    ("handling", "merge"): "merged",
    ("acknowledged", "open_case"): "handling",
    ("handling", "open_case"): "handling",
}
STATES = ("reported", "acknowledged", "handling", "resolved", "merged")
OPEN = ("reported", "acknowledged", "handling")
PERSON_MOVES = ("acknowledge", "join", "handle", "pass_on", "involve", "add", "link", "resolve", "reopen", "merge", "open_case")
# What somebody is to a report. overseer: may handle such matters of these students by the matrix; informed: only knows that it is there.
# waited: asked at a station that still waits for an answer.
PARTS = ("reporter", "asked", "waited", "overseer", "informed")
_ANSWERING = frozenset({"asked", "overseer"})
WHO: dict[str, frozenset[str]] = dict.fromkeys(PERSON_MOVES, _ANSWERING) | {
    "join": frozenset({"waited"}),
    "add": frozenset({"reporter", "asked", "overseer", "informed"}),
    "reopen": frozenset({"reporter", "asked", "overseer"}),
}
STATE_TITLES = {
    "reported": ("等人确认", "Waits for an answer"),
    "acknowledged": ("已确认", "Acknowledged"),
    "handling": ("处理中", "Being handled"),
    "resolved": ("已办结", "Resolved"),
    "merged": ("已合并", "Merged"),
}
MOVE_TITLES = {
    "acknowledge": ("确认收到", "Acknowledge"),
    "join": ("协同确认", "Acknowledge as well"),
    "handle": ("我来处理", "I take it"),
    "pass_on": ("转交", "Pass on"),
    "involve": ("同时请", "Ask as well"),
    "add": ("补充情况", "Add"),
    "link": ("关联同学", "Link a student"),
    "resolve": ("办结", "Resolve"),
    "reopen": ("重新打开", "Reopen"),
    "merge": ("合并", "Merge"),
    "open_case": ("转为个案", "Open a case"),
}
OUTCOMES = {
    "settled": ("已妥善处理", "Settled"),
    "talked": ("已谈话教育", "Talked to"),
    "medical": ("已就医或转介", "In treatment or referred"),
    "safe": ("人已平安", "Safe"),
    "unfounded": ("核实后不属实", "Checked, not so"),
    "elsewhere": ("由其他部门处理", "Handled elsewhere"),
}
# Why a station was asked.
WHY = {
    "channel": ("按渠道", "by the channel"),
    "rule": ("按规定同时上报", "at once, by rule"),
    "chosen": ("上报人选择", "the reporter's choice"),
    "climbed": ("上一级无人确认", "nobody answered below"),
    "empty": ("上一级无人任职", "nobody holds the post below"),
    "passed": ("转交", "passed on"),
    "involved": ("请来协同", "asked to join"),
}
HOW = {
    "station": ("本级负责人", "Answers at this station"),
    "on_duty": ("值班", "On duty"),
    "department": ("有关部门", "Department concerned"),
    "chosen": ("点名", "Named"),
}
# After somebody has taken it: how long until it is dealt with, by urgency. The clock may be paused with a reason.
HANDLE_WITHIN = {"routine": "3 school days", "urgent": "1 school day", "critical": "4h"}
LADDER = {"routine": "standard", "urgent": "urgent", "critical": "urgent"}
SHORTEST_REASON = 4
LONGEST_WORDS = 2000
LONGEST_AGO = timedelta(days=30)
PHOTOS = 4
PHOTO_BYTES = 4 * 1024 * 1024

EMERGENCY_MOVES: dict[tuple[str, str], str] = {
    ("new", "start"): "running",
    ("running", "log"): "running",
    ("running", "name"): "running",
    ("running", "stand_down"): "stood_down",
    ("stood_down", "log"): "stood_down",
    ("stood_down", "review"): "reviewed",
}
EMERGENCY_STATES = ("running", "stood_down", "reviewed")
EMERGENCY_TITLES = {"running": ("进行中", "Running"), "stood_down": ("已解除", "Stood down"), "reviewed": ("已复盘", "Reviewed")}
EMERGENCY_PERSON_MOVES = ("log", "name", "stand_down", "review")
# leader: who may start plans for this place; member: who was given a task.
EMERGENCY_WHO: dict[str, frozenset[str]] = {
    "log": frozenset({"leader", "member"}),
    "name": frozenset({"leader"}),
    "stand_down": frozenset({"leader"}),
    "review": frozenset({"leader"}),
}
TASK_MOVES: dict[tuple[str, str], str] = {
    ("new", "give"): "given",
    ("given", "name"): "given",
    ("acknowledged", "name"): "given",
    ("given", "acknowledge"): "acknowledged",
    ("given", "finish"): "done",
    ("acknowledged", "finish"): "done",
    ("given", "end"): "ended",
    ("acknowledged", "end"): "ended",
}
TASK_STATES = ("given", "acknowledged", "done", "ended")
TASK_TITLES = {
    "given": ("未确认", "Not acknowledged"),
    "acknowledged": ("已确认", "Acknowledged"),
    "done": ("已完成", "Done"),
    "ended": ("随预案解除", "Ended with the plan"),
}
TASK_WHO = {"give": ("leader",), "name": ("leader",), "acknowledge": ("own",), "finish": ("own",), "end": ("leader",)}
# One station of the channel, asked once. "over": somebody answered elsewhere; "pass": whoever had it passed the matter on.
LEVEL_MOVES: dict[tuple[str, str], str] = {
    ("new", "ask"): "open",
    ("open", "answer"): "answered",
    ("open", "climb"): "climbed",
    ("open", "pass"): "passed",
    ("open", "over"): "over",
}
LEVEL_TITLES = {
    "open": ("等待确认", "Waits for an answer"),
    "answered": ("已确认", "Answered"),
    "climbed": ("无人确认，已上报", "Nobody answered; gone up"),
    "passed": ("已转交", "Passed on"),
    "over": ("已由他处确认", "Answered elsewhere"),
}

_REPORT = Table(
    "incident",
    ("这件事", "The matter"),
    STATE_TITLES,
    MOVES,
    {"report": ("reporter",), "climb": ("machine",)} | {move: tuple(one for one in PARTS if one in who) for move, who in WHO.items()},
    {"report": ("上报", "Report"), "climb": ("无人确认，逐级上报", "Climb"), **MOVE_TITLES},
    {
        "reporter": ("上报人", "The reporter"),
        "asked": ("被请来处理的人", "Whoever was asked"),
        "waited": ("被请来、尚未确认的人", "Whoever was asked and has not answered yet"),
        "overseer": ("主管这位同学的老师", "Whoever answers for the student"),
        "informed": ("被知会的人", "Whoever was informed"),
        "machine": ("系统", "The platform"),
    },
)
_PEOPLE = {"leader": ("启动预案的领导", "The leader"), "member": ("领受任务的人", "Whoever has a task"), "own": ("本人", "The person")}
_EMERGENCY = Table(
    "emergency",
    ("预案", "The plan"),
    EMERGENCY_TITLES,
    EMERGENCY_MOVES,
    {"start": ("leader",)} | {move: tuple(sorted(who)) for move, who in EMERGENCY_WHO.items()},
    {
        "start": ("启动", "Start"), "log": ("记录", "Log"), "name": ("指定人", "Name somebody"),
        "stand_down": ("解除", "Stand down"), "review": ("复盘", "Review"),
    },
    _PEOPLE,
)  # fmt: skip
_TASK = Table(
    "emergency_task",
    ("这项任务", "The task"),
    TASK_TITLES,
    TASK_MOVES,
    TASK_WHO,
    {
        "give": ("下达", "Give"), "name": ("另指定人", "Name somebody else"), "acknowledge": ("确认", "Acknowledge"),
        "finish": ("完成", "Finish"), "end": ("随预案解除", "End"),
    },
    _PEOPLE,
)  # fmt: skip
LEVEL = Table(
    "incident_level",
    ("这一级", "The station"),
    LEVEL_TITLES,
    LEVEL_MOVES,
    {"ask": ("machine", "asked"), "answer": ("asked",), "climb": ("machine",), "pass": ("asked",), "over": ("machine", "asked")},
    {
        "ask": ("请其确认", "Ask"), "answer": ("确认", "Answer"), "climb": ("无人确认，上报", "Climb"),
        "pass": ("转交", "Pass on"), "over": ("由他处确认", "Answered elsewhere"),
    },
    _REPORT.actors,
)  # fmt: skip
TABLES = (_REPORT, LEVEL, _EMERGENCY, _TASK)


def pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def why_not(move: str, *, state: str, parts: Collection[str], lang: str = "zh") -> str | None:
    """Why somebody who is `parts` to a report cannot do this in this state; None when they can."""
    if move not in PERSON_MOVES:
        return pick(lang, "没有这个操作。", "There is no such action.")
    title = pick(lang, *MOVE_TITLES[move])
    if not WHO[move] & set(parts):
        return pick(
            lang,
            f"“{title}”由被请来处理的人或主管这位同学的老师进行。",
            f"“{title}” is for those who were asked or who answer for the student.",
        )
    if (state, move) in MOVES:
        return None
    now = pick(lang, *STATE_TITLES[state])
    return pick(
        lang,
        f"这件事现在是“{now}”，不能“{title}”。请刷新页面查看最新状态。",
        f"The matter is “{now}”: “{title}” is not possible. Please reload.",
    )


def why_not_emergency(move: str, *, state: str, parts: Collection[str], lang: str = "zh") -> str | None:
    """Why somebody cannot do this in an emergency; None when they can."""
    if move not in EMERGENCY_PERSON_MOVES:
        return pick(lang, "没有这个操作。", "There is no such action.")
    if not EMERGENCY_WHO[move] & set(parts):
        return pick(lang, "这一步由启动预案的领导进行。", "This is for the leaders who may start plans.")
    if (state, move) in EMERGENCY_MOVES:
        return None
    now = pick(lang, *EMERGENCY_TITLES[state])
    return pick(
        lang, f"预案{now}，不能再进行这一步。请刷新页面。", f"The plan is: {now}. This step is not possible any more; please reload."
    )


def why_not_task(move: str, *, state: str, mine: bool, lang: str = "zh") -> str | None:
    """Why somebody cannot do this with a task; None when they can."""
    if move not in ("acknowledge", "finish"):
        return pick(lang, "没有这个操作。", "There is no such action.")
    if _TASK.why_not_by(move, actors={"own"} if mine else set()):
        return pick(lang, "这项任务是别人的，请由本人确认。", "This task is somebody else's; they confirm it themselves.")
    if (state, move) in TASK_MOVES:
        return None
    now = pick(lang, *TASK_TITLES[state])
    return pick(lang, f"这项任务{now}，请刷新页面。", f"This task is: {now}. Please reload.")


def why_not_reason(text: str, lang: str = "zh") -> str | None:
    """Skipping, passing on, reopening: with a reason."""
    if len(text.strip()) >= SHORTEST_REASON:
        return None
    return pick(lang, f"请写明原因，至少 {SHORTEST_REASON} 个字。", f"Say why, in at least {SHORTEST_REASON} characters.")


def why_not_own(*, title: str, urgency: str, within_known: Collection[str], lang: str = "zh") -> str | None:
    """Why a category of the school's own cannot be added."""
    if not 2 <= len(title.strip()) <= 20:
        return pick(lang, "名称为 2 到 20 个字。", "A title of 2 to 20 characters.")
    if title.strip() in within_known:
        return pick(
            lang, "已经有这一类，请换一个名称或直接使用它。", "There is one with this title already; use it or choose another title."
        )
    return None if urgency in HANDLE_WITHIN else pick(lang, "请选择紧急程度。", "Choose an urgency.")


def handling_limit(urgency: str) -> Within:
    return Within.parse(HANDLE_WITHIN[urgency])
