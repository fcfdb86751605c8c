"""Who has delivered and who is late: one row per table of the standard, from the accepted deliveries and the published schedule."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
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
        rounds = _rounds(dues, [delivery.accepted_at for delivery in live[name] if delivery.accepted_at])
        since = dues[1] if len(dues) > 1 and not table.master else None
        current, before = _split(live[name], since, dues)
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
    for delivery in Delivery.objects.filter(state="accepted").only("id", "table", "accepted_at", "rows_good"):
        live[delivery.table].append(delivery)
    return live


def _rounds(dues: Sequence[datetime], accepted: Sequence[datetime]) -> tuple[Round, ...]:
    """A delivery meets a due moment when it comes after the one before it; after the moment itself it is late. Oldest first."""
    rounds = []
    for place, due in enumerate(dues[:ROUNDS]):
        before = dues[place + 1] if place + 1 < len(dues) else None
        after = dues[place - 1] if place else None
        in_time = any((before is None or before < moment) and moment <= due for moment in accepted)
        late = any(due < moment and (after is None or moment <= after) for moment in accepted)
        met = "on" if in_time else "late" if late else "missed" if place else "open"
        rounds.append(Round(due, met))
    return tuple(reversed(rounds))


def _split(live: list[Delivery], since: datetime | None, dues: Sequence[datetime]) -> tuple[list[Delivery], list[Delivery]]:
    """The deliveries of the running round, and those of the round before it."""
    if since is None:
        return live, []
    current = [one for one in live if one.accepted_at and one.accepted_at > since]
    start = dues[2] if len(dues) > 2 else None
    before = [one for one in live if one.accepted_at and one.accepted_at <= since and (start is None or one.accepted_at > start)]
    return current, before


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
