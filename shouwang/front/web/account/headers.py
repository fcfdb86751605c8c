"""What every answer carries: what the browser may do, that pages about people are kept by nobody, and a number to quote."""

import secrets
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from shouwang.front.web.kit.pseudonyms import account_word

log = structlog.get_logger("shouwang.request")
POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope")
    + ("magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "usb", "xr-spatial-tracking")
)
HEADERS = {
    "Permissions-Policy": POLICY + ", publickey-credentials-get=(self), publickey-credentials-create=(self)",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


class Headers:
    """Outermost: also what is refused on the way in has a number and the headers, and one line in the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.number = secrets.token_hex(8)  # type: ignore[attr-defined]  # quoted on error pages
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.number)  # type: ignore[attr-defined]
        began = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request.number  # type: ignore[attr-defined]
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.setdefault("Cache-Control", "no-store")
        if settings.SECURE_COOKIES and request.path == "/logout/":
            response.setdefault("Clear-Site-Data", '"cache", "storage"')  # what scripts kept for this person goes with them
        _note(request, response, began)
        return response


def _note(request: HttpRequest, response: HttpResponseBase, began: float) -> None:
    """One line a request: the route, never the address itself, which may hold a number or a word that opens an account."""
    match = request.resolver_match
    route = match.route if match else ""
    if route or not request.path.startswith(settings.STATIC_URL):
        milliseconds = round((time.perf_counter() - began) * 1000)
        log.info("request", method=request.method, route=route, status=response.status_code, ms=milliseconds, account=account_word(request))
