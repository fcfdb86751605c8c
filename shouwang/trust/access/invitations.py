"""Ways in that work once: an account is opened by invitation, a forgotten password is set by a link of the same make."""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from shouwang.trust.access import contacts
from shouwang.trust.access.models import Account, Invitation
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Guardian

OPEN_FOR = timedelta(days=14)  # a slip goes home in a school bag and comes up at a weekend
RESET_FOR = timedelta(hours=2)
CHUNK = 2000


class CannotInvite(Exception):
    """An invitation that may not be made or used; the reason is the message, in Chinese."""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invite(*, accounts: Collection[Account], by: int | None, now: datetime, purpose: str = "open") -> dict[int, str]:
    """account id → the word of its invitation, shown once and kept nowhere. Earlier unused ones stop working. CannotInvite for a closed account."""
    if any(not account.is_active for account in accounts):
        raise CannotInvite("账号已停用，请先重新开通")
    if any(account.guardian_id is not None for account in accounts):
        _refuse_unconfirmed([account for account in accounts if account.guardian_id is not None])
    words = {account.pk: secrets.token_urlsafe(24) for account in accounts}
    ends = now + (OPEN_FOR if purpose == "open" else RESET_FOR)
    with told():
        Invitation.objects.filter(account__in=list(words), used_at=None, withdrawn_at=None).update(withdrawn_at=now)
        made = [
            Invitation(account_id=pk, purpose=purpose, token_digest=_digest(word), made_by=by, made_at=now, expires_at=ends)
            for pk, word in words.items()
        ]
        Invitation.objects.bulk_create(made, batch_size=CHUNK)
        about = [f"account:{pk}" for pk in words]
        ledger.record(f"access.invited_{purpose}", by=by, about=about, now=now, content={"count": len(made)})
    return words


def _refuse_unconfirmed(accounts: Iterable[Account]) -> None:
    for account in accounts:
        guardian = Guardian.objects.select_related("contact").filter(account=account).get()
        contact = contacts.contact_of(guardian)
        if contact is None or contacts.standing(guardian, contact=contact, others=False).waits:
            raise CannotInvite("名册中监护人的姓名或电话有变动，请班主任确认之后再发邀请")


def usable(token: str, now: datetime) -> Invitation | None:
    """The invitation behind a word, when it still works: never used, not withdrawn, not expired, the account open."""
    found = Invitation.objects.select_related("account__staff", "account__student", "account__guardian").filter(token_digest=_digest(token))
    return found.filter(used_at=None, withdrawn_at=None, expires_at__gt=now, account__is_active=True).first()


def why_not_contact(invitation: Invitation, tail: str) -> str | None:
    """A guardian's invitation opens with the last four digits of the telephone in the school's register; nobody else's needs them."""
    guardian = invitation.account.guardian
    if guardian is None:
        return None
    kept = "".join(sign for sign in guardian.phone if sign.isdigit())
    if len(kept) < 4:
        return "学校名册中没有您的电话，请联系班主任补登后重新领取邀请"
    if not secrets.compare_digest(kept[-4:].encode(), tail.strip().encode()):
        return "与学校名册中登记的电话不一致。请核对后四位；电话换了的，请联系班主任更新名册"
    return None


def use(*, token: str, password: str, now: datetime) -> Account:
    """Sets the password and spends the invitation, once however many try at the same time. CannotInvite when it works no more."""
    invitation = usable(token, now)
    if invitation is None:
        raise CannotInvite("这个链接已经用过、过期或被收回。请向学校重新领取")
    account = invitation.account
    with told():
        if not Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None).update(used_at=now):
            raise CannotInvite("这个链接已经用过、过期或被收回。请向学校重新领取")
        account.password = make_password(password)
        account.save(update_fields=["password"])
        ledger.record(f"access.invitation_used_{invitation.purpose}", by=account.pk, about=[f"account:{account.pk}"], now=now)
    return account
