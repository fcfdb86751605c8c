"""The work list of reports, one report, and what people do with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.pipeline import casework
from shouwang.front.web.incidents import forms, present
from shouwang.front.web.kit import paging
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import why_not as why_not_able
from shouwang.work.cases.actions import CannotDo
from shouwang.work.deadlines import queries as clocks
from shouwang.work.incidents import actions, policies, queries
from shouwang.work.incidents.network import URGENCIES, load
from shouwang.work.incidents.queries import categories, seeing
from shouwang.work.incidents.queries import listing as lists

FOUND = 8


@require_safe
@page("incidents")
def listing(request: PageRequest) -> HttpResponseBase:
    by = request.reader
    names = categories.titles(by.lang)
    state = request.GET.get("state", "open")
    given = lists.Filters(
        state=state if state in lists.STATES else "open",
        category=code if (code := request.GET.get("category", "")) in names else "",
        urgency=code if (code := request.GET.get("urgency", "")) in URGENCIES else "",
    )
    key = paging.cursor(request)
    found = lists.listed(by, given)
    total = found.count()
    if key and isinstance(key[0], int):
        found = found.filter(pk__lt=key[0])
    page_rows = list(found[: paging.SIZE + 1])
    shown = page_rows[: paging.SIZE]
    first = lists.waiting(by) if key is None and given == lists.Filters() else []
    mine = [one for one in first if one.pk in {row.pk for row in shown}]
    rest = [one for one in shown if one not in mine]
    context = {
        "mine": present.rows(by, mine),
        "rows": present.rows(by, rest),
        "given": given,
        "total": total,
        "states": [
            (code, pick(*title))
            for code, title in (("open", ("未办结", "Open")), ("resolved", ("已办结", "Resolved")), ("all", ("全部", "All")))
        ],
        "urgencies": [(code, pick(*title)) for code, title in URGENCIES.items()],
        "names": sorted(names.items(), key=lambda pair: list(names).index(pair[0])),
        "may_report": why_not_able(by, "report") is None,
        "may_set": why_not_able(by, "incident_categories") is None,
        "pager": paging.pager(request, shown, key=[shown[-1].pk] if shown else None, total=total, more=len(page_rows) > paging.SIZE),
    }
    return render(request, "incidents/list.html", context)


@require_safe
@page("incidents")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    by, now = request.reader, request.now
    found = queries.incident(by, pk)
    if found is None:
        return missing(request)
    said = queries.words(by, found, now)
    parts = queries.parts(by, found)
    able = why_not_able(by, "incidents_act") is None
    handling = clocks.of(f"{found.ref}/handling")
    context = {
        "one": found,
        "row": present.rows(by, [found])[0],
        "words": said,
        "named": queries.students_of(by, found),
        "may_open_student": why_not_able(by, "students") is None,
        "steps": present.steps(found, now, with_reasons=said is not None),
        "story": present.story(by, found) if said is not None else [],
        "photos": list(found.photos.order_by("number").values_list("number", flat=True)) if said is not None else [],
        "may": {move: able and not policies.why_not(move, state=found.state, parts=parts) for move in policies.PERSON_MOVES},
        "stations": [(code, present.station(code)) for code in load().stations],
        "outcomes": [(code, pick(*title)) for code, title in policies.OUTCOMES.items()],
        "outcome": pick(*policies.OUTCOMES[found.outcome]) if found.outcome else "",
        "handling": handling if handling is not None and handling.is_running else None,
        "late": bool(handling and clocks.late_by(handling, now)),
        "merged": [other.pk for other in found.merged.order_by("pk")],
        "reporter": found.reporter.name if found.reporter.staff_id or said is not None else "",
        "reported_as": present.role(found.reported_as),
        "channel": present.channel(found.channel),
        "is_reporter": "reporter" in parts,
        "case_url": f"/cases/{found.case_ref.partition(':')[2]}/" if found.case_ref else "",
        "may_ledger": why_not_able(by, "ledger") is None,
    }
    return render(request, "incidents/one.html", context)


@require_safe
@page("incidents")
def photo(request: PageRequest, pk: int, number: int) -> HttpResponseBase:
    """The picture itself, never kept by the browser and never shown as anything but a picture."""
    found = queries.incident(request.reader, pk)
    picture = lists.photo(request.reader, found, number, request.now) if found is not None else None
    if picture is None:
        return missing(request)
    kind, data = picture
    return HttpResponse(data, content_type=f"image/{kind}", headers={"Cache-Control": "no-store", "Content-Disposition": "inline"})


@require_safe
@page("incidents")
def students(request: PageRequest) -> HttpResponseBase:
    """Whom to link: the results under the field."""
    text = request.GET.get("q", "").strip()[:40]
    rows = list(access.search(request.reader, text).select_related("class_unit")[: FOUND + 1]) if text else []
    pk = request.GET.get("incident", "")
    context = {"rows": rows[:FOUND], "text": text, "incident": number(pk, 9) or 0}
    return render(request, "incidents/linkable.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _moves(request: PageRequest, pk: int) -> dict[str, Callable[[], Any]]:
    sent, by, now = request.POST, request.reader, request.now
    same: dict[str, Any] = {"incident": pk, "by": by, "now": now}
    text, reason = sent.get("note", ""), sent.get("reason", "")
    return {
        "acknowledge": lambda: actions.acknowledge(**same),
        "join": lambda: actions.join(**same),
        "handle": lambda: actions.handle(**same, note=text),
        "pass_on": lambda: actions.pass_on(**same, station=sent.get("station", ""), reason=reason),
        "involve": lambda: actions.involve(**same, stations=sent.getlist("stations"), reason=reason),
        "add": lambda: actions.add(**same, note=text),
        "link": lambda: actions.link(**same, sid=_number(sent.get("sid", ""))),
        "resolve": lambda: actions.resolve(**same, outcome=sent.get("outcome", ""), note=text, reply=sent.get("reply", "")),
        "reopen": lambda: actions.reopen(**same, reason=reason),
        "merge": lambda: actions.merge(**same, into=_number(sent.get("into", ""))),
        "pause": lambda: actions.pause(**same, reason=reason, until=forms.moment(sent.get("until", "")) or now + timedelta(days=1)),
        "resume": lambda: actions.resume(**same),
        "case": lambda: casework.open_from_incident(pk, by, now),
    }


@require_POST
@page("incidents_act")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    found = queries.incident(request.reader, pk)
    moves = _moves(request, pk)
    if found is None or move not in moves:
        return missing(request)
    try:
        moves[move]()
    except (actions.CannotAct, CannotDo) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    readable = queries.incident(request.reader, pk) is not None and seeing.may_read(request.reader, found)
    return HttpResponseRedirect(f"/incidents/{pk}/" if readable else "/incidents/")
