"""The door of every page: who reads, what time it is, whether they may. Missing and forbidden are one page."""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from shouwang.common.reader import Reader
from shouwang.front import clock
from shouwang.front.web.kit import entrance, viewing, words
from shouwang.front.web.kit.context import SCHEMES, scheme
from shouwang.front.web.kit.pseudonyms import account_word
from shouwang.trust.access import policies, queries

logger = logging.getLogger(__name__)
YEAR = 365 * 24 * 3600
P = ParamSpec("P")


class PageRequest(HttpRequest):
    """What a view behind `@page` receives."""

    reader: Reader
    now: datetime
    htmx: Any


View = Callable[Concatenate[PageRequest, P], HttpResponseBase]
Plain = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(ability: str, *, bare: bool = False) -> Callable[[View[P]], Plain[P]]:
    """`@page("alerts")`: signed in, one of the roles that carry the ability (access.policies.MAY), else the sign-in page or the missing page.

    The view finds `request.reader` and `request.now`. `bare`: open before a required second factor is set up (kit.entrance).
    """

    def decorate(view: View[P]) -> Plain[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in(request)
            mine = cast(PageRequest, request)
            mine.now = clock.now()
            own = queries.reader(request.user, timezone.localdate(mine.now), words.pick("zh", "en"), mine.now)
            mine.reader = viewing.through(request, own, mine.now)
            if (elsewhere := entrance.hold(request, own, bare=bare)) is not None:
                return elsewhere
            if policies.why_not(mine.reader, ability) is not None:
                logger.warning("page refused", extra={"ability": ability, "account": account_word(request)})
                return missing(request)
            if mine.reader.is_read_only and request.method not in ("GET", "HEAD"):
                return viewing.only_reading(request)
            return view(mine, *args, **kwargs)

        guarded.ability = ability  # type: ignore[attr-defined]  # read by the permission table's test
        return guarded

    return decorate


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": settings.LOGIN_URL})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for what is not there, and for what this reader must not know to be there."""
    return render(request, "kit/missing.html", status=404)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: left open too long, cookies refused, or sent by another page. Nothing was done."""
    logger.warning("form refused", extra={"account": account_word(request)})
    return render(request, "kit/stale.html", status=403)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What a library refuses looks like what is not there."""
    return missing(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for our own mistakes, with a number to quote. Uses neither database nor session: they may be what broke."""
    number = getattr(request, "number", None) or secrets.token_hex(8)
    logger.error("page broken", extra={"request_id": number})
    return HttpResponse(render_to_string("kit/broken.html", {"number": number, "scheme": scheme(request)}), status=500)


@require_POST
def appearance(request: HttpRequest) -> HttpResponseBase:
    """Keeps the chosen scheme or language in a cookie and goes back to where the reader was."""
    back = request.META.get("HTTP_REFERER", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if safe else "/")
    options: dict[str, Any] = {"max_age": YEAR, "samesite": "Lax", "secure": settings.SECURE_COOKIES}
    if (chosen := request.POST.get("scheme")) in SCHEMES:
        response.set_cookie("scheme", chosen, **options)
    if (language := request.POST.get("language")) in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, **options)
    return response
