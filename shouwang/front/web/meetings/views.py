"""Meetings: what is before me, one meeting with its agenda as far as I may read it, its minutes."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shouwang.common.reader import acting
from shouwang.front.web.kit.sheets import mark
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.meetings import present
from shouwang.trust.access import readings
from shouwang.trust.access.policies import why_not
from shouwang.work.meetings import actions, minutes, policies, queries
from shouwang.work.printing.pages import CannotPrint

PAST = 30
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
@page("meetings")
def listing(request: PageRequest) -> HttpResponseBase:
    by, now = request.reader, request.now
    coming = list(queries.coming(by, now))
    past = queries.meetings(by).exclude(pk__in=[one.pk for one in coming]).order_by("-starts_at")
    context = {
        "coming": [present.meeting(one) for one in coming],
        "past": [present.meeting(one) for one in past[:PAST]],
        "series": list(queries.series_of(by)),
        "decisions": [(agreed, present.meeting(one)) for agreed, one in queries.my_decisions(by, now)],
        "may_plan": why_not(by, "meetings_plan") is None,
    }
    return render(request, "meetings/list.html", context)


@require_safe
@page("meetings")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    by, now = request.reader, request.now
    found = queries.meeting(by, pk)
    if found is None:
        return missing(request)
    today, items = timezone.localdate(now), queries.visible_items(by, found)
    readings.note_many(by=by, sids=[row.student_id for row in items if row.student_id], now=now, kind="page")
    points = [present.point(said, today) for said in queries.said(items, now)]
    runs = queries.holds(by, found) or queries.runs(by, found.series)
    context = {
        "meeting": present.meeting(found),
        "points": points,
        "hidden": policies.hidden(found.items.count() - len(items), by.lang),
        "became": [present.point(said, today) for said in queries.became(by, found, now)],
        "people": [_person(one) for one in queries.participants(found)],
        "mine": found.participants.filter(account=by.account_id).first(),
        "moves": {move: not policies.why_not(move, state=found.state) and runs for move in policies.MOVE_TITLES},
        "holds": queries.holds(by, found),
        "drawn_at": found.drawn_at,
        "left_out": policies.left_out(found.left_out, by.lang),
        "counts": {state: sum(point.state == state for point in points) for state in present.ITEM_STATES},
        "may_export": why_not(by, "export") is None,
        "starts": timezone.localtime(found.starts_at).strftime("%Y-%m-%dT%H:%M"),
    }
    return render(request, "meetings/one.html", context)


def _person(one: Any) -> dict[str, Any]:
    answers = {"yes": pick("参加", "Comes"), "no": pick("不能参加", "Cannot come"), "": pick("未回复", "No answer")}
    return {
        "pk": one.pk,
        "name": one.account.name,
        "office": one.account.staff.office.name if one.account.staff and one.account.staff.office else "",
        "part": pick(*policies.PARTS[one.part]),
        "answer": answers[one.answer],
        "presence": one.presence,
        "presence_title": pick(*policies.PRESENCE[one.presence]) if one.presence else "",
    }


@require_POST
@page("meetings")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    if queries.meeting(request.reader, pk) is None or move not in (*policies.MOVE_TITLES, "topic", "yes", "no"):
        return missing(request)
    try:
        _move(request, pk, move)
    except actions.CannotMeet as refused:
        messages.warning(request, str(refused))
    else:
        if move == "open":
            return HttpResponseRedirect(f"/meetings/{pk}/hold/")
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(f"/meetings/{pk}/")


def _move(request: PageRequest, pk: int, move: str) -> None:
    by, now, given = request.reader, request.now, request.POST
    if move == "topic":
        actions.add_topic(meeting=pk, title=given.get("title", ""), by=by, now=now)
    elif move in ("yes", "no"):
        actions.answer(meeting=pk, coming=move == "yes", by=by, now=now)
    elif move == "shift":
        starts_at = present.moment(given.get("starts_at", ""))
        if starts_at is None:
            raise actions.CannotMeet(pick("请选择日期和时间。", "Choose a day and a time."))
        actions.shift(meeting=pk, starts_at=starts_at, place=given.get("place", ""), by=by, now=now)
    else:
        deeds = {
            "invite": actions.invite,
            "draw": actions.draw,
            "open": actions.open_meeting,
            "close": actions.close,
            "cancel": actions.cancel,
        }
        deeds[move](meeting=pk, by=by, now=now)


@require_POST
@page("meetings")
def decision(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    found = queries.decision(request.reader, pk)
    if found is None or move not in ("done", "drop"):
        return missing(request)
    try:
        actions.end_decision(decision=pk, done=move == "done", by=request.reader, now=request.now)
    except actions.CannotMeet as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect("/meetings/")


def _minutes(request: PageRequest, pk: int) -> minutes.Minutes | None:
    """The reader's copy: what they may take out of what they may read."""
    by, now = acting(request.reader, "export"), request.now
    found = queries.meeting(by, pk) if why_not(by, "meetings") is None else None
    if found is None:
        return None
    items = queries.visible_items(by, found)
    last = queries.before(found)
    before = queries.visible_items(by, last) if last is not None else []
    actions.take_minutes(meeting=found, items=[*items, *before], by=request.reader, now=now)
    readings.note_many(by=by, sids=[row.student_id for row in (*items, *before) if row.student_id], now=now, kind="export", ref=found.ref)
    titled = [(present.title(said), said) for said in queries.said(items, now)]
    carried = [(present.title(said), said) for said in queries.became(by, found, now)]
    hidden = found.items.count() - len(items)
    return minutes.Minutes(found, list(queries.participants(found)), titled, carried, hidden, mark(request.reader, now))


@require_safe
@page("export")
def minutes_pdf(request: PageRequest, pk: int) -> HttpResponseBase:
    copy = _minutes(request, pk)
    if copy is None:
        return missing(request)
    try:
        content = minutes.pdf(copy, request.now)
    except CannotPrint as refused:
        messages.warning(request, str(refused))
        return HttpResponseRedirect(f"/meetings/{pk}/")
    return _file(content, "application/pdf", _("会议纪要") + f"-{pk}.pdf", inline=True)


@require_safe
@page("export")
def minutes_docx(request: PageRequest, pk: int) -> HttpResponseBase:
    copy = _minutes(request, pk)
    if copy is None:
        return missing(request)
    return _file(minutes.word(copy), DOCX, _("会议纪要") + f"-{pk}.docx")


def _file(content: bytes, kind: str, name: str, *, inline: bool = False) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(not inline, name) or "", "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)
