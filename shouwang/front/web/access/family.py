"""What students and guardians may know and decide about the file: who looked at it, and what an adult student lets guardians see."""

from itertools import groupby

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shouwang.common.categories import TITLES, Category
from shouwang.front.web.kit import words
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries as access
from shouwang.trust.access import readings as looked
from shouwang.trust.access import sharing as shared
from shouwang.work.disclosures.queries import sheets

KINDS = {
    "page": ("看了档案", "Read the file"),
    "alert": ("看了一条预警的依据", "Read the evidence of an alert"),
    "export": ("导出的名单里有这位同学", "Took out a list with this student in it"),
    "disclosure": ("看了学校披露的内容", "Read what the school disclosed"),
    "case": ("看了关于这位同学的个案", "Read the case of this student"),
    "incident": ("看了一件关于这位同学的反馈", "Read a report about this student"),
    "glass": ("在紧急查看中看了档案", "Read the file under a break-glass"),
}
GUARDIANS_ZH = "这里只列出与您可以看到的内容有关的查看；学校内部的工作记录由学校另行留存。"
GUARDIANS_EN = "Only readings of what you may see yourself are listed here; the school keeps its records of internal work."


@require_safe
@page("readings")
def readings(request: PageRequest) -> HttpResponseBase:
    """One's own file, or the first child's."""
    sids = [sid for scope in request.reader.scopes if scope.relationship in looked.FAMILY for sid in scope.sids]
    return _of(request, sids[0]) if sids else missing(request)


@require_safe
@page("readings")
def readings_of(request: PageRequest, sid: int) -> HttpResponseBase:
    return _of(request, sid)


def _of(request: PageRequest, sid: int) -> HttpResponseBase:
    by, today = request.reader, timezone.localdate(request.now)
    own = {one for scope in by.scopes if scope.relationship in looked.FAMILY for one in scope.sids}
    student = access.student(by, sid) if sid in own else None
    if student is None:
        return missing(request)
    rows = looked.of_student(by, sid)
    days = [
        {
            "title": words.day(on, today, weekday=True),
            "rows": [
                {
                    "at": f"{timezone.localtime(row.at):%H:%M}",
                    "name": row.name,
                    "role": row.role,
                    "what": pick(*KINDS[row.kind]),
                    "ground": row.ground,
                    "glass": row.kind == "glass",
                }
                for row in group
            ],
        }
        for on, group in groupby(rows, key=lambda row: timezone.localdate(row.at))
    ]
    children = [(one.sid, one.name) for one in access.students(by) if one.sid in own]
    given = sheets.consents(by).filter(student_id=sid, withdrawn_at=None)
    context = {"student": student, "days": days, "children": children, "whole": len(rows) < looked.SHOWN, "consents": given}
    # Said to every guardian alike, whatever was left out: that the list is not all of it gives nothing away.
    context["partly"] = "" if shared.state(by) else pick(GUARDIANS_ZH, GUARDIANS_EN)
    context["nothing"] = pick("没有可以列出的查看", "No readings to list")
    return render(request, "access/readings.html", context)


@require_http_methods(["GET", "POST"])
@page("sharing")
def sharing(request: PageRequest) -> HttpResponseBase:
    """What guardians see of an adult student: the student's own choice."""
    state = shared.state(request.reader)
    if state is None:
        return missing(request)
    if request.method == "POST":
        names = [name for name in request.POST.getlist("category") if name in Category.__members__]
        try:
            shared.set_sharing(by=request.reader, names=names, now=request.now)
        except shared.CannotShare as refused:
            messages.warning(request, str(refused))
            return HttpResponseRedirect(request.path)
        messages.success(request, _("已保存，监护人现在只看得到您选的内容。"))
        return HttpResponseRedirect(request.path)
    offered = [
        {"name": category.name, "title": pick(*titles), "on": bool(state.categories & category)}
        for category, titles in TITLES.items()
        if category & state.possible
    ]
    return render(request, "access/sharing.html", {"offered": offered, "why_not": state.why_not, "set_at": state.set_at})
