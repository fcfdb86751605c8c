"""WeCom (企业微信): the user id of the school's directory is the staff or student number. After allauth's DingTalk provider."""

from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.http import HttpRequest
from django.urls import reverse


class Client(OAuth2Client):  # type: ignore[misc]  # untyped
    """WeCom gives a token to the school's application, not to the person; the code is then changed for a user id."""

    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: dict[str, str]) -> str:
        asked = {"redirect_uri": self.callback_url, "state": self.state or "", **extra_params}
        return f"{authorization_url}?{urlencode(asked)}"

    def get_access_token(self, code: str, pkce_code_verifier: str | None = None) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.access_token_url, params={"corpid": self.consumer_key, "corpsecret": self.consumer_secret})
            answer.raise_for_status()
        said = answer.json()
        if said.get("errcode") or not said.get("access_token"):
            raise OAuth2Error(f"WeCom refused a token: {said.get('errcode')}")
        return {"access_token": said["access_token"], "expires_in": said.get("expires_in"), "code": code}


class WeCom(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "wecom"
    client_class = Client
    authorize_url = "https://login.work.weixin.qq.com/wwlogin/sso/login"
    access_token_url = "https://qyapi.weixin.qq.com/cgi-bin/gettoken"  # noqa: S105  an address
    profile_url = "https://qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo"

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("campus_back", args=[self.provider_id]))

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Members of the school's directory only: an outside contact has an openid and no userid."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, params={"access_token": token.token, "code": kwargs["response"]["code"]})
            answer.raise_for_status()
        said = answer.json()
        if said.get("errcode") or not said.get("userid"):
            raise ProviderException("WeCom names no member of the school")
        return self.get_provider().sociallogin_from_response(request, {"number": said["userid"]})
