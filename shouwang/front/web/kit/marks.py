"""Icons, badges and moments as ready markup: the same for the tags and for presenters that make a row's strings at one go."""

from datetime import date, datetime
from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shouwang.common.levels import LEVELS
from shouwang.front.web.kit import drawing, words


@lru_cache(maxsize=512)
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite, always beside words. `size`: "" 18 px, "s" 15 px, "l" 28 px."""
    extra = f" icon-{size}" if size else ""
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>', extra, static("dist/icons.svg"), name)


def badge(level: int | None, short: bool = False) -> SafeString:
    """A level's badge: shape and word, never colour alone."""
    return _badge(level or 0, short, words.chinese())


@lru_cache(maxsize=64)
def _badge(level: int, short: bool, chinese: bool) -> SafeString:
    one = LEVELS[level]
    word = (one.zh[0] if short else one.zh) if chinese else one.en
    return format_html('<span class="level level-{}">{}{}</span>', one.number, drawing.level_shape(one.number), word)


def moment(at: datetime | date, now: datetime) -> SafeString:
    """「3 小时前」, exact on hover."""
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), words.exact(at), words.ago(at, now))
