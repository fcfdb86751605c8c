"""Reporting from a telephone, and the reporter's receipt."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.front.web.incidents import forms, present
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import ROLES
from shouwang.work.incidents import actions, policies, queries
from shouwang.work.incidents.actions import reporting
from shouwang.work.incidents.network import URGENCIES, channel_of
from shouwang.work.incidents.queries import categories

FOUND = 8
LISTED = 60
PLACES = 40
URGENCY_MEANS = {
    "routine": ("工作时间内处理", "In working hours"),
    "urgent": ("当天处理，夜里由值班人员处理", "Today; at night by whoever is on duty"),
    "critical": ("人身有危险，立即通知", "A person is in danger: at once"),
}


@require_http_methods(["GET", "POST"])
@page("report")
def new(request: PageRequest) -> HttpResponseBase:
    """Sent twice (a telephone that tries again) it leads to the same receipt."""
    by, refused = request.reader, ""
    sent = request.POST
    if request.method == "POST":
        try:
            photos = reporting.photographs(forms.pictures(request, policies.PHOTOS, policies.PHOTO_BYTES), by.lang)
            found = actions.report(given=forms.given(sent), by=by, now=request.now, photos=photos)
        except actions.CannotAct as why:
            refused = str(why)
        else:
            return HttpResponseRedirect(f"/report/{found.pk}/?sent={found.key}")
    channel, role = channel_of(by.roles)
    chosen = access.students(by).select_related("class_unit").filter(sid__in=forms.numbers(sent, "sid"))
    context = {
        "refused": refused,
        "key": sent.get("key") or uuid.uuid4(),
        "account": by.account_id,
        "kinds": [(one.code, pick(one.zh, one.en), one.icon, one.urgency) for one in categories.kinds().values()],
        "urgencies": [(code, pick(*title), pick(*URGENCY_MEANS[code])) for code, title in URGENCIES.items()],
        "sent": sent,
        "chosen": list(chosen) if sent.get("sid") else [],
        "also_sent": sent.getlist("also"),
        "channel": pick(channel.zh, channel.en),
        "role": pick(ROLES[role].zh, ROLES[role].en) if role else "",
        "way": " → ".join(pick("、", "+").join(present.station(code) for code in step) for step in channel.path),
        "stations": [(code, present.station(code)) for code in dict.fromkeys(code for step in channel.path for code in step)],
        "places": [(unit.pk, unit.name) for unit in access.units(by).filter(kind__in=("class", "floor"))[:PLACES]],
        "associations": bool(by.roles & {"student", "youth_league"}),
    }
    return render(request, "incidents/report.html", context, status=422 if refused else 200)


@require_safe
@page("report")
def students(request: PageRequest) -> HttpResponseBase:
    """Whom it is about: by name, pinyin or number, or the list of a class or floor; within what the reporter may see."""
    by, text = request.reader, request.GET.get("q", "").strip()[:40]
    place = number(request.GET.get("place", ""), 9)
    unit = access.unit(by, place) if place is not None else None
    if unit is not None:
        field = "dorm_path" if unit.tree == "dormitory" else "unit_path"
        rows = list(access.students(by).select_related("class_unit").filter(**{f"{field}__startswith": unit.path})[: LISTED + 1])
        most = LISTED
    else:
        rows = list(access.search(by, text).select_related("class_unit")[: FOUND + 1]) if text else []
        most = FOUND
    return render(
        request, "incidents/found.html", {"rows": rows[:most], "text": text or (unit.name if unit else ""), "more": len(rows) > most}
    )


@require_safe
@page("report")
def mine(request: PageRequest) -> HttpResponseBase:
    found = list(queries.own(request.reader)[:LISTED])
    return render(request, "incidents/mine.html", {"rows": present.rows(request.reader, found)})


@require_safe
@page("report")
def receipt(request: PageRequest, pk: int) -> HttpResponseBase:
    """What the reporter sees of their report: what they said, whom it reached, what came of it."""
    by, now = request.reader, request.now
    found = queries.own(by).filter(pk=pk).first()
    if found is None:
        return missing(request)
    target = found.merged_into or found
    context = {
        "one": found,
        "row": present.rows(by, [found])[0],
        "words": queries.words(by, found, now),
        "students": queries.students_of(by, found).students,
        "steps": present.steps(target, now, with_reasons=False),
        "story": present.story(by, found),
        "outcome": pick(*policies.OUTCOMES[target.outcome]) if target.outcome else "",
        "merged": found.merged_into_id,
        "photos": list(found.photos.order_by("number").values_list("number", flat=True)),
        "may": {move: not policies.why_not(move, state=found.state, parts={"reporter"}) for move in ("add", "reopen")},
        "sent": request.GET.get("sent", "")[:40],
        "account": by.account_id,
    }
    return render(request, "incidents/receipt.html", context)


@require_POST
@page("report")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by, note = request.reader, request.POST.get("note", "")
    if move not in ("add", "reopen") or not queries.own(by).filter(pk=pk).exists():
        return missing(request)
    try:
        if move == "add":
            actions.add(incident=pk, note=note, by=by, now=request.now)
        else:
            actions.reopen(incident=pk, reason=note, by=by, now=request.now)
    except actions.CannotAct as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(f"/report/{pk}/")
