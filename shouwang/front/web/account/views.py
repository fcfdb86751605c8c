"""Signing in and out, and what a person may set for themselves. Sign-in and sessions use the system's clock."""

from typing import Any, cast

from allauth.account.views import LoginView, LogoutView, PasswordChangeView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shouwang.front import clock
from shouwang.front.web.account import campus, demo, forms, limits
from shouwang.front.web.account.preferences import keep
from shouwang.front.web.kit.views import PageRequest, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import actions, queries
from shouwang.trust.access.policies import ROLES, sensitivity_sentence


class SignIn(LoginView):  # type: ignore[misc]  # allauth's views are untyped
    """The sign-in page; in demo mode it lists the accounts of the demo college, one click each."""

    http_method_names = ["get", "head", "post"]
    form_class = forms.SignIn
    template_name = "account/sign_in.html"

    def get_form_class(self) -> type[forms.SignIn]:
        return forms.SignIn

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**kwargs)
        return shown | {"demo_people": demo.people(), "campus": campus.offered(), "next": self.get_next_url() or ""}

    def form_invalid(self, form: forms.SignIn) -> HttpResponseBase:
        response = super().form_invalid(form)
        response.status_code = 422
        return cast(HttpResponseBase, response)


class SignOut(LogoutView):  # type: ignore[misc]
    """By POST only: a link in somebody's message must not sign anybody out."""

    http_method_names = ["post"]


class Password(PasswordChangeView):  # type: ignore[misc]
    http_method_names = ["get", "head", "post"]
    form_class = forms.NewPassword
    template_name = "account/password.html"

    def get_form_class(self) -> type[forms.NewPassword]:
        return forms.NewPassword

    def get_default_success_url(self) -> str:
        return "/settings/"

    def form_valid(self, form: forms.NewPassword) -> HttpResponseBase:
        response = super().form_valid(form)
        actions.note_password_changed(account=self.request.user, by=self.request.user.pk, now=clock.now())
        messages.success(self.request, _("密码已更换，下次请用新密码登录。"))
        return cast(HttpResponseBase, response)

    def form_invalid(self, form: forms.NewPassword) -> HttpResponseBase:
        response = super().form_invalid(form)
        response.status_code = 422
        return cast(HttpResponseBase, response)


sign_in = require_http_methods(["GET", "HEAD", "POST"])(SignIn.as_view())
sign_out = SignOut.as_view()
_password = Password.as_view()


@require_GET
@page("settings")
def settings_page(request: PageRequest) -> HttpResponse:
    """Who I am here: my duties, what each lets me know, language, scheme, password."""
    duties = [
        {
            "role": pick(role.zh, role.en),
            "place": duty.unit.name if duty.unit else duty.student.name if duty.student else "",
            "since": duty.starts_on,
            "until": duty.ends_on,
            "knows": sensitivity_sentence(duty.role, request.reader.lang),
        }
        for duty in queries.duties(request.reader, timezone.localdate(request.now))
        if (role := ROLES.get(duty.role)) is not None
    ]
    own = [scope for scope in request.reader.scopes if scope.tree in ("self", "child")]
    grounds = [
        {"sentence": pick(scope.ground, scope.ground_en), "knows": sensitivity_sentence(scope.role, request.reader.lang)} for scope in own
    ]
    return render(request, "account/settings.html", {"duties": duties, "grounds": grounds, "username": request.user.get_username()})


@require_POST
@page("settings")
def preferences(request: PageRequest) -> HttpResponseBase:
    """Keeps language and scheme with the account and in this browser."""
    form = forms.Preferences(request.POST)
    if not form.is_valid():
        messages.warning(request, _("没有这个选项，设置未改动。"))
        return redirect("/settings/")
    language, scheme = form.cleaned_data["language"] or None, form.cleaned_data["scheme"] or None
    account = cast(Any, request.user)
    actions.set_preferences(account=account, language=language, scheme=scheme, by=account.pk, now=request.now)
    response = redirect("/settings/")
    keep(response, language=language, scheme=scheme)
    return response


@page("settings", bare=True)
def password(request: PageRequest) -> HttpResponseBase:
    return cast(HttpResponseBase, _password(request))


def too_many(request: HttpRequest) -> HttpResponse:
    """More requests than a person makes; the sign-in page's own limit is told in its form."""
    return limits.too_many(request)
