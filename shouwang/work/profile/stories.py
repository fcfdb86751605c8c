"""What a row of each table says on a student's timeline: one SELECT into a common shape, one sentence out of it.

Shape: kind, day, code, mark, a, b, n, m, until, batch_id, sheet_no, row_no. `mark` of a score as the standard keeps it (0: a number).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from shouwang.analysis.engine import codes
from shouwang.analysis.standard import load
from shouwang.common.categories import Category

Tone = Literal["plain", "good", "worse", "alert"]
Row = dict[str, Any]
Telling = tuple[str, str, Tone]


@dataclass(frozen=True, slots=True)
class Story:
    """`group`: the filter it stands under; `fold`: rows of one day with the same title become one entry."""

    table: str
    group: str
    sql: str
    tell: Callable[[Row, str], Telling]
    fold: bool = False

    @property
    def categories(self) -> int:
        """Everything one learns from the table's facts."""
        bits = Category.public
        for column in load().table(self.table).fact_columns:
            bits |= Category[column.sensitivity]
        return int(bits)


GROUPS: dict[str, tuple[str, str]] = {
    "study": ("学业", "Study"),
    "attendance": ("考勤", "Attendance"),
    "practice": ("实习与技能", "Practice"),
    "life": ("生活", "Daily life"),
    "conduct": ("操行", "Conduct"),
    "family": ("资助与费用", "Aid and fees"),
    "register": ("学籍", "Register"),
    "alert": ("预警", "Alerts"),
}
MARKS: dict[int, tuple[str, str, Tone]] = {
    2: ("合格", "pass", "plain"),
    3: ("不合格", "fail", "worse"),
    4: ("缺考", "absent from the exam", "worse"),
    5: ("旷考", "truant from the exam", "worse"),
    6: ("缓考", "exam deferred", "plain"),
    7: ("免修", "exempt", "plain"),
    8: ("作弊或取消资格", "cheating or disqualified", "worse"),
    9: ("无成绩", "no result", "plain"),
}


def _pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


@cache
def _labels(place: str) -> dict[int, tuple[str, str]]:
    table, column = place.split(".")
    return {code.number: (code.title, code.code.replace("_", " ")) for code in load().table(table).column(column).codes}


def label(place: str, number: int | None, lang: str) -> str:
    """A code's own word; empty for a missing code."""
    if number is None:
        return ""
    zh, en = _labels(place).get(number, (str(number), str(number)))
    return _pick(lang, zh, en)


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _result(row: Row, lang: str) -> tuple[str, Tone]:
    """A score as people say it: 「58 分」「缺考」, and whether it is below the line."""
    if row["n"] is not None:
        line = row["m"]
        failed = line is not None and row["n"] < line
        return _pick(lang, f"{number(row['n'])} 分", number(row["n"])), "worse" if failed else "plain"
    zh, en, tone = MARKS.get(row["mark"] if row["mark"] is not None else 9, MARKS[9])
    return _pick(lang, zh, en), tone


def _score(row: Row, lang: str) -> Telling:
    result, tone = _result(row, lang)
    kind = label("score.exam_kind", row["code"], lang)
    credit = _pick(lang, f"{row['b']} 学分", f"{row['b']} credits") if row["b"] else ""
    return f"{row['a']} {result}", " · ".join(part for part in (kind, credit) if part), tone


def _attendance(row: Row, lang: str) -> Telling:
    what = label("attendance.status", row["code"], lang)
    where = " ".join(str(part) for part in (row["a"], row["b"]) if part)
    tone: Tone = "worse" if row["code"] == load().code_number("attendance.status", "absent") else "plain"
    return what, where, tone


def _leave(row: Row, lang: str) -> Telling:
    days = _pick(lang, f"{number(row['n'])} 天", f"{number(row['n'])} days") if row["n"] is not None else ""
    until = _pick(lang, f"到 {row['until']}", f"until {row['until']}") if row["until"] else ""
    state = "" if row["mark"] is None else _pick(lang, "已批准", "approved") if row["mark"] else _pick(lang, "未批准", "not approved")
    return f"{label('leave.kind', row['code'], lang)} {days}".strip(), " · ".join(part for part in (until, state) if part), "plain"


def _checkin(row: Row, lang: str) -> Telling:
    return _pick(lang, "实习未签到", "Internship check-in missed"), row["a"] or "", "worse"


def _evaluation(row: Row, lang: str) -> Telling:
    result, tone = _result(row, lang)
    return (
        _pick(lang, f"实习评价 {result}", f"Internship evaluation {result}"),
        label("internship_evaluation.evaluator", row["code"], lang),
        tone,
    )


def _milestone(row: Row, lang: str) -> Telling:
    name = label("graduation_milestone.milestone", row["code"], lang)
    if row["mark"]:
        return _pick(lang, f"毕业设计：{name}完成", f"Graduation project: {name} done"), "", "good"
    return _pick(lang, f"毕业设计：{name}到期未完成", f"Graduation project: {name} due, not done"), "", "worse"


def _skill(row: Row, lang: str) -> Telling:
    result, tone = _result(row, lang)
    return f"{row['a']} {result}", _pick(lang, "技能考核", "Skill assessment"), tone


def _certificate(row: Row, lang: str) -> Telling:
    return _pick(lang, f"取得{row['a']}", f"Earned {row['a']}"), label("certificate.level", row["code"], lang), "good"


def _activity(row: Row, lang: str) -> Telling:
    points = _pick(lang, f"{number(row['n'])} 分", f"{number(row['n'])} points")
    return str(row["a"]), " · ".join((label("activity_points.kind", row["code"], lang), points)), "good"


def _platform(row: Row, lang: str) -> Telling:
    days, minutes = number(row["m"]), number(row["n"])
    return (
        _pick(lang, f"学习平台：本月 {days} 天", f"Learning platform: {days} days this month"),
        _pick(lang, f"共 {minutes} 分钟", f"{minutes} minutes"),
        "plain",
    )


def _coursework(row: Row, lang: str) -> Telling:
    name = f"{row['a']}：{row['b']}" if lang == "zh" else f"{row['a']}: {row['b']}"
    if row["mark"] is None and row["n"] is None and row["until"] is None:
        return name, _pick(lang, "到期未交", "due, not handed in"), "worse"
    result = _result(row, lang)[0] if row["n"] is not None else _pick(lang, "已交", "handed in")
    return name, result, "plain"


def _dorm(row: Row, lang: str) -> Telling:
    if row["code"] == load().code_number("dorm_access.direction", "absent"):
        return _pick(lang, "夜间未归", "Not back at night"), row["a"] or "", "worse"
    return _pick(lang, "晚归", "Late return"), " ".join(part for part in (row["b"], row["a"]) if part), "worse"


def _conduct(row: Row, lang: str) -> Telling:
    kind, matter = label("conduct.kind", row["code"], lang), label("conduct.matter", row["mark"], lang)
    lifted = _pick(lang, f"{row['until']} 解除", f"lifted {row['until']}") if row["until"] else ""
    tone: Tone = "good" if row["code"] == load().code_number("conduct.kind", "praise") else "worse"
    shown = matter if row["mark"] != load().code_number("conduct.matter", "none") else ""
    return kind, " · ".join(part for part in (shown, lifted) if part), tone


def _loan(row: Row, lang: str) -> Telling:
    return _pick(lang, "借阅图书", "Library loan"), "", "plain"


def _fee(row: Row, lang: str) -> Telling:
    item = label("fee.item", row["code"], lang)
    owed = (row["n"] or 0) - (row["m"] or 0)
    if owed > 0:
        return (
            _pick(lang, f"{item}未缴清", f"{item} not paid in full"),
            _pick(lang, f"{row['a']} 学年，欠 {number(owed)} 元", f"{row['a']}, {number(owed)} yuan open"),
            "worse",
        )
    return _pick(lang, f"{item}已缴清", f"{item} paid"), _pick(lang, f"{row['a']} 学年", str(row["a"])), "plain"


def _aid(row: Row, lang: str) -> Telling:
    amount = _pick(lang, f"{number(row['n'])} 元", f"{number(row['n'])} yuan") if row["n"] else ""
    level = label("aid.level", row["mark"], lang) if row["mark"] else ""
    return label("aid.kind", row["code"], lang), " · ".join(part for part in (level, amount) if part), "plain"


def _change(row: Row, lang: str) -> Telling:
    until = _pick(lang, f"到 {row['until']}", f"until {row['until']}") if row["until"] else ""
    return label("enrolment_change.kind", row["code"], lang), until, "plain"


NULLS = {"code": "INTEGER", "mark": "INTEGER", "a": "VARCHAR", "b": "VARCHAR", "n": "DOUBLE", "m": "DOUBLE", "until": "DATE"}


def _select(table: str, day: str, where: str = "TRUE", source: str = "", **values: str) -> str:
    columns = ", ".join(f"CAST({values.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in NULLS.items())
    return f"SELECT '{table}' AS kind, CAST({day} AS DATE) AS day, {columns}, r.batch_id, r.sheet_no, r.row_no FROM {source or table + ' AS r'} WHERE {where}"


NOT_PRESENT = "r.status <> CODE('attendance.status', 'present')"
NIGHT = (
    "r.direction = CODE('dorm_access.direction', 'absent') OR (r.direction = CODE('dorm_access.direction', 'in') "
    "AND (EXTRACT(HOUR FROM r.seen_at) >= 23 OR EXTRACT(HOUR FROM r.seen_at) < 6))"
)
CLOCK = (
    "LPAD(CAST(EXTRACT(HOUR FROM r.seen_at) AS VARCHAR), 2, '0') || ':' || LPAD(CAST(EXTRACT(MINUTE FROM r.seen_at) AS VARCHAR), 2, '0')"
)
TERM_END = "score AS r LEFT JOIN everyone_term AS t ON t.term = r.term"
MONTHS = (
    "(SELECT MAX(day) AS day, SUM(minutes) AS minutes, COUNT(*) AS days, MAX(batch_id) AS batch_id, CAST(NULL AS SMALLINT) AS sheet_no, "
    "CAST(NULL AS INTEGER) AS row_no FROM platform_activity GROUP BY EXTRACT(YEAR FROM day), EXTRACT(MONTH FROM day)) AS r"
)
SCORE_DAY = "COALESCE(r.posted_on, CASE WHEN t.ends_on > $as_of THEN $as_of ELSE t.ends_on END)"
RESULT = {"n": "r.result", "mark": "r.result_mark"}

STORIES: tuple[Story, ...] = (
    Story("score", "study", _select("score", SCORE_DAY, source=TERM_END, code="r.exam_kind", a="r.course_name", b="r.credit", m="COALESCE(r.pass_mark, 60)", **RESULT), _score),
    Story("coursework", "study", _select("coursework", "r.due_on", a="r.course_name", b="r.title", until="r.handed_in_on", **RESULT), _coursework),
    Story("attendance", "attendance", _select("attendance", "r.day", NOT_PRESENT, code="r.status", a="r.period", b="r.course"), _attendance, fold=True),
    Story("attendance_day", "attendance", _select("attendance_day", "r.day", NOT_PRESENT, code="r.status"), _attendance, fold=True),
    Story("leave", "attendance", _select("leave", "r.starts_at", code="r.kind", n="r.days", until="r.ends_at", mark="r.approved"), _leave),
    Story("internship_checkin", "practice", _select("internship_checkin", "r.day", "NOT r.done", a="r.company"), _checkin),
    Story("internship_evaluation", "practice", _select("internship_evaluation", "r.evaluated_on", code="r.evaluator", **RESULT), _evaluation),
    Story("graduation_milestone", "practice", _select("graduation_milestone", "COALESCE(r.done_on, r.due_on)", code="r.milestone", mark="r.done_on IS NOT NULL"), _milestone),
    Story("skill_assessment", "practice", _select("skill_assessment", "r.assessed_on", a="r.skill", m="r.pass_mark", **RESULT), _skill),
    Story("certificate", "practice", _select("certificate", "r.got_on", a="r.certificate", code="r.level"), _certificate),
    Story("activity_points", "life", _select("activity_points", "r.earned_on", a="r.activity", code="r.kind", n="r.points"), _activity),
    Story("platform_activity", "life", _select("platform_activity", "r.day", source=MONTHS, n="r.minutes", m="r.days"), _platform),
    Story("dorm_access", "life", _select("dorm_access", "r.seen_at", NIGHT, code="r.direction", a="r.gate", b=CLOCK), _dorm),
    Story("library_loan", "life", _select("library_loan", "r.loaned_on"), _loan, fold=True),
    Story("conduct", "conduct", _select("conduct", "r.decided_on", code="r.kind", mark="r.matter", until="r.lifted_on"), _conduct),
    Story("fee", "family", _select("fee", "r.due_on", code="r.item", a="r.year", n="r.due", m="COALESCE(r.paid, 0) + COALESCE(r.reduced, 0)"), _fee),
    Story("aid", "family", _select("aid", "r.granted_on", code="r.kind", mark="r.level", n="r.amount"), _aid),
    Story("enrolment_change", "register", _select("enrolment_change", "r.effective_on", code="r.kind", until="r.until"), _change),
)  # fmt: skip
BY_TABLE = {story.table: story for story in STORIES}


def allowed(mask: int) -> list[Story]:
    """The stories whose every category lies in the mask."""
    return [story for story in STORIES if not story.categories & ~mask]


def statement(stories: list[Story]) -> str:
    """One SELECT over all allowed tables up to `$as_of`, newest first. The session's scope holds the one student."""
    union = " UNION ALL ".join(story.sql for story in stories)
    return codes(f"SELECT * FROM ({union}) WHERE day IS NOT NULL AND day <= $as_of ORDER BY day DESC, kind, row_no", load())


@dataclass(frozen=True, slots=True)
class Source:
    """The row of a file an entry came from, as the user sees it in Excel."""

    batch_id: int
    sheet_no: int | None
    row_no: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    day: date
    group: str
    kind: str
    title: str
    detail: str
    tone: Tone
    sources: tuple[Source, ...] = ()
    alert_id: int | None = None


def entries(rows: list[Row], lang: str) -> list[Entry]:
    """Rows become entries; those of a folding story with the same day and title become one, with their count."""
    folded: dict[tuple[Any, ...], list[tuple[Row, Telling]]] = {}
    for at, row in enumerate(rows):
        story = BY_TABLE[row["kind"]]
        told = story.tell(row, lang)
        key = (row["day"], row["kind"], told[0]) if story.fold else (row["day"], row["kind"], at)
        folded.setdefault(key, []).append((row, told))
    found = []
    for same in folded.values():
        row, (title, detail, tone) = same[0]
        title = title[:1].upper() + title[1:]
        if len(same) > 1:
            title = _pick(lang, f"{title} {len(same)} 次", f"{title} ×{len(same)}")
            detail = _pick(lang, "；", "; ").join(dict.fromkeys(told[1] for _, told in same if told[1]))
        sources = tuple(Source(one["batch_id"], one["sheet_no"], one["row_no"]) for one, _ in same)
        found.append(Entry(row["day"], BY_TABLE[row["kind"]].group, row["kind"], title, detail, tone, sources))
    return found
