"""Who may see what, and who may do what, as tables. A right always has a ground; a refusal always has a reason."""

from dataclasses import dataclass

from shouwang.common.categories import Category as C
from shouwang.common.categories import titles
from shouwang.common.reader import Reader


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    zh: str
    en: str


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role("school_leader", "校领导", "School leader"),
        Role("student_affairs", "学生处", "Student affairs"),
        Role("academic_affairs", "教务处", "Academic affairs"),
        Role("teaching_secretary", "教学秘书", "Teaching secretary"),
        Role("college_lead", "学院负责人", "College lead"),
        Role("adviser", "辅导员", "Adviser"),
        Role("homeroom_teacher", "班主任", "Homeroom teacher"),
        Role("responsible", "包保责任人", "Responsible person"),
        Role("course_teacher", "任课教师", "Course teacher"),
        Role("counsellor", "心理咨询师", "Counsellor"),
        Role("crisis_team", "危机干预小组", "Crisis team"),
        Role("dorm_manager", "宿舍管理员", "Dorm manager"),
        Role("security", "保卫处", "Security"),
        Role("logistics", "后勤处", "Logistics"),
        Role("aid_office", "资助中心", "Aid office"),
        Role("career_guidance", "就业指导", "Career guidance"),
        Role("youth_league", "团委", "Youth league committee"),
        Role("library", "图书馆", "Library"),
        Role("finance", "财务处", "Finance office"),
        Role("bureau_officer", "教育局干部", "Bureau officer"),
        Role("moral_education", "德育处", "Moral education office"),
        Role("community_worker", "社区工作者", "Community worker"),
        Role("company_mentor", "企业导师", "Company mentor"),
        Role("cadre_class", "班级干部", "Class cadre"),
        Role("cadre_dorm", "楼层长", "Dorm cadre"),
        Role("cadre_safety", "安全员", "Safety officer"),
        Role("guardian", "监护人", "Guardian"),
        Role("student", "学生", "Student"),
        Role("data_steward", "数据管理员", "Data steward"),
        Role("auditor", "审计员", "Auditor"),
        Role("administrator", "系统管理员", "Administrator"),
    )
}

_TEACHER = C.identity | C.contact | C.academic | C.attendance | C.conduct | C.family | C.life | C.communication | C.incident

# What a role may know about the students it answers for. 0: nothing, not even who they are.
ROLE_CATEGORIES: dict[str, int] = {
    "school_leader": C.identity | C.academic | C.attendance | C.conduct | C.family | C.incident | C.life,
    "student_affairs": _TEACHER,
    "academic_affairs": C.identity | C.contact | C.academic | C.attendance | C.conduct,
    "teaching_secretary": C.identity | C.contact | C.academic | C.attendance | C.conduct | C.life,
    "college_lead": _TEACHER,
    "adviser": _TEACHER,
    "homeroom_teacher": _TEACHER,
    "responsible": _TEACHER,
    "course_teacher": C.identity | C.academic | C.attendance,
    "counsellor": _TEACHER | C.health | C.psychological,
    "crisis_team": C.identity | C.contact | C.incident,
    "dorm_manager": C.identity | C.contact | C.life,
    "security": C.identity | C.incident,
    "logistics": 0,
    "aid_office": C.identity | C.contact | C.family,
    "career_guidance": C.identity | C.contact | C.academic,
    "youth_league": C.identity,
    "library": 0,
    "finance": 0,
    "bureau_officer": 0,
    "moral_education": C.identity | C.contact | C.attendance | C.conduct | C.family | C.communication | C.incident,
    "community_worker": C.identity | C.contact,
    "company_mentor": C.identity,
    "cadre_class": C.identity,
    "cadre_dorm": C.identity,
    "cadre_safety": C.identity,
    "guardian": C.identity | C.contact | C.academic | C.attendance | C.conduct | C.family | C.life,
    "student": C.identity | C.contact | C.academic | C.attendance | C.conduct | C.family | C.life,
    "data_steward": C.identity,
    "auditor": 0,
    "administrator": 0,
}

# Along which tree a responsibility reaches. "student": only students named one by one, also when a unit was entered by mistake.
# "unit" follows the tree of the unit the responsibility is for.
ROLE_TREE: dict[str, str] = dict.fromkeys(ROLES, "unit") | {
    "dorm_manager": "dormitory",
    "cadre_dorm": "dormitory",
    "responsible": "unit",
    "community_worker": "student",
    "company_mentor": "student",
    "guardian": "child",
    "student": "self",
    "logistics": "none",
    "auditor": "none",
    "administrator": "none",
}

EVERYONE: frozenset[str] = frozenset(ROLES)
_OFFICES = frozenset({"school_leader", "student_affairs", "academic_affairs", "teaching_secretary", "college_lead"})
_CARING = frozenset({"adviser", "homeroom_teacher", "responsible", "counsellor", "moral_education"})
_PARTIAL = frozenset({"course_teacher", "crisis_team", "dorm_manager", "aid_office", "career_guidance"})
_DELIVERING = frozenset(
    {"student_affairs", "academic_affairs", "teaching_secretary", "dorm_manager", "aid_office", "career_guidance", "data_steward"}
    | {"youth_league", "library", "finance"}
)
_BLIND = frozenset(code for code, categories in ROLE_CATEGORIES.items() if not categories)

# Abilities: which roles open which page or do which deed. Whom they then see there is decided by scope alone.
MAY: dict[str, frozenset[str]] = {
    "desk": EVERYONE,
    "students": frozenset(ROLES) - _BLIND - {"data_steward", "youth_league"},
    "search": frozenset(ROLES) - _BLIND - {"data_steward", "youth_league", "guardian", "student"},
    "alerts": _OFFICES | _CARING | _PARTIAL,
    "alerts_act": (_OFFICES | _CARING | _PARTIAL) - {"school_leader", "course_teacher"},
    "import": _DELIVERING,
    "freshness": _OFFICES | _DELIVERING | {"administrator"},
    "format": EVERYONE,
    "rules": _OFFICES | _CARING | _PARTIAL | {"data_steward"},
    "rules_edit": frozenset({"student_affairs", "academic_affairs"}),
    "coverage": frozenset({"school_leader", "student_affairs", "college_lead", "teaching_secretary", "moral_education"}),
    "coverage_assign": frozenset({"student_affairs", "college_lead", "moral_education"}),
    "dashboards": _OFFICES | {"moral_education", "adviser", "bureau_officer"},
    "export": _OFFICES | _CARING | {"dorm_manager", "aid_office", "career_guidance"},
    "ledger": frozenset({"auditor"}),
    "accounts": frozenset({"administrator"}),
    "settings": EVERYONE,
}

_ABILITY_TITLES: dict[str, tuple[str, str]] = {
    "desk": ("打开今日", "open Today"),
    "students": ("查看学生", "see students"),
    "search": ("搜索学生", "search students"),
    "alerts": ("查看预警", "see alerts"),
    "alerts_act": ("处理预警", "handle alerts"),
    "import": ("报送数据", "deliver data"),
    "freshness": ("查看数据报送情况", "see who has delivered"),
    "format": ("查看数据格式", "see the data format"),
    "rules": ("查看规则", "see the rules"),
    "rules_edit": ("修改规则", "edit rules"),
    "coverage": ("查看责任覆盖", "see coverage"),
    "coverage_assign": ("指定责任人", "name responsible people"),
    "dashboards": ("查看看板", "see dashboards"),
    "export": ("导出", "export"),
    "ledger": ("查看操作记录", "read the ledger"),
    "accounts": ("管理账号", "manage accounts"),
    "settings": ("打开设置", "open settings"),
}

# Whose tables a role delivers (department codes of catalogue/standard/departments.toml).
DELIVERS: dict[str, frozenset[str]] = {
    "student_affairs": frozenset({"student_affairs"}),
    "academic_affairs": frozenset({"academic_affairs"}),
    "teaching_secretary": frozenset({"academic_affairs", "practice"}),
    "dorm_manager": frozenset({"dormitory"}),
    "youth_league": frozenset({"youth_league"}),
    "library": frozenset({"library"}),
    "finance": frozenset({"finance"}),
    "aid_office": frozenset({"aid"}),
    "career_guidance": frozenset({"practice"}),
    "data_steward": frozenset(
        {
            "student_affairs",
            "academic_affairs",
            "personnel",
            "practice",
            "youth_league",
            "dormitory",
            "library",
            "finance",
            "aid",
            "information",
        }
    ),
}


def why_not(by: Reader, ability: str) -> str | None:
    """None when one of the reader's roles carries the ability, else the reason, in the reader's language. KeyError for an unknown ability."""
    holders = MAY[ability]
    if holders is EVERYONE or by.roles & holders:
        return None
    zh, en = _ABILITY_TITLES[ability]
    if by.lang != "zh":
        mine = ", ".join(sorted(ROLES[code].en for code in by.roles)) or "none"
        return f"To {en} belongs to other roles; yours: {mine}."
    mine = "、".join(sorted(ROLES[code].zh for code in by.roles)) or "无"
    return f"您的角色（{mine}）不能{zh}；如工作需要，请联系学生处调整职责。"


def departments(by: Reader) -> frozenset[str]:
    """The departments whose tables this reader may deliver."""
    return frozenset().union(*(DELIVERS.get(role, frozenset()) for role in by.roles))


def sensitivity_sentence(role: str, lang: str = "zh") -> str:
    """What a role may know, as a list of words for people."""
    words = titles(ROLE_CATEGORIES[role], lang)
    if lang != "zh":
        return ", ".join(words) if words else "nothing about students"
    return "、".join(words) if words else "不涉及学生信息"
