"""Who may see what, as the school has decided it; and looking through somebody else's eyes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.common.categories import TITLES, Category
from shouwang.front import clock
from shouwang.front.web.access import present
from shouwang.front.web.kit import viewing
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import matrix
from shouwang.trust.access import viewing as eyes

FOUND = 20


@require_safe
@page("access")
def matrix_page(request: PageRequest) -> HttpResponseBase:
    """`?role=` one role by relationship, `?category=` everybody who may know it; without, all roles at a glance."""
    found = matrix.load()
    role, category = request.GET.get("role", ""), request.GET.get("category", "")
    role = role if role in found.roles else ""
    category = category if category in Category.__members__ and category != "public" and not role else ""
    context = {
        "roles": [(one.code, pick(one.zh, one.en)) for one in found.roles.values()],
        "heads": present.heads(),
        "legend": present.legend(),
        "role": role,
        "role_title": pick(found.roles[role].zh, found.roles[role].en) if role else "",
        "category": category,
        "category_title": pick(*TITLES[Category[category]]) if category else "",
        "rows": present.of_role(role) if role else [] if category else present.everybody(),
        "who": present.of_category(Category[category]) if category else [],
        "cells": f"{sum(1 for _cell in found.cells()):,}",
    }
    return render(request, "access/matrix.html", context)


@require_http_methods(["GET", "POST"])
@page("view_as")
def view_as(request: PageRequest) -> HttpResponseBase:
    """Choose whose eyes; by POST begin."""
    if request.method == "POST":
        chosen = request.POST.get("account", "")
        try:
            viewing.begin(
                request, int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else 0, request.reader, request.now
            )
        except eyes.CannotView as refused:
            messages.warning(request, str(refused))
            return HttpResponseRedirect(request.path)
        return HttpResponseRedirect("/")
    text = request.GET.get("q", "").strip()[:40]
    people = list(eyes.candidates(request.reader, text)[:FOUND]) if text else []
    return render(request, "access/view_as.html", {"people": people, "q": text})


@require_POST
def view_as_end(request: HttpRequest) -> HttpResponseBase:
    """Back to one's own eyes. Not behind `page`: looking through somebody, one may change nothing but this."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect("/login/")
    if not viewing.stop(request, request.user.pk, clock.now()):
        return missing(request)
    messages.info(request, _("已结束，您又是自己了。"))
    return HttpResponseRedirect("/")
