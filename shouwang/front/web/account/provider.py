"""Campus sign-ins allauth does not bring: CAS 3.0 and WeCom; DingTalk with the staff number. Found by allauth's registry (provider_classes)."""

from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.providers.base import Provider, ProviderAccount
from allauth.socialaccount.providers.dingtalk.provider import DingTalkProvider
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from shouwang.front.web.account.dingtalk import DingTalk
from shouwang.front.web.account.wecom import WeCom


class CasProvider(Provider):  # type: ignore[misc]  # untyped
    id = "cas"
    name = "CAS"
    account_class = ProviderAccount
    supports_redirect = True

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("campus", args=["cas"])

    def redirect(self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any) -> HttpResponse:
        """To the campus's sign-in page; the state in the service address ties the answer to this browser's session."""
        state = self.stash_redirect_state(request, process, next_url, data, **kwargs)
        return HttpResponseRedirect(f"{self.app.settings['server_url']}/login?{urlencode({'service': self.service(request, state)})}")

    def service(self, request: HttpRequest, state: str) -> str:
        return request.build_absolute_uri(f"{reverse('campus_back', args=['cas'])}?{urlencode({'state': state})}")

    def extract_uid(self, data: dict[str, str]) -> str:
        return data["number"]


class WeComProvider(OAuth2Provider):  # type: ignore[misc]
    id = "wecom"
    name = "企业微信"
    account_class = ProviderAccount
    oauth2_adapter_class = WeCom

    def extract_uid(self, data: dict[str, str]) -> str:
        return data["number"]

    def get_default_scope(self) -> list[str]:
        return []

    def get_auth_params_from_request(self, request: HttpRequest, action: Any) -> dict[str, str]:
        """WeCom's own names for what OAuth 2 calls client_id."""
        return {"login_type": "CorpApp", "appid": self.app.client_id, "agentid": self.app.key}


class CampusDingTalk(DingTalkProvider):  # type: ignore[misc]
    name = "钉钉"
    oauth2_adapter_class = DingTalk
    package = "shouwang.front.web.account"

    def extract_uid(self, data: dict[str, str]) -> str:
        return data["number"]

    def get_default_scope(self) -> list[str]:
        return ["openid"]


provider_classes = [CasProvider, WeComProvider, CampusDingTalk]
