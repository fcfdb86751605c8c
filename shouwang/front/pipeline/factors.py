"""The demo's second factors: every account that needs one has a known secret, so that its sign-in page can show the codes."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.utils import timezone

from shouwang.demo import cast
from shouwang.front.clock import now
from shouwang.trust.access import actions, admission, queries


def enrol_demo() -> int:
    """Sets up what is missing; doing it twice changes nothing. Returns how many were set up. Only ever in demo mode."""
    if not settings.DEMO:
        raise RuntimeError("known secrets exist in the demo only")
    roles, made = admission.second_factor_roles(settings.SECOND_FACTOR), 0
    for person in cast.ACCOUNTS:
        account = queries.account(person.username)
        if account is None:
            continue
        reader = queries.reader(account, timezone.localdate(now()))
        if reader.roles & roles and not Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists():
            TOTP.activate(account, cast.totp_secret(person.username))
            actions.note_factor(kind="access.factor_added", account=account, now=now())
            made += 1
    return made
