"""Who has delivered and who is late: one row per table of the standard, from the accepted deliveries and the published schedule."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Max
from django.utils import timezone

from shouwang.analysis.standard import Department, Lateness, Table, load
from shouwang.analysis.standard.schedule import Span
from shouwang.trust.people.models import Student, Term, Unit
from shouwang.work.imports.models import Coverage, Delivery
from shouwang.work.imports.policies import OPEN

Classes = dict[str, tuple[str, int]]
ROUNDS = 6  # as many due moments as the eye takes in at once


@dataclass(frozen=True, slots=True)
class MissingClass:
    """A class of which the last round spoke, and this one does not."""

    name: str
    students: int


@dataclass(frozen=True, slots=True)
class Round:
    """One due moment and how it was met: "on" time, "late", "missed", or "open" (the latest one, not delivered yet)."""

    due_at: datetime
    met: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """One table on the board. `covered` and `enrolled` count students; None where the table is not about students."""

    table: Table
    department: Department
    lateness: Lateness
    last_id: int | None
    last_at: datetime | None
    last_by: str
    last_rows: int
    round_rows: int
    covered: int | None
    enrolled: int | None
    missing: tuple[MissingClass, ...]
    open_count: int
    rounds: tuple[Round, ...]
    """The last due moments, oldest first."""

    @property
    def state(self) -> str:
        """fresh, due, late, never (late and nothing ever came), free."""
        return "never" if self.lateness.state == "late" and self.last_at is None else self.lateness.state


def freshness(now: datetime) -> list[Fresh]:
    """Every table in the order of the standard. Counts only, nothing of a person but who delivered."""
    now = timezone.localtime(now)  # due moments are times of day at the school
    standard = load()
    terms: list[Span] = list(Term.objects.filter(is_current=True).order_by("starts_on").values_list("starts_on", "ends_on"))
    classes = _classes()
    newest = _newest()
    waiting = dict(Delivery.objects.filter(state__in=OPEN).values_list("table").annotate(n=Count("id")).order_by())
    live = _live()
    enrolled = sum(n for _, n in classes.values())
    # What fell due before anybody delivered anything was owed to no one.
    opened = min((one.accepted_at for some in live.values() for one in some if one.accepted_at), default=None)
    rows = []
    for name, table in standard.tables.items():
        dues = [due for due in table.schedule.dues(now, terms, ROUNDS + 1) if opened and due >= opened]
        lateness = table.schedule.lateness(now, at(newest.get(name)), terms)
        rounds = _rounds(table, dues, live[name])
        if rounds and _by_content(table):
            lateness = replace(lateness, state="fresh", days_late=0) if rounds[-1].met in ("on", "late") else _late(lateness, dues[0], now)
        whole = table.master or not dues
        current = live[name] if whole else _of_round(table, dues, 0, live[name])
        before = _of_round(table, dues, 1, live[name]) if len(dues) > 1 and not whole else []
        last = newest.get(name)
        covered, missing = _share(table, current, before, classes)
        rows.append(
            Fresh(
                table=table,
                department=standard.departments[table.owner],
                lateness=lateness,
                last_id=last.pk if last else None,
                last_at=at(last),
                last_by=last.received_by.name if last and last.received_by else ("命令行" if last else ""),
                last_rows=last.rows_good if last else 0,
                round_rows=sum(delivery.rows_good for delivery in current),
                covered=covered,
                enrolled=enrolled if table.subject == "student" else None,
                missing=missing,
                open_count=waiting.get(name, 0),
                rounds=rounds,
            )
        )
    return rows


def at(delivery: Delivery | None) -> datetime | None:
    return delivery.accepted_at if delivery is not None else None


def _newest() -> dict[str, Delivery]:
    """table → the live delivery accepted last."""
    ids = Delivery.objects.filter(state="accepted").values("table").annotate(last=Max("id")).order_by().values_list("last", flat=True)
    people = ("received_by__staff", "received_by__student", "received_by__guardian")
    return {delivery.table: delivery for delivery in Delivery.objects.filter(pk__in=list(ids)).select_related(*people)}


def _classes() -> Classes:
    """path of a class → (name, students who must be looked after)."""
    names = dict(Unit.objects.filter(kind="class", is_current=True).values_list("path", "name"))
    here = Student.objects.filter(is_current=True, status__in=("enrolled", "suspended")).values_list("unit_path")
    counts = dict(here.annotate(n=Count("pk")).order_by())
    return {path: (name, counts[path]) for path, name in names.items() if path in counts}


def _live() -> dict[str, list[Delivery]]:
    live: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in Delivery.objects.filter(state="accepted").only("id", "table", "accepted_at", "rows_good", "first_on", "last_on"):
        live[delivery.table].append(delivery)
    return live


def _by_content(table: Table) -> bool:
    """Whether a file says by its days which round it is for; else the moment it came must tell."""
    return "day" in table.scope and table.schedule.kind in ("daily", "weekly", "monthly")


def _of_round(table: Table, dues: Sequence[datetime], place: int, live: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries for one due moment (`dues` latest first): those that report on its days, or came since the moment before it."""
    period = table.schedule.period(dues[place]) if _by_content(table) else None
    if period is not None:
        return [one for one in live if one.first_on and one.last_on and one.first_on <= period[1] and one.last_on >= period[0]]
    before = dues[place + 1] if place + 1 < len(dues) else None
    until = dues[place] if place else None
    return [
        one
        for one in live
        if one.accepted_at and (before is None or one.accepted_at > before) and (until is None or one.accepted_at <= until)
    ]


def _rounds(table: Table, dues: Sequence[datetime], live: Sequence[Delivery]) -> tuple[Round, ...]:
    """How the last due moments were met, oldest first. What came after its moment is late."""
    rounds = []
    for place, due in enumerate(dues[:ROUNDS]):
        mine = _of_round(table, dues, place, live)
        if not _by_content(table) and place:
            mine = mine + _of_round(table, dues, place - 1, live)
        in_time = any(one.accepted_at and one.accepted_at <= due for one in mine)
        rounds.append(Round(due, "on" if in_time else "late" if mine else "missed" if place else "open"))
    return tuple(reversed(rounds))


def _late(lateness: Lateness, due: datetime, now: datetime) -> Lateness:
    return replace(lateness, state="late", due_at=due, days_late=(now.date() - due.date()).days)


def _share(table: Table, current: list[Delivery], before: list[Delivery], classes: Classes) -> tuple[int | None, tuple[MissingClass, ...]]:
    """How many students the running round speaks of, and the classes of the last round of which it says nothing."""
    if table.subject != "student":
        return None, ()
    of_class = _covered(current)
    covered = sum(min(of_class.get(path, 0), n) for path, (_, n) in classes.items())
    expected = _covered(before) if before and table.delivery == "whole" else {}
    missing = tuple(MissingClass(name, n) for path, (name, n) in classes.items() if path in expected and path not in of_class)
    return covered, missing


def _covered(round_: list[Delivery]) -> dict[str, int]:
    """path of a class → the most students one delivery of the round speaks of (two deliveries of one class mostly name the same)."""
    most = Coverage.objects.filter(delivery__in=[delivery.pk for delivery in round_]).values_list("path").annotate(n=Max("students"))
    return dict(most.order_by())
