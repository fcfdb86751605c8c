"""The words of the room's states, reasons and outcomes; models and policies share them."""

Pair = tuple[str, str]

ORIGINS: dict[str, Pair] = {
    "alert": ("预警", "Alert"),
    "incident": ("信息反馈", "Report"),
    "referral": ("转介", "Referral"),
    "meeting": ("会议", "Meeting"),
    "person": ("老师发起", "Raised by staff"),
    "split": ("拆分", "Split off"),
}
PARTS: dict[str, Pair] = {"R": ("负责", "Responsible"), "A": ("审批", "Accountable"), "C": ("协商", "Consulted"), "I": ("知会", "Informed")}
CASE_STATES: dict[str, Pair] = {
    "open": ("进行中", "Open"),
    "paused": ("已暂停", "Paused"),
    "closing": ("待审批结案", "Closing asked"),
    "closed": ("已结案", "Closed"),
    "merged": ("已合并", "Merged"),
}
STEP_STATES: dict[str, Pair] = {
    "open": ("进行中", "Under way"),
    "waiting": ("等待中", "Waiting"),
    "done": ("已完成", "Done"),
    "skipped": ("未做", "Not done"),
    "cancelled": ("已取消", "Cancelled"),
}
REFERRAL_STATES: dict[str, Pair] = {
    "sent": ("等接收", "Waits for an answer"),
    "accepted": ("已接收", "Accepted"),
    "declined": ("未接收", "Declined"),
    "returned": ("已退回", "Given back"),
    "withdrawn": ("已撤回", "Withdrawn"),
}
APPROVAL_STATES: dict[str, Pair] = {
    "asked": ("待答复", "Asked"),
    "agreed": ("同意", "Agreed"),
    "refused": ("不同意", "Not agreed"),
    "withdrawn": ("已撤回", "Withdrawn"),
}
APPROVAL_KINDS: dict[str, Pair] = {"plan": ("帮扶方案", "Plan"), "closure": ("结案", "Closing"), "opinion": ("第二意见", "Second opinion")}
GOAL_STATES: dict[str, Pair] = {"open": ("进行中", "Open"), "met": ("已达到", "Met"), "dropped": ("不再适用", "Dropped")}
OUTCOMES: dict[str, Pair] = {
    "resolved": ("情况好转，问题解决", "Resolved"),
    "improved": ("有改善，转为日常关注", "Improved; ordinary attention"),
    "unchanged": ("没有变化，另有安排", "Unchanged; other arrangements"),
    "left": ("离校或毕业", "Left or graduated"),
    "mistaken": ("核实后不需要帮扶", "Checked; no help needed"),
}
PAUSE_REASONS: dict[str, Pair] = {
    "guardian": ("等监护人答复", "Waits for a guardian"),
    "away": ("同学不在校", "The student is away"),
    "treatment": ("正在治疗或休养", "Treatment or rest"),
    "authority": ("等外部单位答复", "Waits for an outside office"),
}
SKIP_REASONS: dict[str, Pair] = {
    "done_before": ("此前已做过", "Done before"),
    "not_needed": ("核实后不需要", "Checked; not needed"),
    "impossible": ("客观上做不到", "Not possible"),
}
STEP_LIVE = ("open", "waiting")
CASE_LIVE = ("open", "paused", "closing")
