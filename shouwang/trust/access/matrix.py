"""The matrix: role × category × relationship × action, read from catalogue/access/matrix.toml and checked. Every right comes from here."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from shouwang.common.categories import Category, titles

ROOT = Path(__file__).parents[2] / "catalogue" / "access"
SEE, WRITE, EXPORT, KNOW = ACTIONS = ("see", "write", "export", "know")
ACTION_TITLES = {
    SEE: ("看", "see"),
    WRITE: ("办理", "handle"),
    EXPORT: ("导出", "export"),
    KNOW: ("知道有无", "know of"),
}


@dataclass(frozen=True, slots=True)
class Relationship:
    """`ground`: why such a relationship lets one know anything, completing "because …". `lasting`: from a responsibility, not from a grant."""

    code: str
    zh: str
    en: str
    ground: str
    ground_en: str
    lasting: bool = True


RELATIONSHIPS: dict[str, Relationship] = {
    one.code: one
    for one in (
        Relationship("own_record", "本人", "Own record", "这是本人的记录", "it is their own record"),
        Relationship("own_child", "自己的孩子", "Own child", "是登记在册的监护人", "the register names them as guardian"),
        Relationship("own_student", "指定给他的同学", "Named student", "被指定负责这位同学", "they are named for this student"),
        Relationship("own_class", "本班", "Own class", "负责这个班级", "they answer for the class"),
        Relationship("own_college", "本学院", "Own college", "负责这个学院、年级或专业", "they answer for the college, year or major"),
        Relationship("own_dorm", "本楼", "Own dormitory", "负责这栋楼或这一层", "they answer for the building or floor"),
        Relationship("own_school", "本校", "Own school", "在全校履行这项职责", "they hold the duty for the whole school"),
        Relationship("case_team", "个案小组", "Case team", "是个案小组成员，个案未结束", "they are on the team of an open case", False),
        Relationship("on_duty", "正在值班", "On duty now", "此刻正在值班", "they are on duty now", False),
        Relationship("disclosure", "经披露", "By disclosure", "学校向其披露了这些字段", "the school disclosed these fields to them", False),
        Relationship(
            "break_glass", "紧急查看", "By break-glass", "紧急查看已打开，事后复核", "a break-glass is open and will be reviewed", False
        ),
        Relationship("none", "没有关系", "None", "", "", False),
    )
}
# Kind of unit → the relationship of whoever holds a responsibility for it.
OF_KIND = {
    "bureau": "own_school",
    "school": "own_school",
    "office": "own_school",
    "college": "own_college",
    "grade": "own_college",
    "major": "own_college",
    "class": "own_class",
    "building": "own_dorm",
    "floor": "own_dorm",
    "room": "own_dorm",
}


class BadMatrix(Exception):
    """The table contradicts itself; the message names role and relationship."""


class Rights(NamedTuple):
    """One mask of categories per action."""

    see: int = 0
    write: int = 0
    export: int = 0
    know: int = 0


NO_RIGHTS = Rights()


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    zh: str
    en: str
    rights: dict[str, Rights]

    def of(self, relationship: str) -> Rights:
        return self.rights.get(relationship, NO_RIGHTS)

    @property
    def lasting(self) -> int:
        """Everything the role may know through its responsibilities, whatever they are for."""
        bits = 0
        for code, rights in self.rights.items():
            bits |= rights.see if RELATIONSHIPS[code].lasting else 0
        return bits

    def any(self, action: str) -> int:
        """Every category the role has the action for, by any lasting relationship."""
        bits = 0
        for code, rights in self.rights.items():
            bits |= getattr(rights, action) if RELATIONSHIPS[code].lasting else 0
        return bits


class Cell(NamedTuple):
    role: str
    category: Category
    relationship: str
    action: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    roles: dict[str, Role]
    outside: int

    def rights(self, role: str, relationship: str) -> Rights:
        found = self.roles.get(role)
        return found.of(relationship) if found else NO_RIGHTS

    def allows(self, role: str, category: Category, relationship: str, action: str) -> bool:
        return bool(getattr(self.rights(role, relationship), action) & category)

    def cells(self) -> Iterator[Cell]:
        """Every cell there is, the empty ones too."""
        for role in self.roles:
            for category in Category:
                for relationship in RELATIONSHIPS if category else ():
                    for action in ACTIONS:
                        yield Cell(role, category, relationship, action, self.allows(role, category, relationship, action))


def load(root: Path | None = None) -> Matrix:
    """The matrix under `root` (ours by default). BadMatrix with every contradiction."""
    return _load(root or ROOT)


@cache
def _load(root: Path) -> Matrix:
    source = tomllib.loads((root / "matrix.toml").read_text("utf-8"))
    sets: dict[str, list[str]] = source.get("sets", {})
    reasons: list[str] = []
    roles = {}
    for code, given in source["role"].items():
        rights = {}
        for name, cells in given.items():
            if name in ("zh", "en"):
                continue
            rights[name] = _rights(f"{code}.{name}", cells, sets, reasons)
            reasons += _contradictions(f"{code}.{name}", name, rights[name])
        roles[code] = Role(code, given["zh"], given["en"], rights)
    outside = _mask("outside", source["outside"]["see"], sets, reasons)
    if reasons:
        raise BadMatrix("；".join(reasons))
    return Matrix(roles, outside)


def _rights(place: str, cells: dict[str, Any], sets: dict[str, list[str]], reasons: list[str]) -> Rights:
    reasons += [f"{place}：不认识的动作 {name}" for name in cells if name not in ACTIONS]
    return Rights(**{name: _mask(place, cells.get(name, ()), sets, reasons) for name in ACTIONS})


def _mask(place: str, words: list[str] | tuple[str, ...], sets: dict[str, list[str]], reasons: list[str]) -> int:
    bits = 0
    for word in (inner for outer in words for inner in sets.get(outer, [outer])):
        if word in Category.__members__ and word != "public":
            bits |= Category[word]
        else:
            reasons.append(f"{place}：不认识的类别 {word}")
    return int(bits)


def _contradictions(place: str, relationship: str, rights: Rights) -> list[str]:
    found = []
    if relationship not in RELATIONSHIPS or relationship == "none":
        found.append(f"{place}：不认识的关系，没有关系就没有权利")
    if (rights.see or rights.know) and not rights.see & Category.identity:
        found.append(f"{place}：看得到内容就须看得到是谁")
    if rights.write & ~rights.see or rights.export & ~rights.see:
        found.append(f"{place}：办理和导出不能多于看")
    if rights.know & rights.see:
        found.append(f"{place}：看得到的不必再写知道有无")
    if relationship in ("break_glass", "disclosure") and (rights.write or rights.export):
        found.append(f"{place}：紧急查看和披露只能看")
    return found


def ground(role: str, relationship: str, lang: str = "zh") -> str:
    """Why somebody in this role and relationship may know anything, as a sentence; empty when there is no ground."""
    matrix, tie = load(), RELATIONSHIPS[relationship]
    if not any(matrix.rights(role, relationship)):
        return ""
    who = matrix.roles[role]
    return f"{who.zh}{tie.ground}" if lang == "zh" else f"{who.en}: {tie.ground_en}"


def sentence(role: str, relationship: str, lang: str = "zh") -> str:
    """All the cells of a role and a relationship, in one sentence with their ground."""
    rights = load().rights(role, relationship)
    verbs: dict[int, list[tuple[str, str]]] = {}
    for action in ACTIONS:
        if bits := getattr(rights, action):
            verbs.setdefault(bits, []).append(ACTION_TITLES[action])  # what may be seen, handled and exported alike is said once
    parts = []
    for bits, said in verbs.items():
        zh, en = "、".join(pair[0] for pair in said), " and ".join(pair[1] for pair in said)
        parts.append(f"可以{zh}：{'、'.join(titles(bits))}" if lang == "zh" else f"may {en} {', '.join(titles(bits, lang)).lower()}")
    if not parts:
        return "看不到任何同学的信息" if lang == "zh" else "Sees nothing about any student"
    why = ground(role, relationship, lang)
    return f"{why}，所以{'；'.join(parts)}。" if lang == "zh" else f"{why}, so they {'; '.join(parts)}."
