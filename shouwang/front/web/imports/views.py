"""The import pages: what needs the deliverer, one delivery with its four steps, the cells that were refused."""

from itertools import islice
from typing import BinaryIO, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from shouwang.front.pipeline import intake
from shouwang.front.web.imports import listing as lists
from shouwang.front.web.imports import presenting
from shouwang.front.web.kit import paging, sheets
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.work.imports import actions, queries

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELLS = 200


@require_safe
@page("import")
def listing(request: PageRequest) -> HttpResponse:
    found = queries.deliveries(request.reader)
    waiting = lists.rows(list(queries.waiting(request.reader)[:200]))
    finished = found.exclude(state__in=presenting.UNFINISHED)
    after = paging.cursor(request)
    older = finished.filter(pk__lt=after[0]) if after and isinstance(after[0], int) else finished
    shown = list(older[: paging.SIZE + 1])
    more, shown = len(shown) > paging.SIZE, shown[: paging.SIZE]
    pager = paging.pager(request, shown, key=[shown[-1].pk] if shown else None, total=finished.count(), more=more)
    busy = lists.rows(list(found.exclude(progress__job="")[:100]))
    groups = lists.groups(waiting, busy, lists.rows(shown))
    return render(request, "imports/list.html", {"groups": groups, "busy": bool(busy), "pager": pager, "limit": presenting.limit()})


@require_http_methods(["GET", "HEAD", "POST"])
@page("import")
def new(request: PageRequest) -> HttpResponse:
    """GET: the form, for one table when `?table=` is given. POST: every file becomes a delivery of its own."""
    table = request.POST.get("table") or request.GET.get("table", "")
    if request.method != "POST":
        shown = {"tables": presenting.table_options(request.reader), "table": table, "limit": presenting.limit()}
        return render(request, "imports/new.html", shown)
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, pick("还没有选择文件。请选择或拖入一个或多个表格文件。", "No file was chosen."))
        return HttpResponseRedirect(request.get_full_path())
    received = []
    for file in files:
        try:
            received.append(intake.take(cast(BinaryIO, file), file.name or "", table=table, by=request.reader, now=request.now))
        except actions.CannotReceive as reason:
            messages.error(request, str(reason))
    if len(received) == 1 and len(files) == 1:
        return HttpResponseRedirect(reverse("imports:page", args=[received[0].pk]))
    if received:
        messages.success(request, pick(f"收到 {len(received)} 个文件，正在识别。", f"{len(received)} files received."))
    return HttpResponseRedirect(reverse("imports:list") if received else request.get_full_path())


@require_safe
@page("import")
def delivery(request: PageRequest, pk: int) -> HttpResponse:
    found = queries.delivery(request.reader, pk)
    if found is None:
        return missing(request)
    return render(request, "imports/page.html", {"d": presenting.present(found, by=request.reader, now=request.now)})


@require_safe
@page("import")
def progress(request: PageRequest, pk: int) -> HttpResponse:
    """The fragment the page asks for while a job works; when it has ended, the page is loaded again."""
    found = queries.delivery(request.reader, pk)
    if found is None:
        return missing(request)
    if not found.progress.job:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "imports/progress.html", {"d": presenting.working(found)})


@require_safe
@page("import")
def problems(request: PageRequest, pk: int) -> HttpResponse:
    """The refused cells, all or of one reason and column."""
    found = queries.delivery(request.reader, pk)
    if found is None:
        return missing(request)
    code, column = request.GET.get("code", ""), request.GET.get("column", "")
    after = paging.cursor(request)
    skip = after[0] if after and isinstance(after[0], int) else 0
    cells = list(islice(queries.problems(found, code, column), skip, skip + CELLS + 1))
    more, cells = len(cells) > CELLS, cells[:CELLS]
    pager = paging.pager(request, cells, key=[skip + len(cells)], more=more)
    actions.fetched(delivery=found, what="report", by=request.reader, now=request.now)
    shown = {"d": presenting.brief(found), "cells": cells, "pager": pager, "chips": presenting.reason_chips(found, code, column)}
    return render(request, "imports/problems.html", shown)


@require_safe
@page("import")
def marked(request: PageRequest, pk: int) -> HttpResponseBase:
    """The deliverer's own workbook, the refused cells marked and commented."""
    found = queries.delivery(request.reader, pk)
    if found is None or not found.problems:
        return missing(request)
    content = intake.marked_copy(found)
    actions.fetched(delivery=found, what="marked", by=request.reader, now=request.now)
    name = f"{found.filename.rsplit('.', 1)[0]}-{pick('已标注', 'marked')}.xlsx"
    marked_by = sheets.signed(content, request.reader, request.now)
    return HttpResponse(marked_by, content_type=XLSX, headers={"Content-Disposition": content_disposition_header(True, name) or ""})


@require_safe
@page("import")
def original(request: PageRequest, pk: int) -> HttpResponseBase:
    """The raw file as it was delivered."""
    found = queries.delivery(request.reader, pk)
    if found is None:
        return missing(request)
    try:
        stream = queries.raw_stream(found)
    except FileNotFoundError as problem:
        raise Http404 from problem
    actions.fetched(delivery=found, what="raw", by=request.reader, now=request.now)
    return FileResponse(stream, as_attachment=True, filename=found.filename, content_type="application/octet-stream")
