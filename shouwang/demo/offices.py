"""Money, aid, sanctions and changes of enrolment: the small tables that weigh much."""

from datetime import date
from random import Random

from shouwang.demo.calendar import moment
from shouwang.demo.college import ENTRIES, College, Student
from shouwang.demo.files import Cell, Outbox, Sheet

FINANCE, AID, OFFICE, ACADEMIC = "T1020", "T1016", "T1002", "T1008"
TUITION = {"XX": 5500.0, "ZZ": 5500.0, "JG": 5000.0, "YH": 6000.0}
BOARD = 900.0
EVENTS = (
    ("违纪", "违章电器", 0.006),
    ("违纪", "夜不归宿", 0.003),
    ("违纪", "吸烟", 0.004),
    ("通报批评", "夜不归宿", 0.0012),
    ("警告", "打架斗殴", 0.0006),
    ("表扬", "好人好事", 0.02),
)
MATTERS = {"旷课": "累计旷课达到处分标准", "打架斗殴": "与同学发生肢体冲突", "违章电器": "宿舍查出违章电器", "考试作弊": "期末考试作弊"}


def deliver(box: Outbox, college: College) -> None:
    _fees(box, college)
    _aid(box, college)
    _conduct(box, college)
    _changes(box, college)


def _fees(box: Outbox, college: College) -> None:
    """The year's table three times: what was owed in October is mostly paid by December."""
    months = (
        ("81-缴费-10月", moment(10, 10, 16), 0),
        ("82-缴费-11月", moment(11, 10, 16), 1),
        ("83-缴费-12月", moment(12, 5, 15), 2),
    )
    for name, when, step in months:
        rows: list[list[Cell]] = []
        for student in college.students:
            if student.story and student.story.change:
                continue
            share, reduced = _paid(student, step, box.seed)
            due = TUITION[student.home.college]
            rows.append(
                [student.number, student.name, "2025-2026", "学费", due, round(due * share, 2), due - 2000 if reduced else 0, "2025-09-30"]
            )
            if student.boarder:
                rows.append([student.number, student.name, "2025-2026", "住宿费", BOARD, round(BOARD * share, 2), 0, "2025-09-30"])
        lines = [",".join(f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows]
        heading = "学号,姓名,收费学年,收费项目,应收金额,实收金额,减免金额,应缴日期"
        total = sum(float(row[4] or 0) for row in rows)
        lines = ["学生缴费情况统计表,,,,,,,", heading, *lines, f"合计,,,,{total:g},,,", "财务处制表,,,,,,,"]
        box.csv(name, lines, encoding="gb18030", table="fee", department="finance", staff_no=FINANCE, at=when)


def _paid(student: Student, step: int, seed: int) -> tuple[float, bool]:
    """(share paid, reduced): some pay late, few are still in arrears in December."""
    rng = student.rng("fee", seed)
    draw = rng.random()
    if student.story:
        return student.story.fee_paid, student.story.aid == "特别困难" and student.story.fee_paid == 1.0
    poor = "hardship" in student.flags
    owes_until = (0.30, 0.12, 0.05) if poor else (0.05, 0.02, 0.004)
    return (0.5 if draw < owes_until[step] else 1.0), False


def _aid(box: Outbox, college: College) -> None:
    """Hardship is assessed each autumn; the very poor get the grant as well."""
    for year, name, when in (
        (2024, "24-困难认定-2024年", moment(8, 28, 10)),
        (2025, "84-困难认定与助学金-2025年", moment(11, 13, 10)),
    ):
        rows: list[list[Cell]] = []
        for student in college.students:
            if "hardship" not in student.flags or student.home.entry > year:
                continue
            rng = student.rng(f"aid{student.home.entry}", box.seed)
            level = student.story.aid if student.story else rng.choices(["一般困难", "困难", "特别困难"], [6, 3, 1])[0]
            if not level:
                continue
            until = f"{year + 1}-10-31"
            rows.append([student.number, student.name, "困难认定", level, f"{year}-10-31", until, "", "家庭收入低"])
            if level != "一般困难":
                rows.append(
                    [
                        student.number,
                        student.name,
                        "国家助学金",
                        level,
                        f"{year}-11-{10 if year == 2025 else 15}",
                        until,
                        2200 if level == "困难" else 3300,
                        "",
                    ]
                )
        headings = ("学号", "姓名", "资助项目", "困难程度", "认定日期", "有效期", "发放金额", "认定原因")
        sheet = Sheet(
            "资助", headings, rows, above=(f"{year}-{year + 1}学年家庭经济困难学生认定与资助名单",), below=("资助管理中心（章）",)
        )
        box.xlsx(name, [sheet], table="aid", department="aid", staff_no=AID, at=when)


def _conduct(box: Outbox, college: College) -> None:
    files = (
        ("25-奖惩-2024至2025学年", date(2024, 9, 1), date(2025, 8, 1), moment(8, 27, 15)),
        ("85-奖惩-9至10月", date(2025, 9, 1), date(2025, 10, 31), moment(10, 31, 16)),
        ("86-奖惩-11月", date(2025, 11, 1), date(2025, 11, 28), moment(11, 28, 16)),
        ("87-奖惩-12月第1周", date(2025, 11, 29), date(2025, 12, 5), moment(12, 5, 16)),
    )
    for name, first, last, when in files:
        rows: list[list[Cell]] = []
        for student in college.students:
            if student.story:
                rows += [_authored(student, one) for one in student.story.conduct if first <= one["on"] <= last]
            elif student.home.entry <= (2024 if first.year == 2024 else 2025):
                rows += _random_events(student, first, last, box.seed)
        headings = ("学号", "姓名", "处分种类", "违纪类型", "处分时间", "处分解除日期", "处分文号", "违纪事实")
        sheet = Sheet("奖惩", headings, rows, above=("学生奖惩情况登记",), below=("经办人：                    日期：",))
        box.xlsx(name, [sheet], table="conduct", department="student_affairs", staff_no=OFFICE, at=when)


def _authored(student: Student, one: dict[str, object]) -> list[Cell]:
    kind, matter = str(one["kind"]), str(one["matter"])
    number = f"云职学〔2025〕{int(student.number[-3:]) % 90 + 10}号" if kind not in {"违纪", "表扬"} else ""
    return [student.number, student.name, kind, matter, str(one["on"]), "", number, MATTERS.get(matter, "")]


def _random_events(student: Student, first: date, last: date, seed: int) -> list[list[Cell]]:
    """Small things happen to anybody; a term's worth in proportion to the days, and last year's sanctions have been lifted."""
    rng = student.rng(f"conduct{first}", seed)
    share = (last - first).days / 130
    if student.home.entry == ENTRIES[0] and first >= date(2025, 9, 1):
        return []
    rows: list[list[Cell]] = []
    for kind, matter, chance in EVENTS:
        if rng.random() < chance * share:
            day = _some_day(rng, first, last)
            lifted = "2025-07-01" if first.year == 2024 and kind in {"警告", "通报批评"} else ""
            rows.append([student.number, student.name, kind, matter, day.isoformat(), lifted, "", ""])
    return rows


def _some_day(rng: Random, first: date, last: date) -> date:
    return date.fromordinal(rng.randrange(first.toordinal(), last.toordinal() + 1))


def _changes(box: Outbox, college: College) -> None:
    rows: list[list[Cell]] = []
    for student in college.students:
        if student.story and student.story.change:
            change = student.story.change
            applied = "是" if change.get("applied") else "否"
            rows.append([student.number, student.name, change["kind"], str(change["on"]), str(change["until"]), applied, "因病"])
        elif student.home.entry == 2024 and student.rng("change", box.seed).random() < 0.006 and not student.story:
            rows.append([student.number, student.name, "转专业", "2025-07-10", "", "", ""])
    headings = ("学号", "姓名", "异动类别", "生效日期", "应复学日期", "是否申请复学", "异动原因")
    sheet = Sheet("学籍异动", headings, rows, above=("学籍异动名册",))
    box.xlsx(
        "26-学籍异动-2024至2025学年",
        [sheet],
        table="enrolment_change",
        department="academic_affairs",
        staff_no=ACADEMIC,
        at=moment(8, 27, 16),
    )
    monthly = Sheet("学籍异动", headings, [row for row in rows if row[2] == "休学"], above=("学籍异动名册（在休学生）",))
    box.xlsx(
        "88-学籍异动-11月",
        [monthly],
        table="enrolment_change",
        department="academic_affairs",
        staff_no=ACADEMIC,
        at=moment(12, 4, 16),
    )
