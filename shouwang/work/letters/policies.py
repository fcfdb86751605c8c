"""The life of a letter as tables and pure functions."""

from shouwang.common.categories import Category
from shouwang.common.states import Table

# (state, move) -> next state. What does not stand here cannot happen.
MOVES: dict[tuple[str, str], str] = {
    ("draft", "issue"): "issued",
    ("draft", "drop"): "dropped",
    ("issued", "receive"): "returned",
    ("issued", "void"): "voided",
    ("returned", "unreceive"): "issued",  # a receipt entered by mistake
    ("returned", "void"): "voided",
}
STATES = ("draft", "issued", "returned", "voided", "dropped")
PERSON_MOVES = ("receive", "unreceive", "void")
STATE_TITLES = {
    "draft": ("拟稿", "Draft"),
    "issued": ("等回执", "Waits for its receipt"),
    "returned": ("回执已收", "Receipt is back"),
    "voided": ("已作废", "Voided"),
    "dropped": ("未发出", "Not issued"),
}
MOVE_TITLES = {
    "issue": ("发出", "Issue"),
    "drop": ("放弃", "Drop"),
    "receive": ("登记回执", "Enter the receipt"),
    "unreceive": ("撤销登记", "Undo the receipt"),
    "void": ("作废", "Void"),
}
ABILITIES = {"keeper": "letters_receive", "issuer": "letters_issue", "office": "letters_template"}
_ACTORS = {
    "issuer": ("拟稿人", "Whoever issues letters"),
    "keeper": ("可登记回执的老师", "Whoever keeps receipts"),
    "office": ("管理模板的部门", "The office that keeps templates"),
    "machine": ("系统", "The platform"),
}
LETTER = Table(
    "letter",
    ("通知书", "The letter"),
    STATE_TITLES,
    {("new", "write"): "draft", **MOVES},
    {
        "write": ("issuer",), "issue": ("machine",), "drop": ("issuer", "machine"),
        "receive": ("keeper",), "unreceive": ("keeper",), "void": ("issuer",),
    },
    {"write": ("拟稿", "Write"), **MOVE_TITLES},
    _ACTORS,
)  # fmt: skip
BATCH = Table(
    "letter_batch",
    ("这一批", "The batch"),
    {
        "draft": ("拟稿", "Draft"), "issuing": ("正在发出", "Being issued"), "done": ("已发出", "Issued"), "dropped": ("已放弃", "Dropped"),
    },
    {("new", "write"): "draft", ("draft", "ask"): "issuing", ("draft", "drop"): "dropped", ("issuing", "end"): "done"},
    {"write": ("issuer",), "ask": ("issuer",), "drop": ("issuer",), "end": ("machine",)},
    {"write": ("拟稿", "write it"), "ask": ("发出", "issue it"), "drop": ("放弃", "drop it"), "end": ("全部发出", "end it")},
    _ACTORS,
)  # fmt: skip
TEMPLATE = Table(
    "letter_template",
    ("这个模板", "The template"),
    {"checked": ("已检查", "Checked"), "in_use": ("使用中", "In use"), "retired": ("已停用", "Retired")},
    {
        ("new", "upload"): "checked",
        ("checked", "use"): "in_use",
        ("retired", "use"): "in_use",
        ("checked", "retire"): "retired",
        ("in_use", "retire"): "retired",
        ("in_use", "replace"): "retired",
    },
    {"upload": ("office",), "use": ("office",), "retire": ("office",), "replace": ("office",)},
    {
        "upload": ("上传", "upload it"),
        "use": ("启用", "use it"),
        "retire": ("停用", "retire it"),
        "replace": ("由新模板代替", "replace it"),
    },
    _ACTORS,
)
TABLES = (LETTER, BATCH, TEMPLATE)
OUTCOMES = {
    "signed": ("已签收", "Signed"),
    "refused": ("本人拒签，两人在场", "Refused to sign, two present"),
    "posted": ("挂号邮寄，凭证已存", "By registered mail, proof kept"),
}
# What never stands in a letter: who works with these tells the person, not a sheet of paper.
NEVER = int(Category.health | Category.psychological)
MOST = 2_000
CHUNK = 100
AGAIN_DAYS = 30  # the same kind to the same person within these days is pointed out before it goes
LONGEST_REMARK = 300
# The marks a school's own Word template may use.
TEXTS = (
    "学校", "学院", "标题", "编号", "收件人", "姓名", "学号", "班级", "开头", "补充", "结尾", "联系人", "日期", "数据截至",
    "回执编号", "回执正文", "回执期限", "二维码",
)  # fmt: skip
LISTS = ("事由", "建议")
REQUIRED = ("编号", "姓名", "事由", "回执编号")


def why_not(move: str, *, state: str, lang: str = "zh") -> str:
    """Empty when a letter in this state allows the move, else the reason with its remedy."""
    if (state, move) in MOVES:
        return ""
    if move not in MOVE_TITLES or state not in STATE_TITLES:
        return "没有这个操作。" if lang == "zh" else "There is no such move."
    zh, en = STATE_TITLES[state]
    if lang != "zh":
        return f"This letter is “{en}”: “{MOVE_TITLES[move][1]}” is not possible. Reload the page to see where it stands."
    return f"这份通知书现在是“{zh}”，不能{MOVE_TITLES[move][0]}。请刷新页面查看最新状态。"


def number(unit: str, year: int, count: int) -> str:
    """As it stands on the letter: 信息工程学院〔2025〕12 号."""
    return f"{unit}〔{year}〕{count} 号"


def receipt(year: int, count: int) -> str:
    """The number of a receipt: year, running number, two check digits (ISO 7064 MOD 97-10). One wrong or swapped digit is found."""
    body = f"{year % 100:02d}{count:06d}"
    return f"{body}{98 - int(body) * 100 % 97:02d}"


def why_not_receipt(text: str, lang: str = "zh") -> str:
    """Empty when this can be the number of a receipt, else what is wrong with it."""
    digits = text.strip()
    if digits.isascii() and digits.isdigit() and len(digits) == 10 and int(digits) % 97 == 1:
        return ""
    return (
        f"“{digits[:20]}”不是回执编号，可能抄错了一位。" if lang == "zh" else f"“{digits[:20]}” is no receipt number; a digit may be wrong."
    )


def numbers_in(text: str) -> list[str]:
    """The receipt numbers in what somebody typed, scanned or pasted, each once, in their order. Addresses from the QR code count as well."""
    for sign in ",，;；、\t":
        text = text.replace(sign, "\n")
    words = [word for line in text.splitlines() for word in line.split()]
    cleaned = [word.rsplit("=", 1)[-1].replace("-", "") for word in words]
    return list(dict.fromkeys(word for word in cleaned if word))
