"""The published format: one page, a template per table, a machine-readable package. Public, because whoever delivers must be able to read it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from shouwang.analysis import standard
from shouwang.front.web.imports.presenting import format_tables
from shouwang.front.web.kit import views

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Open to everybody; whoever is signed in keeps their navigation."""

    @require_safe
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return views.page("format")(cast(Any, view))(request, *args, **kwargs)
        return view(request, *args, **kwargs)

    opened.ability = "public"  # type: ignore[attr-defined]  # read by the permission table's test
    return opened


@public
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "imports/format.html", {"groups": format_tables(), "version": standard.load().version})


@public
def template(request: HttpRequest, table: str) -> HttpResponse:
    found = standard.load().tables.get(table)
    if found is None:
        raise Http404
    name = content_disposition_header(True, f"{found.title}-模板.xlsx") or ""
    return HttpResponse(standard.template(found), content_type=XLSX, headers={"Content-Disposition": name})


@public
def datapackage(request: HttpRequest) -> HttpResponse:
    package = standard.datapackage(standard.load())
    return JsonResponse(package, json_dumps_params={"ensure_ascii": False, "indent": 1})
