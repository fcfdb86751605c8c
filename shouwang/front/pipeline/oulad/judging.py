"""The rules at a chosen day of each presentation, and what became of those they flagged."""

from collections.abc import Iterator
from dataclasses import dataclass

from shouwang.analysis.engine import Engine
from shouwang.analysis.facts import Snapshot
from shouwang.analysis.indicators import compute
from shouwang.analysis.rules import load_presets, verdict_sql
from shouwang.analysis.standard import load as load_standard
from shouwang.front.pipeline.oulad.loading import PRESET
from shouwang.front.pipeline.oulad.source import Source, on_day
from shouwang.work.imports import queries

LOST = ("Fail", "Withdrawn")
FLAGGED_FROM = 2  # yellow: blue is a note
OWN = ("coursework", "platform_activity", "enrolment_change")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One presentation: of those enrolled on the day, whom the rules flagged, and how many of each later failed or withdrew."""

    course: str
    enrolled: int
    flagged: int
    flagged_lost: int
    lost: int
    clicks: bool

    @property
    def precision(self) -> float | None:
        return self.flagged_lost / self.flagged if self.flagged else None

    @property
    def base(self) -> float | None:
        return self.lost / self.enrolled if self.enrolled else None

    @property
    def found(self) -> float | None:
        return self.flagged_lost / self.lost if self.lost else None


def judge(source: Source, day: int, *, engine: Engine) -> Iterator[Outcome]:
    """Each presentation on its own day `day`, from what was delivered of it; nothing later than that day is looked at."""
    snapshot = queries.live_snapshot()
    sids = sid_by_number()
    for course, enrolments in source.by_course.items():
        present = {
            sids[one.number]: one.result in LOST
            for one in enrolments
            if one.number in sids and (one.withdrew_on is None or one.withdrew_on > day)
        }
        if present and day <= source.lengths[course]:
            flagged = flagged_on(course, day, set(present), snapshot, engine)
            lost = {sid for sid, gone in present.items() if gone}
            yield Outcome(course, len(present), len(flagged), len(flagged & lost), len(lost), course in source.visits)


def flagged_on(course: str, day: int, present: set[int], snapshot: Snapshot, engine: Engine) -> set[int]:
    """The students of `present` for whom a rule of yellow or above holds."""
    rules = [rule for rule in load_presets()[PRESET] if rule.level >= FLAGGED_FROM]
    with engine.open(of_course(snapshot, present), on_day(course, day), sorted(present)) as session:
        compute(session)
        return {row["sid"] for row in session.rows(f"SELECT DISTINCT sid FROM ({verdict_sql(rules)}) AS verdicts")}


def of_course(snapshot: Snapshot, sids: set[int]) -> Snapshot:
    """The register and what was delivered of these students: how far a feed reaches is each presentation's own affair."""
    first, last = min(sids), max(sids)
    return Snapshot.of_batches(
        batch
        for batch in snapshot.batches
        if batch.table not in OWN
        or (batch.first_sid is not None and batch.last_sid is not None and batch.first_sid <= last and batch.last_sid >= first)
    )


def sid_by_number() -> dict[str, int]:
    """Every enrolment's opaque number."""
    students = queries.known(None, load_standard().table("coursework")).roster.students.to_pydict()
    return dict(zip(students["student_no"], students["sid"], strict=True))
