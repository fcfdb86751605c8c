"""View as: kept in the session, read-only, over after its time. What is seen is what both may see (common.reader.intersect)."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from shouwang.common.reader import Reader, intersect
from shouwang.trust.access import queries, viewing
from shouwang.trust.access.policies import why_not

KEY = "view_as"


def through(request: HttpRequest, own: Reader, now: datetime) -> Reader:
    """The reader of this request: one's own, or what one shares with the person one looks through."""
    kept = request.session.get(KEY)
    if not kept:
        return own
    account, until = int(kept["account"]), datetime.fromisoformat(kept["until"])
    seen = queries.reader_of(account, timezone.localdate(now), now)
    if now >= until or seen is None or why_not(own, "view_as") is not None:
        stop(request, own.account_id, now)
        return own
    return intersect(own, seen)


def begin(request: HttpRequest, account: int, by: Reader, now: datetime) -> None:
    """CannotView with the reason."""
    found, until = viewing.start(account=account, by=by, now=now)
    request.session[KEY] = {"account": found.pk, "until": until.isoformat()}


def stop(request: HttpRequest, by: int, now: datetime) -> bool:
    """Whether there was anything to end. `by`: the account at the screen."""
    kept = request.session.pop(KEY, None)
    if kept:
        viewing.end(account=int(kept["account"]), by=by, now=now)
    return bool(kept)


def until(request: HttpRequest) -> datetime | None:
    kept = request.session.get(KEY) if hasattr(request, "session") else None
    return datetime.fromisoformat(kept["until"]) if kept else None


def only_reading(request: HttpRequest) -> HttpResponseBase:
    """The answer to every change that is tried with somebody else's eyes."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": "/"})
    messages.warning(request, _("以他人身份查看时只能看，不能改。请先结束查看。"))
    return HttpResponseRedirect("/")
