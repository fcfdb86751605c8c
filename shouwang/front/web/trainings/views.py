"""Trainings: the plan, one session with its list, and who has been trained."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.front.web.kit import words
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.trainings.forms import TrainingForm
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import ROLES, why_not
from shouwang.work.trainings import actions, policies, queries

MOVES = ("invite", "note", "hold", "cancel", "material")
PAST = 60


def _row(one: Any) -> dict[str, Any]:
    begins, ends = timezone.localtime(one.starts_at), timezone.localtime(one.ends_at)
    topic = policies.topics().get(one.topic)
    return {
        "pk": one.pk,
        "url": f"/trainings/{one.pk}/",
        "title": one.title,
        "topic": pick(topic.title, topic.title_en) if topic else one.topic,
        "unit": one.unit.name,
        "when": f"{words.day(begins.date(), begins.date(), weekday=True)} {begins:%H:%M}–{ends:%H:%M}",
        "place": one.place,
        "trainer": one.trainer,
        "state": one.state,
        "state_title": pick(*policies.STATE_TITLES[one.state]),
        "pass_mark": one.pass_mark,
        "starts_at": one.starts_at,
    }


@require_safe
@page("trainings")
def listing(request: PageRequest) -> HttpResponseBase:
    by = request.reader
    rows = [_row(one) for one in queries.trainings(by)]
    context = {
        "coming": [row for row in rows if row["state"] in ("planned", "invited")],
        "past": [row for row in reversed(rows) if row["state"] not in ("planned", "invited")][:PAST],
        "may_plan": why_not(by, "trainings_plan") is None,
        "may_count": why_not(by, "trainings_coverage") is None,
    }
    return render(request, "trainings/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("trainings_plan")
def new(request: PageRequest) -> HttpResponseBase:
    by = request.reader
    units = [(unit.pk, unit.name) for unit in access.units(by, "organisation").filter(kind__in=("school", "college", "grade", "major"))]
    form = TrainingForm(request.POST if request.method == "POST" else None, units=units)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = actions.Wanted(**given | {"roles": tuple(given["roles"])})
        try:
            made = actions.plan(wanted=wanted, by=by, now=request.now)
            return HttpResponseRedirect(f"/trainings/{made.pk}/")
        except actions.CannotTrain as refused:
            form.add_error(None, str(refused))
    return render(request, "trainings/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@page("trainings")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    by = request.reader
    found = queries.training(by, pk)
    if found is None:
        return missing(request)
    keeps = queries.keeps(by, found)
    listed = queries.attendees(by, found)
    shown = listed if keeps or why_not(by, "trainings_coverage") is None else [row for row in listed if row.account_id == by.account_id]
    context = {
        "training": _row(found),
        "roles": [pick(ROLES[row.role].zh, ROLES[row.role].en) for row in found.audience.all() if row.role in ROLES],
        "people": [_person(row, found.pass_mark) for row in shown],
        "asked": found.attendees.count(),
        "came": found.attendees.filter(presence="present").count(),
        "hidden": found.attendees.count() - len(listed) if shown is listed else 0,
        "keeps": keeps,
        "moves": {move: keeps and not policies.why_not(move, state=found.state) for move in policies.MOVE_TITLES},
        "materials": list(queries.materials(found)),
        "presence": [(code, pick(*title)) for code, title in policies.PRESENCE.items()],
    }
    return render(request, "trainings/one.html", context)


def _person(row: Any, mark: int | None) -> dict[str, Any]:
    student, staff = row.account.student, row.account.staff
    where = student.class_unit.name if student is not None else staff.office.name if staff is not None and staff.office is not None else ""
    return {
        "pk": row.pk,
        "name": row.account.name,
        "where": where,
        "presence": row.presence,
        "presence_title": pick(*policies.PRESENCE[row.presence]) if row.presence else "—",
        "score": row.score,
        "passed": row.presence == "present" and policies.passed(row.score, mark),
    }


@require_POST
@page("trainings_plan")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by, now = request.reader, request.now
    if move not in MOVES or queries.training(by, pk) is None:
        return missing(request)
    try:
        if move == "note":
            presence, scores = _noted(request)
            actions.note(training=pk, presence=presence, scores=scores, by=by, now=now)
        elif move == "material":
            file = request.FILES.get("file")
            content = file.read(policies.MOST_BYTES + 1) if file is not None else b""
            actions.add_material(training=pk, filename=(file.name or "") if file else "", content=content, by=by, now=now)
        else:
            {"invite": actions.invite, "hold": actions.hold, "cancel": actions.cancel}[move](training=pk, by=by, now=now)
    except actions.CannotTrain as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(f"/trainings/{pk}/")


def _noted(request: PageRequest) -> tuple[dict[int, str], dict[int, int | None]]:
    """Fields p<id> (presence) and s<id> (score, empty for none)."""
    presence: dict[int, str] = {}
    scores: dict[int, int | None] = {}
    for name, value in request.POST.items():
        kind, number, text = name[:1], name[1:], str(value).strip()
        if not (number.isascii() and number.isdigit() and len(number) < 12):
            continue
        if kind == "p":
            presence[int(number)] = text
        elif kind == "s":
            if text and not (text.isascii() and text.isdigit() and len(text) < 4):
                raise actions.CannotTrain(pick("成绩须为 0 到 100。", "A score lies between 0 and 100."))
            scores[int(number)] = int(text) if text else None
    return presence, scores


@require_safe
@page("trainings")
def material(request: PageRequest, pk: int, material: int) -> HttpResponseBase:
    found = queries.training(request.reader, pk)
    file = queries.material(found, material) if found is not None else None
    if file is None:
        return missing(request)
    try:
        content = actions.take_material(material=file, by=request.reader, now=request.now)
    except FileNotFoundError:
        return missing(request)
    headers = {"Content-Disposition": content_disposition_header(True, file.filename) or "", "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


@require_safe
@page("trainings_coverage")
def coverage(request: PageRequest) -> HttpResponseBase:
    """`?topic=`: who holds a role that must be trained in it, and who has been."""
    topics = policies.topics()
    topic = request.GET.get("topic", "")
    chosen = topics[topic] if topic in topics else next(iter(topics.values()))
    rows = [
        {
            "unit": one.unit.name,
            "role": pick(ROLES[one.role].zh, ROLES[one.role].en),
            "trained": one.trained,
            "whole": one.whole,
            "missing": pick("、", ", ").join(one.missing[:12]),
            "more": max(0, len(one.missing) - 12),
            "untrained": one.whole - one.trained,
        }
        for one in queries.coverage(request.reader, chosen.code, timezone.localdate(request.now))
    ]
    chips = [
        {"title": pick(one.title, one.title_en), "url": f"?topic={one.code}", "on": one.code == chosen.code, "count": None, "level": None}
        for one in topics.values()
    ]
    context = {
        "rows": rows,
        "chips": chips,
        "topic": pick(chosen.title, chosen.title_en),
        "days": chosen.valid_days,
        "mark": chosen.pass_mark,
    }
    return render(request, "trainings/coverage.html", context)
