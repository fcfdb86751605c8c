"""The work list of letters, and receipts entered by their numbers."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shouwang.common.reader import acting
from shouwang.front.web.kit import paging, sheets
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.letters import present
from shouwang.trust.access import readings
from shouwang.trust.access.policies import why_not
from shouwang.work.letters import actions, policies, queries, wording
from shouwang.work.letters.queries import Filters

DRAFTS = 8


def asked(request: PageRequest) -> Filters:
    """What the address asks for; what cannot be read is left out."""
    state, kind, batch = (request.GET.get(name, "") for name in ("state", "kind", "batch"))
    number = int(batch) if batch.isascii() and batch.isdigit() and len(batch) < 12 else None
    return Filters(state if state in present.STATES else "waiting", kind if kind in wording.load() else "", number)


def _chips(request: PageRequest, given: Filters) -> list[dict[str, Any]]:
    counted = queries.counts(request.reader, given, request.now)
    kept = "".join(f"&{name}={value}" for name, value in (("kind", given.kind), ("batch", given.batch)) if value)
    return [
        {"title": pick(*title), "url": f"?state={code}{kept}", "on": code == given.state, "count": counted[code], "level": None}
        for code, title in present.STATES.items()
    ]


def _after(request: PageRequest) -> list[Any] | None:
    key = paging.cursor(request)
    if key is None or len(key) != 2 or not isinstance(key[1], int):
        return None
    try:
        return [datetime.fromisoformat(str(key[0])), key[1]]
    except ValueError:
        return None


@require_safe
@page("letters")
def listing(request: PageRequest) -> HttpResponseBase:
    by, now, given = request.reader, request.now, asked(request)
    found, more = queries.page(by, given, _after(request), paging.SIZE, now)
    key = [found[-1].issued_at.isoformat(), found[-1].pk] if found and found[-1].issued_at else None
    context = {
        "chips": _chips(request, given),
        "rows": present.rows(found, now),
        "pager": paging.pager(request, found, key=key, more=more),
        "kinds": [(code, present.kind(code)) for code in wording.load()],
        "asked": given,
        "drafts": [
            present.batch(one) for one in queries.batches(by).filter(state__in=("draft", "issuing"), made_by=by.account_id)[:DRAFTS]
        ],
        "may": {name: why_not(by, ability) is None for name, ability in ABILITIES.items()},
        "overdue": queries.overdue(by, now),
    }
    return render(request, "letters/list.html", context)


ABILITIES = {"issue": "letters_issue", "receive": "letters_receive", "template": "letters_template", "export": "export"}


@require_safe
@page("export")
def export(request: PageRequest) -> HttpResponseBase:
    """The list as filtered, as a workbook."""
    by, now = acting(request.reader, "export"), request.now
    if why_not(by, "letters") is not None:
        return missing(request)
    found, more = queries.page(by, asked(request), None, sheets.LIMIT, now)
    queries.note_taken(by=by, refs=[one.ref for one in found], now=now)
    readings.note_many(by=by, sids=[one.student_id for one in found], now=now, kind="export")
    headings = [_("编号"), _("通知书"), _("姓名"), _("班级"), _("发出"), _("回执期限"), _("状态"), _("回执编号"), _("跟进")]
    rows = [present.cells(row) for row in present.rows(found, now)]
    return sheets.workbook(pick("通知书", "letters"), headings, rows, now, by, total=len(rows) + more)


@require_http_methods(["GET", "HEAD", "POST"])
@page("letters_receive")
def receipts(request: PageRequest) -> HttpResponseBase:
    """Many slips by their numbers; the QR code of a slip opens this page with its number."""
    by, today = request.reader, timezone.localdate(request.now)
    context: dict[str, Any] = {"numbers": request.GET.get("number", "")[:40], "on": today.isoformat(), "today": today.isoformat()}
    if request.method == "POST":
        typed = request.POST.get("numbers", "")[:60_000]
        context |= {"numbers": typed, "on": request.POST.get("on", "")[:10]}
        try:
            done = actions.receive_many(numbers=policies.numbers_in(typed), on=day(context["on"]), by=by, now=request.now)
        except actions.CannotWrite as refused:
            messages.warning(request, str(refused))
            return render(request, "letters/receipts.html", context, status=422)
        if done.done:
            messages.success(request, pick(f"已登记 {done.done} 份回执。", f"{done.done} receipts entered."))
        if not done.left:
            return HttpResponseRedirect("/letters/receipts/")
        context |= {"left": done.left, "numbers": "\n".join(text for text, _why in done.left)}
        return render(request, "letters/receipts.html", context, status=422)
    return render(request, "letters/receipts.html", context)


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
