"""Second factors as allauth keeps them, with our words: codes count once, secrets lie sealed, every change is told."""

import logging
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shouwang.front import clock
from shouwang.front.web.kit.pseudonyms import word
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import actions, sealing

CODE = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "autocapitalize": "none",
    "spellcheck": "false",
    "autofocus": True,
    "class": "code",
}
# What allauth announces by mail is what the ledger has to hear.
KINDS = {
    "mfa/email/totp_activated": "access.factor_added",
    "mfa/email/webauthn_added": "access.factor_added",
    "mfa/email/totp_deactivated": "access.factor_removed",
    "mfa/email/webauthn_removed": "access.factor_removed",
    "mfa/email/recovery_codes_generated": "access.codes_renewed",
}


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # untyped
    """Set by MFA_ADAPTER."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("验证码不对，或已经用过。请等验证器显示下一个再输入。"),
        "cannot_delete_authenticator": _("您的职责要求二次验证，这是最后一种，不能移除。请先增加另一种。"),
        "cannot_generate_recovery_codes": _("还没有设置二次验证，不需要恢复码。"),
    }

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def _get_site_name(self) -> str:
        return "守望"

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """The key's own list shows the number, never the person's name: keys are shown on screens of shared machines."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"name": user.get_username(), "display_name": user.get_username()}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return pick(f"通行密钥 {count}", f"Passkey {count}")

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor of somebody who must have one stays; losing it goes through the administrator."""
        request = context.request
        if not getattr(request, "needs_factor", False):
            return True
        left = Authenticator.objects.filter(user=authenticator.user_id).exclude(pk=authenticator.pk).exclude(type="recovery_codes")
        return bool(left.exists())


def tell(template_prefix: str, user: Any) -> None:
    """A change of factors goes on record."""
    if (kind := KINDS.get(template_prefix)) is not None:
        actions.note_factor(kind=kind, account=user, now=clock.now())


def count_as_shown(request: HttpRequest, kind: str) -> None:
    """Whoever has just set a factor up has shown it."""
    record_authentication(request, request.user, "mfa", type=kind, reauthenticated=True)


def latest_proof(request: HttpRequest) -> float:
    """When this session last showed who it is, by any means; 0 when never."""
    return max((float(record.get("at", 0)) for record in get_authentication_records(request, request.user)), default=0.0)


logger = logging.getLogger(__name__)


class _OnceOnly:
    """allauth remembers a used code for one period; with a tolerance it would count again after that."""

    user: Any
    authenticator: Authenticator

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:
        logger.warning("second factor refused", extra={"account": word("account", str(self.user.pk))})

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP and not settings.DEMO:
            seconds = 30 * (2 * settings.MFA_TOTP_TOLERANCE + 2)
            if not cache.add(f"totp-used:{self.user.pk}:{code.strip()}", "1", timeout=seconds):
                raise forms.ValidationError(FactorAdapter.error_messages["incorrect_code"], code="incorrect_code")
        return code


def _dress(form: forms.Form, help_text: Any) -> None:
    form.fields["code"].label = _("验证码")
    form.fields["code"].help_text = help_text
    form.fields["code"].widget.attrs = dict(CODE)
    form.fields["code"].error_messages["required"] = _("请输入验证码")


class SecondFactor(_OnceOnly, AuthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, _("验证器上的 6 位数字，或一个恢复码"))


class SecondFactorAgain(_OnceOnly, ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, _("验证器上的 6 位数字，或一个恢复码"))


class _WellShaped:
    """allauth minds a credential that is no JSON; one of a wrong shape inside would end in a page that broke."""

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Any:
        try:
            parent = getattr(super(), "clean_credential", None)
            return parent() if parent is not None else self._registration()
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise _wrong_key() from problem

    def _registration(self) -> Any:
        credential = self.cleaned_data["credential"]
        webauthn.parse_registration_response(credential)
        return credential


def _wrong_key() -> forms.ValidationError:
    return forms.ValidationError(_("通行密钥没有完成，请再试一次。"), code="incorrect_code")


class NewKey(_WellShaped, AddWebAuthnForm):  # type: ignore[misc]
    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except (KeyError, TypeError, AttributeError) as problem:
            raise _wrong_key() from problem
        return cleaned


class KeyAsSecond(_WellShaped, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """As the second factor."""


class KeyAlone(_WellShaped, LoginWebAuthnForm):  # type: ignore[misc]
    """Instead of a password."""


class KeyAgain(_WellShaped, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """To go on with something delicate."""


class NewApp(ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, _("扫描之后，验证器会显示 6 位数字，每 30 秒换一次"))
