"""The accounts of a school as the administrator keeps them: who of the register has one, opened in bulk, closed, factors reset.

The administrator sees staff by name; students and guardians only as counts, and one by the number somebody tells them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from shouwang.common.paths import next_path
from shouwang.common.reader import Reader
from shouwang.trust.access import contacts
from shouwang.trust.access.actions import CannotOpen, open_account
from shouwang.trust.access.models import Account, Invitation
from shouwang.trust.access.queries import may, students
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger import queries as ledger_queries
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import Guardian, Staff, Student, Unit

CHUNK = 2000
RESET_REASONS: dict[str, tuple[str, str]] = {
    "lost": ("手机或密钥丢失", "telephone or key lost"),
    "renewed": ("换了手机或密钥", "new telephone or key"),
    "suspected": ("怀疑被人冒用", "somebody else may have used it"),
}


def staff_accounts(by: Reader, text: str = "") -> QuerySet[Staff]:
    """Current staff with what their account is like; nothing for whoever does not keep accounts."""
    if not may(by, "accounts"):
        return Staff.objects.none()
    found = Staff.objects.filter(is_current=True).select_related("account", "office")
    wanted = "".join(text.split()).lower()
    if wanted:
        found = found.filter(Q(name__contains=wanted) | Q(number__istartswith=wanted) | Q(pinyin__startswith=wanted))
    factors = Authenticator.objects.filter(user=OuterRef("account"), type__in=("totp", "webauthn"))
    invited = Invitation.objects.filter(account=OuterRef("account"), used_at=None, withdrawn_at=None)
    return found.annotate(has_factor=Exists(factors), is_invited=Exists(invited)).order_by("pinyin", "number")


def account(by: Reader, pk: int) -> Account | None:
    """One account, for whoever keeps accounts."""
    if not may(by, "accounts"):
        return None
    return Account.objects.select_related("staff__office", "student", "guardian").filter(pk=pk).first()


def by_number(by: Reader, number: str) -> Account | None:
    """The account behind a number somebody tells the administrator: exact, or nothing."""
    if not may(by, "accounts") or not number:
        return None
    return Account.objects.filter(username=number).first()


def factors(account: Account) -> list[str]:
    """The kinds of second factor the account has."""
    kinds = Authenticator.objects.filter(user=account).exclude(type="recovery_codes").order_by("type", "pk")
    return list(kinds.values_list("type", flat=True))


def last_seen(account: Account) -> datetime | None:
    latest: datetime | None = UserSession.objects.filter(user=account).aggregate(latest=Max("last_seen_at"))["latest"]
    return latest


@dataclass(frozen=True, slots=True)
class Coverage:
    unit: Unit
    students: int
    opened: int


def classes(by: Reader) -> list[Coverage]:
    """Every class with how many of its students have an account; no name, no number."""
    if not may(by, "accounts"):
        return []
    current = Q(students__is_current=True, students__status="enrolled")
    opened = current & Q(students__account__is_active=True)
    found = Unit.objects.filter(kind="class", is_current=True).order_by("path")
    counted = found.annotate(whole=Count("students", filter=current), open=Count("students", filter=opened))
    return [Coverage(unit, unit.whole, unit.open) for unit in counted]


def open_in_bulk(*, kind: str, by: int | None, now: datetime, path: str = "") -> int:
    """Accounts for all current staff, or all enrolled students below a unit, that have none: one statement, one record. Returns how many."""
    if kind not in ("staff", "student"):
        raise CannotOpen("只能为教职工或学生成批开通；监护人由班主任发出邀请")
    whole: QuerySet[Staff] | QuerySet[Student] = Staff.objects.filter(is_current=True)
    if kind == "student":
        whole = Student.objects.filter(is_current=True, status="enrolled")
        if path:
            whole = whole.filter(unit_path__gte=path, unit_path__lt=next_path(path))
    missing = whole.filter(account=None).exclude(number__in=Account.objects.values("username"))
    # No password opens these until an invitation sets one, or the campus vouches.
    made = [
        Account(username=number, password=make_password(None), created_at=now, **{f"{kind}_id": pk})
        for pk, number in missing.values_list("pk", "number")
    ]
    if not made:
        return 0
    with told():
        Account.objects.bulk_create(made, batch_size=CHUNK)
        content = {"kind": kind, "count": len(made)}
        ledger.record("access.accounts_opened", by=by, about=_about([one.username for one in made]), now=now, content=content)
    return len(made)


def _about(usernames: Collection[str]) -> list[str]:
    """Opaque ids of accounts just made: bulk_create does not return them on every database."""
    names = list(usernames)
    found: list[int] = []
    for start in range(0, len(names), CHUNK):
        found += Account.objects.filter(username__in=names[start : start + CHUNK]).values_list("pk", flat=True)
    return [f"account:{pk}" for pk in found]


def reopen(*, account: Account, by: int | None, now: datetime) -> None:
    with told():
        account.is_active = True
        account.save(update_fields=["is_active"])
        ledger.record("access.account_reopened", by=by, about=[f"account:{account.pk}"], now=now)


def reset_factors(*, account: Account, reason: str, by: int | None, now: datetime) -> None:
    """Takes all second factors away and ends every session; at the next sign-in they are set up anew. KeyError for an unknown reason."""
    if reason not in RESET_REASONS:
        raise KeyError(reason)
    with told():
        Authenticator.objects.filter(user=account).delete()
        ledger.record(f"access.factors_reset_{reason}", by=by, about=[f"account:{account.pk}"], now=now)
    end_sessions(account=account, by=by, now=now)


def why_not_alone(account: Account, *, by: int, now: datetime) -> str | None:
    """None, or why this administrator may not go on alone: whoever makes both a new password and a new factor for somebody could sign in
    as them. The second half is another administrator's for a week.
    """
    since = now - timedelta(days=7)
    kinds = [f"access.factors_reset_{reason}" for reason in RESET_REASONS]
    mine = ledger_queries.by_and_about(by, f"account:{account.pk}", since)
    did = {kind for kind in mine if kind in kinds or kind == "access.invited_reset"}
    return "您一周内已为这个账号做过另一半（重设密码或重置二次验证）。为防一人冒用，请另一位管理员来做" if did else None


def end_sessions(*, account: Account, by: int | None, now: datetime, keep: str = "", only: int | None = None) -> int:
    """Signs the account out everywhere: all sessions but `keep`, or just `only`. Returns how many ended."""
    found = UserSession.objects.filter(user=account).exclude(session_key=keep)
    listed = list(found if only is None else found.filter(pk=only))
    if not listed:
        return 0
    with told():
        for session in listed:
            session.end()
        ledger.record("access.sessions_ended", by=by, about=[f"account:{account.pk}"], now=now, content={"count": len(listed)})
    return len(listed)


def forget_ended_sessions() -> int:
    """Rows of the list of devices whose session is no more. Returns how many."""
    alive = Session.objects.values("session_key")
    gone, _ = UserSession.objects.exclude(session_key__in=alive).delete()
    return int(gone)


def open_guardian(*, guardian: Guardian, by: int | None, now: datetime) -> Account:
    """The account of a guardian of the register, without a password yet. One person is one account, whichever child it was opened for.

    CannotOpen when a second guardian or a change waits for confirmation.
    """
    standing = contacts.standings(list(guardian.student.guardians.filter(is_current=True).select_related("contact")))[guardian.pk]
    if standing.waits:
        raise CannotOpen(f"{standing.why}。请先在“邀请”页面确认")
    same = Account.objects.filter(guardian__name=guardian.name, guardian__phone=guardian.phone).exclude(guardian__phone="")
    if found := same.order_by("pk").first():
        if not standing.confirmed:
            contacts.confirm(guardian=guardian, by=by, now=now)
        return found
    with told():
        if not standing.confirmed:
            contacts.confirm(guardian=guardian, by=by, now=now)
        made = Account(username=_guardian_name(guardian), password=make_password(None), guardian=guardian, created_at=now)
        made.save()
        ledger.record("access.account_opened", by=by, about=[f"account:{made.pk}"], now=now, content={"username": made.username})
    return made


def _guardian_name(guardian: Guardian) -> str:
    """P and the child's number; a second guardian's ends in 2, and so on."""
    base = f"P{guardian.student.number}"
    taken = set(Account.objects.filter(username__startswith=base).values_list("username", flat=True))
    return next(name for name in (base, *(f"{base}-{n}" for n in range(2, 99))) if name not in taken)


def students_with_accounts(by: Reader) -> QuerySet[Student]:
    """The students whose homeroom teacher or adviser the reader is, with their accounts."""
    return students(contacts.as_confirmer(by)).select_related("account")


def guardian_accounts(guardians: Collection[Guardian]) -> dict[int, Account]:
    """guardian id → the account of that person: the own one, or the one opened for another child."""
    by_person = {
        (account.guardian.name, account.guardian.phone): account
        for account in Account.objects.filter(guardian__name__in={one.name for one in guardians}).select_related("guardian")
        if account.guardian is not None and account.guardian.phone
    }
    own = {account.guardian_id: account for account in Account.objects.filter(guardian__in=[one.pk for one in guardians])}
    return {one.pk: found for one in guardians if (found := own.get(one.pk) or by_person.get((one.name, one.phone))) is not None}


def open_student(*, student: Student, by: int | None, now: datetime) -> Account:
    """The student's account, opened without a password when there is none."""
    found = Account.objects.filter(student=student).first()
    return found or open_account(student=student, password=None, by=by, now=now)


def of_number(number: str) -> Account | None:
    """The open account of whoever has this staff or student number: what the campus vouches for. Guardians have no number of the campus."""
    if not number or len(number) > 40:
        return None
    mine = Q(staff__number=number, staff__is_current=True) | Q(student__number=number, student__is_current=True)
    return Account.objects.select_related("staff__office", "student").filter(mine, is_active=True).first()


def keepers_without_factor(on: date) -> tuple[int, int]:
    """(administrators without a second factor, administrators): open accounts whose staff hold the role that day."""
    held = people.in_force(on).filter(role="administrator", staff__isnull=False).values("staff")
    keepers = Account.objects.filter(staff__in=held, is_active=True)
    with_one = Authenticator.objects.filter(user__in=keepers, type__in=("totp", "webauthn")).values("user").distinct().count()
    whole = keepers.count()
    return whole - with_one, whole
