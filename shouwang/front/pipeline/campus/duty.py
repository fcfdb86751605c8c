"""Duty at the demo college: the school's nights and weekends, the IT college's evenings, a house; a swap, leave, notes and calls."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.duty import actions, queries

AHEAD = timedelta(days=40)


def open_duty(now: datetime) -> None:
    """Once. Real actions of 陈建国 (student affairs) and 郭海涛 (the college's lead), then of those who have shifts."""
    chen, guo = _reader("T1002", now), _reader("T1009", now)
    if chen is None or guo is None or queries.rosters(chen).exists():
        return
    began = now - timedelta(days=9)
    school = _roster(chen, "school-night", "学校总值班", "YL", phone="0871-65550110", now=began)
    college = _roster(guo, "it-evening", "信息工程学院晚值班", "XX", now=began)
    house = _roster(chen, "house-1", "一号楼值班", "D1", phone="0871-65550121", now=began)
    if school is None or college is None or house is None:
        return
    _pattern(school, chen, "school", time(8), time(17, 30), now=began)
    _pattern(school, chen, "school", time(17, 30), time(8), now=began)
    _pattern(school, chen, "off", time(8), time(8), now=began)
    _pattern(college, guo, "school", time(18), time(22), now=began)
    _pattern(house, chen, "every", time(8), time(20), now=began)
    _pattern(house, chen, "every", time(20), time(8), now=began)
    _fill(school, chen, ("T1007", "T1002", "T1009", "T1008", "T1011"), began, now)
    _fill(college, guo, ("T1010", "T1001", "T1003"), began, now)
    _fill(house, chen, ("T1005", "T1011"), began, now - timedelta(days=20))  # ends in some days: the gaps are named on the board
    for hour in range(int((now - began).total_seconds() // 3600) + 1):
        actions.turn(now=began + timedelta(hours=hour))
    actions.turn(now=now)
    _exchange(now)
    _notes(now)


def _reader(number: str, now: datetime) -> Reader | None:
    account = access.account(number)
    return access.reader(account, timezone.localdate(now), now=now) if account is not None else None


def _roster(by: Reader, code: str, title: str, unit: str, *, phone: str = "", now: datetime) -> Any:
    place = access.unit_of(unit)
    return actions.make_roster(code=code, title=title, unit=place, phone=phone, by=by, now=now) if place is not None else None


def _pattern(roster: Any, by: Reader, days: str, begins: time, ends: time, *, now: datetime) -> None:
    actions.set_pattern(roster=roster, days=days, begins=begins, ends=ends, by=by, now=now)


def _fill(roster: Any, by: Reader, numbers: Sequence[str], began: datetime, until: datetime) -> None:
    known = queries.accounts_by_number(list(numbers))
    actions.set_turns(roster=roster, accounts=[known[one] for one in numbers if one in known], by=by, now=began)
    first, last = timezone.localdate(began), timezone.localdate(until + AHEAD) - timedelta(days=9)
    actions.fill(roster=roster, first=first, last=last, by=by, now=began)


def _exchange(now: datetime) -> None:
    """林静 asks 宋佳 for a swap and has no answer yet; 李文慧 is ill on her next evening."""
    lin, li, song = _reader("T1001", now), _reader("T1003", now), access.account("T1010")
    if lin is not None and song is not None and (mine := _next(lin, now)) is not None:
        actions.ask_swap(shift=mine.pk, of=song.pk, by=lin, now=now - timedelta(hours=2))
    if li is not None and (mine := _next(li, now)) is not None:
        actions.report_leave(shift=mine.pk, reason="发烧，医生建议休息三天", by=li, now=now - timedelta(hours=1))


def _next(by: Reader, now: datetime) -> Any:
    return next((one for one in queries.my_shifts(by, now) if one.starts_at > now + timedelta(hours=12)), None)


def _notes(now: datetime) -> None:
    """王桂芳 has written down a call and last night's hand-over."""
    wang = _reader("T1005", now)
    mine = next((one for one in queries.my_shifts(wang, now) if one.starts_at <= now), None) if wang is not None else None
    if wang is None or mine is None:
        return
    at = max(mine.starts_at, now - timedelta(minutes=50))
    actions.log_call(
        shift=mine.pk,
        at=at,
        caller="guardian",
        what="家长问孩子手机打不通，是否在寝室",
        done="已到寝室当面确认，请同学给家里回电话",
        by=wang,
        now=now,
    )
    actions.hand_over(shift=mine.pk, note="二楼东侧热水器报修，后勤下午来；其余无异常。", by=wang, now=now)
