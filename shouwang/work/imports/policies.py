"""Which moves a delivery may make, and why not. Tables and pure functions."""

import unicodedata
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


# What a file is shows at its beginning; its name is whatever somebody called it. Tables are zips (xlsx, ods), OLE (xls) or text.
_NO_TABLES: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "程序"),
    (b"\x7fELF", "程序"),
    (b"\xca\xfe\xba\xbe", "程序"),
    (b"\xcf\xfa\xed\xfe", "程序"),
    (b"#!", "脚本"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"%PDF", "PDF"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"SQLite format 3", "数据库"),
    (b"PAR1", "数据文件"),
)
_ZIPPED, _TEXTUAL = frozenset({".xlsx", ".ods"}), frozenset({".csv", ".tsv", ".txt"})


def why_not_content(name: str, head: bytes) -> str | None:
    """Why a file whose name says table is none, by its first bytes; None when it may be one."""
    suffix = PurePath(name).suffix.lower()
    kind = next((what for sign, what in _NO_TABLES if head.startswith(sign)), None)
    if kind == "图片" and suffix in _TEXTUAL and head.startswith(b"BM") and b"\0" not in head:
        kind = None  # a heading may begin with these two letters
    if kind is None and suffix in _TEXTUAL and head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return f"“{name}”其实是 Excel 文件，只是名字改成了 {suffix}。请用 Excel 另存为 .xlsx 后上传。"
    if kind is None and suffix in _ZIPPED and not head.startswith(b"PK"):
        return f"“{name}”不是真正的 {suffix} 文件，可能只是改了名字。请用 Excel 或 WPS 打开，另存为 .xlsx 后上传。"
    return f"“{name}”的内容是{kind}，不是表格。请从系统中导出表格后上传。" if kind else None


def safe_name(filename: str) -> str:
    """The last part of a name, without what hides or turns round: control signs, invisible signs, marks of direction."""
    last = PurePath(filename.replace("\\", "/")).name
    return "".join(sign for sign in last if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})[-200:]


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
