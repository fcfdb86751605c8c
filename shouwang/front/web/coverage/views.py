"""Coverage: nobody is left out. Gaps first, each with one click to whoever could fill it."""

from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shouwang.common.reader import acting
from shouwang.front.web.coverage import ending, export, presenter
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import actions as access
from shouwang.trust.access import queries
from shouwang.trust.access.policies import ROLES, why_not
from shouwang.trust.people import actions as people
from shouwang.trust.people.policies import CADRE_ROLES, SLOT

FOUND = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@page("coverage")
def board(request: PageRequest) -> HttpResponse:
    """`?level=class` lists who answers for each class; without it, the gaps."""
    by, on = request.reader, timezone.localdate(request.now)
    level = request.GET.get("level", "")
    level = level if level in presenter.KIND_TITLES else ""
    empty = queries.empty_slots(by, on)
    levels = presenter.levels(by, empty)
    covered, whole = queries.covered_students(by, on)
    kinds = {row.kind for row in levels}
    chips = [{"title": pick("缺口", "Gaps"), "url": "/coverage/", "on": not level, "count": len(empty)}]
    chips += [
        {"title": pick(*titles), "url": f"/coverage/?level={kind}", "on": level == kind}
        for kind, titles in presenter.KIND_TITLES.items()
        if kind in kinds
    ]
    shown = {
        "levels": levels,
        "empty": len(empty),
        "gaps": presenter.gaps(by, empty) if not level else [],
        "unheard": presenter.unheard(by, request.now),
        "covered": covered,
        "whole": whole,
        "bare": whole - covered,
        "students": presenter.bare_students(by, on) if not level else [],
        "register": presenter.register(by, on, level) if level else [],
        "level": level,
        "here": f"/coverage/?level={level}",
        "chips": chips,
        "may_assign": why_not(by, "coverage_assign") is None,
        "why_not_assign": why_not(by, "coverage_assign"),
    }
    return render(request, "coverage/board.html", shown)


@require_http_methods(["GET", "POST"])
@page("coverage_assign")
def fill(request: PageRequest, slot: str, pk: int) -> HttpResponseBase:
    """Choose who holds a slot at a unit."""
    by, on = request.reader, timezone.localdate(request.now)
    unit, place = queries.unit(by, pk), SLOT.get(slot)
    if unit is None or place is None or place.kind != unit.kind:
        return missing(request)
    roles = [role for role in place.roles if role not in CADRE_ROLES]
    if request.method == "POST":
        role = request.POST.get("role", roles[0])
        return _assign(request, role if role in roles else "", {"unit": unit}, unit.name)
    text = request.GET.get("q", "").strip()
    people_found = queries.staff(by, text)[:FOUND] if text else queries.candidates(by, unit, place, on)[:FOUND]
    shown = {
        "title": f"{unit.name} · {pick(place.zh, place.en)}",
        "where": unit.parent.name if unit.parent else "",
        "roles": [{"code": role, "title": pick(ROLES[role].zh, ROLES[role].en)} for role in roles],
        "staff": [_person(person) for person in people_found],
        "held": ending.holding(queries.endable(by, on).filter(unit=unit, role__in=roles)),
        "today": on,
        "q": text,
        "here": f"/coverage/fill/{slot}/{pk}/",
        "back": _back(request),
    }
    return render(request, "coverage/fill.html", shown)


@require_http_methods(["GET", "POST"])
@page("coverage_assign")
def fill_student(request: PageRequest, sid: int) -> HttpResponseBase:
    """Choose who answers for one student."""
    student, on = queries.student(acting(request.reader, "write"), sid), timezone.localdate(request.now)
    if student is None:
        return missing(request)
    if request.method == "POST":
        return _assign(request, "responsible", {"student": student}, student.name)
    text = request.GET.get("q", "").strip()
    shown = {
        "title": f"{student.name} · {pick('包保责任人', 'Responsible person')}",
        "where": student.class_unit.name,
        "roles": [{"code": "responsible", "title": pick("包保责任人", "Responsible person")}],
        "staff": [_person(person) for person in queries.staff(request.reader, text)[:FOUND]],
        "held": ending.holding(queries.endable(request.reader, on).filter(student=student)),
        "today": on,
        "q": text,
        "here": f"/coverage/students/{sid}/",
        "back": _back(request),
    }
    return render(request, "coverage/fill.html", shown)


def _person(person: object) -> dict[str, object]:
    office = getattr(person, "office", None)
    load = getattr(person, "load", None)
    return {"pk": person.pk, "name": person.name, "number": person.number, "office": office.name if office else "", "load": load}  # type: ignore[attr-defined]


def _back(request: PageRequest) -> str:
    """The page of this room on which the gap was seen; empty when that is the board, or the address leads elsewhere."""
    given = request.POST.get("next") or request.GET.get("next", "")
    return given if given.startswith("/coverage/") else ""


def _assign(request: PageRequest, role: str, target: dict[str, object], name: str) -> HttpResponseBase:
    back, chosen = _back(request), request.POST.get("staff", "")
    again = f"{request.path}?{urlencode({'next': back})}" if back else request.path
    person = queries.staff(request.reader).filter(pk=number(chosen) or 0).first()
    if person is None or not role:
        messages.warning(request, _("没有找到这位教职工，请重新选择。"))
        return redirect(again)
    until, wrong = _until(request)
    if wrong:
        messages.warning(request, _("请填写正确的截止日期，或留空。"))
        return redirect(again)
    try:
        people.assign_responsible(
            role=role,
            staff=person,
            starts_on=timezone.localdate(request.now),
            ends_on=until,
            by=request.reader.account_id,
            now=request.now,
            **target,  # type: ignore[arg-type]
        )
    except people.CannotAssign as refusal:
        messages.warning(request, str(refusal))
        return redirect(again)
    said = {"person": person.name, "name": name, "day": until}
    if until:
        messages.success(request, _("已指定 %(person)s 负责 %(name)s，今天起生效，到 %(day)s 为止。") % said)
    else:
        messages.success(request, _("已指定 %(person)s 负责 %(name)s，今天起生效。") % said)
    return redirect(back or "/coverage/")


def _until(request: PageRequest) -> tuple[date | None, bool]:
    """(the last day that was asked for, whether what was written is no day). Empty is without end."""
    text = request.POST.get("ends_on", "").strip()
    try:
        return (date.fromisoformat(text) if text else None), False
    except ValueError:
        return None, True


@require_GET
@page("coverage")
def download(request: PageRequest) -> HttpResponseBase:
    """The register and the gaps as an Excel file; taking it is on record."""
    if why_not(request.reader, "export") is not None:
        return missing(request)
    on = timezone.localdate(request.now)
    content, rows = export.workbook(acting(request.reader, "export"), on, request.now)
    access.note_exported(by=request.reader.account_id, what="coverage", rows=rows, now=request.now)
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="coverage-{on.isoformat()}.xlsx"'
    return response
