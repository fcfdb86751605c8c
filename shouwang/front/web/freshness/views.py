"""The freshness board: whose data are fresh and whose are late."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shouwang.front.web.freshness.presenting import present
from shouwang.front.web.kit.views import PageRequest, page
from shouwang.work.imports import queries


@require_safe
@page("freshness")
def board(request: PageRequest) -> HttpResponse:
    mine = set(queries.deliveries(request.reader).values_list("pk", flat=True))
    tables = {table.name for table in queries.deliverable(request.reader)}
    shown = present(queries.freshness(request.now), mine=mine, deliverable=tables, now=request.now, state=request.GET.get("state", ""))
    return render(request, "freshness/board.html", {"board": shown})
