"""Attendance by session and by day, and the leaves that explain some of the gaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shouwang.demo.calendar import DRILL_ENDS, NOW_TERM, TERMS, at, moment, school_days
from shouwang.demo.college import ENTRIES, Class, College, Student, courses
from shouwang.demo.files import Cell, Outbox, Sheet

CLERK = "T1002"
PERIODS = ("1-2节", "5-6节")
LABELS = {"P": "出勤", "L": "迟到", "A": "旷课", "S": "请假", "E": "早退"}
MARKS = {"P": "√", "L": "◇", "A": "×", "S": "△", "E": "早退"}
UNREPORTED = ("ZZ", 2025, 1)
"""One class whose teacher has sent no attendance since `UNREPORTED_FROM`: the freshness board must say so."""
UNREPORTED_FROM = date(2025, 11, 24)
LEAVE_KINDS = (("病假", 0.5), ("事假", 0.35), ("归家", 0.15))
REASONS = {"病假": "感冒发热", "事假": "家中有事", "归家": "回家", "丧假": "亲人去世", "公假": "参加比赛"}


@dataclass(frozen=True, slots=True)
class Spell:
    kind: str
    first: date
    days: int

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)


def spells(student: Student, term: int, seed: int) -> list[Spell]:
    """The student's leaves of a term: those of the story, or now and then a day or two."""
    story = student.story
    if story and story.leaves:
        return [Spell(one["kind"], one["from"], one["days"]) for one in story.leaves if TERMS[term][0] <= one["from"] <= TERMS[term][1]]
    rng = student.rng(f"leave{term}", seed)
    chance = rng.random()
    days = school_days(*TERMS[term])
    found = []
    for _ in range(0 if chance < 0.62 else 1 if chance < 0.93 else 2):
        kind = rng.choices([kind for kind, _ in LEAVE_KINDS], [weight for _, weight in LEAVE_KINDS])[0]
        found.append(Spell(kind, rng.choice(days), 1 if rng.random() < 0.7 else 2))
    unique = {spell.first: spell for spell in found}
    return sorted(unique.values(), key=lambda spell: spell.first)


def habits(student: Student) -> tuple[float, float]:
    """(chance of cutting a session, chance of being late) of somebody to whom nothing happens."""
    if student.diligence > -1.0:
        return 0.0006, 0.003
    return (0.004, 0.012) if student.diligence > -1.75 else (0.016, 0.035)


def statuses(student: Student, days: Sequence[date], per_day: int, term: int, seed: int) -> str:
    """One letter of LABELS per session, day by day; a blank where the student's data have a gap."""
    rng = student.rng(f"attendance{term}", seed)
    away = {spell.first + timedelta(days=n) for spell in spells(student, term, seed) for n in range(spell.days)}
    story = student.story
    if story and story.change and term == NOW_TERM:
        return " " * (len(days) * per_day)
    absent, late = habits(student)
    early, sick = 0.0008, 0.0
    letters = []
    for day in days:
        if story:
            now = story.now(day)
            absent, late = now.get("absent", 0.0008), now.get("late", 0.004)
            early, sick = now.get("early", 0.0008), now.get("sick", 0.0)
        for _ in range(per_day):
            draw = rng.random()
            if story and story.says_nothing("attendance", day):
                letters.append(" ")
            elif day in away:
                letters.append("S")
            elif draw < absent:
                letters.append("A")
            elif draw < absent + late:
                letters.append("L")
            elif draw < absent + late + early:
                letters.append("E")
            else:
                letters.append("S" if draw < absent + late + early + sick else "P")
    return "".join(letters)


@dataclass(slots=True)
class Register:
    """The whole register of a term: which days, how many sessions a day, and every student's letters."""

    term: int
    days: tuple[date, ...]
    periods: tuple[str, ...]
    classes: list[Class]
    letters: dict[str, str]

    def lines(self, first: date, last: date, labels: dict[str, str], mark: str = "") -> Iterator[str]:
        """CSV lines class by class, day by day. `mark` stands before the number, as some exports do to keep it text."""
        places = [(at, day) for at, day in enumerate(self.days) if first <= day <= last]
        width = len(self.periods)
        for home in self.classes:
            taught = [course.name for course in courses(home, self.term)]
            heads = [(f"{mark}{student.number},{student.name},{home.code},", self.letters[student.number]) for student in home.students]
            for place, day in places:
                if home.entry == ENTRIES[-1] and day <= DRILL_ENDS or _unreported(home, day):
                    continue
                for slot, period in enumerate(self.periods):
                    course = taught[(day.weekday() * width + slot) % len(taught)]
                    tails = {letter: f"{day},{period},{course},{label},2" for letter, label in labels.items()}
                    session = place * width + slot
                    yield from (head + tails[own[session]] for head, own in heads if own[session] != " ")


def _unreported(home: Class, day: date) -> bool:
    college, entry, number = UNREPORTED
    return (
        day >= UNREPORTED_FROM
        and (home.college, home.entry) == (college, entry)
        and home.code.endswith(f"{number:02d}")
        and home.code[:2] == "SK"
    )


def register(college: College, term: int, periods: tuple[str, ...], last: date) -> Register:
    first = TERMS[term][0]
    days = school_days(first, last)
    classes = [home for home in college.classes if home.entry <= term // 10 and (term != NOW_TERM or home.entry > ENTRIES[0])]
    letters = {s.number: statuses(s, days, len(periods), term, college.seed) for home in classes for s in home.students}
    return Register(term, days, periods, classes, letters)


HEADING = "学号,学生姓名,班级,上课日期,节次,课程名称,考勤情况,学时"


def deliver(box: Outbox, college: College) -> None:
    """History in two files, two months, six weeks, two single days and one correction."""
    for term, name, when in ((20241, "14-考勤-2024秋", moment(8, 27, 9)), (20242, "15-考勤-2025春", moment(8, 27, 10))):
        _file(box, register(college, term, PERIODS[:1], TERMS[term][1]), name, TERMS[term], when=when, labels=MARKS)
    now = register(college, NOW_TERM, PERIODS, date(2025, 12, 9))
    _drill(box, college, now)
    _file(box, now, "41-考勤-2025年9月", (date(2025, 9, 1), date(2025, 9, 30)), when=moment(10, 9))
    _file(box, now, "42-考勤-2025年10月上中旬", (date(2025, 10, 1), date(2025, 10, 26)), when=moment(10, 27))
    monday = date(2025, 10, 27)
    while monday < date(2025, 12, 8):
        sunday = monday + timedelta(days=6)
        mark = "'" if monday.day == 10 else ""
        _file(box, now, f"43-考勤-{monday:%m%d}周", (monday, sunday), when=at(sunday + timedelta(days=1), 8, 40), mark=mark)
        monday += timedelta(days=7)
    for day in (date(2025, 12, 8), date(2025, 12, 9)):
        _file(box, now, f"44-考勤-{day:%m%d}", (day, day), when=at(day + timedelta(days=1), 8, 20))
    _correction(box, now)
    _leaves(box, college)


def _file(
    box: Outbox, rows: Register, name: str, span: tuple[date, date], *, when: datetime, labels: dict[str, str] = LABELS, mark: str = ""
) -> None:
    """One export of the register; every other one carries two slips of the hand: a day that does not exist and a letter O in a number."""
    lines = [HEADING, *rows.lines(*span, labels, mark)]
    if len(lines) > 4000 and when.day % 2:
        lines[1777] = _spoil(lines[1777], 3, f"{span[0]:%Y-%m}-32")
        lines[2888] = _spoil(lines[2888], 0, lines[2888][:6] + "O" + lines[2888][7:10])
    box.csv(name, lines, encoding="gb18030", table="attendance", department="student_affairs", staff_no=CLERK, at=when)


def _spoil(line: str, cell: int, text: str) -> str:
    cells = line.split(",")
    cells[cell] = text
    return ",".join(cells)


def _correction(box: Outbox, now: Register) -> None:
    """A class's week once more: what was entered as truancy turns out to have been approved."""
    home = now.classes[1]
    week = Register(now.term, now.days, now.periods, [home], {number: own.replace("A", "S") for number, own in now.letters.items()})
    lines = [HEADING, *week.lines(date(2025, 11, 17), date(2025, 11, 23), LABELS)]
    box.csv(
        "45-考勤更正-1117周",
        lines,
        encoding="utf-8-sig",
        table="attendance",
        department="student_affairs",
        staff_no=CLERK,
        at=moment(11, 27, 15, 10),
    )


def _drill(box: Outbox, college: College, now: Register) -> None:
    """The freshmen's first two weeks, by the day."""
    days = [(place, day) for place, day in enumerate(now.days) if day <= DRILL_ENDS]
    rows: list[list[Cell]] = []
    for home in now.classes:
        if home.entry == ENTRIES[-1]:
            for student in home.students:
                own = now.letters[student.number]
                rows += [
                    [student.number, student.name, day.isoformat(), LABELS[own[2 * place]].replace("旷课", "缺勤"), ""]
                    for place, day in days
                ]
    lines = ["2025级新生军训出勤统计表,,,,", "学号,姓名,日期,出勤情况,备注", *(",".join(str(cell) for cell in row) for row in rows)]
    box.csv(
        "40-新生军训出勤",
        [*lines, "合计,,,,", "统计人：学生工作处,,,,"],
        encoding="gb18030",
        table="attendance_day",
        department="student_affairs",
        staff_no=CLERK,
        at=moment(9, 15, 9, 30),
    )


def _leaves(box: Outbox, college: College) -> None:
    """Leaves as the counsellors' app exports them: once for the last year, then by month."""
    spans = (
        ("16-请假-2024至2025学年", date(2024, 9, 1), date(2025, 7, 5), moment(8, 27, 11)),
        ("46-请假-9月", date(2025, 9, 1), date(2025, 9, 30), moment(10, 9, 9, 30)),
        ("47-请假-10月", date(2025, 10, 1), date(2025, 10, 31), moment(11, 3, 9, 30)),
        ("48-请假-11月", date(2025, 11, 1), date(2025, 11, 30), moment(12, 1, 9, 30)),
        ("49-请假-12月第1周", date(2025, 12, 1), date(2025, 12, 7), moment(12, 8, 9, 30)),
    )
    listed = [
        (spell, student)
        for term in TERMS
        for home in college.classes
        if home.entry <= term // 10 and (term != NOW_TERM or home.entry > ENTRIES[0])
        for student in home.students
        for spell in spells(student, term, college.seed)
    ]
    for name, first, last, when in spans:
        rows: list[list[Cell]] = [_leave_row(spell, student) for spell, student in listed if first <= spell.first <= last]
        headings = ("学号", "姓名", "请假类型", "请假开始时间", "请假结束时间", "请假天数", "审批状态", "事由")
        sheet = Sheet("请假记录", headings, rows, above=("学生请假记录导出",))
        box.xlsx(name, [sheet], table="leave", department="student_affairs", staff_no=CLERK, at=when)


def _leave_row(spell: Spell, student: Student) -> list[Cell]:
    start, end = f"{spell.first:%Y/%m/%d} 08:00", f"{spell.last:%Y/%m/%d} 18:00"
    return [student.number, student.name, spell.kind, start, end, spell.days, "是", REASONS[spell.kind]]


def away_at_night(student: Student, seed: int) -> set[date]:
    """Nights of this term that an approved leave explains."""
    nights = set()
    for spell in spells(student, NOW_TERM, seed):
        if spell.kind != "病假":
            nights |= {spell.first + timedelta(days=n) for n in range(spell.days)}
    return nights
