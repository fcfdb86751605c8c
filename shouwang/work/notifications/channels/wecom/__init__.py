"""WeCom (企业微信), the school's own application. The member's user id is the staff or student number.

A repetition: `enable_duplicate_check` makes WeCom drop the same request within half an hour; the link makes two messages differ.
"""

import time

from django.conf import settings

from shouwang.trust.access.models import Account
from shouwang.work.notifications.channels import Parcel, Refused, Unreached
from shouwang.work.notifications.channels.calling import Tokens, call, said

tokens = Tokens()
STALE = frozenset({40014, 41001, 42001})  # the token is over, or another process asked for a new one
BUSY = frozenset({-1, 45009, 45033, 50001})
REMEMBERS = 1800  # seconds


class WeCom:
    code, title, title_en, order, groups, knows_keys = "wecom", "企业微信", "WeCom", 10, False, True

    def is_configured(self) -> bool:
        return bool(settings.WECOM_CORP and settings.WECOM_AGENT)

    def trouble(self) -> str:
        if not self.is_configured():
            return ""
        if not settings.WECOM_SECRET:
            return "缺少 SHOUWANG_WECOM_SECRET"
        return "" if settings.WECOM_AGENT.isdigit() else "SHOUWANG_WECOM_AGENT 应为数字"

    def address(self, account: Account | None) -> str:
        """Members of the school's directory only: guardians are not in it."""
        return account.username if account is not None and account.guardian_id is None else ""

    def hand_over(self, parcel: Parcel) -> str:
        found = self._send(parcel, self._token())
        if found.get("errcode") in STALE:
            tokens.forget()
            raise Unreached("令牌已过期，稍后重发")
        return accepted(found, BUSY, "msgid")

    def _send(self, parcel: Parcel, token: str) -> dict[str, object]:
        asked = {
            "touser": parcel.address,
            "msgtype": "text",
            "agentid": int(settings.WECOM_AGENT),
            "text": {"content": parcel.whole},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": REMEMBERS,
        }
        found = said(call("POST", f"{settings.WECOM_API}/cgi-bin/message/send", params={"access_token": token}, json=asked))
        if found.get("errcode") == 0 and found.get("invaliduser"):
            raise Refused("企业微信通讯录中没有这个账号")
        return found

    def _token(self) -> str:
        key = (settings.WECOM_API, settings.WECOM_CORP, settings.WECOM_SECRET)
        if kept := tokens.get(key, time.monotonic()):
            return kept
        asked = {"corpid": settings.WECOM_CORP, "corpsecret": settings.WECOM_SECRET}
        found = said(call("GET", f"{settings.WECOM_API}/cgi-bin/gettoken", params=asked))
        if found.get("errcode") or not found.get("access_token"):
            raise Unreached(f"企业微信不给令牌（{found.get('errcode')}）")
        return tokens.keep(key, str(found["access_token"]), time.monotonic(), float(found.get("expires_in") or 7200))


def accepted(found: dict[str, object], busy: frozenset[int], number: str) -> str:
    """The gateway's own number when it took it; WeCom and DingTalk both answer `errcode`."""
    code = found.get("errcode")
    if code == 0:
        return str(found.get(number) or "")
    if code in busy or not isinstance(code, int):
        raise Unreached(f"暂时不能发送（{code}）")
    raise Refused(f"没有接受（{code}）")


CHANNEL = WeCom()
