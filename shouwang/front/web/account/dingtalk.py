"""DingTalk: whoever signed in there is looked up in the school's own directory, which knows the job number."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.dingtalk.views import DingTalkOAuth2Adapter
from django.http import HttpRequest
from django.urls import reverse


class DingTalk(DingTalkOAuth2Adapter):  # type: ignore[misc]  # untyped
    corporate_token_url = "https://api.dingtalk.com/v1.0/oauth2/accessToken"  # noqa: S105  an address
    by_union_url = "https://oapi.dingtalk.com/topapi/user/getbyunionid"
    member_url = "https://oapi.dingtalk.com/topapi/v2/user/get"

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("campus_back", args=[self.provider_id]))

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, headers={"x-acs-dingtalk-access-token": token.token})
            answer.raise_for_status()
            number = self._number(session, app, str(answer.json().get("unionId") or ""))
        return self.get_provider().sociallogin_from_response(request, {"number": number})

    def _number(self, session: Any, app: Any, union: str) -> str:
        """unionId → user id of the school → job number. ProviderException for whoever is no member."""
        got = session.post(self.corporate_token_url, json={"appKey": app.client_id, "appSecret": app.secret})
        got.raise_for_status()
        access = {"access_token": got.json().get("accessToken", "")}
        member = session.post(self.by_union_url, params=access, json={"unionid": union})
        member.raise_for_status()
        user = (member.json().get("result") or {}).get("userid")
        if not union or not user:
            raise ProviderException("DingTalk names no member of the school")
        whole = session.post(self.member_url, params=access, json={"userid": user})
        whole.raise_for_status()
        number = str((whole.json().get("result") or {}).get("job_number") or "")
        if not number:
            raise ProviderException("DingTalk's directory carries no job number")
        return number
