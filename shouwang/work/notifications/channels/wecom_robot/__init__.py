"""A WeCom group's robot: crisis messages reach the group at once. It knows no keys; after a time-out the group may hear it twice."""

from django.conf import settings

from shouwang.trust.access.models import Account
from shouwang.work.notifications.channels import Parcel
from shouwang.work.notifications.channels.calling import call, said
from shouwang.work.notifications.channels.wecom import accepted

BUSY = frozenset({-1, 45009, 45033})


class WeComRobot:
    code, title, title_en, order, groups, knows_keys = "wecom_robot", "企业微信群机器人", "WeCom group robot", 60, True, False

    def is_configured(self) -> bool:
        return bool(settings.WECOM_ROBOT)

    def trouble(self) -> str:
        if not settings.WECOM_ROBOT or "key=" in settings.WECOM_ROBOT:
            return ""
        return "SHOUWANG_WECOM_ROBOT 应为群机器人的完整 webhook 网址，其中有 key="

    def address(self, account: Account | None) -> str:
        return "group" if settings.WECOM_ROBOT else ""

    def hand_over(self, parcel: Parcel) -> str:
        asked = {"msgtype": "text", "text": {"content": parcel.whole}}
        return accepted(said(call("POST", settings.WECOM_ROBOT, json=asked)), BUSY, "msgid")


CHANNEL = WeComRobot()
