"""The procedures: what happens when, by whom, drawn; edits are new versions, open cases keep theirs."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shouwang.front.pipeline import casework
from shouwang.front.web.cases.present import role, within
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.playbooks import forms
from shouwang.front.web.playbooks.drawing import diagram
from shouwang.trust.access.policies import why_not
from shouwang.work.playbooks import actions, queries
from shouwang.work.playbooks.policies import problems
from shouwang.work.playbooks.procedure import DOMAINS, LADDERS, OUTPUTS, Procedure, StepPlan
from shouwang.work.playbooks.reading import shipped

EMPTY = Procedure("", "", "", "academic", "homeroom_teacher", "college_lead", "", (StepPlan("first", "", "", "1 school day", "talk"),))


@require_GET
@page("playbooks")
def board(request: PageRequest) -> HttpResponse:
    rows = list(queries.in_force())
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        said = {"row": row, "title": pick(row.title, row.title_en or row.title), "about": pick(row.about, row.about_en or row.about)}
        groups.setdefault(row.domain, []).append(said | {"steps": row.steps.count(), "lead": role(row.lead)})
    waiting = len(set(shipped()) - {row.code for row in queries.known()})
    context = {
        "groups": [{"title": pick(*DOMAINS[code]), "rows": groups[code]} for code in DOMAINS if code in groups],
        "total": len(rows),
        "waiting": waiting,
        "may_edit": why_not(request.reader, "playbooks_edit") is None,
    }
    return render(request, "playbooks/list.html", context)


@require_GET
@page("playbooks")
def sheet(request: PageRequest, code: str) -> HttpResponse:
    """One procedure: drawn, and step by step. `?version=` shows an older one."""
    rows = list(queries.versions(code))
    asked = request.GET.get("version", "")
    row = next((one for one in rows if str(one.version) == asked), rows[0] if rows else None)
    if row is None:
        return missing(request)
    given = queries.procedure(row)
    context = {
        "row": row,
        "title": pick(row.title, row.title_en or row.title),
        "about": pick(row.about, row.about_en or row.about),
        "domain": pick(*DOMAINS[row.domain]),
        "lead": role(row.lead),
        "supervisor": role(row.supervisor),
        "drawn": diagram(given),
        "steps": [_told(given, step) for step in given.steps],
        "versions": rows,
        "is_newest": row.pk == rows[0].pk,
        "why_not_edit": why_not(request.reader, "playbooks_edit"),
    }
    return render(request, "playbooks/page.html", context)


def _told(given: Procedure, step: StepPlan) -> dict[str, Any]:
    known = given.by_code
    before = []
    for one in step.after:
        if one.step in known:
            title = next(
                (pick(each.title, each.title_en or each.title) for each in known[one.step].decisions if each.code == one.decision), ""
            )
            own = known[one.step]
            before.append(f"{pick(own.title, own.title_en or own.title)}" + (f"：{title}" if title else ""))
    return {
        "title": pick(step.title, step.title_en or step.title),
        "how": pick(step.how, step.how_en or step.how),
        "owner": role(step.responsible),
        "instead": pick("、", ", ").join(role(one) for one in step.instead),
        "consulted": pick("、", ", ").join(role(one) for one in step.consulted),
        "informed": pick("、", ", ").join(role(one) for one in step.informed),
        "within": within(step.within),
        "round": step.clock == "round",
        "output": pick(*OUTPUTS[step.output]),
        "ladder": pick(*LADDERS[step.ladder]),
        "before": before,
        "decisions": [pick(one.title, one.title_en or one.title) for one in step.decisions],
    }


@require_http_methods(["GET", "POST"])
@page("playbooks_edit")
def edit(request: PageRequest, code: str) -> HttpResponseBase:
    """The next version. What was typed stays, whatever goes wrong."""
    newest = queries.versions(code).first()
    if newest is None:
        return missing(request)
    return _edit(request, code, queries.procedure(newest), newest.version)


@require_http_methods(["GET", "POST"])
@page("playbooks_edit")
def new(request: PageRequest) -> HttpResponseBase:
    return _edit(request, "", EMPTY, 0)


def _edit(request: PageRequest, code: str, before: Procedure, version: int) -> HttpResponseBase:
    if request.method != "POST":
        return _form(request, code, before, version)
    given = forms.read(request.POST, code or f"school-{secrets.token_hex(3)}")
    if "publish" not in request.POST:
        return _form(request, code, given, version, bound=True)
    if code and request.POST.get("version") != str(version):
        messages.error(
            request, pick("您打开页面以后已有新的一版，请先看过再决定。", "A newer version was published meanwhile; look at it first.")
        )
        return _form(request, code, given, version, bound=True)
    try:
        row = actions.publish(procedure=given, by=request.reader, now=request.now)
    except actions.CannotPublish as refused:
        if not refused.problems:
            messages.error(request, str(refused))
        return _form(request, code, given, version, bound=True)
    messages.success(
        request,
        pick(f"已发布第 {row.version} 版；进行中的个案仍按原来的版本", f"Version {row.version} is published; open cases keep theirs"),
    )
    return redirect("playbooks:page", code=row.code)


def _form(request: PageRequest, code: str, given: Procedure, version: int, *, bound: bool = False) -> HttpResponse:
    found = problems(given) if bound else []
    context = forms.shown(given, found) | {"code": code, "version": version, "drawn": diagram(given), "wrong": len(found), "bound": bound}
    return render(request, "playbooks/edit.html", context, status=422 if bound else 200)


@require_POST
@page("playbooks_edit")
def retire(request: PageRequest, code: str) -> HttpResponseBase:
    if queries.versions(code).first() is None:
        return missing(request)
    try:
        actions.retire(code=code, by=request.reader, now=request.now)
        messages.success(request, pick("已停用：新的个案不再用它", "Retired: no new case begins with it"))
    except actions.CannotPublish as refused:
        messages.error(request, str(refused))
    return redirect("playbooks:page", code=code)


@require_POST
@page("playbooks_edit")
def install(request: PageRequest) -> HttpResponseBase:
    count = casework.install(now=request.now, by=request.reader.account_id)
    messages.success(request, pick(f"已启用 {count} 个流程", f"{count} procedures are in force"))
    return redirect("playbooks:list")
