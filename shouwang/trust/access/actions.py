"""Writes about accounts. What an account may see is never written here; it follows from responsibilities."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.hashers import make_password

from shouwang.trust.access import contacts
from shouwang.trust.access.models import LANGUAGES, SCHEMES, Account
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told, touched
from shouwang.trust.people.models import Guardian, Staff, Student


class CannotOpen(Exception):
    """An account that may not be opened; the reason is the message, in Chinese."""


def open_account(
    *,
    password: str | None,
    by: int | None,
    now: datetime,
    staff: Staff | None = None,
    student: Student | None = None,
    guardian: Guardian | None = None,
    username: str | None = None,
) -> Account:
    """The account of one person; the username is the staff or student number. Opening it again sets the password anew. CannotOpen with the reason."""
    person = [one for one in (staff, student, guardian) if one is not None]
    if len(person) != 1:
        raise CannotOpen("一个账号只属于一个人，请选择一名教职工、学生或监护人")
    name = username or (staff.number if staff else student.number if student else "")
    if not name:
        raise CannotOpen("监护人账号须有用户名")
    if Account.objects.filter(username=name).exclude(staff=staff, student=student, guardian=guardian).exists():
        raise CannotOpen(f"用户名 {name} 已属于另一个人，请换一个")
    with told():
        account = Account.objects.filter(staff=staff, student=student, guardian=guardian).first() or Account(created_at=now)
        account.username, account.staff, account.student, account.guardian, account.is_active = name, staff, student, guardian, True
        account.password = make_password(password)
        account.save()
        ledger.record("access.account_opened", by=by, about=[f"account:{account.pk}"], now=now, content={"username": name})
        if guardian is not None:
            contacts.confirm(guardian=guardian, by=by, now=now)
    return account


def open_by_number(
    *,
    kind: str,
    number: str,
    password: str | None,
    by: int | None,
    now: datetime,
    username: str | None = None,
    guardian_name: str | None = None,
) -> Account:
    """The account of whoever the register knows by this number; a guardian is named by the child's number and their own name.

    CannotOpen when the register knows nobody: the contact of a guardian is the school's own, never one given by the student.
    """
    if kind == "staff":
        staff = Staff.objects.filter(number=number, is_current=True).first()
        if staff is None:
            raise CannotOpen(f"教职工名册中没有工号 {number}，请先报送教职工表")
        return open_account(staff=staff, username=username, password=password, by=by, now=now)
    student = Student.objects.filter(number=number, is_current=True).first()
    if student is None:
        raise CannotOpen(f"学生名册中没有学号 {number}，请先报送学生表")
    if kind == "student":
        return open_account(student=student, username=username, password=password, by=by, now=now)
    guardians = student.guardians.filter(is_current=True)
    if guardian_name:
        guardians = guardians.filter(name=guardian_name)
    guardian = guardians.order_by("-is_legal", "pk").first()
    if guardian is None:
        raise CannotOpen(f"学号 {number} 的监护人不在名册中，请先报送监护人表")
    return open_account(guardian=guardian, username=username or f"P{number}", password=password, by=by, now=now)


def close_account(*, account: Account, by: int | None, now: datetime) -> None:
    """The account signs in no more; the row stays, because the ledger points to it."""
    with told():
        account.is_active = False
        account.save(update_fields=["is_active"])
        ledger.record("access.account_closed", by=by, about=[f"account:{account.pk}"], now=now)


def set_preferences(*, account: Account, by: int, now: datetime, language: str | None = None, scheme: str | None = None) -> Account:
    """Language and colour scheme of the interface. ValueError for a value that is not offered."""
    language, scheme = language or account.language, scheme or account.scheme
    if language not in dict(LANGUAGES) or scheme not in dict(SCHEMES):
        raise ValueError(f"not offered: {language!r}, {scheme!r}")
    with told():
        account.language, account.scheme = language, scheme
        account.save(update_fields=["language", "scheme"])
        content = {"language": language, "scheme": scheme}
        ledger.record("access.preferences_set", by=by, about=[f"account:{account.pk}"], now=now, content=content)
    return account


def note_signed_in(*, account: Account, now: datetime) -> None:
    """A sign-in is on record."""
    with told():
        ledger.record("access.signed_in", by=account.pk, about=[f"account:{account.pk}"], now=now)


def note_password_changed(*, account: Account, by: int, now: datetime) -> None:
    """The password was changed by the sign-in machinery; the ledger hears of it, never of the password."""
    with told():
        touched(Account, [account.pk])
        ledger.record("access.password_changed", by=by, about=[f"account:{account.pk}"], now=now)


def note_factor(*, kind: str, account: Account, now: datetime) -> None:
    """The sign-in machinery changed a second factor; the ledger hears that it did, never of what."""
    with told():
        ledger.record(kind, by=account.pk, about=[f"account:{account.pk}"], now=now)


def note_exported(*, by: int, what: str, rows: int, now: datetime, about: Iterable[str] = ()) -> None:
    """A list has left the platform as a file: who took what, and how much."""
    with told():
        ledger.record("access.exported", by=by, about=about, now=now, content={"what": what, "rows": rows})
