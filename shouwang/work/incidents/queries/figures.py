"""How matters were answered: by unit and by person, every figure with the rows it was counted from.

Fair: a person's clock runs in their service hours, round the clock only while on duty; pauses do not count; whoever was asked together with a
colleague who answered in time is not late; medians stand beside their counts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Q

from shouwang.common.paths import ancestors, next_path
from shouwang.common.reader import Reader
from shouwang.common.schooltime import SchoolTime
from shouwang.trust.access import queries as access
from shouwang.trust.people.models import Unit
from shouwang.work.deadlines import queries as clocks
from shouwang.work.deadlines.models import Deadline, Pause
from shouwang.work.incidents.models import Ask, Incident, IncidentEvent

FIGURES: dict[str, tuple[str, str]] = {
    "asked": ("被请确认", "Asked"),
    "answered": ("已确认", "Answered"),
    "late": ("确认晚了", "Answered late"),
    "unanswered": ("没有确认", "Not answered"),
    "passed": ("转交", "Passed on"),
    "resolved": ("办结", "Resolved"),
    "overdue": ("处理超时", "Handled late"),
    "reopened": ("被重新打开", "Reopened"),
}


@dataclass
class Line:
    """One person or unit: figure → the reports behind it; how long things took, in minutes of the fair clock."""

    key: str
    title: str
    rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    answering: list[float] = field(default_factory=list)
    handling: list[float] = field(default_factory=list)

    def count(self, figure: str) -> int:
        return len(self.rows.get(figure, ()))

    @property
    def median_answer(self) -> float | None:
        return median(self.answering) if self.answering else None

    @property
    def median_handling(self) -> float | None:
        return median(self.handling) if self.handling else None


@dataclass(frozen=True, slots=True)
class Board:
    whole: Line
    units: list[Line]
    people: list[Line]


def _within(by: Reader) -> Q:
    """The places the reader leads: figures say nothing of what a report is about, so the category does not narrow them."""
    found = Q(pk__in=[])
    for path in access.units(by, "organisation").filter(kind__in=("school", "college")).values_list("path", flat=True):
        found |= Q(unit_path__gte=path, unit_path__lt=next_path(path))
    return found


def _incidents(by: Reader, since: datetime) -> dict[int, Incident]:
    return {one.pk: one for one in Incident.objects.filter(_within(by), reported_at__gte=since)}


def board(by: Reader, *, since: datetime, now: datetime) -> Board:
    """Everything reported since then in the places the reader leads."""
    incidents, times = _incidents(by, since), clocks.school_time()
    lines = _Lines(_unit_titles(incidents.values()))
    asks = list(
        Ask.objects.filter(incident__in=incidents, part="answer")
        .select_related("account__staff", "account__student", "level")
        .order_by("pk")
    )
    in_time = _answered_levels(asks)
    for ask in asks:
        lines.put(ask.account_id, ask.account.name, incidents[ask.incident_id], "asked")
        figure = verdict(ask, ask.level_id in in_time, now)
        if figure:
            lines.put(ask.account_id, ask.account.name, incidents[ask.incident_id], figure)
        if ask.answered_at is not None:
            passed = times.elapsed(ask.asked_at, ask.answered_at, "round" if ask.clock == "round" else "service")
            minutes = max(0.0, passed.total_seconds() / 60)
            lines.took(ask.account_id, incidents[ask.incident_id], "answering", minutes)
    _events(lines, incidents)
    _handled(lines, incidents, times, now)
    return lines.board()


def verdict(ask: Ask, someone_in_time: bool, now: datetime) -> str:
    """What became of one ask: answered, late, unanswered, or nothing yet (or nothing any more, because somebody else answered)."""
    assert ask.due_at is not None
    if ask.answered_at is not None:
        return "answered" if ask.answered_at <= ask.due_at else "late"
    if someone_in_time or ask.level.state in ("over", "answered", "passed"):
        return ""
    return "unanswered" if now > ask.due_at else ""


def _answered_levels(asks: Iterable[Ask]) -> set[int]:
    return {ask.level_id for ask in asks if ask.answered_at is not None and ask.due_at is not None and ask.answered_at <= ask.due_at}


class _Lines:
    def __init__(self, units: Mapping[str, str]) -> None:
        self.whole, self.titles = Line("", ""), units
        self.people: dict[int, Line] = {}
        self.units: dict[str, Line] = {}

    def _of(self, account: int, incident: Incident) -> list[Line]:
        path = _college(incident.unit_path, self.titles)
        unit = self.units.setdefault(path, Line(path, self.titles.get(path, "")))
        return [self.whole, unit, self.people[account]] if account in self.people else [self.whole, unit]

    def put(self, account: int, name: str, incident: Incident, figure: str) -> None:
        self.people.setdefault(account, Line(str(account), name))
        for line in self._of(account, incident):
            line.rows[figure].append(incident.pk)

    def took(self, account: int, incident: Incident, what: str, minutes: float) -> None:
        for line in self._of(account, incident):
            getattr(line, what).append(minutes)

    def board(self) -> Board:
        units = sorted((line for line in self.units.values() if line.title), key=lambda line: line.key)
        people = sorted(
            self.people.values(), key=lambda line: (-line.count("unanswered"), -line.count("late"), -line.count("asked"), line.key)
        )
        return Board(self.whole, units, people)


def _unit_titles(incidents: Iterable[Incident]) -> dict[str, str]:
    """path → name of the colleges the reports lie in, and of the school for what lies in none."""
    paths = {path for one in incidents for path in ancestors(one.unit_path)}
    return dict(Unit.objects.filter(path__in=paths, kind__in=("school", "college")).values_list("path", "name"))


def _college(path: str, titles: Mapping[str, str]) -> str:
    return max((above for above in ancestors(path) if above in titles), default="")


def _events(lines: _Lines, incidents: Mapping[int, Incident]) -> None:
    found = IncidentEvent.objects.filter(incident__in=incidents, kind="pass_on", by__isnull=False).select_related(
        "by__staff", "by__student"
    )
    for event in found:
        assert event.by is not None
        lines.put(event.by.pk, event.by.name, incidents[event.incident_id], "passed")
    for event in IncidentEvent.objects.filter(incident__in=incidents, kind="reopen"):
        one = incidents[event.incident_id]
        if one.handler_id is not None:
            lines.put(one.handler_id, _name(one.handler_id), one, "reopened")


def _name(account: int) -> str:
    return access.staff_names([account]).get(account, "")


def _handled(lines: _Lines, incidents: Mapping[int, Incident], times: SchoolTime, now: datetime) -> None:
    refs = {f"{one.ref}/handling": one for one in incidents.values() if one.handler_id is not None}
    deadlines = clocks.many(list(refs))
    pauses = _pauses(deadlines.values())
    names = access.staff_names([one.handler_id for one in refs.values() if one.handler_id is not None])
    for ref, one in refs.items():
        limit = deadlines.get(ref)
        if limit is None or one.handler_id is None:
            continue
        name = names.get(one.handler_id, "")
        if clocks.late_by(limit, now, times):
            lines.put(one.handler_id, name, one, "overdue")
        if one.resolved_at is not None:
            lines.put(one.handler_id, name, one, "resolved")
            lines.took(one.handler_id, one, "handling", _minutes(limit.started_at, one.resolved_at, pauses.get(limit.pk, ()), times))


def _pauses(deadlines: Collection[Deadline]) -> dict[int, list[Pause]]:
    found: dict[int, list[Pause]] = defaultdict(list)
    for pause in Pause.objects.filter(deadline__in=[one.pk for one in deadlines]):
        found[pause.deadline_id].append(pause)
    return found


def _minutes(first: datetime, last: datetime, pauses: Iterable[Pause], times: SchoolTime) -> float:
    """Service minutes between two moments without what was paused."""
    held = sum((times.elapsed(pause.from_at, min(pause.ended_at or last, last)) for pause in pauses if pause.from_at < last), timedelta(0))
    return max(0.0, (times.elapsed(first, last) - held).total_seconds() / 60)


def rows(by: Reader, *, since: datetime, now: datetime, key: str, figure: str) -> tuple[str, list[Incident]]:
    """The reports behind one figure, newest first, and whose figure it is. `key`: "" the whole, a path of a unit, an account's number."""
    if figure not in FIGURES:
        return "", []
    found = board(by, since=since, now=now)
    line = next((line for line in [found.whole, *found.units, *found.people] if line.key == key), None)
    if line is None:
        return "", []
    return line.title, list(Incident.objects.filter(pk__in=line.rows.get(figure, ())).order_by("-reported_at", "-pk"))
