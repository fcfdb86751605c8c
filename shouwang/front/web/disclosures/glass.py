"""Breaking the glass on screen: ask, agree, take note, end, review."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.common.categories import mask, titles
from shouwang.front.web.disclosures import forms
from shouwang.front.web.kit import words
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access.policies import glass_possible, why_not
from shouwang.work.disclosures import actions, policies
from shouwang.work.disclosures.queries import glasses

SHOWN = 60


def status(found: Any, now: datetime) -> str:
    if found.state == "open":
        until = f"{timezone.localtime(found.until):%m-%d %H:%M}"
        return pick(f"已打开，到 {until}", f"Open until {until}") if glasses.is_open(found, now) else pick("时间已到", "Time is over")
    return pick("已失效，无人同意", "Lapsed, nobody agreed") if glasses.is_lapsed(found, now) else pick(*policies.STATES[found.state])


def row(request: PageRequest, found: Any) -> dict[str, Any]:
    return {
        "pk": found.pk,
        "who": glasses.who(found, request.reader),
        "asked_by": found.asked_by.name,
        "asked_at": found.asked_at,
        "what": pick("、", ", ").join(titles(found.categories, request.reader.lang)),
        "status": status(found, request.now),
        "open": glasses.is_open(found, request.now),
        "verdict": pick(*policies.VERDICTS[found.verdict]) if found.verdict else "",
        "overdue": glasses.is_overdue(found, request.now),
    }


@require_safe
@page("break_glass_follow")
def listing(request: PageRequest) -> HttpResponseBase:
    by = request.reader
    shown = {
        "todo": [row(request, found) | {"todo": kind} for kind, found in glasses.waiting(by, request.now)],
        "rows": [row(request, found) for found in glasses.visible(by)[:SHOWN]],
        "may_ask": why_not(by, "break_glass") is None,
    }
    return render(request, "disclosures/glasses.html", shown)


@require_http_methods(["GET", "POST"])
@page("break_glass")
def new(request: PageRequest) -> HttpResponseBase:
    """`?number=` fills in whom it is about."""
    by = request.reader
    form = forms.Glass(
        request.POST if request.method == "POST" else None,
        possible=glass_possible(by),
        initial={"number": request.GET.get("number", "")[:40], "hours": 2},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.ask(
                number=given["number"],
                categories=mask(given["categories"]),
                reason=given["reason"],
                hours=given["hours"],
                by=by,
                now=request.now,
            )
        except actions.CannotBreak as refused:
            form.add_error(None, str(refused))
        else:
            opened = made.state == "open"
            messages.success(request, _("已打开。每次查看都有记录，事后会复核。") if opened else _("已提交，等第二人同意后打开。"))
            return HttpResponseRedirect(f"/break-glass/{made.pk}/")
    return render(request, "disclosures/glass_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@page("break_glass_follow")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    by, now = request.reader, request.now
    found = glasses.glass(by, pk)
    if found is None:
        return missing(request)
    reason, note = glasses.words(found, by, now)
    may = {
        "decide": glasses.why_not_decide(found, by, now),
        "end": glasses.why_not_end(found, by, now),
        "review": glasses.why_not_review(found, by, now),
    }
    context = {
        "row": row(request, found),
        "glass": found,
        "reason": reason,
        "note": note,
        "may": {name: not why for name, why in may.items()},
        "why_not_decide": may["decide"] if found.state == "asked" else "",
        "told": [(one.account.name, one.seen_at) for one in found.notices.select_related("account__staff").order_by("pk")],
        "to_note": found.notices.filter(account=by.account_id, seen_at=None).exists(),
        "readings": [(words.exact(one.at), one.account.name) for one in glasses.seen_under(found)[:SHOWN]],
        "student_url": f"/students/{found.student_id}/" if glasses.is_open(found, now) and found.asked_by_id == by.account_id else "",
        "verdicts": [(code, pick(*title)) for code, title in policies.VERDICTS.items()],
    }
    return render(request, "disclosures/glass.html", context)


MOVES = ("agree", "refuse", "end", "review", "noted")


@require_POST
@page("break_glass_follow")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by, now = request.reader, request.now
    if move not in MOVES or glasses.glass(by, pk) is None:
        return missing(request)
    try:
        if move == "agree":
            actions.agree(glass=pk, by=by, now=now)
        elif move == "refuse":
            actions.refuse(glass=pk, by=by, now=now)
        elif move == "end":
            actions.end(glass=pk, by=by, now=now)
        elif move == "noted":
            actions.take_note(glass=pk, by=by, now=now)
        else:
            actions.review(glass=pk, verdict=request.POST.get("verdict", ""), note=request.POST.get("note", "")[:2000], by=by, now=now)
    except actions.CannotBreak as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(f"/break-glass/{pk}/")
