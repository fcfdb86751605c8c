"""The matrix as tables: all roles at a glance, one role by relationship, one category by who may."""

from dataclasses import dataclass

from shouwang.common.categories import TITLES, Category
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import matrix
from shouwang.trust.access.matrix import ACTIONS, RELATIONSHIPS, Rights

# One letter per action, always with the legend above the table.
LETTERS = {"see": ("看", "S"), "write": ("办", "H"), "export": ("导", "E"), "know": ("知", "K")}
CATEGORIES = [category for category in TITLES if category]


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    url: str
    cells: list[tuple[str, str]]
    note: str = ""


def legend() -> list[tuple[str, str]]:
    """(letter, what it means)."""
    meaning = {
        "see": pick("可以看", "may see"),
        "write": pick("可以办理", "may handle"),
        "export": pick("可以导出", "may export"),
        "know": pick("只能知道有几条、问谁", "may know how many there are, and whom to ask"),
    }
    return [(pick(*LETTERS[action]), meaning[action]) for action in ACTIONS]


def heads() -> list[tuple[str, str]]:
    """(category code, title)."""
    return [(category.name or "", pick(*TITLES[category])) for category in CATEGORIES]


def everybody() -> list[Row]:
    """One row per role: what its responsibilities give, whatever they are for."""
    found = []
    for role in matrix.load().roles.values():
        rights = Rights(*(role.any(action) for action in ACTIONS))
        note = "" if any(rights) else pick("看不到任何同学", "sees no student")
        found.append(Row(pick(role.zh, role.en), f"?role={role.code}", _cells(rights), note))
    return found


def of_role(code: str) -> list[Row]:
    """One row per relationship, with its sentence."""
    role = matrix.load().roles[code]
    lang = pick("zh", "en")
    found = []
    for tie in RELATIONSHIPS.values():
        rights = role.of(tie.code)
        note = matrix.sentence(code, tie.code, lang) if any(rights) else ""
        found.append(Row(pick(tie.zh, tie.en), "", _cells(rights), note))
    return found


def of_category(category: Category) -> list[tuple[str, str, str, str]]:
    """(role, relationship, letters, ground) of everybody who may do something with the category."""
    found = []
    for role in matrix.load().roles.values():
        for tie, rights in role.rights.items():
            letters = _letters(rights, category)
            if letters:
                relationship = RELATIONSHIPS[tie]
                ground = matrix.ground(role.code, tie, pick("zh", "en"))
                found.append((pick(role.zh, role.en), pick(relationship.zh, relationship.en), letters, ground))
    return found


def _cells(rights: Rights) -> list[tuple[str, str]]:
    return [(pick(*TITLES[category]), _letters(rights, category)) for category in CATEGORIES]


def _letters(rights: Rights, category: Category) -> str:
    return pick("", " ").join(pick(*LETTERS[action]) for action in ACTIONS if getattr(rights, action) & category)
