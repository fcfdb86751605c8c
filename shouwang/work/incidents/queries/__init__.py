"""Who may read which report, and what it says to them."""

from shouwang.work.incidents.network import way_of
from shouwang.work.incidents.queries.categories import kind, kinds
from shouwang.work.incidents.queries.seeing import (
    ForCase,
    for_case,
    incident,
    may_read,
    own,
    parts,
    presence,
    readable_of,
    students_of,
    visible_incidents,
    words,
)

__all__ = [
    "ForCase",
    "for_case",
    "incident",
    "kind",
    "kinds",
    "may_read",
    "own",
    "parts",
    "presence",
    "readable_of",
    "students_of",
    "visible_incidents",
    "way_of",
    "words",
]
