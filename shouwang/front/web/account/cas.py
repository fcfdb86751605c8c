"""CAS 3.0: the browser goes to the campus and comes back with a ticket; the ticket is changed for a number by one call to the campus."""

from typing import Any, cast
from xml.etree import ElementTree

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login, render_authentication_error
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.base.views import BaseLoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from shouwang.trust import outgoing

SPACE = "{http://www.yale.edu/tp/cas}"
MOST = 64 * 1024


class CasLogin(BaseLoginView):  # type: ignore[misc]  # untyped
    provider_id = "cas"


def callback(request: HttpRequest) -> HttpResponse:
    """The campus sends the browser here. Without our state it is somebody else's answer."""
    provider = get_adapter().get_provider(request, "cas")
    ticket, word = request.GET.get("ticket", ""), request.GET.get("state", "")
    try:
        state = provider.unstash_redirect_state(request, word)
        login = provider.sociallogin_from_response(request, validate(provider, request, ticket, word))
    except (ProviderException, PermissionDenied, outgoing.Failure) as problem:
        return cast(HttpResponse, render_authentication_error(request, provider, exception=problem))
    login.state = state
    return cast(HttpResponse, complete_social_login(request, login))


def validate(provider: Any, request: HttpRequest, ticket: str, state: str) -> dict[str, str]:
    """Asks the campus whom the ticket stands for, naming the same service. ProviderException with the reason when for nobody."""
    if not ticket or len(ticket) > 512:
        raise ProviderException("no ticket")
    asked = {"service": provider.service(request, state), "ticket": ticket}
    with get_adapter().get_requests_session() as session:
        answer = session.get(f"{provider.app.settings['server_url']}/p3/serviceValidate", params=asked)
        answer.raise_for_status()
    return read(answer.content, provider.app.settings.get("number_attribute", ""))


def read(xml: bytes, attribute: str = "") -> dict[str, str]:
    """The number in a service response. Entities and doctypes are refused before anything is parsed: no campus sends them."""
    if len(xml) > MOST or b"<!" in xml:
        raise ProviderException("an answer that is no service response")
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314  declarations were refused
    except ElementTree.ParseError as problem:
        raise ProviderException("an answer that is no XML") from problem
    success = root.find(f"{SPACE}authenticationSuccess")
    if root.tag != f"{SPACE}serviceResponse" or success is None:
        raise ProviderException("the campus does not know the ticket")
    found = success.findtext(f"{SPACE}attributes/{SPACE}{attribute}") if attribute else success.findtext(f"{SPACE}user")
    number = (found or "").strip()
    if not number:
        raise ProviderException("the campus names nobody")
    return {"number": number}
