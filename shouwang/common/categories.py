"""What kinds of knowledge about a person there are; each column, indicator, rule and alert carries them as a bit mask."""

from collections.abc import Iterable
from enum import IntFlag


class Category(IntFlag):
    """One bit per kind of knowledge. `public` (0) is for columns that say nothing about a person."""

    public = 0
    identity = 1
    contact = 2
    academic = 4
    attendance = 8
    conduct = 16
    family = 32
    health = 64
    psychological = 128
    communication = 256
    incident = 512
    life = 1024


TITLES: dict[Category, tuple[str, str]] = {
    Category.public: ("公开", "Public"),
    Category.identity: ("身份", "Identity"),
    Category.contact: ("联系方式", "Contact"),
    Category.academic: ("学业", "Academic"),
    Category.attendance: ("考勤", "Attendance"),
    Category.conduct: ("操行", "Conduct"),
    Category.family: ("家庭与困难", "Family and hardship"),
    Category.health: ("健康", "Health"),
    Category.psychological: ("心理", "Psychological"),
    Category.communication: ("沟通", "Communication"),
    Category.incident: ("事件", "Incident"),
    Category.life: ("生活轨迹", "Daily life"),
}
EVERYTHING = sum(category for category in Category)


def mask(names: Iterable[str]) -> int:
    """The bits of several category names; KeyError for an unknown name."""
    bits = 0
    for name in names:
        bits |= Category[name]
    return int(bits)


def titles(bits: int, lang: str = "zh") -> list[str]:
    """The titles of all categories in a mask, in their fixed order."""
    return [pair[0 if lang == "zh" else 1] for category, pair in TITLES.items() if category & bits]
