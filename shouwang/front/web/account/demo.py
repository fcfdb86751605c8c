"""What only the demo shows: its accounts, their password, and the codes of those who need a second factor."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core.cache import cache

from shouwang.demo import cast
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import admission, sealing


def people() -> list[dict[str, str]]:
    """The accounts of the demo college with their common password and current code; nothing outside demo mode."""
    if not settings.DEMO:
        return []
    twice = admission.second_factor_roles(settings.SECOND_FACTOR)
    return [
        {
            "username": person.username,
            "password": cast.PASSWORD,
            "name": person.name,
            "title": pick(person.title, person.title_en),
            "look": pick(person.look, person.look_en),
            "code": _now(cast.totp_secret(person.username)) if person.role in twice else "",
        }
        for person in cast.ACCOUNTS
    ]


def code(user: Any) -> str:
    """The code to fill in for this demo account: one that has not been used yet, as two people may try the same account.

    Nothing outside demo mode, and nothing for somebody who has set up an app of their own.
    """
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first() if settings.DEMO else None
    secret = cast.totp_secret(user.get_username()) if kept else ""
    if kept is None or sealing.unseal(kept.data["secret"]) != secret:
        return ""
    counters = sorted(yield_hotp_counters_from_time(), key=lambda counter: -counter)
    for counter in [counters[len(counters) // 2], *counters]:
        word = format_hotp_value(hotp_value(secret, counter))
        if not cache.get(f"allauth.mfa.totp.used?user={user.pk}&code={word}"):
            return str(word)
    return ""


def _now(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counters[len(counters) // 2])))
