"""The kit's tags and filters; README.md of the kit shows each in use."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.http import QueryDict
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shouwang.common.categories import titles
from shouwang.front.web.kit import drawing, marks, words

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite, always beside words. `size`: "" 18 px, "s" 15 px, "l" 28 px."""
    return marks.icon(name, size)


@register.simple_tag
def level(number: int | None, short: bool = False) -> SafeString:
    """A level's badge: shape and word, never colour alone."""
    return marks.badge(number, short)


@register.simple_block_tag
def capture(content: str) -> str:
    """`{% capture as name %}…{% endcapture %}`: renders once, for use in several places."""
    return content.strip()


@register.simple_tag
def level_shape(number: int) -> SafeString:
    return drawing.level_shape(number)


@register.simple_tag(takes_context=True)
def moment(context: RequestContext, at: datetime | date | None, empty: str = "") -> SafeString | str:
    """「3 小时前」, exact on hover."""
    if at is None:
        return empty
    return marks.moment(at, context["now"])


@register.simple_tag(takes_context=True)
def when(context: RequestContext, at: datetime | None, empty: str = "") -> SafeString | str:
    """「昨天 23:10」, exact on hover: where the hour matters."""
    if at is None:
        return empty
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), words.exact(at), words.when(at, context["now"]))


@register.simple_tag(takes_context=True)
def day(context: RequestContext, on: date | datetime | None, weekday: bool = False, empty: str = "") -> SafeString | str:
    """「12月9日」, exact on hover."""
    if on is None:
        return empty
    date_ = timezone.localdate(on) if isinstance(on, datetime) else on
    shown = words.day(date_, timezone.localdate(context["now"]), weekday)
    return format_html('<time datetime="{}" title="{}">{}</time>', date_.isoformat(), date_.isoformat(), shown)


@register.simple_tag(takes_context=True)
def query(context: RequestContext, *unset: str, **changes: Any) -> str:
    """The page's own address parameters with some changed or taken out; the page cursor always goes. Values None take out."""
    current: QueryDict = context["request"].GET.copy()
    for name in ("after", "before", *unset):
        current.pop(name, None)
    for name, value in changes.items():
        if value is None or value == "":
            current.pop(name, None)
        else:
            current[name] = str(value)
    return f"?{current.urlencode()}" if current else "?"


@register.simple_tag
def sparkline(points: Sequence[float | None], **options: Any) -> SafeString:
    return drawing.sparkline(points, **options)


@register.simple_tag
def strip(values: Sequence[float], own: float | None, **options: Any) -> SafeString:
    return drawing.strip(values, own, **options)


@register.simple_tag
def levels_bar(counts: Sequence[int], **options: Any) -> SafeString:
    return drawing.levels_bar(counts, **options)


@register.simple_tag
def meter(part: float, whole: float, **options: Any) -> SafeString:
    return drawing.meter(part, whole, **options)


@register.filter
def quantity(value: float | None, decimals: int = 0) -> str:
    return words.quantity(value, decimals)


@register.filter
def share(part: int, whole: int) -> str:
    return words.share(part, whole)


@register.filter
def change(value: float | None) -> str:
    return words.change(value)


@register.filter
def term(number: int) -> str:
    return words.term(number)


@register.filter
def categories(mask: int) -> str:
    return words.pick("、", ", ").join(titles(mask, "zh" if words.chinese() else "en"))


@register.filter
def titled(given: Any) -> str:
    """The title of what carries one in both languages."""
    return words.pick(given.title, given.title_en)


@register.filter
def listed(parts: Iterable[Any]) -> str:
    """「甲、乙」, or "a, b"."""
    return words.pick("、", ", ").join(str(part) for part in parts)


@register.filter
def initial(name: str) -> str:
    """The letter of the round sign beside a name."""
    return name[:1]


@register.filter
def at(mapping: Mapping[Any, Any], key: Any) -> Any:
    """A value out of a mapping by a key that is itself a value."""
    return mapping.get(key)
