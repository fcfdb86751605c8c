"""Mails of sign-in, written by the worker: the web process answers everybody alike and at once, and no word lies in a queue."""

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone

from shouwang.front import clock
from shouwang.trust.access import invitations, queries

SUBJECT = {"open": "守望：开通账号", "reset": "守望：重设密码"}
TEXT = """{name}，您好：

{what}请打开下面的链接设置密码，它只能用一次，{until} 前有效：

{address}

您的用户名是 {username}。如果不是您本人要求的，请不要打开，并告诉系统管理员。

守望
"""
WHAT = {"open": "学校为您开通了守望的账号。", "reset": "有人要求重设您在守望的密码。"}


def send_reset(number: str) -> None:
    """A forgotten password. Nothing happens for a number without account, a closed account, or one without an address."""
    account = queries.account(number)
    if account is not None:
        _send(account.pk, "reset", None)


def send_invitation(account_id: int, purpose: str, by: int | None) -> None:
    _send(account_id, purpose, by)


def _send(account_id: int, purpose: str, by: int | None) -> None:
    """To the address in the school's own register; never to one that was typed in."""
    account = queries.open_account(account_id)
    if account is None or account.staff is None or not account.staff.email or not settings.ADDRESS:
        return
    now = clock.now()
    word = invitations.invite(accounts=[account], by=by, now=now, purpose=purpose)[account.pk]
    ends = timezone.localtime(now + (invitations.OPEN_FOR if purpose == "open" else invitations.RESET_FOR))
    address = settings.ADDRESS + reverse("invitation", args=[word])
    text = TEXT.format(name=account.name, what=WHAT[purpose], until=f"{ends:%Y-%m-%d %H:%M}", address=address, username=account.username)
    send_mail(SUBJECT[purpose], text, settings.DEFAULT_FROM_EMAIL, [account.staff.email])
