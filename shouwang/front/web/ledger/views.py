"""The record of actions, newest first, for the auditor. Opaque ids stay opaque."""

import re

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shouwang.front.web.kit import paging
from shouwang.front.web.kit.views import PageRequest, page
from shouwang.front.web.kit.words import exact, pick
from shouwang.front.web.ledger.presenting import who
from shouwang.trust.access import queries as access
from shouwang.trust.ledger import queries
from shouwang.trust.ledger.policies import AREAS, sentence

SUBJECT = re.compile(r"[a-z]{1,20}:[0-9A-Za-z_-]{1,38}")
SHOWN = 5


@require_safe
@page("ledger")
def board(request: PageRequest) -> HttpResponse:
    """`?area=alerts` and `?about=alert:17` narrow the list."""
    area, about = request.GET.get("area", ""), request.GET.get("about", "").strip()
    area = area if area in AREAS else ""
    found = queries.entries(about if SUBJECT.fullmatch(about) else None, area=area)
    after = paging.cursor(request)
    older = found.filter(pk__lt=after[0]) if after and isinstance(after[0], int) else found
    rows = list(older[: paging.SIZE + 1])
    more, rows = len(rows) > paging.SIZE, rows[: paging.SIZE]
    names = access.staff_names({row.by for row in rows if row.by is not None})
    shown = [
        {
            "number": row.pk,
            "at": exact(row.at),
            "who": who(row.by, names),
            "what": sentence(row.kind, request.reader.lang),
            "digest": row.digest[:12],
        }
        | _about(queries.about(row))
        for row in rows
    ]
    chips = [{"title": pick("全部", "All"), "url": "/ledger/", "on": not area}]
    chips += [{"title": pick(*titles), "url": f"/ledger/?area={code}", "on": area == code} for code, titles in AREAS.items()]
    pager = paging.pager(request, rows, key=[rows[-1].pk] if rows else None, more=more)
    return render(request, "ledger/board.html", {"rows": shown, "chips": chips, "pager": pager, "about": about, "area": area})


def _about(found: queries.Subjects) -> dict[str, object]:
    """Things by their id; students only counted: even their opaque ids are outside an auditor's scope."""
    many = "+" if found.students == queries.COUNTED else ""
    return {
        "about": found.things[:SHOWN],
        "more": len(found.things) > SHOWN,
        "students": f"{found.students:,}{many}" if found.students else "",
    }
