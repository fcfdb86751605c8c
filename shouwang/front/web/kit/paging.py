"""Keyset pages: a cursor names the last row seen, so that page 900 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest

from shouwang.front.web.kit.words import pick

Row = TypeVar("Row")
SIZE = 50


@dataclass(frozen=True, slots=True)
class Pager:
    sentence: str
    first: str = ""
    next: str = ""


def cursor(request: HttpRequest) -> list[Any] | None:
    """The key of the last row of the page before (`?after=`), None on the first page or when it is not readable."""
    given = request.GET.get("after", "")
    if not given:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    except (ValueError, binascii.Error):
        return None
    return key if isinstance(key, list) else None


def pager(
    request: HttpRequest, rows: Sequence[Row], *, key: list[Any] | None, total: int | None = None, more: bool, hidden: str = ""
) -> Pager:
    """`rows`: what the page shows; `key`: the last row's key; `more`: whether rows follow; `hidden`: a sentence about what is not shown."""
    address = request.GET.copy()
    address.pop("after", None)
    first = f"?{address.urlencode()}" if request.GET.get("after") else ""
    following = ""
    if more and key is not None:
        address["after"] = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
        following = f"?{address.urlencode()}"
    shown = pick(f"本页 {len(rows)} 条", f"{len(rows)} on this page")
    whole = "" if total is None else pick(f"，共 {total:,} 条", f" of {total:,}")
    return Pager(shown + whole + (pick("；", "; ") + hidden if hidden else ""), first or "", following)
