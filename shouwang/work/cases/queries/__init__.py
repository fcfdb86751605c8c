"""Cases as one reader may know them. Whoever may not see a strand learns at most that it exists (matrix: know)."""

from shouwang.work.cases.queries.acting import actors, assignable, needs_approval, why_not_member
from shouwang.work.cases.queries.listing import Filters, caseload, count, desk, listed, my_steps, pressing, queue, raised_by_me, stuck
from shouwang.work.cases.queries.page import Opened, Sheet, sheet
from shouwang.work.cases.queries.seeing import (
    case,
    case_with,
    events,
    known_cases,
    known_strands,
    linked,
    open_case_of,
    same_person,
    visible_cases,
    visible_steps,
    visible_strands,
)
from shouwang.work.cases.queries.waiting import Asking, asking, unlinked_of, unlinked_places

__all__ = [
    "Asking",
    "Filters",
    "Opened",
    "Sheet",
    "actors",
    "asking",
    "assignable",
    "case",
    "case_with",
    "caseload",
    "count",
    "desk",
    "events",
    "known_cases",
    "known_strands",
    "linked",
    "listed",
    "my_steps",
    "needs_approval",
    "open_case_of",
    "pressing",
    "queue",
    "raised_by_me",
    "same_person",
    "sheet",
    "stuck",
    "unlinked_of",
    "unlinked_places",
    "visible_cases",
    "visible_steps",
    "visible_strands",
    "why_not_member",
]
