"""DingTalk (钉钉) work notices. The user id is the staff or student number, or is looked up by the telephone in the school's register.

It knows no keys, but drops the same text to the same person within a day; reminders therefore say which one they are.
"""

import time
from collections.abc import Mapping

from django.conf import settings

from shouwang.trust.access.models import Account
from shouwang.work.notifications.channels import Parcel, Refused, Unreached, phone_of
from shouwang.work.notifications.channels.calling import Tokens, call, said
from shouwang.work.notifications.channels.wecom import accepted

tokens = Tokens()
BUSY = frozenset({-1, 88, 90018, 143103, 143104, 143105, 143106})
STALE = frozenset({33001, 40014, 42001})
UNKNOWN = frozenset({33012, 33013, 34001, 60121})
KINDS = ("number", "phone")


class DingTalk:
    code, title, title_en, order, groups, knows_keys = "dingtalk", "钉钉", "DingTalk", 20, False, False

    def is_configured(self) -> bool:
        return bool(settings.DINGTALK_CLIENT and settings.DINGTALK_AGENT)

    def trouble(self) -> str:
        if not self.is_configured():
            return ""
        if not settings.DINGTALK_SECRET:
            return "缺少 SHOUWANG_DINGTALK_SECRET"
        if settings.DINGTALK_USER not in KINDS:
            return "SHOUWANG_DINGTALK_USER 只能是 number 或 phone"
        return "" if settings.DINGTALK_AGENT.isdigit() else "SHOUWANG_DINGTALK_AGENT 应为数字"

    def address(self, account: Account | None) -> str:
        if account is None or account.guardian_id is not None:
            return ""
        return phone_of(account) if settings.DINGTALK_USER == "phone" else account.username

    def hand_over(self, parcel: Parcel) -> str:
        token = self._token()
        user = self._user(parcel.address, token) if settings.DINGTALK_USER == "phone" else parcel.address
        asked = {
            "agent_id": settings.DINGTALK_AGENT,
            "userid_list": user,
            "msg": {"msgtype": "text", "text": {"content": parcel.whole}},
        }
        return accepted(self._ask("topapi/message/corpconversation/asyncsend_v2", token, asked), BUSY, "task_id")

    def _ask(self, path: str, token: str, asked: Mapping[str, object]) -> dict[str, object]:
        found = said(call("POST", f"{settings.DINGTALK_API}/{path}", params={"access_token": token}, json=asked))
        if found.get("errcode") in STALE:
            tokens.forget()
            raise Unreached("令牌已过期，稍后重发")
        if found.get("errcode") in UNKNOWN:
            raise Refused("钉钉通讯录中没有这个账号")
        return found

    def _user(self, phone: str, token: str) -> str:
        found = self._ask("topapi/v2/user/getbymobile", token, {"mobile": phone})
        accepted(found, BUSY, "request_id")
        result = found.get("result")
        if not isinstance(result, dict) or not result.get("userid"):
            raise Refused("钉钉通讯录中没有这个账号")
        return str(result["userid"])

    def _token(self) -> str:
        key = (settings.DINGTALK_API, settings.DINGTALK_CLIENT, settings.DINGTALK_SECRET)
        if kept := tokens.get(key, time.monotonic()):
            return kept
        asked = {"appkey": settings.DINGTALK_CLIENT, "appsecret": settings.DINGTALK_SECRET}
        found = said(call("GET", f"{settings.DINGTALK_API}/gettoken", params=asked))
        if found.get("errcode") or not found.get("access_token"):
            raise Unreached(f"钉钉不给令牌（{found.get('errcode')}）")
        return tokens.keep(key, str(found["access_token"]), time.monotonic(), float(found.get("expires_in") or 7200))


CHANNEL = DingTalk()
