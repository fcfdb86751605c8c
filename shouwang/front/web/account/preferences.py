"""Language and colour scheme travel in two cookies, so that the page is right before anybody has signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase

YEAR = 365 * 24 * 3600


def keep(response: HttpResponseBase, *, language: str | None = None, scheme: str | None = None) -> None:
    options: dict[str, Any] = {"max_age": YEAR, "samesite": "Lax", "secure": settings.SECURE_COOKIES}
    if language is not None:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, **options)
    if scheme is not None:
        response.set_cookie("scheme", scheme, **options)
