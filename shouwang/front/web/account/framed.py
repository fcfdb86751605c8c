"""allauth's views behind our door, in our frame, on our templates. What allauth does is allauth's; what it says is ours."""

from collections.abc import Callable
from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as FactorAgain
from allauth.mfa.recovery_codes.views import DownloadRecoveryCodesView, GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shouwang.front.web.account import demo, factors
from shouwang.front.web.kit.views import PageRequest, page

View = Callable[..., HttpResponseBase]
BOTH = ("GET", "HEAD", "POST")


def _plain(view: View, *methods: str) -> View:
    """A page on the way in: nobody is signed in yet."""
    return never_cache(require_http_methods(methods or BOTH)(_refusing(view)))


def _inside(view: View, *methods: str) -> View:
    """A page of one's own account; open also before a required second factor is set up."""
    refusing = _refusing(view)

    @never_cache
    @require_http_methods(methods or BOTH)
    @page("settings", bare=True)
    def framed(request: PageRequest, /, **kwargs: Any) -> HttpResponseBase:
        return refusing(request, **kwargs)

    return framed


def _refusing(view: View) -> View:
    """A form that comes back is a 422, so that scripts and tests can tell."""

    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        response = view(request, **kwargs)
        if request.method == "POST" and response.status_code == 200:
            response.status_code = 422
        return response

    return answer


class Second(AuthenticateView):  # type: ignore[misc]  # untyped
    template_name = "account/second.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**kwargs)
        return shown | {"demo_code": demo.code(self.stage.login.user)}


class Again(ReauthenticateView):  # type: ignore[misc]
    template_name = "account/again.html"


class CodeAgain(FactorAgain):  # type: ignore[misc]
    template_name = "account/again_code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**kwargs)
        return shown | {"demo_code": demo.code(self.request.user)}


class NewApp(ActivateTOTPView):  # type: ignore[misc]
    template_name = "account/app_on.html"

    def form_valid(self, form: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().form_valid(form)
        factors.count_as_shown(self.request, "totp")
        return response


class NewKey(AddWebAuthnView):  # type: ignore[misc]
    template_name = "account/key_add.html"

    def form_valid(self, form: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().form_valid(form)
        factors.count_as_shown(self.request, "webauthn")
        return response


second = _plain(Second.as_view())
passkey = _plain(LoginWebAuthnView.as_view())
again = _inside(Again.as_view())
again_code = _inside(CodeAgain.as_view())
again_key = _inside(ReauthenticateWebAuthnView.as_view(template_name="account/again_key.html"))
app_on = _inside(NewApp.as_view())
app_off = _inside(DeactivateTOTPView.as_view(template_name="account/app_off.html"))
key_add = _inside(NewKey.as_view())
key_edit = _inside(EditWebAuthnView.as_view(template_name="account/key_edit.html"))
key_remove = _inside(RemoveWebAuthnView.as_view(template_name="account/key_remove.html"))
codes = _inside(ViewRecoveryCodesView.as_view(template_name="account/codes.html"), "GET", "HEAD")
codes_new = _inside(GenerateRecoveryCodesView.as_view(template_name="account/codes_new.html"))
codes_file = _inside(DownloadRecoveryCodesView.as_view(template_name="account/codes.txt"), "GET", "HEAD")
