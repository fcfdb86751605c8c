"""What the academic affairs office and the secretaries hand in: scores, resits, a correction, coursework."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from shouwang.demo.calendar import NOW_TERM, moment, school_days, term_text, term_title
from shouwang.demo.college import COLLEGES, Class, College, Course, Student, courses
from shouwang.demo.files import Cell, Outbox, Sheet
from shouwang.demo.staff import Roll

OFFICE = "T1008"
HEADINGS = (
    "学号",
    "姓名",
    "班级",
    "开课学期",
    "课程号",
    "课程名称",
    "学分",
    "课程性质",
    "课程类别",
    "考试性质",
    "总评成绩",
    "成绩录入日期",
)
KINDS = {"theory": "A类", "mixed": "B类", "practice": "C类", "sport": "体育"}
POSTED = {20241: date(2025, 1, 20), 20242: date(2025, 7, 8)}
WORDS = ((90, "优"), (80, "良"), (70, "中"), (60, "及格"), (-999, "不及格"))


@dataclass(frozen=True, slots=True)
class Mark:
    student: Student
    term: int
    course: Course
    exam: str
    text: str
    posted: date

    @property
    def failed(self) -> bool:
        if self.text in {"不及格", "缺考", "旷考", "作弊", "不合格"}:
            return True
        return self.text.replace(".", "").isdigit() and float(self.text) < 60

    def row(self) -> list[Cell]:
        one = self.course
        text: Cell = float(self.text) if self.text.replace(".", "").isdigit() else self.text
        nature = "必修" if one.required else "选修"
        return [self.student.number, self.student.name, self.student.home.code, term_text(self.term), one.code, one.name, one.credit,
                nature, KINDS[one.kind], self.exam, text, self.posted.isoformat()]  # fmt: skip


def first_marks(home: Class, term: int, seed: int) -> list[Mark]:
    """The ordinary exams of one class and term, course by course."""
    listed = courses(home, term)
    hard = {course.code: Random(f"{seed}/{course.code}").gauss(0, 2) for course in listed}
    marks = []
    for student in home.students:
        rng = student.rng(f"score{term}", seed)
        story = student.story
        forced = story.fails.get(term, 0) if story else 0
        shift = story.marks.get(term, 0.0) if story else 0.0
        for place, course in enumerate(listed):
            value = 78 + 5.8 * student.ability + rng.gauss(0, 5) + hard[course.code] + shift
            value = min(max(value, 38), 99)
            if story:
                value = rng.uniform(42, 58) if place < forced else max(value, 60)
            marks.append(
                Mark(student, term, course, "正常考试", _text(student, course, term, value, rng), POSTED[term] - timedelta(days=place % 4))
            )
    return marks


def _text(student: Student, course: Course, term: int, value: float, rng: Random) -> str:
    """A number, a word for practice courses, or why there is none."""
    draw = rng.random()
    if student.name == "顾佳怡" and term == 20242 and course.kind == "theory" and course.required:
        return "缓考"
    if student.name == "史磊" and term == 20242 and value < 60 and course.code.startswith("GG"):
        return "作弊"
    if not student.story and draw < 0.0012:
        return "缺考" if draw < 0.0006 else "缓考"
    if course.kind == "practice":
        return next(word for bound, word in WORDS if value >= bound)
    if not course.required and draw > 0.7:
        return "合格" if value >= 60 else "不合格"
    return f"{value:.0f}" if draw < 0.93 or not course.required else f"{value:.1f}"


def second_marks(marks: Sequence[Mark], posted: date, seed: int) -> list[Mark]:
    """Resits of what was failed, and the exams that had been put off."""
    found = []
    for mark in marks:
        rng = mark.student.rng(f"resit{mark.term}{mark.course.code}", seed)
        story = mark.student.story
        if mark.text == "缓考":
            found.append(Mark(mark.student, mark.term, mark.course, "缓考", f"{rng.uniform(60, 82):.0f}", posted))
        elif mark.failed:
            passes = rng.random() < 0.68 if story is None or story.resit is None else story.resit
            text = f"{rng.uniform(60, 71):.0f}" if passes else ("缺考" if rng.random() < 0.08 else f"{rng.uniform(35, 59):.0f}")
            found.append(Mark(mark.student, mark.term, mark.course, "补考", text, posted))
    return found


def deliver(box: Outbox, college: College, roll: Roll) -> None:
    secretaries = {duty.unit: duty.holder for duty in roll.duties if duty.role == "教学秘书"}
    marks = {
        term: [m for home in college.classes if home.entry <= term // 10 for m in first_marks(home, term, box.seed)] for term in POSTED
    }
    _old_scores(box, marks[20241])
    resits = second_marks(marks[20241], date(2025, 3, 3), box.seed)
    _score_book(box, "12-补考成绩-2024-2025-1", resits, staff_no=OFFICE, when=moment(8, 26, 10))
    for place, (code, name) in enumerate(COLLEGES.items()):
        own = [mark for mark in marks[20242] if mark.student.home.college == code]
        when = moment(8, 26, 14, 10 * place)
        title = f"13-{name}-成绩-2024-2025-2"
        _score_book(box, title, own, staff_no=secretaries[code], when=when, title="学生成绩", spoil=True)
    again = second_marks(marks[20242], date(2025, 9, 18), box.seed)
    _score_book(box, "31-补考缓考成绩-2024-2025-2", again, staff_no=OFFICE, when=moment(9, 19, 16))
    _score_correction(box, marks[20242], secretaries["XX"])
    _coursework(box, college)


def _old_scores(box: Outbox, marks: Sequence[Mark]) -> None:
    lines = [f"云岭职业技术学院{term_title(20241)}学生成绩总表" + "," * (len(HEADINGS) - 1), ",".join(HEADINGS)]
    lines += [",".join(f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in mark.row()) for mark in marks]
    lines[203] = lines[203].replace(",2025-01-", ",2025-13-")
    box.csv(
        "11-成绩-2024-2025-1",
        lines,
        encoding="gb18030",
        table="score",
        department="academic_affairs",
        staff_no=OFFICE,
        at=moment(8, 26, 9, 30),
    )


def _score_book(
    box: Outbox, name: str, marks: Sequence[Mark], *, staff_no: str, when: datetime, title: str = "补考成绩", spoil: bool = False
) -> None:
    rows = [mark.row() for mark in marks]
    if spoil and len(rows) > 300:
        rows[57][10], rows[211][10], rows[123][0] = "8S", "一百二", str(rows[123][0])[:-1]
    sheet = Sheet(
        title,
        HEADINGS,
        rows,
        above=(f"云岭职业技术学院{title}登记表", f"打印日期：{when:%Y-%m-%d}    打印人：{staff_no}"),
        groups=(("学生信息", 3), ("课程信息", 6), ("考核信息", 3)),
        below=(f"合计：{len(rows)} 条", "教学秘书（签字）：                教学负责人（签字）：                日期："),
        numbers=frozenset({0}) if spoil else frozenset(),
    )
    box.xlsx(name, [sheet], table="score", department="academic_affairs", staff_no=staff_no, at=when)


def _score_correction(box: Outbox, marks: Sequence[Mark], staff_no: str) -> None:
    """One class's term once more, two totals added up wrongly now right."""
    home = next(mark.student.home for mark in marks if mark.student.home.college == "XX" and mark.student.home.entry == 2024)
    own = [mark for mark in marks if mark.student.home is home]
    rows = [mark.row() for mark in own]
    numeric = [row for row in rows if isinstance(row[10], float) and 62 < row[10] < 90]
    for row in numeric[:2]:
        row[10] = float(row[10] or 0) + 4
    sheet = Sheet("成绩更正", HEADINGS, rows, above=(f"{home.name} {term_title(20242)} 成绩更正（整班重报）",))
    box.xlsx("32-成绩更正-2024-2025-2", [sheet], table="score", department="academic_affairs", staff_no=staff_no, at=moment(9, 25, 11))


def _coursework(box: Outbox, college: College) -> None:
    """Four courses in turn, two tasks a week since the third week."""
    spans = (
        ("51-平时作业-9至10月", date(2025, 9, 15), date(2025, 10, 31), moment(11, 3, 10)),
        ("52-平时作业-11月", date(2025, 11, 1), date(2025, 11, 30), moment(12, 1, 9, 50)),
        ("53-平时作业-12月第1周", date(2025, 12, 1), date(2025, 12, 7), moment(12, 8, 9, 10)),
    )
    dues = [day for day in school_days(date(2025, 9, 15), date(2025, 12, 7)) if day.weekday() in {1, 4}]
    heading = "学号,姓名,课程号,课程名称,作业标题,截止日期,提交时间,得分"
    dice = {student.number: student.rng("work", box.seed) for home in college.at_school() for student in home.students}
    for name, first, last, when in spans:
        lines = [heading]
        for home in college.at_school():
            taught = [course for course in courses(home, NOW_TERM) if course.kind != "sport"][:4]
            for week, due in enumerate(dues):
                if first <= due <= last:
                    course = taught[week % len(taught)]
                    lines += [
                        _task(student, course, week, due, dice[student.number]) for student in home.students if _has_task(student, due)
                    ]
        box.csv(name, lines, encoding="utf-8-sig", table="coursework", department="academic_affairs", staff_no=OFFICE, at=when)


def _has_task(student: Student, due: date) -> bool:
    story = student.story
    return not (story and (story.change or story.says_nothing("coursework", due)))


def _task(student: Student, course: Course, week: int, due: date, rng: Random) -> str:
    usual = 0.006 if student.diligence > -1 else 0.03 if student.diligence > -1.75 else 0.08
    missed = student.story.now(due).get("missed_work", 0.01) if student.story else usual
    head = f"{student.number},{student.name},{course.code},{course.name},第{week // 4 + 1}次作业,{due}"
    if rng.random() < missed:
        return f"{head},,"
    handed_in = due - timedelta(days=rng.choice((0, 0, 1, 1, 2, 3)))
    return f"{head},{handed_in},{min(100, max(55, 84 + 5 * student.ability + rng.gauss(0, 5))):.0f}"
