"""Presence, not content: that records exist which the reader may not read, how many, and whom to ask; for those who may know that much.

Who may know it is the action `know` of the matrix. Nothing of such a record is read but its number.
"""

from dataclasses import dataclass
from datetime import date

from shouwang.common.categories import Category, titles
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import ROLES
from shouwang.work.alerts.models import Alert
from shouwang.work.alerts.policies import ACTIVE
from shouwang.work.alerts.queries.computing import engine
from shouwang.work.imports import queries as imports
from shouwang.work.profile import stories

NAMED = 2


@dataclass(frozen=True, slots=True)
class Closed:
    """`title`: the categories the reader lacks; `n`: how many records; `whom`: names of those who may read them."""

    title: str
    n: int
    whom: tuple[str, ...]


def closed(by: Reader, sid: int, today: date) -> list[Closed]:
    """What exists about this student, in kinds the reader may know of and not read. Empty for a student they may not see."""
    seen = access.categories(by, sid)
    known = access.categories(by, sid, "know") & ~seen
    if not seen & Category.identity or not known:
        return []
    counted: dict[int, int] = {}
    for lacking, n in [*_facts(sid, seen, known, today), *_alerts(sid, seen, known)]:
        counted[lacking] = counted.get(lacking, 0) + n
    comma = "、" if by.lang == "zh" else ", "
    return [Closed(comma.join(titles(bits, by.lang)), n, _whom(by, sid, bits, today)) for bits, n in sorted(counted.items()) if n]


def _facts(sid: int, seen: int, known: int, today: date) -> list[tuple[int, int]]:
    """(what the reader lacks, how many rows) per kind of story."""
    snapshot = imports.live_snapshot()
    lacking = {story.table: story.categories & ~seen for story in stories.STORIES}
    asked = [story for story in stories.STORIES if (bits := lacking[story.table]) and not bits & ~known and snapshot.of(story.table)]
    if not asked:
        return []
    with engine().open(snapshot, today, [sid]) as session:
        rows = session.rows(stories.statement(asked))
    return [(lacking[row["kind"]], 1) for row in rows]


def _alerts(sid: int, seen: int, known: int) -> list[tuple[int, int]]:
    masks = Alert.objects.filter(student_id=sid, state__in=ACTIVE).values_list("categories", flat=True)
    return [(bits & ~seen, 1) for bits in masks if bits & ~seen and not bits & ~seen & ~known]


def _whom(by: Reader, sid: int, bits: int, today: date) -> tuple[str, ...]:
    """The nearest of those who answer for the student and may read it."""
    able = [code for code, role in ROLES.items() if not bits & ~role.any("see")]
    held = access.responsible(by, sid, today).filter(role__in=able, staff__isnull=False)
    return tuple(dict.fromkeys(duty.staff.name for duty in held if duty.staff))[:NAMED]
