"""How a Chinese name is typed on a keyboard: whole pinyin and initials, with the readings surnames have."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Characters read differently when they are surnames.
_SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "查": "zha",
    "盖": "ge",
    "朴": "piao",
    "翟": "zhai",
    "覃": "qin",
    "乐": "yue",
    "缪": "miao",
    "种": "chong",
    "员": "yun",
    "尉迟": "yuchi",
    "万俟": "moqi",
    "长孙": "zhangsun",
    "令狐": "linghu",
}


@lru_cache(maxsize=50_000)
def readings(name: str) -> tuple[str, str]:
    """(whole pinyin, initials) of a name, lower case, without tones and spaces: 林小雨 → ("linxiaoyu", "lxy")."""
    surname = next((name[:size] for size in (2, 1) if name[:size] in _SURNAMES), "")
    syllables = lazy_pinyin(name[len(surname) :], style=Style.NORMAL, errors=list)  # type: ignore[arg-type]
    if surname:
        syllables = [_SURNAMES[surname], *syllables]
    kept = [syllable.strip().lower() for syllable in syllables if syllable.strip(" ·.")]
    return "".join(kept)[:120], "".join(syllable[0] for syllable in kept)[:20]
