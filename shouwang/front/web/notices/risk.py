"""The daily list of a responsible person, ordered by what changed since the list before."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shouwang.front.pipeline import risk as mornings
from shouwang.front.web.kit.views import PageRequest, page
from shouwang.front.web.kit.words import pick
from shouwang.work.desk import risk
from shouwang.work.desk.queries import Matter

TITLES = {
    "new": ("新出现", "New"),
    "worse": ("加重", "Worse"),
    "again": ("再次出现", "Again"),
    "same": ("继续关注", "Still on the list"),
}


@require_safe
@page("risk")
def listing(request: PageRequest) -> HttpResponseBase:
    by, start = request.reader, mornings.since(request.now)
    found = risk.listing(by, start)
    groups = [{"title": pick(*TITLES[kind]), "rows": [_row(one.matter) for one in found if one.kind == kind]} for kind in risk.CHANGES]
    counts = risk.counts(by, start)
    return render(
        request,
        "notices/risk.html",
        {"groups": [group for group in groups if group["rows"]], "counts": counts, "start": start},
    )


def _row(matter: Matter) -> dict[str, object]:
    others = pick(f"；另有 {len(matter.titles) - 1} 项", f"; {len(matter.titles) - 1} more") if len(matter.titles) > 1 else ""
    page_of = f"/students/{matter.sid}/"
    return {
        "key": str(matter.sid),
        "who": matter.name,
        "where": matter.class_name,
        "why": matter.reason + others,
        "level": matter.level,
        "url": page_of,
        "since": matter.since,
        "action": pick("查看", "Open"),
        "action_url": page_of,
    }
