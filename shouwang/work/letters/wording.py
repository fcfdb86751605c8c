"""The kinds of letters as data (catalogue/wording/letters/*.toml): what they say besides the reasons, to whom, and when a receipt is due."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from shouwang.common.digest import digest

ROOT = Path(__file__).parents[2] / "catalogue" / "wording" / "letters"
PAGE = ROOT / "letter.typ"
To = Literal["student", "guardian"]


class BadWording(Exception):
    """A kind of letter that cannot be used; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`domains`, `least_level`: which alerts it speaks of by itself; whoever drafts one may choose others."""

    code: str
    title: str
    title_en: str
    to: To
    domains: tuple[str, ...]
    least_level: int
    within_days: int
    opening: str
    advice: tuple[str, ...]
    closing: str
    receipt: str

    @property
    def within(self) -> str:
        return f"{self.within_days} school day{'' if self.within_days == 1 else 's'}"

    @property
    def fingerprint(self) -> str:
        """Changes with the words or the page."""
        texts = [self.code, self.title, self.opening, *self.advice, self.closing, self.receipt, page()]
        return digest(texts)


def load(root: Path | None = None) -> dict[str, Kind]:
    """code → kind, in the order of the files. BadWording with the file and the key."""
    return _load(root or ROOT)


@cache
def _load(root: Path) -> dict[str, Kind]:
    found = [_kind(path) for path in sorted(root.glob("*.toml"))]
    return {kind.code: kind for kind in found}


def _kind(path: Path) -> Kind:
    given: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    names = set(Kind.__dataclass_fields__)
    if odd := sorted(set(given) ^ names):
        raise BadWording(f"{path.name}：多余或缺少 {'、'.join(odd)}")
    if given["to"] not in ("student", "guardian") or given["code"] != path.stem or not 1 <= given["within_days"] <= 60:
        raise BadWording(f"{path.name}：code 须与文件名相同，to 须为 student 或 guardian，within_days 须在 1 到 60 之间")
    return Kind(**given | {"domains": tuple(given["domains"]), "advice": tuple(given["advice"])})


@cache
def page() -> str:
    """The page all kinds are set on."""
    return PAGE.read_text(encoding="utf-8")


def title(code: str, lang: str = "zh") -> str:
    """What a kind is called; one that is no longer in the catalogue says its code."""
    kind = load().get(code)
    if kind is None:
        return code
    return kind.title if lang == "zh" else kind.title_en
