"""OpenID Connect as allauth does it, and one thing more: the metadata must be of the provider that was set up."""

from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponseBase

ID = "openid_connect"


class OpenId(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # untyped
    @property
    def openid_config(self) -> dict[str, Any]:
        """Another issuer than the configured one is somebody else's answer (mix-up)."""
        config: dict[str, Any] = super().openid_config
        expected = self.get_provider().app.settings["server_url"].partition("/.well-known/")[0].rstrip("/")
        if str(config.get("issuer", "")).rstrip("/") != expected:
            raise OAuth2Error("the metadata names another issuer than SHOUWANG_OIDC_URL")
        return config


def login(request: HttpRequest) -> HttpResponseBase:
    answer: HttpResponseBase = OAuth2LoginView.adapter_view(OpenId(request, ID))(request)
    return answer


def callback(request: HttpRequest) -> HttpResponseBase:
    answer: HttpResponseBase = OAuth2CallbackView.adapter_view(OpenId(request, ID))(request)
    return answer
