"""How numbers, moments and shares read to people: human in the line, exact on hover."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import get_language

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def pick(zh: str, en: str) -> str:
    """The text in the language of the page; Chinese where there is no English."""
    return zh if chinese() or not en else en


def ago(at: datetime | date, now: datetime) -> str:
    """「刚刚」「12 分钟前」「3 小时前」「昨天」「5 天前」, then the date."""
    if not isinstance(at, datetime):
        return _days_ago((timezone.localdate(now) - at).days, at, now)
    passed = now - at
    minutes = int(passed.total_seconds() // 60)
    days = (timezone.localdate(now) - timezone.localdate(at)).days
    if minutes < 0:
        return _days_ago(days, timezone.localdate(at), now)
    if minutes < 1:
        return pick("刚刚", "just now")
    if minutes < 60:
        return pick(f"{minutes} 分钟前", f"{minutes} min ago")
    if days == 0 or passed < timedelta(hours=6):
        return pick(f"{minutes // 60} 小时前", f"{minutes // 60} h ago")
    return _days_ago(days, timezone.localdate(at), now)


def _days_ago(days: int, on: date, now: datetime) -> str:
    if days == 0:
        return pick("今天", "today")
    if days == 1:
        return pick("昨天", "yesterday")
    if days == -1:
        return pick("明天", "tomorrow")
    if 1 < days < 14:
        return pick(f"{days} 天前", f"{days} days ago")
    return day(on, timezone.localdate(now))


def when(at: datetime, now: datetime) -> str:
    """「今天 17:30」「昨天 23:10」「12月8日 09:40」: for what is due, was said or happened, where the hour matters."""
    on, today = timezone.localdate(at), timezone.localdate(now)
    near = abs((today - on).days) <= 1
    return f"{_days_ago((today - on).days, on, now) if near else day(on, today)} {timezone.localtime(at):%H:%M}"


def day(on: date, today: date, weekday: bool = False) -> str:
    """「12月9日」, with the year when it is not this one."""
    if chinese():
        text = f"{on.month}月{on.day}日" if on.year == today.year else f"{on.year}年{on.month}月{on.day}日"
        return f"{text} {WEEKDAYS[on.weekday()]}" if weekday else text
    text = f"{on.day} {MONTHS_EN[on.month - 1]}" if on.year == today.year else f"{on.day} {MONTHS_EN[on.month - 1]} {on.year}"
    return f"{WEEKDAYS_EN[on.weekday()]} {text}" if weekday else text


def exact(at: datetime | date) -> str:
    if isinstance(at, datetime):
        return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
    return at.isoformat()


def quantity(value: float | int | None, decimals: int = 0) -> str:
    """12,345, 3.5 or −0.2; never 0 for what is unknown."""
    if value is None:
        return pick("无数据", "no data")
    # What rounds to zero has no sign, and a minus is a minus, not a hyphen.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")


def share(part: int, whole: int) -> str:
    """「12 %(3/25)」: never a percentage without the count behind it, and never 100 % of not quite all."""
    if not whole:
        return pick("无数据", "no data")
    percent = 100 * part / whole
    shown = f"{percent:.0f}" if percent >= 10 or percent == 0 else f"{percent:.1f}"
    if shown == "100" and part < whole:
        shown = f"{min(percent, 99.9):.1f}"  # two students without anybody are not all of them
    return f"{shown} %({part:,}/{whole:,})"


def change(value: float | int | None, decimals: int = 0) -> str:
    """「+3」「−2」「±0」 with a true minus sign."""
    if value is None:
        return ""
    if round(value, decimals) == 0:
        return "±0"
    return f"{'+' if value > 0 else '−'}{abs(value):,.{decimals}f}"


def term(number: int) -> str:
    """20251 → 2025–2026 学年第一学期."""
    year, half = divmod(number, 10)
    return pick(f"{year}–{year + 1} 学年第{'一二三'[half - 1]}学期", f"{year}–{year + 1} term {half}")
