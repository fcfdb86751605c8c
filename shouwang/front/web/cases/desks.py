"""Desks: everything open and where it is stuck, what a department was asked, who carries how much, what became of what one raised."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from shouwang.common.reader import Reader, acting
from shouwang.front.pipeline import casework
from shouwang.front.web.cases import present
from shouwang.front.web.cases.views import asked, chip, chips
from shouwang.front.web.kit import sheets
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import exact, pick
from shouwang.trust.access import queries as access
from shouwang.trust.access import readings
from shouwang.work.cases import actions, policies, queries
from shouwang.work.playbooks.procedure import DOMAINS

ROWS = 300
PEOPLE = 8


@require_GET
@page("cases_route")
def desk(request: PageRequest) -> HttpResponse:
    """Everything open, what is stuck where; one click to remind or to hand on, for one or for three hundred."""
    by, given = request.reader, asked(request)
    steps = queries.desk(by, given, request.now)
    total = steps.count()
    late = steps.filter(due_at__lt=request.now).count()
    holders = queries.stuck(by, request.now)
    context = {
        "rows": present.step_rows(steps[:ROWS], request.now),
        "total": total,
        "late": late,
        "more": max(0, total - ROWS),
        "holders": [
            {"row": one, "since": present.due(one.oldest, request.now), "url": chip(request, "", False, owner=str(one.account))["url"]}
            for one in holders[:PEOPLE]
        ],
        "holders_more": max(0, len(holders) - PEOPLE),
        "owner": next((one.name for one in holders if one.account == given.owner), ""),
        "clear_owner": chip(request, "", False, owner="")["url"],
        "people": _colleagues(request),
        "given": given,
        "chips": chips(request, given),
        "views": [
            chip(request, pick("全部", "All"), not given.late, total if not given.late else None, late=""),
            chip(request, pick("逾期", "Late"), given.late, late, late="1"),
        ],
        "domains": present.words_of(DOMAINS),
        "unlinked": queries.unlinked_of(by, casework.level()) if casework.level() else 0,
        "unlinked_places": _places(by) if casework.level() else [],
        "level": casework.level(),
    }
    return render(request, "cases/desk.html", context)


def _pk(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _places(by: Reader) -> list[tuple[int, str, int]]:
    """Where alerts wait for a case: unit, name, how many; each college and class that has any."""
    counts = queries.unlinked_places(by, casework.level())
    units = access.units(by, "organisation").filter(kind__in=("college", "class"))
    return [(unit.pk, unit.name, counts[unit.path]) for unit in units if counts[unit.path]]


def _colleagues(request: PageRequest) -> list[tuple[int, str]]:
    """To whom steps of this scope can be handed: whoever holds some already, and the reader."""
    mine = (request.reader.account_id, pick(f"我自己（{request.reader.name}）", f"Myself ({request.reader.name})"))
    others = [(one.account, f"{one.name} · {one.office}" if one.office else one.name) for one in queries.stuck(request.reader, request.now)]
    return [mine, *(pair for pair in others if pair[0] != mine[0])]


@require_POST
@page("cases_route")
def bulk(request: PageRequest, deed: str) -> HttpResponseBase:
    chosen = [pk for text in request.POST.getlist("chosen")[:ROWS] if (pk := number(text)) is not None]
    by, now = request.reader, request.now
    if deed == "remind":
        done, left = actions.remind(steps=chosen, by=by, now=now)
        messages.success(
            request, pick(f"已提醒 {done} 步的责任人" + (f"；{left} 步今天已提醒过" if left else ""), f"{done} reminded, {left} not")
        )
    elif deed == "rehand":
        to = request.POST.get("to", "")
        done, reasons = actions.rehand_many(steps=chosen, to=number(to) or 0, by=by, now=now)
        messages.success(request, pick(f"已改派 {done} 步", f"{done} handed on"))
        for reason in reasons[:3]:
            messages.warning(request, reason)
    else:
        place = access.unit(by, _pk(request.POST.get("unit", "")))
        if request.POST.get("unit") and place is None:
            return missing(request)
        opened = casework.open_due(now=now, by=by, unit=place.path if place is not None else "")
        messages.success(request, pick(f"已为 {opened.done} 件事开启或并入个案", f"{opened.done} matters opened or joined a case"))
        for reason, count in opened.refused.most_common(3):
            messages.warning(request, pick(f"{count} 件没有开启：{reason}", f"{count} not opened: {reason}"))
    back = request.POST.get("next", "")
    safe = back and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe else "cases:desk")


@require_GET
@page("cases_act")
def queue(request: PageRequest) -> HttpResponse:
    """What the reader and their department were asked: referrals to accept, questions to answer."""
    referrals, approvals = queries.queue(request.reader)
    context = {
        "referrals": [
            {
                "row": one, "who": one.case.student.name, "where": one.case.student.class_unit.name, "by": present.name(one.asked_by),
                "role": present.role(one.role), "domain": pick(*DOMAINS[one.strand.domain]), "state": pick(*policies.REFERRAL_STATES[one.state]),
                "due": present.due(one.due_at, request.now) if one.state == "sent" else None,
            }
            for one in referrals
        ],
        "approvals": [
            {
                "row": one, "who": one.case.student.name, "where": one.case.student.class_unit.name, "by": present.name(one.asked_by),
                "kind": pick(*policies.APPROVAL_KINDS[one.kind]), "due": present.due(one.due_at, request.now),
            }
            for one in approvals
        ],
    }  # fmt: skip
    return render(request, "cases/queue.html", context)


@require_GET
@page("cases_route")
def caseload(request: PageRequest) -> HttpResponse:
    """Who leads how many cases, who has how many steps, how many of them late."""
    led = {one.account: one for one in queries.caseload(request.reader, request.now)}
    held = {one.account: one for one in queries.stuck(request.reader, request.now)}
    rows: list[dict[str, Any]] = [
        {
            "name": (led.get(pk) or held[pk]).name, "office": (led.get(pk) or held[pk]).office, "account": pk,
            "cases": led[pk].open if pk in led else 0, "steps": held[pk].open if pk in held else 0, "late": held[pk].late if pk in held else 0,
        }
        for pk in dict.fromkeys([*held, *led])
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row["steps"], -row["cases"], row["account"]))
    most = max((row["steps"] for row in rows), default=0)
    return render(request, "cases/caseload.html", {"rows": rows, "most": most, "total": len(rows)})


@require_GET
@page("desk")
def raised(request: PageRequest) -> HttpResponse:
    """What the reader raised: that somebody looks after it, who, and whether it is over."""
    rows = []
    for one in queries.raised_by_me(request.reader)[:100]:
        known = access.student(request.reader, one.case.student_id) is not None
        rows.append(
            {
                "who": one.case.student.name if known else pick("一位同学", "a student"), "where": one.case.student.class_unit.name if known else "",
                "domain": pick(*DOMAINS[one.domain]), "lead": present.name(one.case.lead), "at": one.opened_at, "is_open": one.ended_at is None,
                "url": one.case.url if queries.case(request.reader, one.case_id) is not None else "",
            }
        )  # fmt: skip
    return render(request, "cases/raised.html", {"rows": rows})


@require_GET
@page("export")
def export(request: PageRequest) -> HttpResponseBase:
    """The desk as a workbook; the ledger hears of it."""
    by = acting(request.reader, "export")
    if not access.may(request.reader, "cases_route"):
        return missing(request)
    # Cut only after what may not be taken out is left out: what the last line says is missing is what the reader may have.
    allowed = queries.visible_cases(by).order_by().values("pk")
    found = queries.desk(request.reader, asked(request), request.now).filter(case__in=allowed)
    steps, total = list(found[: sheets.LIMIT]), found.count()
    actions.tell_export(cases={one.case_id for one in steps}, by=request.reader, now=request.now)
    readings.note_many(by=by, sids=[one.case.student_id for one in steps], now=request.now, kind="export")
    headings = [pick("学号", "Number"), pick("姓名", "Name"), pick("班级", "Class"), pick("领域", "Domain"), pick("级别", "Level")]
    headings += [pick("步骤", "Step"), pick("责任人", "Owner"), pick("期限", "Due"), pick("状态", "State")]
    rows = [
        [
            one.case.student.number, row.who, row.where, row.domain, sheets.level(row.level), row.title, row.owner,
            exact(one.due_at) if one.due_at else "", row.due.text,
        ]
        for one, row in zip(steps, present.step_rows(steps, request.now), strict=True)
    ]  # fmt: skip
    return sheets.workbook(pick("个案", "cases"), headings, rows, request.now, by, total=total)
