"""Rights for a time. The room that has the cause (a break-glass, an open case, a duty) gives them and ends them; time ends them by itself."""

from datetime import datetime, timedelta

from django.utils import timezone

from shouwang.trust.access import matrix
from shouwang.trust.access.models import Account, Grant
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import Student, Unit

# No longer than this at a time; who needs more asks again.
LONGEST = {"break_glass": timedelta(hours=24), "on_duty": timedelta(days=4), "case_team": timedelta(days=400)}


class CannotGrant(Exception):
    """A right that may not be given; the reason is the message, in Chinese."""


def roles_of(account: Account, now: datetime) -> frozenset[str]:
    """The roles an account's person holds on the day."""
    if account.staff is None or not account.is_active:
        return frozenset()
    return frozenset(people.in_force(timezone.localdate(now)).filter(staff=account.staff).values_list("role", flat=True))


def possible(roles: frozenset[str], relationship: str) -> int:
    """Everything these roles could be given by a relationship."""
    bits = 0
    for role in roles:
        bits |= matrix.load().rights(role, relationship).see
    return bits


def grant(
    *,
    account: Account,
    relationship: str,
    categories: int,
    ref: str,
    until: datetime,
    by: int | None,
    now: datetime,
    student: Student | None = None,
    unit: Unit | None = None,
) -> Grant:
    """These categories of one student, or of a unit's students, until a moment. CannotGrant with the reason.

    Of the account's roles, the one the matrix allows most of it; what the matrix does not allow is left out, not given.
    """
    if relationship not in LONGEST:
        raise CannotGrant("这种关系不能临时授予")
    if not now < until <= now + LONGEST[relationship]:
        raise CannotGrant(f"授权最长 {LONGEST[relationship].total_seconds() / 3600:.0f} 小时，请缩短时间，需要时再申请")
    offers = {role: matrix.load().rights(role, relationship).see & categories for role in roles_of(account, now)}
    role = max(sorted(offers), key=lambda code: offers[code].bit_count(), default="")
    if not role or not offers[role]:
        raise CannotGrant("这个账号的角色不能以这种方式查看；请联系学生处")
    with told(savepoint=False):  # what can be refused was refused above
        given = Grant.objects.create(
            account=account,
            role=role,
            relationship=relationship,
            student=student,
            unit=unit,
            categories=offers[role],
            ref=ref,
            starts_at=now,
            until=until,
            given_by=by,
        )
        about = [f"account:{account.pk}", ref, *([f"student:{student.sid}"] if student else [])]
        content = {"relationship": relationship, "categories": offers[role], "until": until.isoformat()}
        ledger.record("access.granted", by=by, about=about, now=now, content=content)
    return given


def end(*, ref: str, by: int | None, now: datetime) -> int:
    """The cause is over: whatever was given because of it ends now. Returns how many grants that were."""
    with told():
        ended = Grant.objects.filter(ref=ref, ended_at=None, until__gt=now).update(ended_at=now, ended_by=by)
        ledger.record("access.grant_ended", by=by, about=[ref], now=now, content={"grants": ended})
    return ended
