"""Sign-in as settings: passwords, second factors, campus sign-in, sessions. Read by settings.py; every value comes from SHOUWANG_* variables."""

import os
from typing import Any
from urllib.parse import unquote, urlsplit


def _words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def _numbers(name: str, default: str) -> tuple[int, int, int]:
    try:
        first, second, third = (int(word) for word in _words(name, default))
    except ValueError:
        raise SystemExit(f"{name} 要三个整数，逗号分隔，如 {default}；读到的是 {os.environ[name]!r}") from None
    return first, second, third


# ---- who must prove themselves twice, and for how long ----------------------------------------------------------------------
SECOND_FACTOR = tuple(_words("SHOUWANG_SECOND_FACTOR", "confidential"))
IDLE_MINUTES = _numbers("SHOUWANG_IDLE_MINUTES", "15,60,240")

# ---- allauth ----------------------------------------------------------------------------------------------------------------
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # staff share machines: the session ends with the browser
ACCOUNT_ADAPTER = "shouwang.front.web.account.adapter.Adapter"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# A whole school signs in from one address in the morning; what is counted strictly are failures for one name.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip,5/300s/key", "reauthenticate": "10/m/user"}
MFA_ADAPTER = "shouwang.front.web.account.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # telephones are some seconds off; a code still counts once only (account.forms)
MFA_TOTP_ISSUER = "守望"
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}  # a whole school has one address
MFA_FORMS = {
    "authenticate": "shouwang.front.web.account.factors.SecondFactor",
    "reauthenticate": "shouwang.front.web.account.factors.SecondFactorAgain",
    "activate_totp": "shouwang.front.web.account.factors.NewApp",
    "add_webauthn": "shouwang.front.web.account.factors.NewKey",
    "authenticate_webauthn": "shouwang.front.web.account.factors.KeyAsSecond",
    "login_webauthn": "shouwang.front.web.account.factors.KeyAlone",
    "reauthenticate_webauthn": "shouwang.front.web.account.factors.KeyAgain",
}
PROXIES = int(os.environ.get("SHOUWANG_PROXIES", "0"))
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES

# ---- the campus's own sign-in ------------------------------------------------------------------------------------------------
SOCIALACCOUNT_ADAPTER = "shouwang.front.web.account.campus.CampusAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 8
CAMPUS: dict[str, dict[str, str]] = {}
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {}


def _offer(provider: str, app: dict[str, Any], address: str) -> None:
    SOCIALACCOUNT_PROVIDERS[provider] = {"APPS": [app | {"provider_id": provider}]} | (
        {"OAUTH_PKCE_ENABLED": True} if provider == "openid_connect" else {}
    )
    CAMPUS[provider] = {"name": app["name"], "origin": "{0.scheme}://{0.netloc}".format(urlsplit(address)) if address else ""}


if oidc_url := os.environ.get("SHOUWANG_OIDC_URL", "").rstrip("/"):
    _offer(
        "openid_connect",
        {
            "name": os.environ.get("SHOUWANG_OIDC_NAME", "统一身份认证"),
            "client_id": os.environ.get("SHOUWANG_OIDC_CLIENT", ""),
            "secret": os.environ.get("SHOUWANG_OIDC_SECRET", ""),
            "settings": {"server_url": oidc_url, "number_claim": os.environ.get("SHOUWANG_OIDC_CLAIM", "preferred_username")},
        },
        oidc_url,
    )
if cas_url := os.environ.get("SHOUWANG_CAS_URL", "").rstrip("/"):
    _offer(
        "cas",
        {
            "name": os.environ.get("SHOUWANG_CAS_NAME", "统一身份认证"),
            "client_id": "cas",
            "settings": {"server_url": cas_url, "number_attribute": os.environ.get("SHOUWANG_CAS_ATTRIBUTE", "")},
        },
        cas_url,
    )
if wecom_corp := os.environ.get("SHOUWANG_WECOM_CORP", ""):
    _offer(
        "wecom",
        {
            "name": "企业微信",
            "client_id": wecom_corp,
            "secret": os.environ.get("SHOUWANG_WECOM_SECRET", ""),
            "key": os.environ.get("SHOUWANG_WECOM_AGENT", ""),
        },
        "https://login.work.weixin.qq.com",
    )
if dingtalk_client := os.environ.get("SHOUWANG_DINGTALK_CLIENT", ""):
    _offer(
        "dingtalk",
        {"name": "钉钉", "client_id": dingtalk_client, "secret": os.environ.get("SHOUWANG_DINGTALK_SECRET", "")},
        "https://login.dingtalk.com",
    )
# Browsers apply form-action to where a form's answer redirects: the campus's sign-in pages must be named.
SIGN_IN_ORIGINS = sorted({one["origin"] for one in CAMPUS.values()} | set(_words("SHOUWANG_SIGN_IN_ORIGINS")))
# Hosts inside the campus network that outgoing calls may reach; everything private is refused otherwise (trust.outgoing).
INTERNAL_HOSTS = tuple(_words("SHOUWANG_INTERNAL_HOSTS"))

# ---- mail --------------------------------------------------------------------------------------------------------------------
_mail = urlsplit(os.environ.get("SHOUWANG_MAIL", ""))
MAIL = bool(_mail.hostname)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if MAIL else "django.core.mail.backends.dummy.EmailBackend"
EMAIL_HOST = _mail.hostname or ""
EMAIL_PORT = _mail.port or (465 if _mail.scheme == "smtps" else 587)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = os.environ.get("SHOUWANG_MAIL_FROM", "shouwang@localhost")
ADDRESS = os.environ.get("SHOUWANG_ADDRESS", "").rstrip("/")
