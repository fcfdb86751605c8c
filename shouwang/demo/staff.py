"""Who works at the college and who answers for whom; three gaps are left on purpose so that the coverage page has something to find."""

from dataclasses import dataclass
from random import Random

from shouwang.demo import names
from shouwang.demo.cast import STAFF, XIAOYU
from shouwang.demo.college import COLLEGES, SCHOOL, Class, College, Student

STORY_CARERS = {"T1023": ("潘志远", "江玉兰"), "T1024": ("尚晓燕", "牛志鹏")}
LEFT_ON = "2025-11-14"


@dataclass(frozen=True, slots=True)
class Employee:
    number: str
    name: str
    office: str
    post: str
    phone: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Exactly one of `unit` and `student` is filled."""

    holder: str
    name: str
    role: str
    unit: str = ""
    student: str = ""
    ends_on: str = ""


@dataclass(slots=True)
class Roll:
    employees: list[Employee]
    duties: list[Duty]


def appoint(college: College) -> Roll:
    """The roll of the whole college, responsibilities included."""
    rng = Random(f"{college.seed}/staff")
    employees = [Employee(one.username, one.name, one.office, one.title, names.phone(rng)) for one in STAFF]
    roll = Roll(employees, [])
    taken = college.taken | {one.name for one in STAFF}
    numbers = iter(range(2001, 9999))

    def hire(office: str, post: str, gender: str = "女") -> Employee:
        employee = Employee(f"T{next(numbers)}", names.person(rng, gender, taken), office, post, names.phone(rng))
        employees.append(employee)
        return employee

    _offices(roll)
    for code in COLLEGES:
        own = [home for home in college.classes if home.college == code]
        teachers = [hire(code, "专任教师", "男" if n % 2 else "女") for n in range(max(3, round(len(own) * 0.7)))]
        advisers = [hire(code, "辅导员", "男" if n % 3 else "女") for n in range(max(2, len(own) // 5))]
        if code != "XX":
            roll.duties.append(_duty(hire(code, "教学秘书"), "教学秘书", code))
            roll.duties.append(_duty(hire(code, "学院书记", "男"), "学院负责人", code))
        _classes(roll, college, own, teachers, advisers)
    _dormitories(roll, college, [hire("SGZX", "宿舍管理员") for _ in range(5)])
    _carers(roll, college)
    return roll


def _duty(employee: Employee, role: str, unit: str, ends_on: str = "") -> Duty:
    return Duty(employee.number, employee.name, role, unit, ends_on=ends_on)


ROLE_TITLES = {
    "school_leader": "校领导",
    "student_affairs": "学生处",
    "academic_affairs": "教务处",
    "counsellor": "心理咨询师",
    "crisis_team": "危机干预小组",
    "security": "保卫处",
    "logistics": "后勤处",
    "aid_office": "资助中心",
    "career_guidance": "就业指导",
    "youth_league": "团委",
    "library": "图书馆",
    "finance": "财务处",
    "moral_education": "德育处",
    "data_steward": "数据管理员",
    "auditor": "审计员",
    "administrator": "系统管理员",
}


def _offices(roll: Roll) -> None:
    """The cast's duties for the whole school, the bureau, and the college of information technology."""
    for one in STAFF:
        if one.role in ROLE_TITLES:
            roll.duties.append(Duty(one.username, one.name, ROLE_TITLES[one.role], SCHOOL))
        elif one.role == "bureau_officer":
            roll.duties.append(Duty(one.username, one.name, "教育局干部", "YLJ"))
        elif one.role in {"teaching_secretary", "college_lead"}:
            roll.duties.append(Duty(one.username, one.name, "教学秘书" if one.role == "teaching_secretary" else "学院负责人", "XX"))


def _classes(roll: Roll, college: College, own: list[Class], teachers: list[Employee], advisers: list[Employee]) -> None:
    """林静 has 小雨's class, 孙志远 one at the other end of the college, 宋佳 the first five; the last class of ZZ lost both its people."""
    cast = {employee.number: employee for employee in roll.employees}
    for place, home in enumerate(own):
        teacher = teachers[place % len(teachers)]
        adviser = advisers[place * len(advisers) // len(own)]
        if XIAOYU in {student.number for student in home.students}:
            teacher, adviser = cast["T1001"], cast["T1010"]
            roll.duties.append(_duty(cast["T1012"], "任课教师", home.code))
        elif home.college == "XX" and home.entry == 2024:
            adviser = cast["T1010"]
        elif home.college == "YH" and home.code == own[-1].code:
            teacher = cast["T1006"]
        gone = LEFT_ON if home.college == "ZZ" and home.code == own[-1].code else ""
        roll.duties.append(_duty(teacher, "班主任", home.code, gone))
        roll.duties.append(_duty(adviser, "辅导员", home.code, gone))
        if gone:
            _cover(roll, home, cast["T1011"])


def _cover(roll: Roll, home: Class, carer: Employee) -> None:
    """All but three students of the class without teachers have somebody by name."""
    roll.duties += [Duty(carer.number, carer.name, "包保责任人", student=student.number) for student in home.students[:-3]]


def _dormitories(roll: Roll, college: College, managers: list[Employee]) -> None:
    """A manager for each building, a cadre for each floor; two floors have none."""
    cast = next(employee for employee in roll.employees if employee.number == "T1005")
    for place, manager in enumerate([cast, *managers], 1):
        roll.duties.append(_duty(manager, "宿舍管理员", f"D{place}"))
    floors: dict[str, Student] = {}
    for student in college.students:
        if student.room:
            floors.setdefault(floor_of(student.room), student)
    pupil = next(student for student in college.students if student.number == "2024011104")
    floors[floor_of(pupil.room)] = pupil
    for floor in sorted(floors)[:-2]:
        roll.duties.append(Duty(floors[floor].number, floors[floor].name, "楼层长", floor))


def floor_of(room: str) -> str:
    """D1-203 lies on D1-2F."""
    return f"{room[:4]}F"


def _carers(roll: Roll, college: College) -> None:
    """Students in hardship and those of the stories have a named responsible person; 林静 answers for 小雨 herself."""
    home = next(home for home in college.classes if XIAOYU in {student.number for student in home.students})
    for number, role in (("2024011102", "班级干部"), ("2024011103", "安全员")):
        student = next(student for student in home.students if student.number == number)
        roll.duties.append(Duty(number, student.name, role, home.code))
    carers = [employee for employee in roll.employees if employee.post in {"辅导员", "学院书记", "教学秘书"} and employee.number > "T2000"]
    roll.duties.append(Duty("T1001", "林静", "包保责任人", student=XIAOYU))
    authored = {student.number for student in college.students if student.story and student.story.title} - {XIAOYU}
    chosen = [student for student in college.students if student.number in authored or student.flags & {"orphan", "no_care"}]
    for place, student in enumerate(chosen):
        carer = carers[place % len(carers)]
        roll.duties.append(Duty(carer.number, carer.name, "包保责任人", student=student.number))
    for number, stories in STORY_CARERS.items():
        name = next(employee.name for employee in roll.employees if employee.number == number)
        role = "社区工作者" if number == "T1023" else "企业导师"
        roll.duties += [Duty(number, name, role, student=college.named(story).number) for story in stories]
