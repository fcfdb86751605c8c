"""What the practice office hands in: skills, certificates, graduation projects, internships."""

from collections.abc import Sequence
from datetime import date, timedelta

from shouwang.demo.calendar import moment, school_days
from shouwang.demo.college import ENTRIES, College, Student, courses
from shouwang.demo.files import Cell, Outbox, Sheet


def deliver(box: Outbox, college: College) -> None:
    _skills(box, college)
    _projects(box, college)
    _internships(box, college)


def _skills(box: Outbox, college: College) -> None:
    """Two rounds of practical assessment of the second and third years, and the certificates of the third."""
    rounds = (
        ("17-技能考核-2025年6月", date(2025, 6, 18), moment(8, 28, 9), 0),
        ("61-技能考核-2025年11月", date(2025, 11, 19), moment(12, 4, 15), 1),
    )
    for name, day, when, number in rounds:
        rows: list[list[Cell]] = []
        for home in college.classes:
            if home.entry == 2024 or (home.entry == ENTRIES[0] and number == 0):
                skill = courses(home, 20242)[6].name
                rows += [
                    _skill_row(student, skill, day, number, box.seed)
                    for student in home.students
                    if not (student.story and student.story.change)
                ]
        headings = ("学号", "姓名", "技能项目", "考核日期", "得分")
        sheet = Sheet("技能考核", headings, rows, above=("学生技能考核成绩汇总",), below=("考评员签字：",))
        box.xlsx(name, [sheet], table="skill_assessment", department="practice", staff_no="T1017", at=when)
    _certificates(box, college)


def _skill_row(student: Student, skill: str, day: date, number: int, seed: int) -> list[Cell]:
    rng = student.rng(f"skill{number}", seed)
    value = 79 + 4 * student.ability + rng.gauss(0, 5) + (student.story.skill if student.story and number else 0)
    text: Cell = "缺考" if not student.story and rng.random() < 0.001 else round(min(99, max(value, 35)))
    return [student.number, student.name, f"{skill}技能", f"{day.year}年{day.month}月{day.day}日", text]


def _certificates(box: Outbox, college: College) -> None:
    rows: list[list[Cell]] = []
    for home in college.on_internship():
        for student in home.students:
            rng = student.rng("certificate", box.seed)
            if student.story.certificate if student.story else rng.random() < 0.955:
                rows.append([student.number, student.name, f"{home.name[:-5]}职业技能等级证书", "中级", "2025-06-28", "是"])
    sheet = Sheet(
        "证书", ("学号", "姓名", "证书名称", "等级", "发证日期", "是否毕业要求"), rows, above=("2023级学生获取职业技能等级证书一览表",)
    )
    box.xlsx("18-技能证书-2023级", [sheet], table="certificate", department="practice", staff_no="T1017", at=moment(8, 28, 9, 40))


def _projects(box: Outbox, college: College) -> None:
    """Topic and proposal of the graduation project."""
    steps = (("选题", date(2025, 10, 31), 0.99), ("开题", date(2025, 11, 28), 0.975))
    rows: list[list[Cell]] = []
    for home in college.on_internship():
        for student in home.students:
            rng = student.rng("project", box.seed)
            for step, due, share in steps:
                done = student.story.milestone if student.story else rng.random() < share
                rows.append(
                    [
                        student.number,
                        student.name,
                        step,
                        f"{due:%Y%m%d}",
                        f"{due - timedelta(days=rng.randrange(1, 12)):%Y%m%d}" if done else "",
                    ]
                )
    sheet = Sheet("毕业设计", ("学号", "姓名", "环节", "计划完成日期", "实际完成日期"), rows, above=("2026届毕业设计进度表",))
    box.xlsx(
        "62-毕业设计进度-2026届",
        [sheet],
        table="graduation_milestone",
        department="practice",
        staff_no="T1017",
        at=moment(12, 5, 16),
    )


def _internships(box: Outbox, college: College) -> None:
    spans = (
        ("63-实习签到-9至10月", date(2025, 9, 8), date(2025, 10, 31), moment(11, 3, 9)),
        ("64-实习签到-11月", date(2025, 11, 1), date(2025, 11, 30), moment(12, 1, 8, 40)),
        ("65-实习签到-12月第1周", date(2025, 12, 1), date(2025, 12, 7), moment(12, 8, 8, 50)),
        ("66-实习签到-1208至1209", date(2025, 12, 8), date(2025, 12, 9), moment(12, 10, 8, 10)),
    )
    mondays_and_thursdays = [day for day in school_days(date(2025, 9, 8), date(2025, 12, 9)) if day.weekday() in {0, 2, 4}]
    people = [student for home in college.on_internship() for student in home.students]
    done = {student.number: _checkins(student, mondays_and_thursdays, box.seed) for student in people}
    for name, first, last, when in spans:
        lines = ["学号,姓名,签到日期,打卡状态,企业名称"]
        places = [(n, day) for n, day in enumerate(mondays_and_thursdays) if first <= day <= last]
        for student in people:
            company = f"云岭市第{int(student.number[-4:]) % 37 + 1}实习企业"
            own = done[student.number]
            lines += [f"{student.number},{student.name},{day},{'是' if own[n] else '否'},{company}" for n, day in places]
        box.csv(name, lines, encoding="gb18030", table="internship_checkin", department="practice", staff_no="T1017", at=when)
    _evaluations(box, people)


def _checkins(student: Student, days: Sequence[date], seed: int) -> list[bool]:
    rng = student.rng("checkin", seed)
    usual = 0.006 if student.diligence > -1.2 else 0.03
    return [rng.random() >= (student.story.now(day).get("missed_checkin", 0.0) if student.story else usual) for day in days]


def _evaluations(box: Outbox, people: Sequence[Student]) -> None:
    rows: list[list[Cell]] = []
    for student in people:
        rng = student.rng("evaluation", box.seed)
        value = 82 + 3 * student.ability + rng.gauss(0, 4)
        if student.name == "尚晓燕":
            value = 52
        elif student.name == "覃建华":
            value = 96
        rows.append([student.number, student.name, "2025-11-20", "企业", round(min(99, value)), "是" if value > 88 else "否"])
    sheet = Sheet("实习评价", ("学号", "姓名", "评价日期", "评价方", "实习成绩", "是否愿意留用"), rows, above=("岗位实习企业评价汇总表",))
    box.xlsx(
        "67-实习企业评价-11月",
        [sheet],
        table="internship_evaluation",
        department="practice",
        staff_no="T1017",
        at=moment(12, 3, 14),
    )
