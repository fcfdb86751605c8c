"""What must be covered by whom, and what may stand under what."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Slot:
    """A place at each unit of `kind` that some person in one of `roles` must hold."""

    code: str
    kind: str
    roles: tuple[str, ...]
    zh: str
    en: str


# Across to the edge and down to the bottom: school, college, class; building and floor.
SLOTS: tuple[Slot, ...] = (
    Slot("school_lead", "school", ("school_leader",), "校领导", "School leader"),
    Slot("school_affairs", "school", ("student_affairs", "moral_education"), "学生处负责人", "Student affairs"),
    Slot("college_lead", "college", ("college_lead",), "学院负责人", "College lead"),
    Slot("college_secretary", "college", ("teaching_secretary",), "教学秘书", "Teaching secretary"),
    Slot("class_teacher", "class", ("homeroom_teacher", "adviser"), "班主任或辅导员", "Homeroom teacher or adviser"),
    Slot("building_manager", "building", ("dorm_manager",), "宿舍管理员", "Dorm manager"),
    Slot("floor_head", "floor", ("dorm_manager", "cadre_dorm"), "楼层负责人", "Floor head"),
)


@dataclass(frozen=True, slots=True)
class Post:
    """A security group or a liaison pair: staff in the slot's roles together with student cadres, at each unit of the slot's kind.

    `pairs`: the cadre is needed, not only welcome. `above`: the partner may stand one unit higher (a floor has its building's manager).
    """

    slot: Slot
    cadres: tuple[str, ...]
    pairs: bool = False
    above: bool = False


# Security groups from the school down to the houses, and who among the staff each student cadre works with. Nobody is counted as uncovered
# for want of one of these; their gaps stand on a page of their own.
POSTS: tuple[Post, ...] = (
    Post(Slot("security_school", "school", ("security",), "学校安全小组", "Security group of the school"), ("cadre_safety",)),
    Post(Slot("security_college", "college", ("security",), "学院安全小组", "Security group of the college"), ("cadre_safety",)),
    Post(
        Slot("liaison_class", "class", ("homeroom_teacher", "adviser"), "班级联络", "Class liaison"),
        ("cadre_class", "cadre_safety"),
        pairs=True,
    ),
    Post(
        Slot("security_building", "building", ("security", "dorm_manager"), "楼栋安全小组", "Security group of the building"),
        ("cadre_safety", "cadre_dorm"),
    ),
    Post(
        Slot("liaison_floor", "floor", ("dorm_manager",), "楼层联络", "Floor liaison"),
        ("cadre_dorm", "cadre_safety"),
        pairs=True,
        above=True,
    ),
)
SLOT = {slot.code: slot for slot in (*SLOTS, *(post.slot for post in POSTS))}

# A student has a responsible person when one is named for them, or when their class has one in these roles.
STUDENT_ROLES = ("responsible",)
CLASS_ROLES = ("homeroom_teacher", "adviser")
# Whoever does this work is not asked first to look after a class or a house.
ELSEWHERE = ("school_leader", "administrator", "auditor", "data_steward", "security", "logistics", "library", "finance", "counsellor")
# Roles that students may hold (cadres); every other role is held by staff.
CADRE_ROLES = ("cadre_class", "cadre_dorm", "cadre_safety")

TREE_OF = dict.fromkeys(("bureau", "school", "office", "college", "grade", "major", "class"), "organisation") | dict.fromkeys(
    ("building", "floor", "room"), "dormitory"
)
# The kinds a unit may stand under; a school may stand alone. A building without a parent belongs to the only school there is.
UNDER: dict[str, tuple[str, ...]] = {
    "bureau": ("bureau",),
    "school": ("bureau",),
    "office": ("school", "bureau", "college", "office"),
    "college": ("school",),
    "grade": ("school", "college", "major"),
    "major": ("college", "school", "grade"),
    "class": ("major", "grade", "college", "school"),
    "building": ("school",),
    "floor": ("building",),
    "room": ("floor", "building"),
}


def why_not_under(kind: str, parent_kind: str | None) -> str | None:
    """None when a unit of `kind` may stand under one of `parent_kind` (None: at the top), else the reason in Chinese."""
    if kind not in UNDER:
        return f"机构类型 {kind} 不在数据标准中"
    if parent_kind is None:
        return None if kind in ("bureau", "school", "building") else "缺少上级机构"
    return None if parent_kind in UNDER[kind] else f"{kind} 不能隶属于 {parent_kind}"


def why_not_assign(*, role: str, unit_kind: str | None, held_by_student: bool, starts_on: date, ends_on: date | None) -> str | None:
    """None when a person may be given this responsibility, else the reason in Chinese."""
    if ends_on is not None and ends_on < starts_on:
        return "结束日期早于开始日期，请改正日期"
    if held_by_student and role not in CADRE_ROLES:
        return "学生只能担任学生干部，请选择教职工"
    if not held_by_student and role in CADRE_ROLES:
        return "该职责由学生干部担任，请选择学生"
    if unit_kind is not None and unit_kind not in ("bureau", "school", "office"):
        slots = [slot for slot in SLOTS if role in slot.roles]
        if slots and unit_kind not in {slot.kind for slot in slots} | {"grade", "major"}:
            return "该职责不用于这一级机构，请选择对应层级"
    return None
