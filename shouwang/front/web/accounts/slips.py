"""An invitation on paper: who it is for, the address with its QR code, until when it works."""

import base64
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import qrcode  # type: ignore[import-untyped]
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

from shouwang.front import clock
from shouwang.trust.access.invitations import OPEN_FOR, RESET_FOR


def address(request: HttpRequest, word: str) -> str:
    path = reverse("invitation", args=[word])
    return f"{settings.ADDRESS}{path}" if settings.ADDRESS else request.build_absolute_uri(path)


def qr(text: str) -> str:
    """A QR code as a data address, which the content security policy lets pass."""
    out = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=1).save(out)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def slips(
    request: HttpRequest, people: Iterable[tuple[str, str, Any]], words: dict[int, str], purpose: str = "open"
) -> list[dict[str, Any]]:
    """`people`: (name, line under it, account)."""
    ends = clock.now() + (OPEN_FOR if purpose == "open" else RESET_FOR)
    made = []
    for name, line, account in people:
        to = address(request, words[account.pk])
        made.append({"name": name, "line": line, "username": account.username, "address": to, "qr": qr(to), "until": ends})
    return made
