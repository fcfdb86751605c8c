"""Who is on duty: the board, one roster, its notes. One page answers one question."""

from datetime import date, timedelta

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from shouwang.front.web.duty import present
from shouwang.front.web.kit import sheets, words
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.work.duty import actions, policies, queries

WEEK, WEEKS = timedelta(days=6), timedelta(days=27)


@require_safe
@page("duty")
def board(request: PageRequest) -> HttpResponseBase:
    by, now, today = request.reader, request.now, timezone.localdate(request.now)
    mine = list(queries.rosters(by))
    here = {one.pk for one in mine}
    shown = {
        "on_now": [present.shift(one, by, today) for one in queries.present(now) if one.roster_id in here],
        "mine": [present.shift(one, by, today) for one in queries.my_shifts(by, now)],
        "swaps": [present.swap(one, by, today) for one in queries.swaps_waiting(by, now)],
        "troubles": [present.trouble(one, by, today) for one in queries.troubles(by, now)],
        "rosters": [
            {
                "pk": one.pk,
                "title": one.title,
                "place": one.unit.name,
                "days": present.days(queries.month(one, today, today + WEEK), by, today),
            }
            for one in mine[:12]
        ],
        "others": [{"pk": one.pk, "title": one.title, "place": one.unit.name} for one in mine[12:]],
        "may_plan": queries.units_to_plan(by).exists(),
        "has_feed": queries.has_feed(by),
    }
    return render(request, "duty/board.html", shown)


def _first(request: PageRequest) -> date:
    """`?from=2025-12-08`; today without it, or when it cannot be read."""
    try:
        return date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return timezone.localdate(request.now)


@require_safe
@page("duty")
def roster(request: PageRequest, pk: int) -> HttpResponseBase:
    by, today = request.reader, timezone.localdate(request.now)
    found = queries.roster(by, pk)
    if found is None:
        return missing(request)
    first = _first(request)
    days = present.days(queries.month(found, first, first + WEEKS), by, today)
    shown = {
        "roster": found,
        "place": found.unit.name,
        "days": days,
        "gaps": sum(len(day["gaps"]) for day in days),
        "span": f"{words.day(first, today)} – {words.day(first + WEEKS, today)}",
        "earlier": (first - timedelta(days=28)).isoformat(),
        "later": (first + timedelta(days=28)).isoformat(),
        "first": first.isoformat(),
        "may_edit": queries.may_edit(by, found),
        "may_read": queries.may_read(by, found, request.now),
    }
    return render(request, "duty/roster.html", shown)


@require_safe
@page("duty")
def export(request: PageRequest, pk: int) -> HttpResponseBase:
    by, today = request.reader, timezone.localdate(request.now)
    found = queries.roster(by, pk)
    if found is None:
        return missing(request)
    first = _first(request)
    rows = []
    for day in queries.month(found, first, first + WEEKS):
        on = words.day(day.on, today, weekday=True)
        rows += [[on, present.hours(one.starts_at, one.ends_at), one.account.name, present.shift(one, by, today)["phone"],
                  pick(*present.STATES[one.state])] for one in day.shifts]  # fmt: skip
        rows += [[on, present.hours(one.starts_at, one.ends_at), "", "", present.gap(one, today)["what"]] for one in day.gaps]
    actions.exported(roster=found, by=by, now=request.now)
    headings = [pick("日期", "Day"), pick("时间", "Hours"), pick("值班", "On duty"), pick("电话", "Telephone"), pick("状态", "State")]
    return sheets.workbook(found.title, headings, rows, request.now, by)


@require_safe
@page("duty")
def notes(request: PageRequest, pk: int) -> HttpResponseBase:
    """Hand-over notes and calls of the last week, for whoever needs them."""
    by, now = request.reader, request.now
    found = queries.roster(by, pk)
    if found is None or not queries.may_read(by, found, now):
        return missing(request)
    handed, phoned = queries.notes_of(by, found, now)
    shown = {
        "roster": found,
        "notes": [
            {
                "pk": one.row.pk,
                "who": one.row.shift.account.name,
                "at": words.exact(one.row.written_at),
                "text": one.text,
                "taken": words.exact(one.row.taken_at) if one.row.taken_at else "",
                "may_take": one.row.taken_at is None and one.row.written_by != by.account_id and not by.is_read_only,
            }
            for one in handed
        ],
        "calls": [
            {"who": one.row.shift.account.name, "at": words.exact(one.row.at), "caller": pick(*policies.CALLERS[one.row.caller]),
             "text": one.text, "done": one.done}
            for one in phoned
        ],
    }  # fmt: skip
    return render(request, "duty/notes.html", shown)


def no_store(response: HttpResponse) -> HttpResponse:
    """What a secret address answers is kept by nobody on the way."""
    response["Cache-Control"] = "private, no-store"
    return response
