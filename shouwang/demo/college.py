"""云岭职业技术学院: its units, classes, courses, rooms and students, drawn from one seed."""

from dataclasses import dataclass, field
from random import Random

from shouwang.demo import names
from shouwang.demo.cast import MOTHER, PUPILS, XIAOYU
from shouwang.demo.stories import Story, load_stories
from shouwang.demo.troubles import trouble

SCHOOL = "YL"
BUREAU = "YLJ"
BEDS = 6
FLOORS = 6
ENTRIES = (2023, 2024, 2025)
COLLEGES = {"XX": "信息工程学院", "ZZ": "智能制造学院", "JG": "经济管理学院", "YH": "医药护理学院"}
MAJORS = {
    "XX": (
        ("510201", "计算机应用技术", "JY"),
        ("510205", "大数据技术", "DS"),
        ("510203", "软件技术", "RJ"),
        ("510301", "现代通信技术", "TX"),
    ),
    "ZZ": (
        ("460301", "机电一体化技术", "JD"),
        ("460103", "数控技术", "SK"),
        ("460702", "新能源汽车技术", "XQ"),
        ("460305", "工业机器人技术", "JQ"),
    ),
    "JG": (("530302", "大数据与会计", "KJ"), ("530701", "电子商务", "DZ"), ("530802", "现代物流管理", "WL"), ("540101", "旅游管理", "LY")),
    "YH": (("520201", "护理", "HL"), ("520301", "药学", "YX"), ("520601", "康复治疗技术", "KF"), ("520802", "婴幼儿托育服务与管理", "TY")),
}
OFFICES = {
    "XSC": "学生工作处",
    "JWC": "教务处",
    "ZZRS": "组织人事处",
    "SXJY": "实训与就业处",
    "TW": "团委",
    "SGZX": "宿管中心",
    "TSG": "图书馆",
    "CWC": "财务处",
    "ZZZX": "学生资助中心",
    "XXZX": "信息中心",
    "BWC": "保卫处",
    "HQC": "后勤处",
    "XLZX": "心理健康教育中心",
    "WBXZ": "校外协作单位",
}
COMMON = (("体育", 2.0, "sport"), ("思想道德与法治", 3.0, "theory"), ("大学英语", 3.5, "theory"), ("职业生涯规划", 1.5, "theory"))
TAUGHT = {
    "XX": (
        "程序设计基础",
        "计算机网络",
        "数据库应用",
        "网页设计与制作",
        "操作系统实训",
        "Python 应用开发",
        "信息安全基础",
        "软件测试",
        "数据可视化",
    ),
    "ZZ": (
        "机械制图",
        "电工电子技术",
        "液压与气动",
        "数控编程",
        "钳工实训",
        "PLC 应用技术",
        "传感器技术",
        "工业机器人编程",
        "机械设计基础",
    ),
    "JG": ("基础会计", "经济法基础", "管理学基础", "市场营销", "财务软件实训", "电子商务运营", "供应链管理", "统计基础", "商务礼仪"),
    "YH": ("人体解剖学", "生理学", "基础护理技术", "药理学", "护理技能实训", "健康评估", "康复评定", "婴幼儿照护", "营养与膳食"),
}
CREDITS = (4.0, 3.5, 3.0, 4.0, 2.0, 3.0, 2.5, 3.0, 2.0)


@dataclass(frozen=True, slots=True)
class Course:
    code: str
    name: str
    credit: float
    kind: str
    required: bool


@dataclass(slots=True)
class Class:
    code: str
    name: str
    college: str
    major: str
    entry: int
    students: list["Student"] = field(default_factory=list)


@dataclass(slots=True)
class Student:
    number: str
    name: str
    gender: str
    home: Class
    seat: int
    ability: float
    diligence: float
    boarder: bool
    room: str = ""
    story: Story | None = None
    flags: set[str] = field(default_factory=set)
    status: str = "在读"
    phone: str = ""
    guardians: list[tuple[str, str, str]] = field(default_factory=list)

    def rng(self, topic: str, seed: int) -> Random:
        """The student's own dice for one topic: another topic's draws never move them."""
        return Random(f"{seed}/{topic}/{self.number}")


@dataclass(slots=True)
class College:
    """The whole school. `classes` in the order in which students are numbered."""

    seed: int
    classes: list[Class]
    rooms: list[str]
    stories: list[Story]
    taken: set[str]

    @property
    def students(self) -> list[Student]:
        return [student for home in self.classes for student in home.students]

    def at_school(self) -> list[Class]:
        """Classes that are taught this term; the third year is out on internships."""
        return [home for home in self.classes if home.entry > ENTRIES[0]]

    def on_internship(self) -> list[Class]:
        return [home for home in self.classes if home.entry == ENTRIES[0]]

    def named(self, name: str) -> Student:
        """The one student of this name. StopIteration when the college has none."""
        return next(student for student in self.students if student.name == name)


def courses(home: Class, term: int) -> list[Course]:
    """What a class is taught in a term: three common and five of the college's own courses, another five each term."""
    step = (term // 10 - home.entry) * 2 + term % 10 - 1
    common = [COMMON[(step + n) % len(COMMON)] for n in range(3)]
    own = [(step * 5 + n) % len(TAUGHT[home.college]) for n in range(5)]
    listed = [
        Course(f"GG{100 + COMMON.index(one) * 10 + step}", f"{one[0]}（{'一二三四五六'[step]}）", one[1], one[2], True) for one in common
    ]
    for place, at in enumerate(own):
        name = TAUGHT[home.college][at]
        kind = "practice" if "实训" in name else "mixed" if place % 2 else "theory"
        listed.append(Course(f"{home.college}{home.major[-2:]}{step}{at:02d}", name, CREDITS[at], kind, place != 4))
    return listed


def found(seed: int, students: int) -> College:
    """The college of a size: 80 classes from 3,200 students on, never fewer than twelve, so that every college has every year."""
    rng = Random(f"{seed}/college")
    count = 80 if students >= 3000 else max(12, students // 40)
    classes = _classes(count)
    taken = {story.name for story in load_stories()} | {pupil.name for pupil in PUPILS}
    for place, home in enumerate(classes):
        size = students // count + (1 if place < students % count else 0)
        _fill(rng, home, size, taken)
    college = College(seed, classes, [], list(load_stories()), taken)
    _cast_pupils(college)
    _cast_stories(college)
    _trouble(college)
    _settle(rng, college)
    return college


def _classes(count: int) -> list[Class]:
    per_college = count // 4
    sizes = {2023: per_college - 2 * round(per_college * 0.35), 2024: round(per_college * 0.35), 2025: round(per_college * 0.35)}
    classes = []
    for college in COLLEGES:
        for entry, size in sizes.items():
            for place in range(size):
                code, title, short = MAJORS[college][place % 4]
                number = place // 4 + 1
                name = f"{title}{entry % 100}{number:02d}班"
                classes.append(Class(f"{short}{entry % 100}{number:02d}", name, college, code, entry))
    return classes


def _fill(rng: Random, home: Class, size: int, taken: set[str]) -> None:
    girls = {"XX": 0.38, "ZZ": 0.12, "JG": 0.62, "YH": 0.84}[home.college]
    place = list(COLLEGES).index(home.college) + 1
    major = [code for code, _, _ in MAJORS[home.college]].index(home.major) + 1
    for seat in range(1, size + 1):
        gender = "女" if rng.random() < girls else "男"
        ability = rng.gauss(0, 1)
        student = Student(
            number=f"{home.entry}{place:02d}{major}{home.code[-1]}{seat:02d}",
            name=names.person(rng, gender, taken),
            gender=gender,
            home=home,
            seat=seat,
            ability=ability,
            diligence=0.5 * ability + rng.gauss(0, 0.87),
            boarder=home.entry > ENTRIES[0] and rng.random() < 0.9,
            phone=names.phone(rng),
        )
        for flag, share in (("orphan", 0.002), ("no_care", 0.002), ("disabled", 0.004), ("hardship", 0.13), ("left_behind", 0.05)):
            if rng.random() < share:
                student.flags.add(flag)
        home.students.append(student)


def _cast_pupils(college: College) -> None:
    """The cadres and 小雨 have fixed numbers, whatever the size of the college."""
    numbers = {student.number: student for student in college.students}
    for pupil in PUPILS:
        student = numbers[pupil.username]
        student.name, student.gender, student.boarder = pupil.name, pupil.gender, True
        student.ability, student.diligence, student.flags = 0.8, 1.0, set()


def _cast_stories(college: College) -> None:
    """Each story takes the first free seat in a class of its college and year; a small college makes do with any class of that year."""
    for order, story in enumerate(college.stories):
        fitting = [home for home in college.classes if home.college == story.college and home.entry == story.entry]
        home = fitting[story.class_no % len(fitting)]
        cast = {pupil.username for pupil in PUPILS} - ({XIAOYU} if story.name == PUPILS[-1].name else set())
        free = [student for student in home.students if student.story is None and student.number not in cast]
        student = free[(order * 7) % len(free)]
        student.name, student.gender, student.story = story.name, story.gender, story
        student.ability, student.diligence = story.ability, max(0.0, story.ability)
        student.boarder = story.boarder if story.entry > ENTRIES[0] else False
        student.flags = set(story.flags)


def _trouble(college: College) -> None:
    """Random troubles for those without a story."""
    cast = {pupil.username for pupil in PUPILS}
    for student in college.students:
        if student.story is not None or student.number in cast:
            continue
        rng = student.rng("trouble", college.seed)
        aid = rng.choices(["一般困难", "困难", "特别困难"], [6, 3, 1])[0] if "hardship" in student.flags else ""
        shape = Story("", "", student.gender, student.home.college, student.home.entry, "", "", ability=student.ability, aid=aid)
        student.story = trouble(rng, student.name, student.home.entry, shape)


def _settle(rng: Random, college: College) -> None:
    """Guardians and beds. Boys and girls live in different buildings; classes stay together."""
    for student in college.students:
        student.guardians = _family(rng, student, college.taken)
        if student.number == XIAOYU:
            student.guardians = [
                (MOTHER.name, MOTHER.relation, names.phone(rng)),
                (names.kin(rng, "赵", "男", college.taken), "父亲", names.phone(rng)),
            ]
    boarders = [student for student in college.students if student.boarder]
    girls = [student for student in boarders if student.gender == "女"]
    boys = [student for student in boarders if student.gender == "男"]
    for buildings, people in (((1, 2, 3), girls), ((4, 5, 6), boys)):
        per_floor = max(1, -(-len(people) // (BEDS * FLOORS * len(buildings))))
        for place, student in enumerate(people):
            room = place // BEDS
            building = buildings[room // (per_floor * FLOORS)]
            floor = room // per_floor % FLOORS + 1
            student.room = f"D{building}-{floor}{room % per_floor + 1:02d}"
    college.rooms = sorted({student.room for student in boarders})


def _family(rng: Random, student: Student, taken: set[str]) -> list[tuple[str, str, str]]:
    """(name, relation, phone): usually both parents, sometimes one, grandparents for the left behind."""
    surname = student.name[0]
    if "orphan" in student.flags:
        return [("云岭市儿童福利院", "福利机构", names.phone(rng))]
    if student.flags & {"left_behind", "no_care"}:
        return [(names.kin(rng, surname, "男", taken), "爷爷", names.phone(rng))]
    father = (names.kin(rng, surname, "男", taken), "父亲", names.phone(rng))
    mother = (names.kin(rng, surname, "女", taken), "母亲", names.phone(rng))
    chance = rng.random()
    return [mother] if chance < 0.12 else [father] if chance < 0.2 else [father, mother]
