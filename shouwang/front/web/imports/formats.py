"""The published format: one page, a template per table, a machine-readable package. Public, because whoever delivers must be able to read it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from shouwang.analysis import standard
from shouwang.analysis.standard import Column, Table
from shouwang.analysis.standard.page import column_type, delivery_sentence, values_sentence
from shouwang.front.web.kit import views, words
from shouwang.front.web.kit.words import pick

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
    return render(request, "imports/format.html", {"groups": tables(), "version": standard.load().version})


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


def tables() -> list[dict[str, Any]]:
    """The standard for the format page: departments, tables, columns in words."""
    found = standard.load()
    return [
        {
            "title": pick(department.title, department.title_en),
            "code": code,
            "tables": [_format_table(table) for table in found.of_department(code)],
        }
        for code, department in found.departments.items()
    ]


def _format_table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": pick(table.title, table.title_en),
        "about": table.about,
        "schedule": table.schedule.sentence("zh" if words.chinese() else "en"),
        "delivery": delivery_sentence(table),
        "key": " ＋ ".join(pick(table.column(name).title, table.column(name).title_en) for name in table.key),
        "columns": [_format_column(column) for column in table.columns],
        "version": table.version,
    }


def _format_column(column: Column) -> dict[str, Any]:
    return {
        "title": pick(column.title, column.title_en),
        "type": column_type(column),
        "required": column.required,
        "values": values_sentence(column),
        "aliases": "、".join(column.aliases),
        "description": column.description,
        "example": column.example,
    }
