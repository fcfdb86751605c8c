"""The work list of cases, one case, and opening one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.http import require_GET, require_http_methods

from shouwang.front.web.cases import present
from shouwang.front.web.kit import paging
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.letters import present as letter_rows
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import why_not
from shouwang.work.alerts import queries as alerts
from shouwang.work.cases import actions, policies, queries
from shouwang.work.letters import queries as letters
from shouwang.work.playbooks import queries as playbooks
from shouwang.work.playbooks.policies import answering_roles, reach
from shouwang.work.playbooks.procedure import DOMAINS, OUTPUTS

MINE = 30


def asked(request: PageRequest) -> queries.Filters:
    """The filters in the address; what is no filter is ignored."""
    given = request.GET
    domain, level, state = given.get("domain", ""), given.get("level", ""), given.get("state", "live")
    return queries.Filters(
        state=state if state in ("live", "closed", "all") else "live",
        mine=given.get("mine") == "1",
        domain=domain if domain in DOMAINS else "",
        level=int(level) if level in ("1", "2", "3", "4") else None,
        late=given.get("late") == "1",
        owner=_number(given.get("owner", "")),
        unit=_number(given.get("unit", "")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def chip(request: PageRequest, title: str, on: bool, count: int | None = None, **change: str) -> dict[str, Any]:
    """A filter as a link: what it changes in the address, everything else kept."""
    address = request.GET.copy()
    address.pop("after", None)
    for key, value in change.items():
        if value:
            address[key] = value
        else:
            address.pop(key, None)
    return {"title": title, "url": f"?{address.urlencode()}", "on": on, "count": count, "level": None}


def chips(request: PageRequest, given: queries.Filters) -> list[dict[str, Any]]:
    return [
        chip(request, pick("全部级别", "All levels"), not given.level, level=""),
        *(chip(request, title, given.level == number, level=str(number)) | {"level": number} for number, title in present.levels()),
    ]


@require_GET
@page("cases")
def listing(request: PageRequest) -> HttpResponse:
    by, given = request.reader, asked(request)
    rows, more = queries.listed(by, given, request.now, paging.cursor(request))
    mine = queries.my_steps(by)
    context = {
        "mine": present.step_rows(mine.select_related("case__student__class_unit", "strand", "responsible__staff")[:MINE], request.now),
        "mine_count": mine.count(),
        "rows": present.case_rows(rows, _next(by, [row.pk for row in rows]), request.now),
        "pager": paging.pager(
            request, rows, key=[rows[-1].seen_level, rows[-1].pk] if rows else None, total=queries.count(by, given, request.now), more=more
        ),
        "given": given,
        "chips": chips(request, given),
        "views": [
            chip(request, pick("进行中", "Open"), given.state == "live" and not given.mine and not given.late, state="", mine="", late=""),
            chip(request, pick("我参与的", "Mine"), given.mine, mine="" if given.mine else "1"),
            chip(request, pick("有逾期的", "With something late"), given.late, late="" if given.late else "1"),
            chip(request, pick("已结束", "Over"), given.state == "closed", state="" if given.state == "closed" else "closed"),
        ],
        "domains": present.words_of(DOMAINS),
        "may_route": why_not(by, "cases_route") is None,
        "may_open": why_not(by, "cases_act") is None,
    }
    return render(request, "cases/list.html", context)


def _next(by: Any, cases: list[int]) -> dict[int, Any]:
    """The most pressing step of each case that the reader may read."""
    found: dict[int, Any] = {}
    for step in queries.pressing(by, cases):
        found.setdefault(step.case_id, step)
    return found


@require_GET
@page("cases")
def sheet(request: PageRequest, pk: int) -> HttpResponse:
    """The case: what is next, who, until when; then the rest. Who may only know of it sees that it is there, and whom to ask."""
    by = request.reader
    found = queries.case(by, pk)
    if found is None:
        known = queries.known_cases(by).filter(pk=pk).first()
        return render(request, "cases/presence.html", {"case": known}) if known is not None else missing(request)
    return show(request, found)


def show(request: PageRequest, found: Any, refused: dict[str, Any] | None = None) -> HttpResponse:
    """The page of a case the reader may see. `refused`: what was asked in vain, with what was typed, so that nothing is typed twice."""
    actions.note_read(case=found, by=request.reader, now=request.now)
    context = page_of(request, found) | {"refused": refused}
    if refused is None:
        return render(request, "cases/page.html", context)
    left = _left_out(render_to_string("cases/page.html", context, request), refused)
    return render(request, "cases/page.html", context | {"refused": refused | left}, status=422)


def _left_out(html: str, refused: dict[str, Any]) -> dict[str, Any]:
    """What was typed and stands in no form of the page, and the dialog if it is there to open. A colleague may have changed the case
    meanwhile, so that its form is offered no more; looking at the page itself does not miss any of the reasons for that."""
    typed = [refused[name] for name in ("title", "words", "number") if refused[name].strip()]
    forms = [(f">{escape(text)}</textarea>", f'value="{escape(text)}"') for text in typed]
    lost = [text for text, ways in zip(typed, forms, strict=True) if not any(way in html for way in ways)]
    return {"lost": lost, "dialog": refused["dialog"] if f'<dialog class="dialog" id="{refused["dialog"]}"' in html else ""}


def page_of(request: PageRequest, found: Any) -> dict[str, Any]:
    by, now = request.reader, request.now
    shown = queries.sheet(by, found, now)
    today, lang = timezone.localdate(now), pick("zh", "en")
    account = by.account_id
    may = {move: policies.CASE.why_not(move, state=found.state, actors=shown.actors, lang=lang) for move in policies.CASE.titles}
    may |= {deed: policies.why_not_do(deed, state=found.state, actors=shown.actors, lang=lang) for deed in policies.DEEDS}
    may["refer"] = policies.why_not_do("note", state=found.state, actors=shown.actors, lang=lang)
    live = [present.step_card(one, shown.actors, account, now) for one in shown.live]
    return {
        "case": found,
        "sheet": shown,
        "level": shown.level,
        "state": pick(*policies.CASE_STATES[found.state]),
        "outcome": pick(*policies.OUTCOMES[found.outcome]) if found.outcome else "",
        "pause_reason": pick(*policies.PAUSE_REASONS[found.pause_reason]) if found.pause_reason else "",
        "plan_state": pick(*policies.APPROVAL_STATES[found.plan_state]) if found.plan_state else "",
        "live": live,
        "mine": [one for one in live if one.is_mine],
        "others": [one for one in live if not one.is_mine],
        "past": [present.step_card(one, shown.actors, account, now) for one in shown.past],
        "strands": [
            {"row": one, "domain": pick(*DOMAINS[one.domain]), "origin": pick(*policies.ORIGINS[one.origin]), "playbook": one.playbook}
            for one in shown.strands
        ],
        "closed": [{"domain": pick(*DOMAINS[one.strand.domain]), "who": pick("、", ", ").join(one.who)} for one in shown.closed],
        "team": _team(shown.team),
        "events": present.event_rows(shown.events, account),
        "alerts": [row for row in alerts.of_student(by, found.student_id) if f"alert:{row.pk}" in {link.ref for link in shown.links}],
        "letters": [letter_rows.row(one, now) for one in letters.of_case(by, found.ref)],
        "referrals": [_asked(one, "referral", found, request) for one in shown.referrals],
        "approvals": [_asked(one, "approval", found, request) for one in shown.approvals],
        "people": queries.assignable(found, today) if any(may[key] is None for key in ("hand_over", "add_step", "team", "opinion")) else [],
        "roles": [
            (code, pick(one.zh, one.en))
            for code, one in answering_roles().items()
            if any(not strand.categories & ~reach(code) for strand in shown.strands if strand.ended_at is None)
        ],
        "may": may,
        "same_person": queries.same_person(by, found) if may["merge"] is None else [],
        "splittable": [one for one in shown.strands if one.ended_at is None] if may["split"] is None else [],
        "outcomes": present.words_of(policies.OUTCOMES),
        "reasons": present.words_of(policies.PAUSE_REASONS),
        "skips": present.words_of(policies.SKIP_REASONS),
        "withins": present.withins(),
        "outputs": present.words_of(OUTPUTS),
        "today": today.isoformat(),
        "may_letter": why_not(by, "letters_issue") is None,
    }


def _team(members: Any) -> list[dict[str, Any]]:
    """One line per person, with every part they have."""
    people: dict[int, dict[str, Any]] = {}
    for one in members:
        row = people.setdefault(one.account_id, {"name": one.account.name, "parts": [], "pk": one.pk, "office": ""})
        title = pick(*policies.PARTS[one.part])
        if title not in row["parts"]:
            row["parts"].append(title)
    return list(people.values())


def _asked(opened: Any, kind: str, found: Any, request: PageRequest) -> dict[str, Any]:
    """A referral or a question with what the reader may do about it."""
    row, lang = opened.row, pick("zh", "en")
    table = policies.REFERRAL if kind == "referral" else policies.APPROVAL
    who = queries.actors(request.reader, found, **{kind: row})
    title = present.role(row.role) if kind == "referral" else pick(*policies.APPROVAL_KINDS[row.kind])
    return {
        "row": row,
        "title": title,
        "who": present.name(row.to if kind == "referral" else row.asked_of),
        "by": present.name(row.asked_by),
        "state": pick(*table.states[row.state]),
        "words": opened.words,
        "answer": opened.answer,
        "outcome": pick(*policies.OUTCOMES[row.outcome]) if getattr(row, "outcome", "") else "",
        "due": present.due(opened.deadline.due_at, request.now) if opened.deadline and opened.deadline.is_running else None,
        "may": {move: table.why_not(move, state=row.state, actors=who, lang=lang) is None for move in table.titles},
    }


@require_http_methods(["GET", "POST"])
@page("cases_act")
def new(request: PageRequest) -> HttpResponseBase:
    """Raise a matter about a student: from an alert (`?alert=`), or from their page (`?student=`)."""
    by = request.reader
    given = request.POST if request.method == "POST" else request.GET
    alert = alerts.alert(by, _number(given.get("alert", "")) or 0)
    student = access.student(by, alert.student_id if alert else _number(given.get("student", "")) or -1)
    if student is None:
        return missing(request)
    error = actions.why_not_open(by, student, by.lang) or ""
    if request.method == "POST" and not error:
        try:
            found = actions.open(
                student=student, origin="alert" if alert else "person", domain=given.get("domain", ""), level=_number(given.get("level", "")) or 0,
                playbook=given.get("playbook", ""), alerts=[alert.pk] if alert else [], by=by, now=request.now,
            )  # fmt: skip
        except actions.CannotDo as refused:
            error = str(refused)
        else:
            messages.success(request, pick("已开启，第一步已经分派", "Opened; the first step is assigned"))
            # Whoever raises what they may not read themselves learns what came of it, not what is in it.
            return redirect(found.url if queries.case(by, found.pk) is not None else "cases:raised")
    current = queries.open_case_of(by, student.sid)
    suggested = given.get("playbook") or (alert.rule_version.playbook if alert else "")
    context = {
        "student": student,
        "alert": alert,
        "current": current,
        "error": error,
        "playbooks": _choices(by, suggested, alert.level if alert else 2),
        "domains": present.words_of(DOMAINS),
        "domain": given.get("domain") or (alert.domain if alert else ""),
        "levels": present.levels(),
        "level": _number(given.get("level", "")) or (alert.level if alert else 2),
    }
    return render(request, "cases/new.html", context, status=422 if request.method == "POST" else 200)


def _choices(by: Any, suggested: str, level: int) -> list[dict[str, Any]]:
    """The procedures in force, by domain; the one the rule names first chosen, in its level's variant."""
    version = playbooks.for_level(suggested, level) if suggested else None
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in playbooks.in_force():
        chosen = {"code": row.code, "title": pick(row.title, row.title_en or row.title), "on": version is not None and row.pk == version.pk}
        groups.setdefault(pick(*DOMAINS[row.domain]), []).append(chosen)
    return [{"title": title, "rows": rows} for title, rows in groups.items()]
