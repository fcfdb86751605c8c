"""Drafting letters: whom, which kind; the preview says how many will go out before they go; then they are issued."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.common.levels import LEVELS
from shouwang.common.reader import acting
from shouwang.front.pipeline import printing
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.letters import present
from shouwang.front.web.letters.sheets import download, pictures
from shouwang.trust.access import queries as access
from shouwang.trust.access import readings
from shouwang.trust.access.policies import why_not
from shouwang.work.cases import queries as cases
from shouwang.work.letters import actions, paper, policies, queries, wording

SHOWN = 50


def _ids(values: list[str]) -> tuple[int, ...]:
    return tuple(int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19)[: policies.MOST]


@require_http_methods(["GET", "HEAD", "POST"])
@page("letters_issue")
def new(request: PageRequest) -> HttpResponseBase:
    """`?alert=…`, `?student=…`, `?case=…` say whom it is about; the list of alerts posts `chosen`; else a unit or numbers are named."""
    given = request.POST if request.method == "POST" else request.GET
    by = request.reader
    chosen = _ids(given.getlist("alert") or given.getlist("chosen"))
    students = _ids(given.getlist("student"))
    case = given.get("case", "") if re.fullmatch(r"\d{1,12}", given.get("case", "")) else ""
    of_case = cases.case(by, int(case)) if case and not students and not chosen else None
    students = students or ((of_case.student_id,) if of_case is not None else ())
    known = {one.sid: f"{one.name}（{one.number}）" for one in access.students(by).filter(sid__in=students)}
    students = tuple(sid for sid in students if sid in known)  # nobody of whom the reader may not know is named back
    context: dict[str, Any] = {
        "kinds": [_kind(kind) for kind in wording.load().values()],
        "chosen": chosen,
        "students": students,
        "case": case,
        "people": list(known.values())[:20],
        "units": [(unit.pk, unit.name) for unit in access.units(by, "organisation").exclude(kind="office")[:400]],
        "levels": [(level.number, pick(level.zh, level.en)) for level in LEVELS[1:]],
        "given": {name: given.get(name, "") for name in ("kind", "numbers", "unit", "level", "remark", "again")},
        "longest": policies.LONGEST_REMARK,
    }
    if request.method == "POST" and "kind" in given:
        try:
            unknown, students = _whom(request, students, bool(chosen))
            if unknown:
                raise actions.CannotWrite(pick(f"您的范围内没有这些学号：{unknown}", f"Not among your students: {unknown}"))
            wanted = actions.Wanted(
                kind=given.get("kind", ""), alerts=chosen, students=students, case_ref=f"case:{case}" if case else "",
                remark=given.get("remark", "").strip(), again=given.get("again") == "1",
            )  # fmt: skip
            made = actions.draft(wanted=wanted, by=by, now=request.now)
            return HttpResponseRedirect(f"/letters/batches/{made.pk}/")
        except actions.CannotWrite as refused:
            context["refused"] = str(refused)
    return render(request, "letters/new.html", context, status=422 if request.method == "POST" and "kind" in given else 200)


def _kind(kind: wording.Kind) -> dict[str, Any]:
    whom = pick("发给监护人", "to the guardian") if kind.to == "guardian" else pick("发给同学", "to the student")
    within = pick(f"回执 {kind.within_days} 个上学日内交回", f"receipt within {kind.within_days} school days")
    return {"code": kind.code, "title": present.kind(kind.code), "note": f"{whom} · {within}"}


def _whom(request: PageRequest, students: tuple[int, ...], chosen: bool) -> tuple[str, tuple[int, ...]]:
    """(numbers that are not the reader's, sids): of the numbers typed, or everybody of a unit with an alert of at least a level."""
    if chosen or students:
        return "", students
    by, given = request.reader, request.POST
    if numbers := re.split(r"[\s,，、;；]+", given.get("numbers", "").strip()[:60_000]):
        numbers = [number for number in numbers if number]
    if numbers:
        found = dict(access.students(by).filter(number__in=numbers).values_list("number", "sid"))
        unknown = [number for number in numbers if number not in found]
        return "、".join(unknown[:5]), tuple(found.values())
    return "", tuple(queries.with_alerts(by, _one(given.get("unit", "")), _one(given.get("level", "")) or 3, given.get("kind", "")))


def _one(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


@require_safe
@page("letters")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    """The preview of a draft, the progress of what is being issued, or what has been."""
    by = request.reader
    found = queries.batch(by, pk)
    if found is None:
        return missing(request)
    rows = queries.drafted(by, found)
    listed = list(rows[:SHOWN])
    at = min(_one(request.GET.get("at", "")) or 1, max(1, len(listed)))
    shown: list[str] = []
    trouble = ""
    if listed and found.state == "draft":
        letter = listed[at - 1]
        readings.note(by=by, sid=letter.student_id, now=request.now)
        shown, trouble = pictures(paper.sheet(queries.words(letter), letter))
    context = {
        "batch": present.batch(found),
        "rows": present.rows(listed, request.now),
        "more": max(0, rows.count() - len(listed)),
        "classes": queries.by_unit(rows),
        "pages": shown,
        "trouble": trouble,
        "at": at,
        "next": at + 1 if at < len(listed) else 0,
        "before": at - 1,
        "mine": found.made_by_id == by.account_id and why_not(by, "letters_issue") is None,
        "may_take": found.state == "done" and why_not(by, "export") is None and queries.may_take(by, found),
    }
    return render(request, "letters/batch.html", context)


@require_safe
@page("letters")
def progress(request: PageRequest, pk: int) -> HttpResponseBase:
    """The fragment the page asks for while the job works; when it has ended, the page is loaded again."""
    found = queries.batch(request.reader, pk)
    if found is None:
        return missing(request)
    if found.state != "issuing" and (found.bundle_sha256 or found.trouble) or found.state in ("draft", "dropped") or found.trouble:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "letters/progress.html", {"batch": present.batch(found)})


@require_POST
@page("letters_issue")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    """`issue`, `drop`; `again`: go on with what was stopped, or make the file anew."""
    by, now = request.reader, request.now
    found = queries.batch(by, pk)
    if found is None or move not in ("issue", "drop", "again"):
        return missing(request)
    try:
        if move == "drop":
            actions.drop(batch=pk, by=by, now=now)
            messages.success(request, _("已放弃，没有发出。"))
            return HttpResponseRedirect("/letters/")
        if move == "issue":
            actions.ask_issue(batch=pk, by=by, now=now)
        elif found.state not in ("issuing", "done"):
            return missing(request)
        printing.begin(pk, found.total)
    except actions.CannotWrite as refused:
        messages.warning(request, str(refused))
    return HttpResponseRedirect(f"/letters/batches/{pk}/")


@require_safe
@page("export")
def file(request: PageRequest, pk: int) -> HttpResponseBase:
    """All letters of a batch as one file. Only for who may take out every one of them; it is on record."""
    by = request.reader
    found = queries.batch(by, pk) if why_not(by, "letters") is None else None
    content = queries.bundle(found) if found is not None and queries.may_take(by, found) else None
    if found is None or content is None:
        return missing(request)
    sids = list(queries.drafted(by, found).values_list("student_id", flat=True))
    queries.note_taken(by=by, refs=[found.ref, *(f"student:{sid}" for sid in sids)], now=request.now)
    readings.note_many(by=acting(by, "export"), sids=sids, now=request.now, kind="export")
    form = "zip" if found.template_id else "pdf"
    return download(content, form, f"{present.kind(found.kind)}-{found.pk}.{form}", inline=form == "pdf")
