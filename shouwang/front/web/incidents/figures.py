"""Accountability on screen: figures by unit and person, and the reports behind each."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from shouwang.front.web.incidents import present
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access.policies import why_not as why_not_able
from shouwang.work.incidents import policies, queries
from shouwang.work.incidents.queries import categories, figures

SPANS = {"7": ("近 7 天", "7 days"), "30": ("近 30 天", "30 days"), "120": ("本学期", "This term")}


def _span(request: HttpRequest) -> str:
    asked = request.GET.get("days", "30")
    return asked if asked in SPANS else "30"


def minutes(value: float | None) -> str:
    """「12 分钟」「3 小时 20 分」; grey words where there is nothing to take a median of."""
    if value is None:
        return ""
    whole = round(value)
    if whole < 60:
        return pick(f"{whole} 分钟", f"{whole} min")
    hours, rest = divmod(whole, 60)
    return pick(f"{hours} 小时 {rest} 分" if rest else f"{hours} 小时", f"{hours} h {rest} min" if rest else f"{hours} h")


def _line(line: Any, days: str) -> dict[str, Any]:
    cells = []
    for figure, title in figures.FIGURES.items():
        count = line.count(figure)
        url = f"/accountability/rows/?{urlencode({'key': line.key, 'figure': figure, 'days': days})}" if count else ""
        cells.append({"count": count, "url": url, "label": pick(*title), "grave": figure in ("unanswered", "overdue") and count > 0})
    return {
        "title": line.title,
        "cells": cells,
        "answer": minutes(line.median_answer),
        "answers": len(line.answering),
        "handling": minutes(line.median_handling),
        "handlings": len(line.handling),
    }


@require_safe
@page("accountability")
def board(request: PageRequest) -> HttpResponseBase:
    days = _span(request)
    found = figures.board(request.reader, since=request.now - timedelta(days=int(days)), now=request.now)
    context = {
        "whole": _line(found.whole, days),
        "units": [_line(line, days) for line in found.units],
        "people": [_line(line, days) for line in found.people if line.title],
        "headings": [pick(*title) for title in figures.FIGURES.values()],
        "days": days,
        "spans": [(code, pick(*title)) for code, title in SPANS.items()],
    }
    return render(request, "incidents/accountability.html", context)


@require_safe
@page("accountability")
def rows(request: PageRequest) -> HttpResponseBase:
    """What one figure was counted from. Of reports the reader may not read: number, time and state."""
    by, days = request.reader, _span(request)
    figure, key = request.GET.get("figure", ""), request.GET.get("key", "")[:60]
    if figure not in figures.FIGURES:
        return missing(request)
    title, found = figures.rows(by, since=request.now - timedelta(days=int(days)), now=request.now, key=key, figure=figure)
    known = set(queries.visible_incidents(by).filter(pk__in=[one.pk for one in found]).values_list("pk", flat=True))
    names = categories.titles(by.lang)
    context = {
        "title": title or pick("全部", "Everything"),
        "figure": pick(*figures.FIGURES[figure]),
        "days": days,
        "rows": [
            {
                "pk": one.pk,
                "what": names.get(one.category, one.category)
                if one.pk in known
                else pick("您不能查看的类别", "of a category you may not see"),
                "urgency": present.urgency(one.urgency),
                "state": pick(*policies.STATE_TITLES[one.state]),
                "at": one.reported_at,
                "url": f"/incidents/{one.pk}/" if one.pk in known else "",
            }
            for one in found
        ],
        "may_ledger": why_not_able(by, "ledger") is None,
    }
    return render(request, "incidents/accountability_rows.html", context)
