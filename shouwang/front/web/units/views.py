"""Dashboards: the levels of a unit by week, of the units below it, and the rules behind them."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shouwang.common.levels import LEVELS
from shouwang.front.web.kit import sheets
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.units import present
from shouwang.trust.access import policies
from shouwang.trust.access.actions import note_exported
from shouwang.work.desk import levels


@require_GET
@page("dashboards")
def board(request: PageRequest) -> HttpResponseBase:
    """The reader's own unit; with several, a table of them."""
    roots = levels.roots(request.reader)
    if len(roots) == 1:
        return _unit(request, roots[0])
    run = levels.latest_run()
    context = {
        "rows": present.table(levels.of_units(roots)),
        "run": run,
        "as_of": _as_of(request, run),
        "children_title": _("您负责的单位"),
    }
    return render(request, "units/unit.html", context)


@require_GET
@page("dashboards")
def unit(request: PageRequest, pk: int) -> HttpResponseBase:
    found = levels.unit(request.reader, pk)
    return missing(request) if found is None else _unit(request, found)


def _unit(request: PageRequest, unit: Any) -> HttpResponseBase:
    by, today = request.reader, timezone.localdate(request.now)
    run = levels.latest_run()
    own = levels.of_units([unit])
    weeks = levels.weeks(unit)
    context = {
        "unit": unit,
        "above": levels.unit(by, unit.parent_id) if unit.parent_id else None,
        "run": run,
        "as_of": _as_of(request, run),
        "stats": present.stats(own[0]) if own else [],
        "chart": present.chart(weeks, unit.name),
        "rows": present.table(levels.of_units(levels.children(by, unit))),
        "causes": present.causes(levels.causes(by, unit, today), unit.pk),
        "silences": present.silences(levels.silences(by)),
        "children_title": _("下级单位"),
        "may_export": policies.why_not(by, "export") is None,
    }
    return render(request, "units/unit.html", context)


def _as_of(request: PageRequest, run: Any) -> str:
    return present.as_of(run.as_of, timezone.localdate(request.now)) if run else ""


@require_GET
@page("export")
def export(request: PageRequest, pk: int) -> HttpResponseBase:
    """The table of the units below, as a workbook."""
    by = request.reader
    found = levels.unit(by, pk)
    if found is None or policies.why_not(by, "dashboards") is not None:
        return missing(request)
    rows = levels.of_units([found, *levels.children(by, found)])
    headings = [_("单位"), _("同学"), *(pick(level.zh, level.en) for level in reversed(LEVELS[1:])), _("无预警"), _("较一周前")]
    cells = [
        [row.unit.name, sum(row.counts), *reversed(row.counts[1:]), row.counts[0], -row.change[0] if row.change else None] for row in rows
    ]
    note_exported(by=by.account_id, what="units", rows=len(cells), now=request.now, about=[f"unit:{found.pk}"])
    return sheets.workbook(pick("看板", "dashboard"), headings, cells, request.now, by)
