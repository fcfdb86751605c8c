"""Who must prove themselves twice, and how long a page may lie open: tables, and the sentences that explain them."""

from collections.abc import Iterable
from datetime import timedelta

from shouwang.common.categories import Category as C
from shouwang.common.reader import Reader
from shouwang.trust.access.policies import ROLE_CATEGORIES, ROLES

FAMILY = frozenset({"guardian", "student"})
# Health and psychology, and communications and incidents across a college or a school; and whoever runs or audits the system.
_WIDE = frozenset({"school_leader", "student_affairs", "college_lead", "counsellor", "crisis_team", "moral_education", "security"})
_KEEPERS = frozenset({"data_steward", "auditor", "administrator"})
CONFIDENTIAL_ROLES = _WIDE | _KEEPERS | frozenset(role for role, bits in ROLE_CATEGORIES.items() if bits & (C.health | C.psychological))
STAFF_ROLES = frozenset(ROLES) - FAMILY - {"cadre_class", "cadre_dorm", "cadre_safety"}
SETS: dict[str, frozenset[str]] = {
    "confidential": CONFIDENTIAL_ROLES,
    "staff": STAFF_ROLES,
    "everyone": frozenset(ROLES),
    "none": frozenset(),
}


def second_factor_roles(wanted: Iterable[str]) -> frozenset[str]:
    """The roles that need a second factor: names of sets and of single roles together. ValueError for a word that is neither."""
    found: frozenset[str] = frozenset()
    for word in wanted:
        if word not in SETS and word not in ROLES:
            raise ValueError(f"不认识的角色或范围：{word}（可用：{'、'.join(SETS)}，或角色代码如 homeroom_teacher）")
        found |= SETS[word] if word in SETS else frozenset({word})
    return found


def why_second_factor(by: Reader, roles: frozenset[str]) -> str | None:
    """None when a password is enough for this reader, else the sentence that says why it is not."""
    held = sorted(by.roles & roles)
    if not held:
        return None
    if by.lang != "zh":
        return f"As {', '.join(ROLES[code].en for code in held)} you can reach confidential matters, so a password alone is not enough."
    return f"您的职责（{'、'.join(ROLES[code].zh for code in held)}）涉及需要保密的内容，只用密码还不够。"


def idle_limit(by: Reader, minutes: tuple[int, int, int]) -> timedelta:
    """How long this reader's session lives without a request. `minutes`: confidential roles, other staff, students and guardians."""
    confidential, staff, family = minutes
    if by.roles & CONFIDENTIAL_ROLES:
        return timedelta(minutes=confidential)
    return timedelta(minutes=family if by.roles and by.roles <= FAMILY | {"cadre_class", "cadre_dorm", "cadre_safety"} else staff)
