"""Typst pages: a source of ours and data of the caller → PDF or pictures. The data are strings in a JSON text; none of them is markup."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import typst

# The first one the machine has is used; the remedy names the one that is free.
SERIF = ("Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN", "FangSong", "SimSun", "Songti SC", "STSong")
SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "SimHei", "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei")
REMEDY = "服务器上没有中文字体，打印出来会是方框，所以没有生成。请在服务器上安装：apt-get install fonts-noto-cjk，然后重启服务。"
REMEDY_EN = (
    "This server has no Chinese font: the page would show boxes, so it was not made. Run apt-get install fonts-noto-cjk and restart."
)


class CannotPrint(Exception):
    """Why a page was not made; the message is for people, with the remedy."""


@cache
def system_fonts() -> typst.Fonts:
    """What this machine has; looking costs a tenth of a second, so once."""
    return typst.Fonts(include_embedded_fonts=False)


def families(fonts: typst.Fonts | None = None) -> tuple[str, str]:
    """The serif and the sans family to print Chinese with. CannotPrint when there is none."""
    known = set((fonts or system_fonts()).families())
    serif = next((name for name in SERIF if name in known), "")
    sans = next((name for name in SANS if name in known), "")
    if not serif and not sans:
        raise CannotPrint(REMEDY)
    return serif or sans, sans or serif


def why_not(lang: str = "zh") -> str:
    """Empty when Chinese can be printed here, else the reason with its remedy."""
    try:
        families()
    except CannotPrint:
        return REMEDY if lang == "zh" else REMEDY_EN
    return ""


class Press:
    """A compiler that is set up once and prints many times: a page costs milliseconds then."""

    def __init__(self, source: str, fonts: typst.Fonts | None = None) -> None:
        self._serif, self._sans = families(fonts)
        self._source = source.encode()
        self._compiler = typst.Compiler(self._source, font_paths=fonts or system_fonts(), ignore_system_fonts=True)

    def _given(self, data: object) -> dict[str, str]:
        return {"data": json.dumps(data, ensure_ascii=False), "serif": self._serif, "sans": self._sans}

    def pdf(self, data: object, at: datetime) -> bytes:
        """The pages as one PDF that says it was made at `at`."""
        moment = at.astimezone(UTC).replace(microsecond=0)
        made = self._compiler.compile(self._source, format="pdf", sys_inputs=self._given(data), timestamp=int(moment.timestamp()))
        return cast(bytes, made)

    def pictures(self, data: object, ppi: float = 110) -> Sequence[bytes]:
        """Each page as a PNG, to look at before anything is issued."""
        made: Any = self._compiler.compile(self._source, format="png", ppi=ppi, sys_inputs=self._given(data))
        return made if isinstance(made, list) else [made]
