"""Keyset pages: a cursor names the last row seen, so that page 900 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

from shouwang.front.web.kit.words import pick

Row = TypeVar("Row")
SIZE = 50
MOST = 10_000  # no list is read further than this; counting on would cost more than it says


def count(found: QuerySet[Any]) -> int:
    """How many rows there are, no further than MOST + 1."""
    return found.order_by()[: MOST + 1].count()


def shown(total: int) -> str:
    """「1,234」「10,000 以上」"""
    return f"{total:,}" if total <= MOST else pick(f"{MOST:,} 以上", f"over {MOST:,}")


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
    here = pick(f"本页 {len(rows)} 条", f"{len(rows)} on this page")
    whole = "" if total is None else pick(f"，共 {shown(total)} 条", f" of {shown(total)}")
    return Pager(here + whole + (pick("；", "; ") + hidden if hidden else ""), first or "", following)
