"""The master tables: units, terms, calendar, staff, students, guardians, responsibilities, course plan."""

from datetime import date
from random import Random

from shouwang.common.calendar import national_days
from shouwang.demo.calendar import TERMS, moment, term_text
from shouwang.demo.college import BUREAU, COLLEGES, ENTRIES, MAJORS, OFFICES, SCHOOL, College, Student, courses
from shouwang.demo.files import Cell, Outbox, Sheet
from shouwang.demo.staff import Roll, floor_of

OFFICE, ACADEMIC = "T1002", "T1008"
OPENER = "T1027"
"""Who set the product up delivers until the first list of responsibilities says who else may."""
KINDS = {"school": "教学日", "makeup": "调休上学", "weekend": "周末", "holiday": "节假日"}


def deliver(box: Outbox, college: College, roll: Roll) -> None:
    """What every other table stands on, as it was loaded before term and completed when the freshmen came."""
    _units(box, college)
    _staff(box, roll)
    _times(box)
    _students(box, college, freshmen=False)
    _guardians(box, college, freshmen=False)
    _duties(box, college, roll, freshmen=False)
    _plan(box, college)
    _students(box, college, freshmen=True)
    _guardians(box, college, freshmen=True)
    _duties(box, college, roll, freshmen=True)


def _units(box: Outbox, college: College) -> None:
    rows: list[list[Cell]] = [[BUREAU, "云岭市教育局", "主管部门", ""], [SCHOOL, "云岭职业技术学院", "学校", BUREAU]]
    rows += [[code, name, "党政部门", SCHOOL] for code, name in OFFICES.items()]
    for code, name in COLLEGES.items():
        rows.append([code, name, "二级学院", SCHOOL])
        rows += [[f"M{major}", f"{title}专业", "专业", code] for major, title, _ in MAJORS[code]]
    rows += [[home.code, home.name, "行政班", f"M{home.major}"] for home in college.classes]
    buildings = [f"D{n}" for n in range(1, 7)]
    rows += [[code, f"{code[1]}号公寓（{'女' if code < 'D4' else '男'}）", "公寓楼", ""] for code in buildings]
    floors = sorted({floor_of(room) for room in college.rooms})
    rows += [[floor, f"{floor[1]}号公寓{floor[3]}层", "楼层", floor[:2]] for floor in floors]
    rows += [[room, f"{room[1]}号公寓{room[3:]}室", "房间", floor_of(room)] for room in college.rooms]
    sheet = Sheet("组织机构", ("单位代码", "单位名称", "单位类别", "隶属单位号"), rows, above=("云岭职业技术学院组织机构一览表",))
    box.xlsx("01-组织机构-2025秋", [sheet], table="unit", department="personnel", staff_no=OPENER, at=moment(8, 25))


def _staff(box: Outbox, roll: Roll) -> None:
    rows: list[list[Cell]] = [[one.number, one.name, one.office, one.post, one.phone, ""] for one in roll.employees]
    sheet = Sheet(
        "在职人员",
        ("教工号", "教师姓名", "所在单位代码", "现任职务", "联系电话", "电子邮箱"),
        rows,
        above=("在职人员名册", "导出时间：2025-08-25 08:40"),
        below=(f"合计：{len(rows)} 人", "制表：组织人事处"),
    )
    box.xlsx("02-教职工名册-2025秋", [sheet], table="staff", department="personnel", staff_no=OPENER, at=moment(8, 25, 9, 5))


def _times(box: Outbox) -> None:
    rows: list[list[Cell]] = [
        [term_text(term), f"{a.year}年{a.month}月{a.day}日", f"{b.year}年{b.month}月{b.day}日"] for term, (a, b) in TERMS.items()
    ]
    sheet = Sheet("学期", ("学年学期", "开学日期", "放假日期"), rows)
    box.xlsx("03-学期", [sheet], table="term", department="academic_affairs", staff_no=OPENER, at=moment(8, 25, 9, 20))
    days = [["日期", "日期类型", "备注"]] + [
        [day.isoformat(), KINDS[kind], ""] for day, kind in national_days(date(2024, 9, 1), date(2026, 1, 31))
    ]
    box.csv(
        "04-校历-2024至2026",
        (",".join(row) for row in days),
        encoding="utf-8-sig",
        table="school_calendar",
        department="academic_affairs",
        staff_no=OPENER,
        at=moment(8, 25, 9, 25),
    )


HEADINGS = (
    "序号", "学籍号", "姓名", "性别", "班级代码", "专业代码", "所在年级", "学籍状态", "是否住宿", "宿舍号", "联系电话", "身份证后四位",
    "是否孤儿", "事实无人抚养", "是否残疾", "是否困难生", "是否留守", "是否随迁子女",
)  # fmt: skip
FLAGS = ("orphan", "no_care", "disabled", "hardship", "left_behind", "migrant")


def _student_row(place: int, student: Student, rng: Random) -> list[Cell]:
    change = student.story.change if student.story else {}
    status = "休学" if change else student.status
    tail = f"{rng.randrange(1000):03d}{rng.choice('0123456789X')}"
    flags = ["是" if flag in student.flags else "否" for flag in FLAGS]
    home = student.home
    boards = "是" if student.boarder else "否"
    return [place, student.number, student.name, student.gender, home.code, home.major, f"{home.entry}级"[:4], status, boards,
            student.room, student.phone, tail, *flags]  # fmt: skip


def _students(box: Outbox, college: College, freshmen: bool) -> None:
    """One sheet a college; numbers in the first, as number cells in the second: what Excel does to a column that nobody formatted."""
    rng = Random(f"{box.seed}/students/{freshmen}")
    sheets = []
    for place, (code, name) in enumerate(COLLEGES.items()):
        people = [s for home in college.classes if home.college == code and (home.entry == ENTRIES[-1]) == freshmen for s in home.students]
        rows = [_student_row(n, student, rng) for n, student in enumerate(people, 1)]
        sheets.append(
            Sheet(
                name,
                HEADINGS,
                rows,
                above=(f"{name}{'2025级新生' if freshmen else '在籍学生'}信息表",),
                groups=(("基本信息", 8), ("住宿与联系", 4), ("家庭与资助", 6)),
                below=(f"合计 {len(rows)} 人", "审核人：            填表人：            日期："),
                numbers=frozenset({1}) if place == 1 else frozenset(),
            )
        )
    title, at = ("21-新生信息-2025级", moment(9, 8)) if freshmen else ("05-在籍学生信息-2023与2024级", moment(8, 25, 9, 40))
    box.xlsx(title, sheets, table="student", department="student_affairs", staff_no=OFFICE if freshmen else OPENER, at=at)


def _guardians(box: Outbox, college: College, freshmen: bool) -> None:
    rng = Random(f"{box.seed}/guardians/{freshmen}")
    people = [s for home in college.classes if (home.entry == ENTRIES[-1]) == freshmen for s in home.students]
    rows: list[list[Cell]] = []
    for student in people:
        for place, (name, relation, phone) in enumerate(student.guardians):
            bad = "空号" if rng.random() < 0.002 else phone
            rows.append([student.number, student.name, name, relation, bad, "是" if place == 0 else "否"])
    headings = ("学号", "学生姓名", "家长姓名", "称谓", "家长电话", "第一联系人")
    sheet = Sheet("家庭成员", headings, rows, above=("学生家庭联系信息登记表",), below=("说明：电话如有变更请联系辅导员",))
    title, at = ("22-家长联系方式-2025级", moment(9, 9)) if freshmen else ("06-家长联系方式-2023与2024级", moment(8, 25, 10))
    box.xlsx(title, [sheet], table="guardian", department="student_affairs", staff_no=OFFICE if freshmen else OPENER, at=at)


def _duties(box: Outbox, college: College, roll: Roll, freshmen: bool) -> None:
    """Before term only the two older years are on the register; a duty for somebody unknown would be refused."""
    known = {s.number for home in college.classes if freshmen or home.entry != ENTRIES[-1] for s in home.students}
    pupils = {student.number for student in college.students}
    rows: list[list[Cell]] = [
        [duty.holder, duty.name, duty.role, duty.unit, duty.student, "2025-08-20", duty.ends_on]
        for duty in roll.duties
        if (not duty.student or duty.student in known) and (duty.holder not in pupils or duty.holder in known)
    ]
    headings = ("工号", "责任人姓名", "责任角色", "负责单位", "学生学号", "任职日期", "卸任日期")
    sheet = Sheet("责任人", headings, rows, above=("2025-2026学年第一学期责任人名单",))
    title, at = ("23-责任人名单-全校", moment(9, 10)) if freshmen else ("07-责任人名单-开学前", moment(8, 25, 10, 20))
    box.xlsx(title, [sheet], table="responsibility", department="student_affairs", staff_no=OFFICE if freshmen else OPENER, at=at)


def _plan(box: Outbox, college: College) -> None:
    """The plan begins with the first term whose scores were loaded."""
    seen: dict[tuple[str, int], None] = {}
    rows: list[list[Cell]] = []
    for home in college.classes:
        if (home.major, home.entry) in seen:
            continue
        seen[home.major, home.entry] = None
        for term in TERMS:
            if term // 10 < home.entry or (home.entry == ENTRIES[0] and term == max(TERMS)):
                continue
            due = sum(course.credit for course in courses(home, term))
            certificates = 1 if home.entry == ENTRIES[0] and term >= 20242 else 0
            rows.append([home.major, home.entry, term_text(term), due, certificates])
    sheet = Sheet("培养方案", ("专业代码", "年级", "开课学期", "应修学分", "证书要求"), rows, above=("各专业学期学分要求",))
    box.xlsx("08-课程计划", [sheet], table="course_plan", department="academic_affairs", staff_no=ACADEMIC, at=moment(8, 25, 11))
