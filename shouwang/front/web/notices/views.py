"""What one was told: the bell, the list, one message, acknowledging, choosing."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.common.reader import Reader
from shouwang.front.pipeline import taking
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.notices import forms, matters, present
from shouwang.work.incidents.actions import CannotAct
from shouwang.work.notifications import actions, queries


def _rows(by: Reader, found: Iterable[queries.Item]) -> list[dict[str, Any]]:
    return [present.row(one, refused=taking.why_not(by, one)) for one in found]


ONLY = ("", "unread", "asks", "crisis")


@require_safe
@page("notices")
def bell(request: PageRequest) -> HttpResponseBase:
    """How much is new, and the crises that wait for a hand; asked by every page."""
    found = queries.bell(request.reader)
    shown = {"unread": "99+" if found.unread > 99 else found.unread, "crises": _rows(request.reader, found.crises)}
    return render(request, "notices/bell.html", shown)


@require_safe
@page("notices")
def menu(request: PageRequest) -> HttpResponseBase:
    """The newest, under the bell."""
    rows, _more = queries.listing(request.reader, size=6)
    return render(request, "notices/menu.html", {"rows": [present.row(one) for one in rows]})


@require_safe
@page("notices")
def listing(request: PageRequest) -> HttpResponseBase:
    only = request.GET.get("only", "")
    only = only if only in ONLY else ""
    before = request.GET.get("before", "")
    rows, following = queries.listing(request.reader, only=only, before=number(before, 17) or 0)
    titles = {
        "": pick("全部", "All"),
        "unread": pick("未读", "Unread"),
        "asks": pick("等我确认", "For me to take"),
        "crisis": present.tier("crisis"),
    }
    context = {
        "rows": _rows(request.reader, rows),
        "following": following,
        "only": only,
        "paged": bool(before),
        "chips": [present.chip(title, key, only) for key, title in titles.items()],
        "unread": queries.unread(request.reader),
    }
    return render(request, "notices/list.html", context)


@require_POST
@page("notices")
def read_all(request: PageRequest) -> HttpResponseBase:
    actions.read(by=request.reader.account_id, now=request.now)
    return HttpResponseRedirect("/notices/")


@require_safe
@page("notices")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    """One message, and who was told of it: for those it went to, and for those who may see the matter."""
    by = request.reader
    found, mine = queries.message(pk), queries.mine(by, pk)
    if found is None or (mine is None and not matters.may_see(by, found.ref)):
        return missing(request)
    if mine is not None:
        actions.read(by=by.account_id, now=request.now, message=pk)
    people, groups = queries.told(by, found)
    taker = queries.taken(found)
    context = {
        "message": found,
        "title": pick(found.title, found.title_en),
        "body": pick(found.body, found.body_en),
        "tier": present.tier(found.tier),
        "mine": present.row(mine, refused=taking.why_not(by, mine)) if mine is not None else None,
        "people": present.people(people, request.now, all_of_them=not by.roles <= present.FAMILY),
        "groups": [present.way(given, request.now) for given in groups],
        "taken_by": (taker.staff.name if taker.staff is not None else pick("一位同学", "a student")) if taker is not None else "",
        "reached": sum(1 for person in people if person.read_at or any(way.state in ("handed", "returned") for way in person.ways)),
    }
    return render(request, "notices/one.html", context)


@require_safe
@page("notices")
def go(request: PageRequest, pk: int) -> HttpResponseBase:
    """Where links in mails and texts lead: it was read; on to the matter. Whether that may be seen, its own page says."""
    mine = queries.mine(request.reader, pk)
    if mine is None:
        return missing(request)
    actions.read(by=request.reader.account_id, now=request.now, message=pk)
    inside = mine.url.startswith("/") and url_has_allowed_host_and_scheme(mine.url, allowed_hosts=None)
    return HttpResponseRedirect(f"/notices/{pk}/" if mine.asks or not inside else mine.url)


@require_POST
@page("notices")
def acknowledge(request: PageRequest, pk: int) -> HttpResponseBase:
    by = request.reader
    mine = queries.mine(by, pk)
    if mine is None:
        return missing(request)
    try:
        is_mine = taking.take(message=pk, by=by, now=request.now)
    except CannotAct as refused:
        messages.warning(request, str(refused))
        return HttpResponseRedirect(f"/notices/{pk}/")
    if not is_mine:
        messages.warning(request, _("已经有人负责处理了，您不需要再处理。"))
    else:
        messages.success(request, _("已确认。其他人会知道由您处理。") if mine.tier == "crisis" else _("已确认。"))
    return HttpResponseRedirect(f"/notices/{pk}/")


@require_http_methods(["GET", "POST"])
@page("settings")
def preferences(request: PageRequest) -> HttpResponseBase:
    """How I am told, within what the tiers allow."""
    by = request.reader
    form = forms.Preferences(request.POST if request.method == "POST" else None, choice=queries.preference(by), lang=by.lang)
    if form.is_bound and form.is_valid():
        try:
            actions.choose(**form.chosen(), by=by, now=request.now)
        except actions.CannotChoose as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("已保存。"))
            return HttpResponseRedirect("/settings/notices/")
    shown: dict[str, Any] = {"form": form, "ways": form.ways}
    return render(request, "notices/preferences.html", shown, status=422 if form.is_bound else 200)
