"""One shift, and what its person or the planning office can do about it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.web.duty import present
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.work.duty import actions, policies, queries


def number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


@require_safe
@page("duty")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    by, today = request.reader, timezone.localdate(request.now)
    found = queries.shift(by, pk)
    if found is None:
        return missing(request)
    mine, plans = found.account_id == by.account_id and not by.is_read_only, queries.may_edit(by, found.roster)
    colleagues = queries.substitutes(found.roster, found.account_id) if mine or plans else []
    running = found.starts_at <= request.now < found.ends_at
    shown = {
        "shift": present.shift(found, by, today),
        "running": running,
        "may_swap": mine and found.ends_at > request.now and not policies.why_not(found.state, "ask"),
        "may_leave": mine and found.ends_at > request.now and not policies.why_not(found.state, "leave"),
        "may_note": mine and found.starts_at <= request.now and not policies.why_not(found.state, "note"),
        "may_give": plans and found.ends_at > request.now and not policies.why_not(found.state, "give"),
        "may_remove": plans and not policies.why_not(found.state, "remove"),
        "may_read": queries.may_read(by, found.roster, request.now),
        "colleagues": [(each.pk, each.name, each.username) for each in colleagues],
        "exchange": [present.shift(each, by, today) for each in queries.to_exchange(found, request.now)] if mine else [],
        "callers": [(code, pick(*title)) for code, title in policies.CALLERS.items()],
        "moment": timezone.localtime(request.now).strftime("%Y-%m-%dT%H:%M"),
        "leave_reason": queries.leave_reason(by, found, request.now) if plans else "",
    }
    return render(request, "duty/shift.html", shown)


@require_POST
@page("duty")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by, now, said = request.reader, request.now, request.POST
    found = queries.shift(by, pk)
    if found is None or move not in ("swap", "leave", "give", "remove", "note", "call"):
        return missing(request)
    chosen = number(said.get("account", ""))
    try:
        if move == "swap":
            back = number(said.get("back", ""))
            to = queries.holder(back) if back is not None else chosen
            actions.ask_swap(shift=pk, of=to or 0, back=back, by=by, now=now)
        elif move == "leave":
            actions.report_leave(shift=pk, reason=said.get("reason", "")[:2000], substitute=chosen, by=by, now=now)
        elif move == "give":
            actions.name_substitute(shift=pk, account=chosen or 0, by=by, now=now)
        elif move == "remove":
            actions.remove_shift(shift=pk, by=by, now=now)
        elif move == "note":
            actions.hand_over(shift=pk, note=said.get("note", "")[:4000], by=by, now=now)
        else:
            _call(request, pk)
    except actions.CannotRoster as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(f"/duty/shifts/{pk}/" if move != "remove" else f"/duty/{found.roster_id}/")


def _call(request: PageRequest, pk: int) -> None:
    said = request.POST
    try:
        at = timezone.make_aware(datetime.fromisoformat(said.get("at", "")))
    except ValueError:
        raise actions.CannotRoster(_("请填写来电时间。")) from None
    actions.log_call(
        shift=pk, at=at, caller=said.get("caller", ""), what=said.get("what", "")[:4000], done=said.get("done", "")[:4000],
        by=request.reader, now=request.now,
    )  # fmt: skip


@require_POST
@page("duty")
def answer(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by, now = request.reader, request.now
    answers = {"agree": actions.agree, "refuse": actions.refuse, "withdraw": actions.withdraw}
    if move not in answers or queries.swap(by, pk) is None:
        return missing(request)
    try:
        answers[move](swap=pk, by=by, now=now)
    except actions.CannotRoster as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已换班，双方的班次都已更新。") if move == "agree" else _("已记录。"))
    return HttpResponseRedirect("/duty/")


@require_POST
@page("duty")
def take(request: PageRequest, pk: int) -> HttpResponseBase:
    roster = queries.roster_of_note(request.reader, pk, request.now)
    if roster is None:
        return missing(request)
    try:
        actions.take_over(hand_over=pk, by=request.reader, now=request.now)
    except actions.CannotRoster as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已接班。"))
    return HttpResponseRedirect(f"/duty/{roster}/notes/")
