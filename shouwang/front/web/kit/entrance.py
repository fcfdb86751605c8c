"""What stands between a signed-in account and a page: a session left lying open, and a second factor not yet set up or shown.

Sessions use the system's clock, not the school's.
"""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from shouwang.common.reader import Reader
from shouwang.trust.access import admission

SEEN, BEGAN = "seen", "began"
LONGEST = 12 * 3600.0  # seconds: a working day and an evening; after that everybody signs in again, however busy
EVERY = 60.0  # seconds: how exact "last seen" is; a write on every request would queue behind the imports


def hold(request: HttpRequest, reader: Reader, *, bare: bool) -> HttpResponseBase | None:
    """None to go on, else where the person is led instead. `bare`: pages one needs in order to get in, such as setting up a factor."""
    if _left_lying(request, reader):
        logout(request)
        messages.info(request, _("离开的时间较长，为保护信息已自动退出，请重新登录。"))
        return lead(request, redirect_to_login(request.get_full_path() if request.method == "GET" else "/"))
    request.needs_factor = needs_factor(reader)  # type: ignore[attr-defined]  # read by the factor adapter and by pages
    if bare or not request.needs_factor or shown(request):  # type: ignore[attr-defined]
        return None
    if is_mfa_enabled(request.user, ["totp", "webauthn"]):
        return lead(request, HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.path})}"))
    return lead(request, HttpResponseRedirect(reverse("mfa_index")))


def needs_factor(reader: Reader) -> bool:
    return admission.why_second_factor(reader, admission.second_factor_roles(settings.SECOND_FACTOR)) is not None


def shown(request: HttpRequest) -> bool:
    """Whether this session has shown a second factor."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def _left_lying(request: HttpRequest, reader: Reader) -> bool:
    """Whether nobody has asked for anything for longer than the reader's roles allow, or the session is too old; else notes the visit."""
    now = timezone.now()
    began = request.session.setdefault(BEGAN, now.timestamp())
    if not isinstance(began, float) or now.timestamp() - began > LONGEST:
        return True
    seen = request.session.get(SEEN)
    limit = admission.idle_limit(reader, settings.IDLE_MINUTES).total_seconds()
    if isinstance(seen, float) and now.timestamp() - seen > limit:
        return True
    if not isinstance(seen, float) or now.timestamp() - seen > EVERY:
        request.session[SEEN] = now.timestamp()
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
    return False


def lead(request: HttpRequest, to: HttpResponseRedirect) -> HttpResponseBase:
    """A fragment cannot be redirected: the whole page goes."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": to.url})
    return to
