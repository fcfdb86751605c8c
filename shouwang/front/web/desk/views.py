"""Today: what needs me now."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from shouwang.front.web.desk import present
from shouwang.front.web.desk.present import Section
from shouwang.front.web.kit import words
from shouwang.front.web.kit.views import PageRequest, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.students import present as students
from shouwang.trust.access import contacts, policies
from shouwang.trust.access import queries as access
from shouwang.work.desk import agenda, levels, queries
from shouwang.work.disclosures.queries import glasses
from shouwang.work.profile import queries as profile

FAMILY = frozenset({"guardian", "student"})


@require_GET
@page("desk")
def today(request: PageRequest) -> HttpResponseBase:
    by = request.reader
    if by.roles and by.roles <= FAMILY:
        return _family(request)
    sections = [section for section in _sections(request) if section.rows or section.note or section.foot]
    context = {
        "sections": sections,
        "duties": _duties(request),
        "levels": _levels(request),
        "system": _system(request),
        # The one big thing to do from here: deliver, for whom files are the work; report, for whoever walks the house; else look at alerts.
        "may_import": policies.why_not(by, "import") is None,
        "reports_first": queries.answers_for_dorms(by) and policies.why_not(by, "report") is None,
        "may_alerts": policies.why_not(by, "alerts") is None,
    }
    return render(request, "desk/today.html", context)


def _sections(request: PageRequest) -> list[Section]:
    """In the order of urgency; who has no part in a matter gets an empty section, which is not shown."""
    by, now, day = request.reader, request.now, timezone.localdate(request.now)
    may_import = policies.why_not(by, "import") is None
    nights = [present.nights(*queries.night(by, day), day)] if queries.answers_for_dorms(by) else []
    first, then = agenda.agenda(by, now, whole="all" in request.GET), queries.matters(by, least=1, most=2, size=8)
    told = {one.sid for one in first.shown if one.sid is not None} | {one.sid for one in then.shown}
    return [
        present.glasses(glasses.waiting(by, now), lambda one: glasses.who(one, by)),
        present.safekeeping(queries.safekeeping(by, now)),
        present.agenda_section(by, first, now),
        *nights,
        present.deliveries(queries.deliveries(by)),
        present.contacts(contacts.waiting(by) if policies.why_not(by, "invite") is None else []),
        present.matters(by, then, pick("然后看这些", "Then"), "/alerts/"),
        present.late(queries.late(by, now), may_import),
        present.gaps(queries.gaps(by, day)),
        present.named(queries.named(by, told)),
    ]


def _duties(request: PageRequest) -> str:
    """「班主任 2024级软件1班、2024级网络1班」: as whom one is here."""
    held: dict[str, list[str]] = {}
    for scope in request.reader.scopes:
        held.setdefault(scope.role, [])
    for duty in access.duties(request.reader, timezone.localdate(request.now)):
        place = duty.unit.name if duty.unit else duty.student.name if duty.student else ""
        places = held.setdefault(duty.role, [])
        if place not in places:
            places.append(place)
    parts = []
    for role, places in held.items():
        title = policies.ROLES.get(role)
        shown = pick("、", ", ").join(places[:3]) + (
            pick(f" 等 {len(places)} 处", f" and {len(places) - 3} more") if len(places) > 3 else ""
        )
        parts.append(f"{pick(title.zh, title.en) if title else role} {shown}".strip())
    return " · ".join(parts)


def _levels(request: PageRequest) -> list[dict[str, Any]]:
    rows = []
    for row in levels.colleges(request.reader):
        raised = sum(row.counts[1:])
        moved = sum(row.change[1:]) if row.change is not None else None
        rows.append(
            {
                "name": row.unit.name,
                "url": f"/units/{row.unit.pk}/",
                "counts": row.counts,
                "red": row.counts[4],
                "share": words.share(raised, sum(row.counts)),
                "change": words.change(moved),
            }
        )
    return rows


def _system(request: PageRequest) -> dict[str, Any] | None:
    found = queries.system(request.reader)
    if found is None:
        return None
    return {
        "waiting": f"{found.waiting:,}",
        "failed": found.failed,
        "last_done": found.last_done,
        "last_run": found.last_run,
        "folder": found.data_folder,
        "size": present.size(found.data_bytes),
        "free": present.size(found.free_bytes),
    }


def _family(request: PageRequest) -> HttpResponseBase:
    """A guardian's or a student's own Today: the last two weeks, and whom to call."""
    by, day = request.reader, timezone.localdate(request.now)
    children = []
    for sid in [sid for scope in by.scopes for sid in scope.sids]:
        child = access.student(by, sid)
        if child is None:
            continue
        told = profile.timeline(by, sid, today=day, size=12)
        children.append(
            {
                "student": child,
                "days": students.days(told, day),
                "people": students.people(profile.responsible(by, sid, day)),
            }
        )
    return render(request, "desk/family.html", {"children": children, "is_guardian": "guardian" in by.roles})
