"""How allauth's sign-in machinery speaks and what it may do here: passwords of known accounts, nothing else."""

import logging
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from shouwang.front import clock
from shouwang.front.web.account import factors
from shouwang.front.web.account.preferences import keep
from shouwang.front.web.kit.pseudonyms import word
from shouwang.trust.access import actions

logger = logging.getLogger(__name__)


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # untyped
    """Set by ACCOUNT_ADAPTER. The refusal is the same for an unknown name, a wrong password and a closed account."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("用户名或密码不对。请检查后再试；忘记密码请点“忘记密码”。"),
        "too_many_login_attempts": _("尝试次数过多，已暂停登录。请五分钟后再试；忘记密码请点“忘记密码”。"),
        "enter_current_password": _("当前密码不对，请再输入一次。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just signed in need not type the password again to set up a second factor; after five minutes they must."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        return time.time() - factors.latest_proof(self.request) > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password is in the log, under a word that says whether it was the same name again."""
        logger.warning("sign-in refused", extra={"account": word("name", str(credentials.get("username", "")))})

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """allauth announces changes of second factors here: they go on record."""
        factors.tell(template_prefix, user)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The pages say what happened themselves."""

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """A sign-in is on record; the account's language and scheme come along to this browser."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        actions.note_signed_in(account=user, now=clock.now())
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        keep(response, language=None if chosen else user.language, scheme=None if "scheme" in request.COOKIES else user.scheme)
        return response
