"""A school opens: its root unit, its administrator, its rules and its calendar. Everything else is delivered."""

import csv
import secrets
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from shouwang.common.calendar import national_days
from shouwang.front.pipeline import casework, intake
from shouwang.trust.access import actions as access
from shouwang.trust.access import queries as reading
from shouwang.trust.people import actions as people
from shouwang.work.alerts import actions as alerts

FIRST_ROLES = ("administrator", "data_steward")
KIND_LABELS = {"school": "教学日", "makeup": "调休上课", "weekend": "周末", "holiday": "节假日"}


class Opened(NamedTuple):
    account_id: int
    rules: int


def install(*, school: str, code: str, username: str, name: str, password: str, preset: str, now: datetime) -> Opened:
    """The root unit, one administrator who may also deliver data, and a preset's rules, in one transaction. Doing it twice changes nothing."""
    with transaction.atomic():
        people.project("unit", [{"code": code, "name": school, "kind": "school", "parent": ""}], batch_id=None, now=now)
        people.project("staff", [{"staff_no": username, "name": name, "office": code}], batch_id=None, now=now)
        account = access.open_by_number(kind="staff", number=username, password=password, by=None, now=now)
        unit, staff = reading.unit_of(code), account.staff
        for role in FIRST_ROLES:
            people.assign_responsible(role=role, staff=staff, unit=unit, starts_on=now.date(), by=account.pk, now=now)
        rules = alerts.install_presets(preset=preset, by=account.pk, now=now)
        casework.install(by=account.pk, now=now)
    return Opened(account.pk, rules)


def hand_over(*, username: str, on: date, now: datetime) -> None:
    """Once the register names a data steward of its own, whoever set the school up delivers no more: who runs the system sees no student."""
    account = reading.account(username)
    if account is not None and account.staff is not None:
        people.end_first_duty(staff=account.staff, role="data_steward", ends_on=on, by=account.pk, now=now)


def write_calendar(path: Path, first: date, last: date) -> None:
    """The school calendar as a file of the standard, from the published national holidays; the school corrects and delivers it again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["日期", "类型"])
        rows.writerows([day.isoformat(), KIND_LABELS[kind]] for day, kind in national_days(first, last))


def deliver_calendar(*, by: int, now: datetime) -> None:
    """The calendar of last year, this year and (as far as known) the next, through the same door as every file."""
    path = settings.DATA / "temp" / "校历.csv"
    write_calendar(path, date(now.year - 1, 1, 1), date(now.year + 1, 12, 31))
    try:
        intake.deliver(path, "school_calendar", by=by, now=now, confirm=True)
    finally:
        path.unlink()


def first_password(*, kind: str, number: str, now: datetime) -> str:
    """Opens the account and returns its first password, shown once and kept nowhere. CannotOpen when the register does not know the number."""
    password = secrets.token_urlsafe(12)
    access.open_by_number(kind=kind, number=number, password=password, by=None, now=now)
    return password
