"""Meeting mode: one point after another on one page. Said, agreed, who, by when; then the next."""

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.meetings import present
from shouwang.trust.access import readings
from shouwang.work.meetings import actions, policies, queries


@require_safe
@page("meetings")
def hold(request: PageRequest, pk: int) -> HttpResponseBase:
    """`?item=` is the point in hand; without it, the first that waits. For who holds the meeting; the others read the meeting's own page."""
    by, now = request.reader, request.now
    found = queries.meeting(by, pk)
    if found is None or not queries.holds(by, found):
        return missing(request)
    if found.state != "running":
        return HttpResponseRedirect(f"/meetings/{pk}/")
    items, today = queries.visible_items(by, found), timezone.localdate(now)
    points = [present.point(said, today) for said in queries.said(items, now)]
    asked = request.GET.get("item", "")
    at = next((n for n, one in enumerate(points) if str(one.pk) == asked), None)
    if at is None:
        at = next((n for n, one in enumerate(points) if one.state == "waiting"), 0)
    current = items[at] if items else None
    if current is not None and current.student_id is not None:
        readings.note(by=by, sid=current.student_id, now=now)
    before = {one.url: one for said in queries.became(by, found, now) if (one := present.point(said, today)).url}
    context = {
        "meeting": present.meeting(found),
        "points": points,
        "point": points[at] if points else None,
        "next": points[at + 1].pk if at + 1 < len(points) else 0,
        "back": points[at - 1].pk if at > 0 else 0,
        "at": at + 1,
        "before": before.get(points[at].url) if points else None,
        "owners": queries.owners(found, current, now) if current is not None else [],
        "within": [(n, pick(f"{n} 个上学日内", f"within {n} school days")) for n in policies.WITHIN],
        "longest": policies.LONGEST_AGREED,
        "hidden": policies.hidden(found.items.count() - len(items), by.lang),
        "left": sum(one.state == "waiting" for one in points),
    }
    return render(request, "meetings/hold.html", context)


@require_POST
@page("meetings")
def item(request: PageRequest, pk: int, item: int, move: str) -> HttpResponseBase:
    """`note`: what was said; `decide`: what was agreed; `put-off`. `next` in the form names where to go then."""
    by, now, given = request.reader, request.now, request.POST
    found = queries.meeting(by, pk)
    if found is None or queries.item(by, found, item) is None or move not in ("note", "decide", "put-off"):
        return missing(request)
    try:
        if move in ("note", "decide") and "discussed" in given:
            actions.note(meeting=pk, item=item, discussed=given["discussed"], by=by, now=now)
        if move == "decide":
            owner, days = (given.get(name, "") for name in ("owner", "days"))
            numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0 for text in (owner, days)]
            actions.decide(meeting=pk, item=item, agreed=given.get("agreed", ""), owner=numbers[0], days=numbers[1], by=by, now=now)
            messages.success(request, _("已成为一项工作，负责人会收到。"))
        elif move == "put-off":
            actions.put_off(meeting=pk, item=item, by=by, now=now)
    except actions.CannotMeet as refused:
        messages.warning(request, str(refused))
        return HttpResponseRedirect(f"/meetings/{pk}/hold/?item={item}")
    following = given.get("go", "") or str(item)
    return HttpResponseRedirect(f"/meetings/{pk}/hold/?item={following}" if number(following) else f"/meetings/{pk}/")


@require_POST
@page("meetings")
def presence(request: PageRequest, pk: int) -> HttpResponseBase:
    if queries.meeting(request.reader, pk) is None:
        return missing(request)
    given = {at: str(value) for name, value in request.POST.items() if name[:1] == "p" and (at := number(name[1:])) is not None}
    try:
        actions.note_presence(meeting=pk, presence=given, by=request.reader, now=request.now)
    except actions.CannotMeet as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(f"/meetings/{pk}/")
