"""SMS over any gateway that takes an HTTP request: an address and a body in which {phone}, {text} and {key} are filled in.

The body is JSON when it begins with "{", else a form. The key also travels as Idempotency-Key: a gateway that knows it sends once.
"""

import json
from urllib.parse import quote, urlsplit

from django.conf import settings

from shouwang.trust.access.models import Account
from shouwang.work.notifications.channels import Parcel, Refused, phone_of
from shouwang.work.notifications.channels.calling import call

LONGEST = 300  # characters: more is several messages, each of which costs


class Sms:
    code, title, title_en, order, groups, knows_keys = "sms", "短信", "SMS", 40, False, True

    def is_configured(self) -> bool:
        return bool(settings.SMS_URL)

    def trouble(self) -> str:
        whole = settings.SMS_URL + settings.SMS_BODY
        if not settings.SMS_URL:
            return ""
        if urlsplit(settings.SMS_URL).scheme not in ("http", "https"):
            return "SHOUWANG_SMS_URL 不是 http 或 https 网址"
        if "{phone}" not in whole or "{text}" not in whole:
            return "SHOUWANG_SMS_URL 或 SHOUWANG_SMS_BODY 中缺少 {phone} 或 {text}"
        if _is_json(settings.SMS_BODY):
            try:
                json.loads(settings.SMS_BODY)
            except ValueError:
                return "SHOUWANG_SMS_BODY 以 { 开头却不是 JSON"
        return ""

    def address(self, account: Account | None) -> str:
        return phone_of(account) if account is not None else ""

    def hand_over(self, parcel: Parcel) -> str:
        words = {"phone": parcel.address, "text": parcel.whole[:LONGEST], "key": parcel.key}
        headers = {"Idempotency-Key": parcel.key} | _headers()
        body = settings.SMS_BODY
        if _is_json(body):
            answer = call("POST", fill(settings.SMS_URL, words), json=_filled(json.loads(body), words), headers=headers)
        elif body:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            answer = call("POST", fill(settings.SMS_URL, words), data=fill(body, words).encode(), headers=headers)
        else:
            answer = call("GET", fill(settings.SMS_URL, words), headers=headers)
        if settings.SMS_OK and settings.SMS_OK not in answer.text:
            raise Refused("网关没有接受")
        return ""


def fill(template: str, words: dict[str, str]) -> str:
    """Placeholders of an address or a form, quoted: a text cannot add parameters."""
    for name, word in words.items():
        template = template.replace("{" + name + "}", quote(word, safe=""))
    return template


def _filled(value: object, words: dict[str, str]) -> object:
    if isinstance(value, dict):
        return {key: _filled(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, words) for one in value]
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace("{" + name + "}", word)
    return value


def _is_json(body: str) -> bool:
    return body.lstrip().startswith('{"') or body.lstrip().startswith("{ ")


def _headers() -> dict[str, str]:
    """`Name: value`, several divided by a vertical bar."""
    pairs = (one.partition(":") for one in settings.SMS_HEADERS.split("|") if ":" in one)
    return {name.strip(): value.strip() for name, _, value in pairs}


CHANNEL = Sms()
