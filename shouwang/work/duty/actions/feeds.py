"""The secret address of one's own duty calendar, for a telephone that cannot sign in."""

import hashlib
import secrets
from datetime import datetime

from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.duty.actions.knowing import CannotRoster
from shouwang.work.duty.models import Feed
from shouwang.work.duty.policies import pick


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_feed(*, by: Reader, now: datetime) -> str:
    """A new word for the reader's calendar, shown once and kept nowhere; an earlier one stops working. CannotRoster while viewing as another."""
    if by.is_read_only:
        raise CannotRoster(pick(by.lang, "以他人身份查看时不能生成订阅地址。", "Not while viewing as somebody else."))
    token = secrets.token_urlsafe(24)
    with told():
        Feed.objects.filter(account=by.account_id, revoked_at=None).update(revoked_at=now)
        Feed.objects.create(account_id=by.account_id, token_digest=digest(token), made_at=now)
        ledger.record("duty.feed_made", by=by.actor, about=[f"account:{by.account_id}"], now=now)
    return token


def revoke_feed(*, by: Reader, now: datetime) -> int:
    """The address works no more. Returns how many were in use."""
    with told():
        ended = 0 if by.is_read_only else Feed.objects.filter(account=by.account_id, revoked_at=None).update(revoked_at=now)
        ledger.record("duty.feed_revoked", by=by.actor, about=[f"account:{by.account_id}"], now=now, content={"addresses": ended})
    return ended
