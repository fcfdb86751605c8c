"""The campus vouches for somebody: matched to an account by number, never signed up, never linked behind anybody's back."""

import logging
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import render

from shouwang.trust import outgoing
from shouwang.trust.access import accounts

logger = logging.getLogger(__name__)


class CampusAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped
    """Set by SOCIALACCOUNT_ADAPTER."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """From the settings alone: nobody opens a way in by writing a row."""
        from allauth.socialaccount.adapter import _build_apps_from_settings

        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def get_requests_session(self) -> Any:
        return outgoing.session(allowed=settings.INTERNAL_HOSTS)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The number the campus names must have an account; whoever has none is told what to do, and nothing is kept."""
        if sociallogin.state.get("process") != "login":
            raise PermissionDenied("a campus sign-in signs in; nothing is linked")
        number = number_of(sociallogin)
        account = accounts.of_number(number)
        if account is None:
            logger.info("campus sign-in without an account: %s", sociallogin.account.provider)
            shown = {"campus": settings.CAMPUS.get(sociallogin.account.provider, {}).get("name", "")}
            raise ImmediateHttpResponse(render(request, "account/not_known.html", shown, status=403))
        sociallogin.user = account

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, **kwargs: Any) -> None:
        """The campus refused, was not reached, or the answer was not for this browser."""
        logger.warning("campus sign-in failed: %s %s", getattr(provider, "id", ""), type(exception).__name__)
        shown = {"cancelled": str(error) == "cancelled", "campus": getattr(provider, "name", "")}
        raise ImmediateHttpResponse(render(request, "account/campus_failed.html", shown, status=403))


def number_of(sociallogin: Any) -> str:
    """The staff or student number, as the provider's claim carries it."""
    given = sociallogin.account.extra_data
    if sociallogin.account.provider == "openid_connect":
        told, asked = given.get("id_token") or {}, given.get("userinfo") or {}
        if told.get("sub") != asked.get("sub"):
            return ""  # two answers about two people
        claim = sociallogin.provider.app.settings.get("number_claim", "preferred_username")
        return str(asked.get(claim) or told.get(claim) or "").strip()
    return str(given.get("number") or "").strip()


def offered() -> list[dict[str, str]]:
    """The buttons of the sign-in page: only what is set up."""
    return [{"provider": provider, "name": one["name"]} for provider, one in settings.CAMPUS.items()]
