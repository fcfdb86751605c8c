"""Ways in besides the password: the link that works once, the forgotten password, the campus's sign-in."""

import logging
from collections.abc import Callable

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_q.tasks import async_task

from shouwang.front import clock
from shouwang.front.web.account import cas, forms, limits, openid
from shouwang.front.web.account.dingtalk import DingTalk
from shouwang.front.web.account.wecom import WeCom
from shouwang.trust import outgoing
from shouwang.trust.access import invitations

logger = logging.getLogger(__name__)

START: dict[str, Callable[..., HttpResponseBase]] = {
    "openid_connect": openid.login,
    "cas": cas.CasLogin.as_view(),
    "wecom": OAuth2LoginView.adapter_view(WeCom),
    "dingtalk": OAuth2LoginView.adapter_view(DingTalk),
}
BACK: dict[str, Callable[..., HttpResponseBase]] = {
    "openid_connect": openid.callback,
    "cas": cas.callback,
    "wecom": OAuth2CallbackView.adapter_view(WeCom),
    "dingtalk": OAuth2CallbackView.adapter_view(DingTalk),
}


@require_POST
@never_cache
def campus(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """To the campus's sign-in, by a button only: a link in somebody's message must not sign anybody in."""
    return _through(START, provider_id, request)


@require_safe
@never_cache
def campus_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    return _through(BACK, provider_id, request)


def _through(way: dict[str, Callable[..., HttpResponseBase]], provider: str, request: HttpRequest) -> HttpResponseBase:
    if provider not in settings.CAMPUS:
        raise Http404
    try:
        return way[provider](request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (outgoing.Failure, OAuth2Error, KeyError, ValueError) as problem:
        # Not reached, or not what a provider says: allauth asks for the metadata outside its own net.
        logger.warning("campus sign-in failed: %s %s", provider, type(problem).__name__)
        return render(request, "account/campus_failed.html", {"campus": settings.CAMPUS[provider]["name"]}, status=503)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Opens an account, or sets a forgotten password anew. A word that works no more looks like one that never was."""
    limits.spend(request, "invitation")
    found = invitations.usable(token, clock.now())
    if found is None:
        return render(request, "account/invitation_over.html", status=404)
    form = forms.FirstPassword(request.POST if request.method == "POST" else None, account=found.account)
    if request.method == "POST" and form.is_valid():
        reason = invitations.why_not_contact(found, form.cleaned_data.get("tail", ""))
        if reason is None:
            invitations.use(token=token, password=form.cleaned_data["password1"], now=clock.now())
            messages.success(request, _("密码已设好，请登录。"))
            return redirect("account_login")
        form.add_error("tail", reason)
    shown = {"form": form, "username": found.account.username, "purpose": found.purpose, "until": found.expires_at}
    return render(request, "account/invitation.html", shown, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def forgotten(request: HttpRequest) -> HttpResponseBase:
    """The same answer, after the same work, for every number: known, unknown, closed, without an address."""
    form = forms.Forgotten(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        limits.spend(request, "forgotten", key=number)
        if settings.MAIL:
            async_task("shouwang.front.pipeline.mailing.send_reset", number)
        return render(request, "account/forgotten_done.html", {"mail": settings.MAIL})
    return render(request, "account/forgotten.html", {"form": form, "mail": settings.MAIL}, status=422 if form.errors else 200)
