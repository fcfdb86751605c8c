"""Emergency plans on screen: start one, the live board, tasks, the log, standing down, the review."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.front.web.incidents import present
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import why_not as why_not_able
from shouwang.work.incidents import policies, queries
from shouwang.work.incidents.actions import CannotAct, emergencies
from shouwang.work.incidents.network import plans
from shouwang.work.incidents.queries import emergencies as boards

SHOWN = 40
KINDS = {
    "start": ("启动预案", "Started"),
    "acknowledge": ("确认任务", "Task acknowledged"),
    "finish": ("完成任务", "Task done"),
    "name": ("指定任务的人", "Task given"),
    "log": ("记录", "Log"),
    "stand_down": ("解除", "Stood down"),
    "review": ("复盘", "Reviewed"),
}


def title(found: Any) -> str:
    one = plans().get(found.plan)
    name = pick(one.zh, one.en) if one else found.plan
    return pick(f"【演练】{name}", f"[Drill] {name}") if found.drill else name


def _row(found: Any) -> dict[str, Any]:
    return {
        "pk": found.pk,
        "title": title(found),
        "state": pick(*policies.EMERGENCY_TITLES[found.state]),
        "running": found.state == "running",
        "by": found.started_by.name,
        "at": found.started_at,
    }


@require_safe
@page("emergencies")
def listing(request: PageRequest) -> HttpResponseBase:
    by = request.reader
    context = {
        "rows": [_row(found) for found in boards.visible(by)[:SHOWN]],
        "plans": [(plan.code, pick(plan.zh, plan.en), plan.icon, len(plan.tasks)) for plan in plans().values()],
        "may_start": why_not_able(by, "emergency_start") is None,
    }
    return render(request, "incidents/emergencies.html", context)


@require_http_methods(["GET", "POST"])
@page("emergency_start")
def new(request: PageRequest, plan: str) -> HttpResponseBase:
    """Before it starts: who would have which task, and which nobody holds."""
    by, sent, refused = request.reader, request.POST, ""
    one, places = plans().get(plan), list(boards.places(by))
    if one is None or not places:
        return missing(request)
    if request.method == "POST":
        try:
            found = emergencies.start(
                plan=plan,
                unit=_number(sent.get("unit", "")),
                situation=sent.get("situation", ""),
                incident=_number(sent.get("incident", "")) or None,
                drill=bool(sent.get("drill")),
                by=by,
                now=request.now,
            )
        except CannotAct as why:
            refused = str(why)
        else:
            return HttpResponseRedirect(f"/emergencies/{found.pk}/")
    asked = _number(sent.get("unit") or request.GET.get("unit", ""))
    place = next((unit for unit in places if unit.pk == asked), places[0])
    people = boards.people_for(one, place.path, timezone.localdate(request.now))
    names = access.staff_names({pk for listed in people.values() for pk in listed})
    context = {
        "plan": one,
        "title": pick(one.zh, one.en),
        "refused": refused,
        "sent": sent,
        "places": places,
        "place": place,
        "incident": _number(sent.get("incident") or request.GET.get("incident", "")),
        "tasks": [
            (pick(task.zh, task.en), _names(people[task.code], names), task.within.words(by.lang), len(people[task.code]))
            for task in one.tasks
        ],
        "reached": len(names),
    }
    return render(request, "incidents/emergency_new.html", context, status=422 if refused else 200)


def _names(accounts: Collection[int], names: dict[int, str]) -> str:
    known = [names[pk] for pk in accounts if pk in names]
    few = pick("、", ", ").join(known[:3])
    return few + (pick(f" 等 {len(known)} 人", f" and {len(known) - 3} more") if len(known) > 3 else "")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _board(request: PageRequest, found: Any) -> dict[str, Any]:
    by, now = request.reader, request.now
    plan, listed = plans().get(found.plan), boards.tasks(found)
    parts = boards.parts(by, found)
    tasks = []
    for task in listed:
        about = plan.task(task.code) if plan else None
        mine = task.account_id == by.account_id
        tasks.append(
            {
                "pk": task.pk,
                "title": pick(about.zh, about.en) if about else task.code,
                "who": task.account.name if task.account else "",
                "role": present.role(task.role),
                "state": pick(*policies.TASK_TITLES[task.state]),
                "code": task.state,
                "late": task.state == "given" and now > task.due_at,
                "due_at": task.due_at,
                "at": task.done_at or task.acknowledged_at,
                "mine": mine,
                "may_acknowledge": mine and not policies.why_not_task("acknowledge", state=task.state, mine=True),
                "may_finish": mine and not policies.why_not_task("finish", state=task.state, mine=True),
                "may_name": "leader" in parts and found.state == "running" and task.state in ("given", "acknowledged"),
            }
        )
    order = {"given": 0, "acknowledged": 1, "done": 2, "ended": 3}
    tasks.sort(key=lambda task: (not task["mine"], order[str(task["code"])], not task["late"]))
    taken = sum(task["code"] in ("acknowledged", "done") for task in tasks)
    return {
        "one": found,
        "tasks": tasks,
        "taken": taken,
        "whole": len(tasks),
        "unheld": sum(not task["who"] for task in tasks),
        "entries": [
            (pick(*KINDS[entry.kind]), entry.by.name if entry.by else "", _task_title(plan, entry.task), note, entry.at)
            for entry, note in boards.entries(found)
        ],
        "may": {move: not policies.why_not_emergency(move, state=found.state, parts=parts) for move in policies.EMERGENCY_PERSON_MOVES},
    }


def _task_title(plan: Any, task: Any) -> str:
    return pick(plan.task(task.code).zh, plan.task(task.code).en) if plan and task else ""


@require_safe
@page("emergencies")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    found = boards.emergency(request.reader, pk)
    if found is None:
        return missing(request)
    known = found.incident_id is not None and queries.incident(request.reader, found.incident_id) is not None
    context = _board(request, found) | {
        "row": _row(found),
        "texts": boards.texts(found),
        "incident": found.incident_id if known else None,
        "may_ledger": why_not_able(request.reader, "ledger") is None,
    }
    return render(request, "incidents/emergency.html", context)


@require_safe
@page("emergencies")
def live(request: PageRequest, pk: int) -> HttpResponseBase:
    """The board alone, asked for every few seconds."""
    found = boards.emergency(request.reader, pk)
    if found is None:
        return missing(request)
    return render(request, "incidents/emergency_board.html", _board(request, found))


@require_POST
@page("emergencies")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by, sent = request.reader, request.POST
    same: dict[str, Any] = {"emergency": pk, "by": by, "now": request.now}
    moves = {
        "log": lambda: emergencies.log(**same, note=sent.get("note", "")),
        "stand_down": lambda: emergencies.stand_down(**same, ending=sent.get("note", "")),
        "review": lambda: emergencies.review(**same, text=sent.get("note", "")),
    }
    if move not in moves or boards.emergency(by, pk) is None:
        return missing(request)
    return _done(request, moves[move], pk)


@require_POST
@page("emergencies")
def task(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by = request.reader
    emergency = boards.of_task(by, pk)
    if move not in ("acknowledge", "finish") or emergency is None:
        return missing(request)
    note = request.POST.get("note", "")
    return _done(request, lambda: emergencies.do_task(task=pk, move=move, by=by, now=request.now, note=note), emergency.pk)


@require_http_methods(["GET", "POST"])
@page("emergency_start")
def name(request: PageRequest, pk: int) -> HttpResponseBase:
    """Gives a task to somebody: one that nobody holds, or in place of somebody who cannot."""
    by = request.reader
    emergency = boards.of_task(by, pk)
    if emergency is None:
        return missing(request)
    if request.method == "POST":
        account = _number(request.POST.get("account", ""))
        return _done(request, lambda: emergencies.name(task=pk, account=account, by=by, now=request.now), emergency.pk)
    text = request.GET.get("q", "").strip()[:40]
    people = [(one.pk, one.name, one.staff.office.name if one.staff and one.staff.office else "") for one in boards.nameable(by, text)]
    return render(
        request, "incidents/task_name.html", {"emergency": emergency, "title": title(emergency), "pk": pk, "q": text, "people": people}
    )


def _done(request: PageRequest, act: Any, pk: int) -> HttpResponseBase:
    try:
        act()
    except CannotAct as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已记录。"))
    return HttpResponseRedirect(f"/emergencies/{pk}/")
