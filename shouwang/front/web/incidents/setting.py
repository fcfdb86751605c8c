"""The school's own categories: the list, one form, retiring."""

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shouwang.common.categories import Category, titles
from shouwang.front.web.incidents import present
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.work.incidents.actions import CannotAct, own
from shouwang.work.incidents.network import URGENCIES, load
from shouwang.work.incidents.queries import categories

# What a report of a category may need besides "incident": then only those who may know it read such reports.
NEEDS = (Category.health, Category.psychological, Category.family)


@require_http_methods(["GET", "POST"])
@page("incident_categories")
def listing(request: PageRequest) -> HttpResponseBase:
    by, sent, refused = request.reader, request.POST, ""
    if request.method == "POST":
        mask = sum(int(need) for need in NEEDS if need.name in sent.getlist("needs"))
        try:
            own.add(
                title=sent.get("title", ""),
                title_en=sent.get("title_en", ""),
                urgency=sent.get("urgency", ""),
                departments=sent.getlist("departments"),
                skips=bool(sent.get("skips")),
                mask=mask,
                by=by,
                now=request.now,
            )
        except CannotAct as why:
            refused = str(why)
        else:
            messages.success(request, _("已增加，上报页立即可选。"))
            return HttpResponseRedirect("/incidents/categories/")
    departments = load().departments
    context = {
        "refused": refused,
        "sent": sent,
        "rows": [
            {
                "code": one.code,
                "title": pick(one.zh, one.en),
                "urgency": present.urgency(one.urgency),
                "departments": pick("、", ", ").join(pick(departments[code].zh, departments[code].en) for code in one.departments),
                "needs": pick("、", ", ").join(titles(one.mask & ~Category.identity, by.lang)),
                "own": one.own,
            }
            for one in categories.kinds().values()
        ],
        "urgencies": [(code, pick(*title)) for code, title in URGENCIES.items()],
        "sent_departments": sent.getlist("departments"),
        "sent_needs": sent.getlist("needs"),
        "departments": [(code, pick(one.zh, one.en)) for code, one in departments.items()],
        "needs": [(need.name, titles(need, by.lang)[0]) for need in NEEDS],
    }
    return render(request, "incidents/categories.html", context, status=422 if refused else 200)


@require_POST
@page("incident_categories")
def retire(request: PageRequest, code: str) -> HttpResponseBase:
    if code not in categories.titles("zh") or not categories.kind(code).own:
        return missing(request)
    try:
        own.retire(code=code, by=request.reader, now=request.now)
    except CannotAct as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已停用；以前的反馈不受影响。"))
    return HttpResponseRedirect("/incidents/categories/")
