"""The accounts of an erased person and of their guardians: closed, emptied, signed out everywhere."""

from datetime import datetime

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db.models import Q

from shouwang.trust.access import accounts
from shouwang.trust.access.models import Account, GuardianContact
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.forgetting import placeholder

SIGN_IN_APPS = ("account", "mfa", "socialaccount")  # allauth: addresses, second factors, campus identities


def forget(*, sid: int, by: int | None, now: datetime) -> int:
    """Returns how many accounts there were. A guardian's account that serves another child as well is theirs and stays."""
    found = list(Account.objects.filter(Q(student_id=sid) | Q(guardian__student_id=sid)))
    with told():
        for account in found:
            account.username, account.email, account.is_active = placeholder(), "", False
            account.password = make_password(None)
            account.save()
            _forget_sign_in(account)
            accounts.end_sessions(account=account, by=by, now=now)
        GuardianContact.objects.filter(guardian__student_id=sid).delete()
        about = [f"student:{sid}", *(f"account:{account.pk}" for account in found)]
        ledger.record("access.forgotten", by=by, about=about, now=now)
    return len(found)


def _forget_sign_in(account: Account) -> None:
    for label in SIGN_IN_APPS:
        if apps.is_installed(f"allauth.{label}"):
            for model in apps.get_app_config(label).get_models():
                if any(field.name == "user" for field in model._meta.fields):
                    model._default_manager.filter(user=account).delete()
