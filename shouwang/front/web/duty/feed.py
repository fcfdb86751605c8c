"""One's own duty as a calendar for the telephone: a secret address, no sign-in, only what concerns the person."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from icalendar import Alarm, Calendar, Event

from shouwang.front import clock
from shouwang.front.web.duty.pages import no_store
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.work.duty import actions, queries


@require_http_methods(["GET", "POST"])
@page("duty")
def make(request: PageRequest) -> HttpResponseBase:
    """A new address, shown this once; or the end of the one in use."""
    if request.method == "GET":
        return render(request, "duty/feed.html", {"has_feed": queries.has_feed(request.reader), "address": ""})
    try:
        if request.POST.get("do") == "revoke":
            actions.revoke_feed(by=request.reader, now=request.now)
            messages.success(request, _("订阅地址已停用。"))
            return HttpResponseRedirect("/duty/calendar/")
        token = actions.make_feed(by=request.reader, now=request.now)
    except actions.CannotRoster as refused:
        messages.warning(request, str(refused))
        return HttpResponseRedirect("/duty/calendar/")
    address = request.build_absolute_uri(f"/duty/calendar/{token}.ics")
    return no_store(render(request, "duty/feed.html", {"has_feed": True, "address": address}))


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    """Whoever knows the address reads one person's shifts: when and where, nothing else. An ended one is as unknown as any."""
    now = clock.now()
    found = queries.feed(token, now)
    if found is None:
        return missing(request)
    book = Calendar()
    book.add("prodid", "-//Shouwang//Duty//ZH")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", pick("值班", "Duty"))
    book.add("refresh-interval;value=duration", "PT1H")
    for one in found:
        event = Event()
        event.add("uid", f"shift-{one.pk}@shouwang")
        event.add("dtstamp", now)
        event.add("dtstart", one.starts_at)
        event.add("dtend", one.ends_at)
        event.add("summary", pick(f"值班：{one.roster.title}", f"Duty: {one.roster.title}"))
        event.add("location", one.roster.unit.name)
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", timedelta(hours=-2))
        alarm.add("description", pick("两小时后值班", "On duty in two hours"))
        event.add_component(alarm)
        book.add_component(event)
    return no_store(HttpResponse(book.to_ical(), content_type="text/calendar; charset=utf-8"))
