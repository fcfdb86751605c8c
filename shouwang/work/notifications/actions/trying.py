"""A test message through one channel to oneself: the administrator sees at once what the gateway says."""

from datetime import datetime
from uuid import uuid4

from django.conf import settings

from shouwang.common.reader import Reader
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.notifications import channels, policies
from shouwang.work.notifications.actions import sending
from shouwang.work.notifications.actions.handing import attempt
from shouwang.work.notifications.channels import Parcel
from shouwang.work.notifications.policies import pick


class CannotTry(Exception):
    """Why a test did not go out: what is not configured, or what the gateway said."""


def try_channel(*, channel: str, by: Reader, now: datetime) -> str:
    """Hands a test message over and waits for the answer. CannotTry with the reason."""
    if refused := why_not(by, "channels"):
        raise CannotTry(refused)
    way = channels.everything().get(channel)
    if way is None or not way.is_configured():
        raise CannotTry(pick(by.lang, "这一渠道没有配置。", "This channel is not set up."))
    if trouble := way.trouble():
        raise CannotTry(trouble)
    account = next(iter(sending.accounts([by.account_id])), None)
    address = way.address(account)
    if not address:
        raise CannotTry(pick(by.lang, "您自己没有登记这一渠道的联系方式，无法测试。", "You have no address for this channel yourself."))
    title, body, title_en, body_en = policies.wording("notifications.test").say({})
    url = f"{settings.ADDRESS}/channels/" if settings.ADDRESS else ""
    parcel = Parcel(str(uuid4()), address, pick(by.lang, title, title_en), pick(by.lang, body, body_en), url, by.lang)
    with told():
        ledger.record("notifications.channel_tested", by=by.account_id, about=[f"channel:{channel}"], now=now)
    result = attempt(way, parcel)
    if result.trouble:
        raise CannotTry(result.trouble)
    return result.answer
