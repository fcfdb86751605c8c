"""Meetings in one's own calendar: one as a file, all of them at an address that only its owner knows."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from shouwang.front import clock
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.work.meetings import actions, minutes, queries

TYPE = "text/calendar; charset=utf-8"


def _base(request: HttpRequest) -> str:
    return str(getattr(settings, "ADDRESS", "")) or f"{request.scheme}://{request.get_host()}"


@require_http_methods(["GET", "HEAD", "POST"])
@page("meetings")
def own(request: PageRequest) -> HttpResponseBase:
    """POST makes a new address; it is shown once."""
    address = ""
    if request.method == "POST":
        try:
            address = f"{_base(request)}/meetings/feed/{actions.make_feed(by=request.reader, now=request.now)}.ics"
        except actions.CannotMeet as refused:
            messages.warning(request, str(refused))
            return HttpResponseRedirect("/meetings/calendar/")
    return render(request, "meetings/calendar.html", {"address": address})


@require_safe
@page("meetings")
def single(request: PageRequest, pk: int) -> HttpResponseBase:
    found = queries.meeting(request.reader, pk)
    if found is None:
        return missing(request)
    content = minutes.calendar([found], _base(request), request.now)
    return HttpResponse(content, content_type=TYPE, headers={"Content-Disposition": f'attachment; filename="meeting-{pk}.ics"'})


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Title, time and place of the meetings of whoever holds the word. No sign-in: calendars have none."""
    account = queries.of_feed(hashlib.sha256(token.encode()).hexdigest())
    if account is None:
        return missing(request)
    now = clock.now()
    return HttpResponse(minutes.calendar(queries.in_feed(account, now), _base(request), now), content_type=TYPE)
