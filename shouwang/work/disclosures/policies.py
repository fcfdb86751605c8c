"""What may be asked for, what may be handed out, on which ground. Reasons are sentences in both languages."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from shouwang.analysis.standard import Column, load
from shouwang.common.categories import Category, titles

LONGEST_HOURS = 24
SHORTEST_REASON = 10
REVIEW_WITHIN = timedelta(days=3)
# A request that nobody answered is over by then: what was urgent yesterday must be asked anew, with the reason of today.
LAPSES_AFTER = timedelta(hours=24)
# Whoever breaks this glass needs a second person.
TWO_PERSONS = int(Category.psychological)
# Who is told at once, besides the data steward: those who answer for the student.
TOLD = ("adviser", "responsible", "homeroom_teacher", "counsellor")
VERDICTS = {"justified": ("有正当理由", "Justified"), "unjustified": ("理由不成立", "Not justified")}
STATES = {
    "asked": ("等第二人同意", "Waits for a second person"),
    "open": ("已打开", "Open"),
    "refused": ("未同意", "Refused"),
    "ended": ("已结束", "Ended"),
}

PURPOSES = {
    "aid": ("申请资助或救助", "Aid or relief"),
    "visit": ("家访与社区帮扶", "Visits and help in the community"),
    "internship": ("实习管理", "Internship"),
    "schooling": ("转学、复学衔接", "Transfer or return to school"),
    "duty": ("有关机关依法要求", "Required by an authority"),
}
BASES = {
    "consent": ("取得同意", "Consent"),
    "contract": ("履行实习等协议", "An agreement such as an internship"),
    "duty": ("履行法定职责", "A duty by law"),
    "emergency": ("紧急情况下保护生命健康", "Emergency: life or health"),
}
HOW = {"paper": ("书面", "On paper"), "present": ("当面", "In person"), "phone": ("电话", "By telephone"), "online": ("线上", "Online")}
LONGEST_DISCLOSURE = timedelta(days=366)
# These reach no third party without consent, unless the law or an emergency demands it.
CONFIDENTIAL = int(Category.family | Category.health | Category.psychological)
WITHOUT_CONSENT = frozenset({"duty", "emergency"})


def pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def why_not_ask(*, asked: int, possible: int, known: int, reason: str, hours: int, lang: str = "zh") -> str:
    """Empty when a break-glass may be asked for, else the reason. `possible`: what the matrix lets these roles ask; `known`: they see it already."""
    if beyond := asked & ~possible:
        what = "、".join(titles(beyond, lang))
        return pick(
            lang,
            f"您的角色不能紧急查看：{what}。请联系心理中心或学生处。",
            f"Your role cannot break the glass for: {what}. Ask student affairs.",
        )
    if not asked & ~known:
        return pick(lang, "这些内容您本来就可以看，不需要紧急查看。", "You may see this already; no break-glass is needed.")
    if len(reason.strip()) < SHORTEST_REASON:
        return pick(
            lang,
            f"请写明原因，至少 {SHORTEST_REASON} 个字：发生了什么，为什么现在必须看。",
            f"Say why, in at least {SHORTEST_REASON} characters.",
        )
    if not 1 <= hours <= LONGEST_HOURS:
        return pick(lang, f"时限为 1 到 {LONGEST_HOURS} 小时。", f"Between 1 and {LONGEST_HOURS} hours.")
    return ""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that can be disclosed. `table`: of the data standard, "" for the profile."""

    code: str
    zh: str
    en: str
    category: int
    table: str = ""
    column: Column | None = None


_PROFILE = (
    Field("student.name", "姓名", "Name", Category.identity),
    Field("student.number", "学号", "Student number", Category.identity),
    Field("student.gender", "性别", "Gender", Category.identity),
    Field("student.class", "班级", "Class", Category.identity),
    Field("student.entry_year", "入学年份", "Year of entry", Category.identity),
    Field("student.status", "学籍状态", "Status", Category.identity),
    Field("student.phone", "学生电话", "Student's telephone", Category.contact),
    Field("guardian.name", "监护人姓名", "Guardian's name", Category.family),
    Field("guardian.phone", "监护人电话", "Guardian's telephone", Category.contact),
    Field("student.room", "宿舍", "Dormitory", Category.life),
)


@cache
def fields() -> dict[str, Field]:
    """Everything that can be disclosed: the profile, and every column of the data standard that is kept as a fact of a student."""
    found = {field.code: field for field in _PROFILE}
    for table in load().tables.values():
        if table.subject != "student" or table.master:
            continue
        for column in table.fact_columns:
            code = f"{table.name}.{column.name}"
            found[code] = Field(code, column.title, column.title_en, int(Category[column.sensitivity]), table.name, column)
    return found


def categories_of(codes: list[str]) -> int:
    bits = 0
    for code in codes:
        bits |= fields()[code].category
    return bits


def why_not_take(*, codes: list[str], mine: int, lang: str = "zh") -> str:
    """Empty when whoever looks at these fields, sends or downloads them may take them out themselves, else the reason."""
    if beyond := categories_of(codes) & ~mine:
        what = "、".join(titles(beyond, lang))
        return pick(
            lang,
            f"您自己不能导出：{what}。请由有这项职责的老师发出。",
            f"You cannot take out: {what}. Somebody with that duty must send it.",
        )
    return ""


def why_not_disclose(
    *, codes: list[str], mine: int, theirs: int, basis: str, consented: bool, until: date, today: date, lang: str = "zh"
) -> str:
    """Empty when these fields may go out, else the reason. `mine`: what the discloser may export; `theirs`: what the recipient may be given."""
    if not codes or any(code not in fields() for code in codes):
        return pick(lang, "请至少选择一个字段。", "Choose at least one field.")
    asked = categories_of(codes)
    if why := why_not_take(codes=codes, mine=mine, lang=lang):
        return why
    if beyond := asked & ~theirs:
        what = "、".join(titles(beyond, lang))
        return pick(
            lang, f"不能向这一接收方披露：{what}。请去掉这些字段。", f"This recipient cannot be given: {what}. Leave these fields out."
        )
    if (basis == "consent" or asked & CONFIDENTIAL and basis not in WITHOUT_CONSENT) and not consented:
        return pick(
            lang,
            "需要先取得同学或监护人的同意，并写明由谁、以什么方式同意。",
            "The student or a guardian must consent first; say who and how.",
        )
    if not today <= until <= today + LONGEST_DISCLOSURE:
        return pick(lang, "截止日期须在今天到一年之内。", "The last day must lie within a year from today.")
    return ""
