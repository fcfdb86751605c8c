"""Security groups and liaison pairs: who is named where, gaps first, and which way their reports go."""

from dataclasses import dataclass
from io import BytesIO

import xlsxwriter
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from shouwang.common.reader import acting
from shouwang.front.web.coverage import presenter
from shouwang.front.web.coverage.export import fill_sheet
from shouwang.front.web.kit import sheets
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import actions as access
from shouwang.trust.access import queries
from shouwang.trust.access.policies import ROLES, why_not
from shouwang.trust.people.network import Group
from shouwang.trust.people.policies import POSTS
from shouwang.work.incidents import queries as incidents

SHOWN, NAMED = 300, 6
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LACKS = {"staff": ("缺教职工", "No staff"), "cadre": ("缺学生干部", "No student cadre")}


@dataclass(frozen=True, slots=True)
class Line:
    pk: int
    unit: str
    where: str
    kind: str
    title: str
    staff: str
    cadres: str
    lacks: str
    fill: str


@require_GET
@page("coverage")
def board(request: PageRequest) -> HttpResponse:
    """`?kind=class` narrows to a level."""
    on, kind = timezone.localdate(request.now), request.GET.get("kind", "")
    found = queries.groups(request.reader, on)
    kinds = {one.post.slot.kind for one in found}
    kind = kind if kind in kinds else ""
    chosen = [one for one in found if not kind or one.post.slot.kind == kind]
    gaps = sum(1 for one in found if one.bare)
    shown = {
        "rows": [_line(one) for one in chosen[:SHOWN]],
        "more": max(0, len(chosen) - SHOWN),
        "whole": len(found),
        "gaps": gaps,
        "held": len(found) - gaps,
        "levels": [_level(code, found) for code in dict.fromkeys(post.slot.code for post in POSTS) if any(_of(code, one) for one in found)],
        "chips": [{"title": pick("全部", "All"), "url": "/coverage/network/", "on": not kind, "count": None}]
        + [
            {"title": pick(*titles), "url": f"/coverage/network/?kind={code}", "on": kind == code, "count": None}
            for code, titles in presenter.KIND_TITLES.items()
            if code in kinds
        ],
        "ways": [
            {"title": pick(ROLES[role].zh, ROLES[role].en), "way": pick(" → ", " → ").join(incidents.way_of(role, pick("zh", "en")))}
            for role in ("cadre_safety", "cadre_class", "cadre_dorm")
        ],
        "here": f"/coverage/network/?kind={kind}" if kind else "/coverage/network/",
        "may_assign": why_not(request.reader, "coverage_assign") is None,
    }
    return render(request, "coverage/network.html", shown)


def _of(code: str, one: Group) -> bool:
    return one.post.slot.code == code


def _level(code: str, found: list[Group]) -> dict[str, object]:
    mine = [one for one in found if _of(code, one)]
    slot = mine[0].post.slot
    return {
        "unit_title": pick(*presenter.KIND_TITLES[slot.kind]),
        "title": pick(slot.zh, slot.en),
        "held": sum(1 for one in mine if not one.bare),
        "whole": len(mine),
    }


def _line(one: Group, most: int = NAMED) -> Line:
    slot, parent = one.post.slot, one.unit.parent
    names = [presenter.titled(duty.staff.name, duty.role) for duty in one.staff if duty.staff is not None]
    cadres = [presenter.titled(duty.cadre.name, duty.role) for duty in one.cadres if duty.cadre is not None]
    return Line(
        pk=one.unit.pk,
        unit=one.unit.name,
        where=parent.name if parent is not None else "",
        kind=slot.kind,
        title=pick(slot.zh, slot.en),
        staff=_names(names, most),
        cadres=_names(cadres, most),
        lacks=pick("、", ", ").join(pick(*LACKS[what]) for what in one.bare),
        fill=f"/coverage/fill/{slot.code}/{one.unit.pk}/",
    )


def _names(names: list[str], most: int) -> str:
    named = list(dict.fromkeys(names))
    more = len(named) - most
    return pick("、", ", ").join(named[:most]) + (pick(f" 等 {len(named)} 人", f" and {more} more") if more > 0 else "")


@require_GET
@page("coverage")
def download(request: PageRequest) -> HttpResponseBase:
    """Everybody in the groups and pairs as an Excel file; taking it is on record."""
    if why_not(request.reader, "export") is not None:
        return missing(request)
    by, on = acting(request.reader, "export"), timezone.localdate(request.now)
    rows = [_line(one, most=10_000) for one in queries.groups(by, on)]
    mark, stream = sheets.mark(by, request.now), BytesIO()
    heads = [pick("层级", "Level"), pick("单位", "Unit"), pick("所属", "Belongs to"), pick("小组", "Group"), pick("教职工", "Staff")]
    heads += [pick("学生干部", "Student cadres"), pick("缺少", "Lacks")]
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        lines = [[pick(*presenter.KIND_TITLES[row.kind]), row.unit, row.where, row.title, row.staff, row.cadres, row.lacks] for row in rows]
        fill_sheet(book, pick("安全小组与联络", "Security groups and liaison"), heads, lines, mark)
        sheets.sign(book, mark)
    access.note_exported(by=request.reader.account_id, what="network", rows=len(rows), now=request.now)
    response = HttpResponse(stream.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="network-{on.isoformat()}.xlsx"'
    return response
