"""Which moves a delivery may make, and why not. Tables and pure functions."""

from collections.abc import Iterable
from pathlib import PurePath

from shouwang.work.imports.models import STATES

TITLES = dict(STATES)

# move -> the states it may start from, and the state it leads to.
MOVES: dict[str, tuple[frozenset[str], str]] = {
    "recognise": (frozenset({"received", "recognised", "checked", "previewed", "failed"}), "recognised"),
    "check": (frozenset({"recognised", "checked", "previewed"}), "checked"),
    "preview": (frozenset({"checked", "previewed"}), "previewed"),
    "begin": (frozenset({"previewed"}), "accepting"),
    "accept": (frozenset({"accepting"}), "accepted"),
    "give_back": (frozenset({"accepting"}), "previewed"),
    "refuse": (frozenset({"received", "recognised", "checked", "previewed", "failed"}), "refused"),
    "retract": (frozenset({"accepted"}), "retracted"),
    "fail": (frozenset({"received", "recognised", "checked", "previewed"}), "failed"),
}
OPEN = frozenset({"received", "recognised", "checked", "previewed", "accepting", "failed"})
WAITS_FOR_A_PERSON = frozenset({"recognised", "checked", "previewed", "failed"})

FORMATS = (".xlsx", ".xls", ".ods", ".csv", ".tsv", ".txt")

_VERBS = {
    "recognise": "重新识别",
    "check": "检查",
    "preview": "预览",
    "begin": "接收",
    "accept": "完成接收",
    "give_back": "退回到待确认",
    "refuse": "退回",
    "retract": "撤回",
    "fail": "标记为无法读取",
}


def why_not(state: str, move: str) -> str | None:
    """The reason in Chinese why `move` cannot start from `state`; None when it can. KeyError for an unknown move."""
    starts, _ = MOVES[move]
    if state in starts:
        return None
    return f"这份数据{TITLES[state]}，不能{_VERBS[move]}。"


def why_not_accept(state: str, open_gates: Iterable[str], confirmed: bool, rows_good: int) -> str | None:
    """Why a previewed delivery cannot be accepted: the state, nothing good in it, or gates that nobody has confirmed."""
    if reason := why_not(state, "begin"):
        return reason
    if rows_good == 0:
        return "没有一行通过检查，没有可接收的内容。请按检查报告修改后重新上传。"
    sentences = list(open_gates)
    if sentences and not confirmed:
        return "需要再次确认：" + "；".join(sentences)
    return None


def why_not_receive(name: str, size: int, limit: int) -> str | None:
    """Why a file is not even kept: not a table, empty, too large. The reason names the file and the remedy."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in FORMATS:
        return f"“{name}”不是电子表格。请上传 .xlsx、.xls、.ods、.csv 或 .tsv 文件；压缩包请先解压。"
    if size == 0:
        return f"“{name}”是空文件。请确认导出成功后重新上传。"
    if size > limit:
        return f"“{name}”有 {size / 2**20:.0f} MB，超过上限 {limit / 2**20:.0f} MB。请按学院或按月拆分后分别上传。"
    return None
