"""A DingTalk group's robot, with its signature when it has a secret. It knows no keys; after a time-out the group may hear it twice."""

import base64
import hashlib
import hmac
import time

from django.conf import settings

from shouwang.trust.access.models import Account
from shouwang.work.notifications.channels import Parcel
from shouwang.work.notifications.channels.calling import call, said
from shouwang.work.notifications.channels.wecom import accepted

BUSY = frozenset({-1, 130101, 410100})


class DingTalkRobot:
    code, title, title_en, order, groups, knows_keys = "dingtalk_robot", "钉钉群机器人", "DingTalk group robot", 70, True, False

    def is_configured(self) -> bool:
        return bool(settings.DINGTALK_ROBOT)

    def trouble(self) -> str:
        if not settings.DINGTALK_ROBOT or "access_token=" in settings.DINGTALK_ROBOT:
            return ""
        return "SHOUWANG_DINGTALK_ROBOT 应为群机器人的完整 webhook 网址，其中有 access_token="

    def address(self, account: Account | None) -> str:
        return "group" if settings.DINGTALK_ROBOT else ""

    def hand_over(self, parcel: Parcel) -> str:
        asked = {"msgtype": "text", "text": {"content": parcel.whole}}
        # The machine's own clock: the signature proves to DingTalk that the call is fresh; no domain decision hangs on it.
        signed = signature(settings.DINGTALK_ROBOT_SECRET, time.time_ns() // 1_000_000) if settings.DINGTALK_ROBOT_SECRET else {}
        return accepted(said(call("POST", settings.DINGTALK_ROBOT, params=signed, json=asked)), BUSY, "request_id")


def signature(secret: str, milliseconds: int) -> dict[str, str]:
    """DingTalk's 加签: HMAC-SHA256 of the moment and the secret, keyed by the secret."""
    stamped = f"{milliseconds}\n{secret}".encode()
    digest = hmac.new(secret.encode(), stamped, hashlib.sha256).digest()
    return {"timestamp": str(milliseconds), "sign": base64.b64encode(digest).decode()}


CHANNEL = DingTalkRobot()
