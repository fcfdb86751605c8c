"""People as the log knows them: the same word for the same account or name, and nobody's number."""

from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def account_word(request: HttpRequest) -> str:
    """The account as the log knows it: the same word for the same account, and nobody's number."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return word("account", str(user.pk))


def word(kind: str, value: str) -> str:
    return salted_hmac(f"shouwang.log-{kind}", value, algorithm="sha256").hexdigest()[:12]
