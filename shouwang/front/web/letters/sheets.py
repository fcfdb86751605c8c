"""One letter: what was printed, whether the slip is back, and what can be done with it."""

import base64
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shouwang.common.reader import acting
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.letters import present
from shouwang.front.web.letters.views import day
from shouwang.trust.access import readings
from shouwang.trust.access.policies import why_not
from shouwang.work.letters import actions, paper, policies, queries
from shouwang.work.printing.pages import CannotPrint


def pictures(sheet: dict[str, Any]) -> tuple[list[str], str]:
    """The pages as data addresses, and why there are none."""
    try:
        return ["data:image/png;base64," + base64.b64encode(png).decode() for png in paper.picture(sheet)], ""
    except CannotPrint as refused:
        return [], str(refused)


@require_safe
@page("letters")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    by, now = request.reader, request.now
    found = queries.letter(by, pk)
    if found is None:
        return missing(request)
    readings.note(by=by, sid=found.student_id, now=now)
    shown, trouble = pictures(paper.sheet(queries.words(found), found)) if found.copy_format == "pdf" else ([], "")
    remark, void_reason = queries.texts(found)
    refused = {"receive": why_not(by, "letters_receive"), "unreceive": why_not(by, "letters_receive"), "void": why_not(by, "letters_issue")}
    moves = {move: refused[move] or policies.why_not(move, state=found.state, lang=by.lang) or "" for move in policies.PERSON_MOVES}
    context = {
        "letter": found,
        "row": present.row(found, now),
        "pages": shown,
        "trouble": trouble,
        "remark": remark,
        "void_reason": void_reason,
        "outcome": pick(*policies.OUTCOMES[found.outcome]) if found.outcome else "",
        "outcomes": [(code, pick(*title)) for code, title in policies.OUTCOMES.items()],
        "about": queries.about(by, found),
        "moves": moves,
        "may_take": why_not(by, "export") is None,
        "today": timezone.localdate(now).isoformat(),
        "history": [(entry.at, entry.said, entry.who) for entry in queries.history(found, by.lang)],
        "case_url": f"/cases/{found.case_ref.partition(':')[2]}/" if found.case_ref.startswith("case:") else "",
    }
    return render(request, "letters/one.html", context)


@require_safe
@page("export")
def file(request: PageRequest, pk: int) -> HttpResponseBase:
    """The copy as it was handed out. Taking it is on record."""
    by = acting(request.reader, "export")
    found = queries.letter(by, pk) if why_not(by, "letters") is None else None
    content = queries.copy(found) if found is not None else None
    if found is None or content is None:
        return missing(request)
    queries.note_taken(by=by, refs=[found.ref, f"student:{found.student_id}"], now=request.now)
    readings.note_many(by=by, sids=[found.student_id], now=request.now, kind="export")
    name = f"{present.kind(found.kind)}-{found.receipt}.{found.copy_format}"
    return download(content, found.copy_format, name, inline=found.copy_format == "pdf")


def download(content: bytes, form: str, name: str, *, inline: bool = False) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(not inline, name) or "", "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=present.TYPES[form], headers=headers)


@require_POST
@page("letters_receive")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by, now = request.reader, request.now
    if move not in policies.PERSON_MOVES or queries.letter(by, pk) is None:
        return missing(request)
    given = request.POST
    try:
        if move == "receive":
            outcome, remark = given.get("outcome", ""), given.get("remark", "")[:500]
            actions.receive(letter=pk, outcome=outcome, on=day(given.get("on", "")), remark=remark, by=by, now=now)
        elif move == "unreceive":
            actions.unreceive(letter=pk, by=by, now=now)
        else:
            actions.void(letter=pk, reason=given.get("reason", ""), by=by, now=now)
    except actions.CannotWrite as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(f"/letters/{pk}/")
