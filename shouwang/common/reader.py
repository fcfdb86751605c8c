"""Who is reading, and where their right to read comes from. Built by trust.access once a request; handed to every query as `by`."""

from dataclasses import dataclass, field
from typing import Literal

Tree = Literal["organisation", "dormitory", "student", "self", "child", "none"]


@dataclass(frozen=True, slots=True)
class Scope:
    """One ground: on `tree`, whatever lies below `path` (or the students in `sids`), the `categories` (bit mask), because of `ground`."""

    role: str
    tree: Tree
    path: str
    categories: int
    ground: str
    ground_en: str = ""
    sids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    account_id: int
    name: str
    roles: frozenset[str]
    scopes: tuple[Scope, ...]
    staff_id: int | None = None
    lang: str = "zh"
    home_path: str = field(default="")
