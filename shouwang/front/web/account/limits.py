"""How often one account or one address may ask for what is costly or can be guessed. The counts are shared by all workers."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from shouwang.front.web.kit.pseudonyms import account_word
from shouwang.trust.access import allowances

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """`mine`: per account (or per named number); `place`: per address, behind which a whole school may sit."""

    mine: int
    place: int
    seconds: int = 60


LIMITS: dict[str, Limit] = {
    "search": Limit(120, 3000),
    "export": Limit(20, 200),
    "upload": Limit(60, 300),
    "preview": Limit(60, 300),
    "invitation": Limit(30, 60),
    "forgotten": Limit(3, 30, 3600),
}
# Which addresses draw on which allowance; the permission table's test knows all routes, limits' own test that these exist.
ROUTES: dict[tuple[str, str], str] = {
    ("GET", "students/search/"): "search",
    ("GET", "report/students/"): "search",
    ("GET", "incidents/students/"): "search",
    ("GET", "students/export/"): "export",
    ("GET", "alerts/export/"): "export",
    ("GET", "cases/export/"): "export",
    ("GET", "letters/export/"): "export",
    ("GET", "letters/batches/<int:pk>/file/"): "export",
    ("GET", "coverage/export/"): "export",
    ("GET", "coverage/network/export/"): "export",
    ("GET", "units/<int:pk>/export/"): "export",
    ("GET", "duty/<int:pk>/export/"): "export",
    ("GET", "disclosures/<int:pk>/sheet.xlsx"): "export",
    ("GET", "imports/<int:pk>/file/"): "export",
    ("POST", "imports/new/"): "upload",
    ("POST", "imports/<int:pk>/again/"): "preview",
    ("GET", "imports/<int:pk>/marked.xlsx"): "preview",
    ("POST", "rules/check/"): "preview",
}


class TooMany(Exception):
    """Asked too often; `wait` seconds until it may be asked again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"wait {wait} s")
        self.wait = wait


def spend(request: HttpRequest, action: str, key: str = "") -> None:
    """Counts one request of an action. TooMany when the allowance of the account (or of `key`) or of the address is used up."""
    limit, now = LIMITS[action], int(timezone.now().timestamp())
    who = f"number:{key}" if key else f"account:{request.user.pk}" if request.user.is_authenticated else ""
    place = f"address:{get_adapter().get_client_ip(request)}"
    for name, most in ((who, limit.mine), (place, limit.place)):
        if name and (wait := allowances.take(_opaque(f"{action}:{name}"), most=most, seconds=limit.seconds, now=now)):
            logger.warning("too many requests", extra={"ability": action, "account": account_word(request)})
            raise TooMany(wait)


def _opaque(name: str) -> str:
    """No address and no number lies in the table of counts."""
    return salted_hmac("shouwang.allowance", name, algorithm="sha256").hexdigest()


def too_many(request: HttpRequest, wait: int = 60) -> HttpResponse:
    response = render(request, "account/too_many.html", {"wait": wait}, status=429)
    response["Retry-After"] = str(wait)
    return response


class Limits:
    """The middleware: looks the route up before the view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        route = request.resolver_match.route if request.resolver_match else ""
        action = ROUTES.get(("GET" if request.method == "HEAD" else str(request.method), route))
        if action is None or not request.user.is_authenticated:
            return None  # who is not signed in is sent to sign in, which costs nothing
        try:
            spend(request, action)
        except TooMany as reason:
            return too_many(request, reason.wait)
        return None

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponseBase | None:
        return too_many(request, problem.wait) if isinstance(problem, TooMany) else None
