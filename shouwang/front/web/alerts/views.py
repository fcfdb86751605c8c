"""The work list of alerts, one alert with its evidence, and what people do with them."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shouwang.common.reader import acting
from shouwang.front.web.alerts import present
from shouwang.front.web.alerts.filters import Asked, address, chips, choices, hidden
from shouwang.front.web.kit import paging, sheets
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import readings
from shouwang.trust.access.policies import why_not
from shouwang.work.alerts import actions, policies, queries
from shouwang.work.cases.actions import why_not_open
from shouwang.work.cases.queries import case_with as case_of

STUDENTS = 15
ROWS = 12


@require_GET
@page("alerts")
def listing(request: PageRequest) -> HttpResponseBase:
    by, asked = request.reader, Asked.of(request)
    key, given = paging.cursor(request), asked.filters
    everything = queries.tally(by)
    counted = queries.counts(queries.tally(by, given.unit) if given.unit is not None else everything, given)
    groups: list[present.Group]
    if asked.by_student:
        students, more = queries.grouped_page(by, given, key, STUDENTS)
        groups, last = present.by_student(by, students, request.now), students[-1].key if students else None
    else:
        alerts, more = queries.page(by, given, key, paging.SIZE)
        rows = present.rows(by, alerts, request.now)
        groups = present.by_level(rows) if given.sort == "urgency" else [present.Group("", 0, "", "", rows)] if rows else []
        last = queries.key_of(alerts[-1], given.sort) if alerts else None
    shown = [row for group in groups for row in group.rows]
    run = queries.latest_run()
    total = counted["level"].get(given.level, 0) if given.level else sum(counted["level"].values())
    context = {
        "asked": asked,
        "groups": groups,
        "chips": chips(request, asked, counted),
        "pager": paging.pager(
            request, shown, key=last, total=None if asked.by_student else total, more=more, hidden=hidden(asked, counted)
        ),
        "total": paging.shown(total),
        "unit_asked": str(given.unit or ""),
        "run": run,
        "unknown": queries.unknown_students(by, run),
        "may_act": why_not(by, "alerts_act") is None,
        "may_write": why_not(by, "letters_issue") is None,
        "may_export": why_not(by, "export") is None,
        "flat": address(request, group=""),
        "grouped": address(request, group="student"),
    } | choices(by, asked, everything)
    return render(request, "alerts/list.html", context)


@require_GET
@page("export")
def export(request: PageRequest) -> HttpResponseBase:
    """The list as filtered, as a workbook. The ledger hears of it."""
    by = acting(request.reader, "export")
    if why_not(by, "alerts") is not None:
        return missing(request)
    found = queries.alerts(by, Asked.of(request).filters)
    rows, total = queries.lines(found[: sheets.LIMIT]), found.count()
    actions.tell_export(alerts=rows, by=by, now=request.now)
    readings.note_many(by=by, sids=[row.student_id for row in rows], now=request.now, kind="export")
    headings = [_("学号"), _("姓名"), _("班级"), _("级别"), _("预警"), _("原因"), _("状态"), _("开始"), _("最近触发"), _("说明")]
    return sheets.workbook(pick("预警", "alerts"), headings, present.export_rows(by, rows, request.now), request.now, by, total=total)


@require_GET
@page("alerts")
def sheet(request: PageRequest, pk: int) -> HttpResponseBase:
    return _sheet(request, pk)


def _sheet(request: PageRequest, pk: int, reproduction: queries.Reproduction | None = None, status: int = 200) -> HttpResponseBase:
    by, today = request.reader, timezone.localdate(request.now)
    one = queries.alert(by, pk)
    if one is None:
        return missing(request)
    readings.note(by=by, sid=one.student_id, now=request.now, kind="alert")
    found = queries.card(by, one)
    refused = why_not(by, "alerts_act")
    context = {
        "alert": one,
        "title": pick(one.rule_version.title, one.rule_version.title_en),
        "evidence": present.evidence(one, found, today, len(found.rows) if request.GET.get("rows") == "all" else ROWS),
        "all_rows": len(found.rows) if len(found.rows) > ROWS and request.GET.get("rows") != "all" else 0,
        "condition": found.condition,
        "freshness": present.freshness(found, today),
        "events": present.events(one),
        "others": present.rows(
            by, [row for row in queries.of_student(by, one.student_id) if row.pk != pk and row.state in policies.ACTIVE], request.now
        ),
        "unknown": present.unknown(one.unknown_since, request.now),
        "state": pick(*policies.STATE_TITLES[one.state]),
        "moves": {move: refused or policies.why_not(move, state=one.state) or "" for move in policies.PERSON_MOVES},
        "may_act": refused is None,
        "may_write": why_not(by, "letters_issue") is None,
        "case_url": case_of(by, one),
        "may_case": why_not_open(by, one.student) is None,
        "reasons": [(code, pick(*titles)) for code, titles in policies.REASONS.items()],
        "dismissed_reason": pick(*policies.REASONS[one.dismissed_reason]) if one.dismissed_reason else "",
        "snooze_from": policies.snooze_range(today, one.level)[0].isoformat(),
        "snooze_to": policies.snooze_range(today, one.level)[1].isoformat(),
        "reproduction": reproduction,
        "reproduced": present.reproduced(reproduction) if reproduction and reproduction.same else "",
    }
    return render(request, "alerts/page.html", context, status=status)


@require_POST
@page("alerts")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    """One of policies.PERSON_MOVES, or `reproduce`. Answers with the row alone when htmx asks, else goes back to where the reader was."""
    one = queries.alert(request.reader, pk)
    if one is None or move not in (*policies.PERSON_MOVES, "reproduce"):
        return missing(request)
    if move == "reproduce":
        return _sheet(request, pk, queries.reproduce(one))
    try:
        _move(request, pk, move)
    except actions.NoSuchAlert:
        return missing(request)
    except actions.CannotHandle as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(_back(request, f"/alerts/{pk}/"))
    if request.headers.get("HX-Request"):
        moved = queries.line(request.reader, pk)
        rows = present.rows(request.reader, [moved] if moved else [], request.now)
        return render(request, "alerts/rows.html", {"rows": rows, "done": True})
    messages.success(request, DONE[move]())
    return HttpResponseRedirect(_back(request, f"/alerts/{pk}/"))


DONE = {
    "acknowledge": lambda: _("已确认收到。"),
    "dismiss": lambda: _("已排除。数值加重时会再次打开。"),
    "snooze": lambda: _("已暂缓，到期会再次出现。"),
    "return": lambda: _("已放回待处理。"),
}


def _move(request: PageRequest, pk: int, move: str) -> None:
    by, now = request.reader, request.now
    if move == "acknowledge":
        actions.acknowledge(alert=pk, by=by, now=now)
    elif move == "dismiss":
        actions.dismiss(alert=pk, reason=request.POST.get("reason", ""), by=by, now=now)
    elif move == "return":
        actions.return_to_open(alert=pk, by=by, now=now)
    else:
        actions.snooze(alert=pk, until=_day(request.POST.get("until", "")), by=by, now=now)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise actions.CannotHandle(_("请选择暂缓到哪一天。")) from None


@require_POST
@page("alerts_act")
def bulk_acknowledge(request: PageRequest) -> HttpResponseBase:
    """What was chosen in the list."""
    chosen = [int(key) for key in request.POST.getlist("chosen") if key.isascii() and key.isdigit() and len(key) < 19]
    done, left = actions.bulk_acknowledge(alerts=chosen[:1000], by=request.reader, now=request.now)
    if done:
        messages.success(request, pick(f"已确认 {done} 条。", f"{done} acknowledged."))
    if left:
        messages.warning(
            request,
            pick(f"{left} 条没有确认：状态已变，或不在您的范围内。", f"{left} were not: their state changed, or they are not yours."),
        )
    if not chosen:
        messages.info(request, _("还没有选中预警。"))
    return HttpResponseRedirect(_back(request, "/alerts/"))


def _back(request: PageRequest, otherwise: str) -> str:
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else otherwise
