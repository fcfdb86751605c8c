"""Who is reading, and where their right to read comes from. Built by trust.access once a request; handed to every query as `by`."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

Tree = Literal["organisation", "dormitory", "student", "self", "child", "none"]
PATHS = ("organisation", "dormitory")


@dataclass(frozen=True, slots=True)
class Scope:
    """One ground: on `tree`, whatever lies below `path` (or the students in `sids`), the `categories` (bit mask), because of `ground`.

    `write`, `export`, `know`: masks of what may be handled, taken out, and known to exist (the matrix, trust/access/matrix.py). `also`: a
    second scope that must cover the row as well. `ref`, `until`: of a timed grant, what it was given for and when it ends by itself.
    """

    role: str
    tree: Tree
    path: str
    categories: int
    ground: str
    ground_en: str = ""
    sids: tuple[int, ...] = ()
    write: int = 0
    export: int = 0
    know: int = 0
    relationship: str = "none"
    ref: str = ""
    until: datetime | None = None
    also: "Scope | None" = None

    def mask(self, action: str) -> int:
        """The categories of one action of the matrix."""
        return {"see": self.categories, "write": self.write, "export": self.export, "know": self.know}[action]


@dataclass(frozen=True, slots=True)
class Reader:
    """`also_roles`, `viewed_by`: set while somebody looks through this reader's eyes (`intersect`); they then may only read."""

    account_id: int
    name: str
    roles: frozenset[str]
    scopes: tuple[Scope, ...]
    staff_id: int | None = None
    lang: str = "zh"
    home_path: str = field(default="")
    number: str = ""
    also_roles: frozenset[str] | None = None
    viewed_by: int | None = None
    viewer_name: str = ""

    @property
    def is_read_only(self) -> bool:
        return self.viewed_by is not None

    @property
    def actor(self) -> int:
        """The account of the person at the screen: who goes on record."""
        return self.viewed_by if self.viewed_by is not None else self.account_id


NOBODY = 0


def acting(by: Reader, action: str) -> Reader:
    """The same reader with what they may do instead of what they may see: every query then answers for that action."""
    return by if action == "see" else replace(by, scopes=tuple(replace(scope, categories=scope.mask(action)) for scope in by.scopes))


def intersect(viewer: Reader, seen: Reader) -> Reader:
    """`seen` as `viewer` may know them: both must have the ability, both must cover the student, both must be allowed the category.

    What is somebody's own (their deliveries, their duties) is of neither: the account is nobody's.
    """
    scopes = tuple(scope for one in viewer.scopes for other in seen.scopes if (scope := _both(one, other)) is not None)
    return replace(
        seen,
        account_id=NOBODY,
        scopes=scopes,
        staff_id=None,
        lang=viewer.lang,
        also_roles=viewer.roles,
        viewed_by=viewer.account_id,
        viewer_name=viewer.name,
    )


def _both(one: Scope, other: Scope) -> Scope | None:
    """What two scopes have in common, with the ground of the second; None when they cannot have anything."""
    seen = one.categories & other.categories
    known = (one.know | one.categories) & (other.know | other.categories) & ~seen
    shared = replace(other, categories=seen, know=known, write=0, export=0, also=_narrower(one.also, other.also))
    if one.tree in PATHS and one.tree == other.tree:
        if other.path.startswith(one.path):
            return shared
        return replace(shared, path=one.path) if one.path.startswith(other.path) else None
    if one.tree not in PATHS and other.tree not in PATHS:
        sids = tuple(sid for sid in other.sids if sid in one.sids)
        return replace(shared, sids=sids) if sids else None
    return replace(shared, also=_narrower(shared.also, replace(one, also=None)))


def _narrower(one: Scope | None, other: Scope | None) -> Scope | None:
    """A chain of further conditions: all of `one`'s, then all of `other`'s."""
    if one is None or other is None:
        return one or other
    return replace(one, also=_narrower(one.also, other))
