"""Calling a gateway: through the one door to other machines, with patience short enough for a crisis. What it says becomes words."""

from typing import Any

from django.conf import settings

from shouwang.trust import outgoing
from shouwang.work.notifications.channels import Refused, Unreached
from shouwang.work.notifications.policies import PATIENCE


def call(method: str, address: str, **given: Any) -> Any:
    """The answer of a gateway; Refused for an address that is not called or a request it will never take, Unreached for all the rest."""
    try:
        with outgoing.session(allowed=settings.INTERNAL_HOSTS) as session:
            answer = session.request(method, address, timeout=PATIENCE, **given)
    except outgoing.Refused as refusal:
        raise Unreached(str(refusal)) from refusal  # a name that is not found today may be found in a minute
    except outgoing.Failure as problem:
        raise Unreached(f"没有回答（{type(problem).__name__}）") from problem
    if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
        raise Unreached(f"回答 {answer.status_code}")
    if answer.status_code >= 300:
        raise Refused(f"回答 {answer.status_code}")
    return answer


def said(answer: Any) -> dict[str, Any]:
    """The JSON object of an answer; Unreached when it is none."""
    try:
        found = answer.json()
    except ValueError as problem:
        raise Unreached("回答读不懂") from problem
    if not isinstance(found, dict):
        raise Unreached("回答读不懂")
    return found


class Tokens:
    """A gateway's access token, kept by this process until shortly before it ends. Keyed by what it was asked with."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, ...], tuple[float, str]] = {}

    def get(self, key: tuple[str, ...], clock: float) -> str:
        until, token = self.kept.get(key, (0.0, ""))
        return token if clock < until else ""

    def keep(self, key: tuple[str, ...], token: str, clock: float, seconds: float) -> str:
        self.kept[key] = (clock + max(seconds - 300, 30), token)
        return token

    def forget(self) -> None:
        self.kept.clear()
