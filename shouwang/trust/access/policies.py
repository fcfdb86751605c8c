"""Who may see what, and who may do what, as tables. A right always has a ground; a refusal always has a reason."""

from shouwang.common.categories import Category as C
from shouwang.common.categories import titles
from shouwang.common.reader import Reader
from shouwang.trust.access import matrix
from shouwang.trust.access.matrix import EXPORT, RELATIONSHIPS, WRITE, Role

# Everything below about who may know what is read off the matrix (catalogue/access/matrix.toml); there is no second table.
ROLES: dict[str, Role] = matrix.load().roles
# What a role may know about the students it answers for. 0: nothing, not even who they are.
ROLE_CATEGORIES: dict[str, int] = {code: role.lasting for code, role in ROLES.items()}


def _tree(role: Role) -> str:
    """Along which tree a responsibility of this role reaches; "unit" follows the tree of the unit it is for."""
    lasting = {code for code in role.rights if RELATIONSHIPS[code].lasting}
    alone = {"own_record": "self", "own_child": "child", "own_student": "student", "own_dorm": "dormitory"}
    if len(lasting) == 1:
        return alone.get(next(iter(lasting)), "unit")
    return "unit" if lasting else "none"


ROLE_TREE: dict[str, str] = {code: _tree(role) for code, role in ROLES.items()}

EVERYONE: frozenset[str] = frozenset(ROLES)
_FAMILY = frozenset({"guardian", "student"})
_OFFICES = frozenset({"school_leader", "student_affairs", "academic_affairs", "teaching_secretary", "college_lead"})
_CARING = frozenset({"adviser", "homeroom_teacher", "responsible", "counsellor", "moral_education"})
_PARTIAL = frozenset({"course_teacher", "crisis_team", "dorm_manager", "aid_office", "career_guidance"})
_MATTERS = ~(C.identity | C.contact)  # what an alert can be about; who somebody is and how to reach them is not yet a matter


def _with(action: str, bits: int) -> frozenset[str]:
    """The roles that have the action for one of these categories, by a responsibility."""
    return frozenset(code for code, role in ROLES.items() if role.any(action) & bits)


def _by(relationship: str) -> frozenset[str]:
    """The roles that may see something by this relationship."""
    return frozenset(code for code, role in ROLES.items() if role.of(relationship).see)


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
_DELIVERING = frozenset(DELIVERS)
_STUDENTS = _with("see", C.identity)
_CADRES = frozenset({"cadre_class", "cadre_dorm", "cadre_safety"})
# Everybody of the school: staff and student cadres, not families, outsiders and those who keep the machinery.
_NETWORK = EVERYONE - _FAMILY - {"bureau_officer", "community_worker", "company_mentor", "auditor", "data_steward", "administrator"}
_LETTERS = frozenset({"student_affairs", "academic_affairs", "teaching_secretary", "college_lead", "adviser", "moral_education"})
_TRAINERS = frozenset({"student_affairs", "college_lead", "moral_education", "youth_league"})

# Abilities: which roles open which page or do which deed. Whom and what they then see there is decided by the matrix alone.
MAY: dict[str, frozenset[str]] = {
    "desk": EVERYONE,
    "students": _STUDENTS,
    "search": _STUDENTS - _FAMILY,
    "alerts": _with("see", _MATTERS) - _FAMILY,
    "alerts_act": _with(WRITE, _MATTERS),
    "import": _DELIVERING,
    "freshness": _OFFICES | _DELIVERING | {"administrator"},
    "format": EVERYONE,
    "rules": _OFFICES | _CARING | _PARTIAL | {"data_steward"},
    "rules_edit": frozenset({"student_affairs", "academic_affairs"}),
    "playbooks": _OFFICES | _CARING | _PARTIAL | {"data_steward", "security"},
    "playbooks_edit": frozenset({"student_affairs", "academic_affairs", "moral_education"}),
    "cases": _by("case_team") | _with("see", _MATTERS) - _FAMILY,
    "cases_act": _by("case_team") | _with(WRITE, _MATTERS),
    "cases_route": frozenset({"teaching_secretary", "college_lead", "student_affairs", "academic_affairs", "moral_education"}),
    "coverage": frozenset({"school_leader", "student_affairs", "college_lead", "teaching_secretary", "moral_education"}),
    "coverage_assign": frozenset({"student_affairs", "college_lead", "moral_education"}),
    "dashboards": _OFFICES | {"moral_education", "adviser", "bureau_officer"},
    "export": _with(EXPORT, C.identity),
    "ledger": frozenset({"auditor"}),
    "accounts": frozenset({"administrator"}),
    "backups": frozenset({"administrator"}),
    "invite": frozenset({"homeroom_teacher", "adviser"}),
    "settings": EVERYONE,
    "access": frozenset({"auditor", "data_steward", "administrator", "student_affairs", "school_leader"}),
    "view_as": frozenset({"administrator", "student_affairs"}),
    "readings": _FAMILY,
    "sharing": frozenset({"student"}),
    "break_glass": _by("break_glass"),
    "break_glass_agree": _by("break_glass") & {"school_leader", "student_affairs", "counsellor", "crisis_team"},
    "break_glass_review": frozenset({"data_steward"}),
    "break_glass_follow": _by("break_glass") | {"data_steward"},
    "disclose": frozenset({"student_affairs", "college_lead", "moral_education"}),
    "disclosed": _by("disclosure"),
    "disclosures_follow": frozenset({"student_affairs", "college_lead", "moral_education", "data_steward"}),
    "duty": EVERYONE - _FAMILY - {"community_worker", "company_mentor", "bureau_officer"},
    "duty_edit": frozenset({"student_affairs", "security", "moral_education", "college_lead"}),
    "notices": EVERYONE,
    "risk": frozenset({"responsible", "homeroom_teacher", "adviser"}),
    "notices_print": frozenset({"student_affairs", "teaching_secretary", "college_lead", "homeroom_teacher", "adviser"}),
    "channels": frozenset({"administrator"}),
    # The four-level network: cadres report and follow their own reports; whom one then sees follows from the matrix and from being asked.
    "report": _NETWORK,
    "incidents": _NETWORK - _CADRES,
    "incidents_act": _NETWORK - _CADRES,
    "incident_categories": frozenset({"student_affairs"}),
    "emergencies": _NETWORK - _CADRES,
    "emergency_start": frozenset({"school_leader", "student_affairs", "college_lead"}),
    "accountability": frozenset({"school_leader", "student_affairs", "college_lead"}),
    "letters": _LETTERS | {"homeroom_teacher", "school_leader"},
    "letters_issue": _LETTERS,
    "letters_receive": _LETTERS | {"homeroom_teacher"},
    "letters_template": frozenset({"student_affairs"}),
    "meetings": EVERYONE - _FAMILY - _CADRES,
    "meetings_plan": _OFFICES | {"moral_education"},
    "trainings": EVERYONE - _FAMILY,
    "trainings_plan": _TRAINERS,
    "trainings_coverage": _TRAINERS | _OFFICES,
}
# What leaves a trace in somebody's name: never while looking through another person's eyes.
_OWN_HAND = frozenset({"report", "incidents_act", "incident_categories", "emergency_start", "duty_edit"}) | frozenset(
    {
        "alerts_act",
        "rules_edit",
        "playbooks_edit",
        "cases_act",
        "cases_route",
        "coverage_assign",
        "export",
        "accounts",
        "backups",
        "view_as",
        "disclose",
        "import",
        "break_glass",
        "notices_print",
        "channels",
        "letters_issue",
        "letters_receive",
        "letters_template",
        "meetings_plan",
        "trainings_plan",
    }
)

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
    "playbooks": ("查看流程", "see the procedures"),
    "playbooks_edit": ("修改流程", "edit procedures"),
    "cases": ("查看个案", "see cases"),
    "cases_act": ("办理个案", "work on cases"),
    "cases_route": ("调度个案", "route cases"),
    "coverage": ("查看责任覆盖", "see coverage"),
    "coverage_assign": ("指定责任人", "name responsible people"),
    "dashboards": ("查看看板", "see dashboards"),
    "export": ("导出", "export"),
    "ledger": ("查看操作记录", "read the ledger"),
    "accounts": ("管理账号", "manage accounts"),
    "backups": ("管理备份", "look after backups"),
    "invite": ("发出邀请", "send invitations"),
    "notices": ("查看消息", "see what they were told"),
    "risk": ("查看每日关注名单", "see the daily list"),
    "notices_print": ("打印纸质通知", "print notices"),
    "channels": ("管理通知渠道", "look after the channels"),
    "settings": ("打开设置", "open settings"),
    "access": ("查看权限表", "see the access matrix"),
    "view_as": ("以他人身份查看", "view as somebody else"),
    "readings": ("查看谁看过档案", "see who looked at the file"),
    "sharing": ("决定监护人可以看什么", "decide what guardians may see"),
    "break_glass": ("申请紧急查看", "ask for a break-glass"),
    "break_glass_agree": ("同意紧急查看", "agree to a break-glass"),
    "break_glass_review": ("复核紧急查看", "review a break-glass"),
    "break_glass_follow": ("查看紧急查看的记录", "follow break-glasses"),
    "disclose": ("向校外披露", "disclose to outside parties"),
    "disclosed": ("查看收到的披露", "read what was disclosed"),
    "disclosures_follow": ("查看披露记录", "follow disclosures"),
    "duty": ("查看值班", "see who is on duty"),
    "duty_edit": ("安排值班", "plan duty"),
    "report": ("上报情况", "report a matter"),
    "incidents": ("查看反馈", "see reports"),
    "incidents_act": ("处理反馈", "handle reports"),
    "incident_categories": ("设置反馈类别", "set the categories of reports"),
    "emergencies": ("查看应急", "see emergencies"),
    "emergency_start": ("启动应急预案", "start an emergency plan"),
    "accountability": ("查看问责", "see how matters were answered"),
    "letters": ("查看通知书", "see official letters"),
    "letters_issue": ("发出通知书", "issue official letters"),
    "letters_receive": ("登记回执", "enter receipts"),
    "letters_template": ("管理通知书模板", "manage letter templates"),
    "meetings": ("查看会议", "see meetings"),
    "meetings_plan": ("召集会议", "call meetings"),
    "trainings": ("查看培训", "see trainings"),
    "trainings_plan": ("安排培训", "plan trainings"),
    "trainings_coverage": ("查看培训覆盖", "see who has been trained"),
}


def why_not(by: Reader, ability: str) -> str | None:
    """None when one of the reader's roles carries the ability, else the reason, in the reader's language. KeyError for an unknown ability."""
    holders = MAY[ability]
    if by.is_read_only and ability in _OWN_HAND:
        zh, en = _ABILITY_TITLES[ability]
        return (
            f"以他人身份查看时不能{zh}，请先结束查看。"
            if by.lang == "zh"
            else f"You cannot {en} while viewing as somebody else; end it first."
        )
    both = by.also_roles is None or holders is EVERYONE or by.also_roles & holders
    if both and (holders is EVERYONE or by.roles & holders):
        return None
    zh, en = _ABILITY_TITLES[ability]
    if by.lang != "zh":
        mine = ", ".join(sorted(ROLES[code].en for code in by.roles)) or "none"
        return f"To {en} belongs to other roles; yours: {mine}."
    mine = "、".join(sorted(ROLES[code].zh for code in by.roles)) or "无"
    return f"您的角色（{mine}）不能{zh}；如工作需要，请联系学生处调整职责。"


def glass_possible(by: Reader) -> int:
    """The categories this reader's roles could ask to see by breaking the glass."""
    bits = 0
    for role in by.roles if why_not(by, "break_glass") is None else ():
        bits |= ROLES[role].of("break_glass").see if role in ROLES else 0
    return bits


def departments(by: Reader) -> frozenset[str]:
    """The departments whose tables this reader may deliver."""
    own, also = (
        frozenset().union(*(DELIVERS.get(role, frozenset()) for role in roles))
        for roles in (by.roles, by.roles if by.also_roles is None else by.also_roles)
    )
    return own & also


def sensitivity_sentence(role: str, lang: str = "zh") -> str:
    """What a role may know, as a list of words for people."""
    words = titles(ROLE_CATEGORIES[role], lang)
    if lang != "zh":
        return ", ".join(words) if words else "nothing about students"
    return "、".join(words) if words else "不涉及学生信息"
