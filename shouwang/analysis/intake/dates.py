"""Dates, moments and terms as people and systems write them. What could be read in two ways is refused."""

import re
from datetime import date, datetime, time, timedelta

from shouwang.analysis.intake.bad import Bad

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{1,2})\s*[:：时点]\s*(\d{1,2})\s*(?:[:：分]\s*(\d{1,2})?(?:\.\d+)?\s*秒?)?")
_WEEKDAY = re.compile(r"\s*[(（]?(?:星期|周|礼拜)[一二三四五六日天][)）]?$")
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")
_NO_YEAR = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?")
_SHORT = re.compile(r"\d{1,2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,4}\s*[日号]?")
_EXCEL_ZERO = datetime.combine(date(1899, 12, 30), time())
_TERM = re.compile(r"(\d{4})\s*[-—–~～/至]\s*(\d{4})\s*(?:学年度?)?\s*[-—–/(（]?\s*第?\s*([12一二上下秋春])\s*(?:学期)?\s*[)）]?(?:学期)?")
_TERM_NUMBER = re.compile(r"(20\d{2})([12])")
_TERM_PACKED = re.compile(r"(\d{4})(\d{4})([12])")
_HALF = {"1": 1, "2": 2, "一": 1, "二": 2, "上": 1, "下": 2, "秋": 1, "春": 2}


def day(text: str) -> date | Bad:
    """A school date. A time of day behind it is left out."""
    moment = _moment(text)
    if isinstance(moment, Bad):
        return moment
    return moment.date()


def moment(text: str) -> datetime | Bad:
    """A moment to the second; a date alone is midnight."""
    found = _moment(text)
    return Bad("not_datetime") if isinstance(found, Bad) and found.code == "not_date" else found


def _moment(text: str) -> datetime | Bad:
    text = _WEEKDAY.sub("", text)
    if _SERIAL.fullmatch(text):
        return _in_range(_EXCEL_ZERO + _rounded(float(text)))
    head, tail = _split(text)
    if head is None:
        if _NO_YEAR.fullmatch(text):
            return Bad("date_no_year")
        return Bad("date_ambiguous" if _SHORT.match(text) else "not_date")
    at = _time(tail)
    if at is None:
        return Bad("not_date")
    try:
        return _in_range(datetime.combine(date(*map(int, head)), at))
    except ValueError:
        return Bad("date_impossible")


def _split(text: str) -> tuple[tuple[str, ...] | None, str]:
    if found := _DATE.match(text):
        return found.groups(), text[found.end() :]
    if found := _PACKED.match(text):
        return found.groups(), text[8:]
    return None, text


def _time(tail: str) -> time | None:
    """The time of day behind a date; midnight for none, None for what is no time."""
    tail = tail.strip().removeprefix("T").removesuffix("Z").strip()
    if not tail:
        return time()
    if re.fullmatch(r"\d{4}(\d{2})?", tail):
        tail = ":".join(tail[at : at + 2] for at in range(0, len(tail), 2))
    found = _TIME.fullmatch(tail)
    if not found:
        return None
    try:
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return time(hours, minutes, seconds)
    except ValueError:
        return None


def _rounded(serial: float) -> timedelta:
    return timedelta(seconds=round(serial * 86400))


def _in_range(moment: datetime) -> datetime | Bad:
    return moment if 1950 <= moment.year <= 2100 else Bad("date_out_of_range")


def term(text: str) -> int | Bad:
    """2025-2026-1, 2025-2026学年第一学期, 20251 → 20251."""
    if _TERM_NUMBER.fullmatch(text):
        return int(text)
    found = _TERM.fullmatch(text) or _TERM_PACKED.fullmatch(text)
    if not found:
        return Bad("not_term")
    first, second, half = int(found.group(1)), int(found.group(2)), _HALF[found.group(3)]
    return first * 10 + half if second == first + 1 and 1950 <= first <= 2100 else Bad("not_term")
