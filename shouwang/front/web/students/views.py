"""The list of students and one student's page."""

from datetime import date
from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shouwang.analysis.standard import load as load_standard
from shouwang.common.categories import Category
from shouwang.common.reader import Reader, acting
from shouwang.front.web.kit import paging, sheets, words
from shouwang.front.web.kit.places import unit_choices
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.students import present
from shouwang.front.web.students.filters import STATUSES, Filters, chips, chosen
from shouwang.trust.access import policies, readings
from shouwang.trust.access import queries as access
from shouwang.trust.access.actions import note_exported
from shouwang.work.cases import queries as cases
from shouwang.work.cases.actions import why_not_open
from shouwang.work.imports import queries as imports
from shouwang.work.incidents import queries as incidents
from shouwang.work.profile import measures, presence, queries
from shouwang.work.profile.stories import GROUPS

FAMILY = frozenset({"guardian", "student"})
FOUND = 8


def _address(request: PageRequest, name: str) -> str:
    """The page's own address with a place for one parameter's value."""
    kept = request.GET.copy()
    for gone in ("after", "before", "part", name):
        kept.pop(gone, None)
    rest = kept.urlencode().replace("{", "{{").replace("}", "}}")
    return f"?{rest}&{name}={{}}" if rest else f"?{name}={{}}"


@require_GET
@page("students")
def listing(request: PageRequest) -> HttpResponseBase:
    by, today = request.reader, timezone.localdate(request.now)
    if by.roles <= FAMILY:
        sids = [sid for scope in by.scopes for sid in scope.sids]
        return HttpResponseRedirect(f"/students/{sids[0]}/") if sids else missing(request)
    given = Filters.of(request)
    found = chosen(by, given)
    key = paging.cursor(request)
    rows = list(queries.after(found, (str(key[0]), str(key[1])) if key and len(key) == 2 else None)[: paging.SIZE + 1])
    shown = rows[: paging.SIZE]
    total = paging.count(chosen(by, given, to_count=True) if given.level else found)
    context = {
        "given": given,
        "rows": present.rows(by, shown, today),
        "total_text": paging.shown(paging.count(access.students(by)) if given.any else total),
        "chips": chips(given, _address(request, "level")),
        "units": unit_choices(by, given.unit),
        "statuses": [(code, pick(*titles)) for code, titles in STATUSES.items()],
        "may_export": policies.why_not(by, "export") is None,
        "pager": paging.pager(
            request, shown, key=[shown[-1].unit_path, shown[-1].number] if shown else None, total=total, more=len(rows) > paging.SIZE
        ),
    }
    return render(request, "students/list.html", context)


@require_GET
@page("export")
def export(request: PageRequest) -> HttpResponseBase:
    """The list as filtered, as a workbook: whom and what the matrix lets this reader take out. It is on record for each student."""
    by, today = acting(request.reader, "export"), timezone.localdate(request.now)
    if policies.why_not(by, "students") is not None:
        return missing(request)
    found = chosen(by, Filters.of(request))
    rows, total = present.rows(by, found[: sheets.LIMIT], today), found.count()
    headings = [_("学号"), _("姓名"), _("班级"), _("学籍"), _("级别"), _("自"), _("原因")]
    cells = [[row.number, row.name, row.class_name, row.status, sheets.level(row.level), row.since, row.why] for row in rows]
    note_exported(by=by.account_id, what="students", rows=len(rows), now=request.now)
    readings.note_many(by=by, sids=[row.sid for row in rows], now=request.now, kind="export")
    return sheets.workbook(pick("学生", "students"), headings, cells, request.now, by, total=total)


@require_GET
@page("search")
def search(request: PageRequest) -> HttpResponseBase:
    """The results under the search field, as a fragment."""
    text = request.GET.get("q", "").strip()[:40]
    rows = list(access.search(request.reader, text).select_related("class_unit")[: FOUND + 1]) if text else []
    return render(request, "students/found.html", {"rows": rows[:FOUND], "text": text, "more": len(rows) > FOUND})


@require_GET
@page("students")
def page_of(request: PageRequest, sid: int) -> HttpResponseBase:
    by, today = request.reader, timezone.localdate(request.now)
    student = access.student(by, sid)
    if student is None:
        return missing(request)
    readings.note(by=by, sid=sid, now=request.now)
    mask = access.categories(by, sid)
    alerts, standing = queries.active_alerts(by, sid)
    context = {
        "student": student,
        "lineage": queries.lineage(student),
        "status": pick(*STATUSES.get(student.status, (student.status, student.status))),
        "standing": standing,
        "since": words.day(standing.since, today) if standing else "",
        "people": present.people(queries.responsible(by, sid, today)),
        "grounds": access.grounds(by, sid),
        "may_call": bool(mask & Category.contact),
        "alerts": present.alerts(by, alerts, today),
        "may_write": policies.why_not(by, "letters_issue") is None,
        "may_name": policies.why_not(by, "coverage_assign") is None,
        "may_ask": bool(policies.glass_possible(by) & ~mask),
        "self": bool(by.roles & FAMILY),
        "texts": 0 if by.roles & FAMILY else imports.count_texts(by, sid),
        "group": _group(request),
    } | (_case(by, student) | _reports(by, student))
    return render(request, "students/page.html", context)


def _case(by: Reader, student: Any) -> dict[str, Any]:
    """The way to the student's open case, and to raising a matter; of a case one may only know of, that there is one and whom to ask."""
    found = cases.open_case_of(by, student.sid)
    known = [] if found is not None else cases.known_cases(by).filter(student_id=student.sid, closed_at=None)
    return {
        "case_url": found.url if found is not None else "",
        "may_case": why_not_open(by, student) is None,
        "known_cases": [pick(f"有一个个案正在办理 · {one.lead.name}", f"A case is under way · {one.lead.name}") for one in known],
    }


def _reports(by: Reader, student: Any) -> dict[str, Any]:
    """Open reports about the student: a way to those the reader may read; of the others, that there are some, and nothing else."""
    if by.roles & FAMILY:  # a report may be about somebody at home; families hear from people, not from a page
        return {}
    n = incidents.presence(by, student.sid)
    rows = incidents.readable_of(by, student.sid)
    kinds = {one.pk: incidents.kind(one.category) for one in rows}
    return {
        "reports": [{"url": f"/incidents/{one.pk}/", "title": pick(kinds[one.pk].zh, kinds[one.pk].en)} for one in rows],
        "known_reports": pick(f"{n} 条情况反馈正在处理", f"{n} report{'' if n == 1 else 's'} being handled") if n else "",
    }


@require_GET
@page("students")
def written(request: PageRequest, sid: int) -> HttpResponseBase:
    """What departments wrote beside their figures: reasons for leave, circumstances of a sanction. Opened by the reader, and on record."""
    if access.student(request.reader, sid) is None or request.reader.roles & FAMILY:
        return missing(request)
    readings.note(by=request.reader, sid=sid, now=request.now)
    today, tables = timezone.localdate(request.now), load_standard().tables
    rows = [
        {
            "table": pick(tables[one.table].title, tables[one.table].title_en),
            "column": pick(tables[one.table].column(one.column).title, tables[one.table].column(one.column).title_en),
            "on": words.day(timezone.localdate(one.accepted_at), today),
            "row": one.row,
            "text": one.words,
        }
        for one in imports.read_texts(request.reader, sid, now=request.now)
    ]
    return render(request, "students/words.html", {"rows": rows})


@require_GET
@page("students")
def timeline(request: PageRequest, sid: int) -> HttpResponseBase:
    """The timeline, fetched behind the page; narrowed, or further back."""
    if access.student(request.reader, sid) is None:
        return missing(request)
    readings.note(by=request.reader, sid=sid, now=request.now)
    part = "students/days.html" if request.GET.get("part") == "days" else "students/timeline.html"
    return render(request, part, _story(request, sid))


@require_GET
@page("students")
def indicators(request: PageRequest, sid: int) -> HttpResponseBase:
    """The small multiples, fetched behind the page so that the story stands at once."""
    if access.student(request.reader, sid) is None:
        return missing(request)
    readings.note(by=request.reader, sid=sid, now=request.now)
    found = measures.panels(request.reader, sid)
    today = timezone.localdate(request.now)
    context = {
        "areas": present.areas(found, today),
        "as_of": words.day(found.as_of, today) if found.as_of else "",
        "closed": presence.closed(request.reader, sid, today),
    }
    return render(request, "students/indicators.html", context)


def _story(request: PageRequest, sid: int) -> dict[str, object]:
    group = _group(request)
    today = timezone.localdate(request.now)
    told = queries.timeline(request.reader, sid, today=today, group=group, before=_day(request.GET.get("before", "")))
    return {
        "days": present.days(told, today),
        "groups": present.group_chips(told, group, _address(request, "kind")),
        "further": told.before.isoformat() if told.before else "",
        "group": group,
        "sid": sid,
    }


def _group(request: PageRequest) -> str:
    asked = request.GET.get("kind", "")
    return asked if asked in GROUPS else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
