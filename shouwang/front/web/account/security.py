"""One page for everything that keeps one's own account safe: second factors, recovery codes, devices, password."""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.web.kit.views import PageRequest, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import accounts, admission

SYSTEMS = [("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("Windows", "Windows")]
SYSTEMS += [("Mac OS", "Mac"), ("Linux", "Linux")]
BROWSERS = [("MicroMessenger", "微信"), ("DingTalk", "钉钉"), ("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome")]
BROWSERS += [("Safari/", "Safari")]


@require_safe
@never_cache
@page("settings", bare=True)
def overview(request: PageRequest) -> HttpResponse:
    found = list(Authenticator.objects.filter(user_id=request.user.pk).order_by("created_at"))
    apps = [one for one in found if one.type == Authenticator.Type.TOTP]
    keys = [one for one in found if one.type == Authenticator.Type.WEBAUTHN]
    codes = next((one for one in found if one.type == Authenticator.Type.RECOVERY_CODES), None)
    roles = admission.second_factor_roles(settings.SECOND_FACTOR)
    shown = {
        "app": apps[0] if apps else None,
        "keys": [{"pk": one.pk, "name": one.wrap().name, "made": one.created_at, "used": one.last_used_at} for one in keys],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "why": admission.why_second_factor(request.reader, roles),
        "missing": bool(request.needs_factor and not apps and not keys),  # type: ignore[attr-defined]
        "sessions": _sessions(request),
        "has_password": cast(Any, request.user).has_usable_password(),
        "localhost": request.get_host().partition(":")[0] == "127.0.0.1",
    }
    return render(request, "account/security.html", shown)


def _sessions(request: PageRequest) -> list[dict[str, Any]]:
    key = request.session.session_key
    found = UserSession.objects.purge_and_list(request.user)
    listed = [
        {"pk": one.pk, "device": device(one.user_agent), "ip": one.ip, "seen": one.last_seen_at, "here": one.session_key == key}
        for one in found
    ]
    return sorted(listed, key=lambda one: (not one["here"], -one["seen"].timestamp()))


def device(agent: str) -> str:
    """「Chrome · Windows」 out of what browsers say of themselves."""
    system = next((name for word, name in SYSTEMS if word in agent), "")
    browser = next((name for word, name in BROWSERS if word in agent), "")
    return " · ".join(part for part in (browser, system) if part) or pick("未知设备", "Unknown device")


@require_POST
@page("settings", bare=True)
def end_sessions(request: PageRequest) -> HttpResponseBase:
    """Signs out one other device, or all others; the session at hand stays."""
    wanted = request.POST.get("session", "")
    only = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 18 else None
    if wanted and only is None:
        return redirect("mfa_index")
    keep = request.session.session_key or ""
    mine: Any = request.user
    ended = accounts.end_sessions(account=mine, by=mine.pk, now=request.now, keep=keep, only=only)
    messages.success(request, _("已退出其他设备。") if ended else _("没有其他登录中的设备。"))
    return redirect("mfa_index")
