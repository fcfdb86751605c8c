"""Disclosures from the school's side: draft, look, send, end; who read it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.analysis.standard import load
from shouwang.common.reader import acting
from shouwang.front.web.disclosures import forms
from shouwang.front.web.kit import sheets as workbooks
from shouwang.front.web.kit import words
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import why_not
from shouwang.work.disclosures import actions, policies
from shouwang.work.disclosures.queries import sheets

SHOWN = 100
STATES = {"draft": ("未发出", "Draft"), "sent": ("有效", "In force"), "ended": ("已结束", "Over")}


def _row(request: PageRequest, found: Any) -> dict[str, Any]:
    over = found.state == "sent" and found.until < timezone.localdate(request.now)
    return {
        "pk": found.pk,
        "to": sheets.named(found),
        "purpose": pick(*policies.PURPOSES[found.purpose]),
        "basis": pick(*policies.BASES[found.basis]),
        "until": found.until,
        "state": pick("已到期", "Expired") if over else pick(*STATES[found.state]),
        "students": sheets.live_students(found).count(),
        "made_by": found.made_by.name,
        "made_at": found.made_at,
    }


@require_safe
@page("disclosures_follow")
def listing(request: PageRequest) -> HttpResponseBase:
    rows = [_row(request, found) for found in sheets.sent_by(request.reader)[:SHOWN]]
    return render(request, "disclosures/list.html", {"rows": rows, "may_send": why_not(request.reader, "disclose") is None})


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields by where they come from, for the form."""
    standard = load()
    found: dict[str, list[tuple[str, str]]] = {}
    for field in policies.fields().values():
        table = standard.tables.get(field.table)
        title = pick(table.title, table.title_en) if table else pick("基本信息", "Profile")
        found.setdefault(title, []).append((field.code, pick(field.zh, field.en)))
    return list(found.items())


@require_http_methods(["GET", "POST"])
@page("disclose")
def new(request: PageRequest) -> HttpResponseBase:
    by, on = request.reader, timezone.localdate(request.now)
    recipients = [
        (one.pk, f"{one.name}（{one.staff.office.name}）" if one.staff and one.staff.office else one.name) for one in sheets.recipients(on)
    ]
    form = forms.Disclosure(request.POST if request.method == "POST" else None, recipients=recipients, groups=_groups())
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = actions.Wanted(
            purpose=given["purpose"],
            basis=given["basis"],
            recipient=given["recipient"] or None,
            outsider=given["outsider"],
            numbers=tuple(given["numbers"].replace(",", " ").replace("，", " ").replace("、", " ").split()),
            fields=tuple(given["fields_"]),
            until=given["until"],
            consent_by=given["consent_by"],
            consent_how=given["consent_how"],
            consent_on=given["consent_on"],
            remark=given["remark"],
        )
        try:
            made = actions.disclose(wanted=wanted, by=by, now=request.now)
        except actions.CannotDisclose as refused:
            form.add_error(None, str(refused))
        else:
            return HttpResponseRedirect(f"/disclosures/{made.pk}/")
    return render(request, "disclosures/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@page("disclosures_follow")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    """A draft is shown redacted: enough to check whose and which fields they are."""
    by = request.reader
    found = sheets.sent_by(by).filter(pk=pk).first()
    if found is None:
        return missing(request)
    fields = policies.fields()
    names = access.staff_names({entry.by for entry in sheets.read_by(found) if entry.by is not None})
    may = why_not(by, "disclose") is None
    refused = sheets.why_not_take(found, by) if may else ""
    context = {
        "row": _row(request, found),
        "disclosure": found,
        "remark": sheets.remark(found) if may else "",
        "fields": [pick(fields[code].zh, fields[code].en) for code in sheets.codes(found)],
        "preview": sheets.sheets(found, timezone.localdate(request.now), by.lang, redacted=True) if may and not refused else [],
        "consents": [one.consent for one in sheets.live_students(found).select_related("consent__guardian") if one.consent] if may else [],
        "how": {code: pick(*title) for code, title in policies.HOW.items()},
        "readings": [(words.exact(entry.at), names.get(entry.by or 0, "")) for entry in sheets.read_by(found)],
        "may": may,
        "refused": refused,
    }
    return render(request, "disclosures/one.html", context)


@require_POST
@page("disclose")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    if move not in ("send", "end") or not sheets.sent_by(request.reader).filter(pk=pk).exists():
        return missing(request)
    try:
        if move == "send":
            actions.send(disclosure=pk, by=request.reader, now=request.now)
        else:
            actions.end_disclosure(disclosure=pk, by=request.reader, now=request.now)
    except actions.CannotDisclose as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已发出，接收方现在可以看到这些字段。") if move == "send" else _("已结束，接收方看不到了。"))
    return HttpResponseRedirect(f"/disclosures/{pk}/")


@require_safe
@page("export")
def sheet(request: PageRequest, pk: int) -> HttpResponseBase:
    """The sheet for somebody outside, as a workbook with its mark; taking it is on record like a reading."""
    by, today = acting(request.reader, "export"), timezone.localdate(request.now)
    found = sheets.sent_by(by).filter(pk=pk, state="sent", until__gte=today).first()
    if found is None or why_not(by, "disclose") is not None:
        return missing(request)
    if refused := sheets.why_not_take(found, request.reader):
        messages.warning(request, refused)
        return HttpResponseRedirect(f"/disclosures/{pk}/")
    actions.note_read(disclosure=found, by=request.reader, now=request.now)
    rows = [[title, text] for one in sheets.sheets(found, today, by.lang) for title, text in _lines(one)]
    return workbooks.workbook(pick("披露单", "disclosure"), [_("字段"), _("内容")], rows, request.now, request.reader)


def _lines(one: sheets.Sheet) -> list[tuple[str, str]]:
    lines = list(one.profile)
    for part in one.parts:
        lines += [(f"{part.title} · {head}", cell) for cells in part.rows for head, cell in zip(part.heads, cells, strict=True)]
    return [*lines, ("", "")]
