"""The work list of alerts. Every row passes access.visible: one scope covers the student and every category the alert reveals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from shouwang.analysis import indicators
from shouwang.analysis.rules import because, sentence
from shouwang.common.paths import next_path
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.alerts.models import Alert, AlertValue, RuleVersion
from shouwang.work.alerts.policies import ACTIVE, STATES
from shouwang.work.alerts.queries.computing import Values
from shouwang.work.alerts.queries.rulebook import InForce, versions_of

FEW = 400
ORDERS: dict[str, tuple[str, ...]] = {
    "urgency": ("-level", "-opened_on", "-pk"),
    "newest": ("-opened_on", "-level", "-pk"),
    "student": ("unit_path", "student_id", "pk"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. `state`: one of STATES, "active", or "all"; `unit`: a unit of either tree."""

    state: str = "open"
    level: int | None = None
    domain: str = ""
    rule: str = ""
    unit: int | None = None
    sort: str = "urgency"

    @property
    def narrows(self) -> bool:
        return bool(self.level or self.domain or self.rule or self.unit)


@dataclass(frozen=True, slots=True)
class Line:
    """What a list says of an alert: a few values instead of four whole rows, and the rule read once for all its alerts."""

    rule: InForce
    pk: int
    student_id: int
    level: int
    state: str
    opened_on: date
    last_fired_on: date
    unknown_since: date | None
    values_run_id: int
    unit_path: str
    number: str
    who: str
    where: str

    @property
    def rule_version(self) -> RuleVersion:
        return self.rule.row


# The values of a line in order, with the rule's id for the rule.
LINE = (
    *("rule_version_id", "pk", "student_id", "level", "state", "opened_on", "last_fired_on", "unknown_since", "values_run_id", "unit_path"),
    *("student__number", "student__name", "student__class_unit__name"),
)


@dataclass(frozen=True, slots=True)
class StudentGroup:
    """A student with the alerts that the list shows of them."""

    sid: int
    level: int
    newest: date
    head: int
    alerts: tuple[Line, ...]

    @property
    def key(self) -> list[Any]:
        return [self.level, self.newest.isoformat(), self.head]


def seen(by: Reader) -> QuerySet[Alert]:
    """What the reader may see of all alerts. Of whoever sees few, exactly those: a database that walks all open alerts of a bureau in order of
    urgency, to find the three of a class, takes a tenth of a second for it.
    """
    found = access.visible(by, Alert.objects.all())
    few = list(found.order_by().values_list("pk", flat=True)[: FEW + 1])
    return Alert.objects.filter(pk__in=few) if len(few) <= FEW else found


def alerts(by: Reader, filters: Filters | None = None) -> QuerySet[Alert]:
    """The alerts the reader may see, narrowed, in the order asked for. A unit out of the reader's reach narrows to nothing."""
    given = filters or Filters(state="all")
    found = seen(by).filter(_state(given.state))
    if given.level:
        found = found.filter(level=given.level)
    if given.domain:
        found = found.filter(domain=given.domain)
    if given.rule:
        found = found.filter(rule_code=given.rule)
    if given.unit is not None:
        unit = access.units(by).filter(pk=given.unit).first()
        if unit is None:
            return found.none()
        field = "dorm_path" if unit.tree == "dormitory" else "unit_path"
        found = found.filter(**{f"{field}__gte": unit.path, f"{field}__lt": next_path(unit.path)})
    return (
        found.select_related("student__class_unit", "rule_version")
        .prefetch_related("rule_version__reasons")
        .order_by(*ORDERS.get(given.sort, ORDERS["urgency"]))
    )


def alert(by: Reader, pk: int) -> Alert | None:
    """One alert; None when there is none or the reader may not see it."""
    return alerts(by).select_related("student__room", "run__snapshot", "values_run").filter(pk=pk).first()


def lines(found: QuerySet[Alert]) -> list[Line]:
    """The lines of alerts that `seen` has let through, in their order."""
    rows: list[tuple[Any, ...]] = list(found.select_related(None).prefetch_related(None).values_list(*LINE))
    rules = versions_of({rule for rule, *_ in rows})
    return [Line(rules[rule], *values) for rule, *values in rows]


def line(by: Reader, pk: int) -> Line | None:
    """One alert as its line; None when there is none or the reader may not see it."""
    return next(iter(lines(alerts(by).filter(pk=pk))), None)


def of_student(by: Reader, sid: int) -> list[Line]:
    """A student's alerts the reader may see, active ones first, gravest first."""
    rows = lines(alerts(by).filter(student_id=sid).order_by("-level", "-last_fired_on", "id"))
    return sorted(rows, key=lambda row: STATES.index(row.state) if row.state not in ACTIVE else 0)


def page(by: Reader, filters: Filters, after: Sequence[Any] | None, size: int) -> tuple[list[Line], bool]:
    """`size` alerts behind a key (see `key_of`), and whether more follow."""
    found = alerts(by, filters)
    order = ORDERS.get(filters.sort, ORDERS["urgency"])
    if after is not None and len(after) == len(order):
        lookup = TupleLessThan if order[0].startswith("-") else TupleGreaterThan
        found = found.filter(lookup(Tuple(*(name.lstrip("-") for name in order)), tuple(after)))
    rows = lines(found[: size + 1])
    return rows[:size], len(rows) > size


def key_of(row: Line, sort: str) -> list[Any]:
    """The key of a row in an order, as it stands in an address."""
    values = (getattr(row, name.lstrip("-")) for name in ORDERS.get(sort, ORDERS["urgency"]))
    return [value.isoformat() if isinstance(value, date) else value for value in values]


def heads(found: QuerySet[Alert]) -> QuerySet[Alert]:
    """Of these alerts each student's gravest, the newest of several; gravest students first.

    A row is a head when the set holds no graver one of the same student: the first page needs no look at the others, and neither does the last.
    """
    others = found.select_related(None).prefetch_related(None).order_by().filter(student_id=OuterRef("student_id"))
    newer = Q(opened_on__gt=OuterRef("opened_on")) | Q(opened_on=OuterRef("opened_on"), id__gt=OuterRef("id"))
    graver = others.filter(Q(level__gt=OuterRef("level")) | (Q(level=OuterRef("level")) & newer))
    return found.filter(~Exists(graver)).order_by(*ORDERS["urgency"])


def grouped_page(by: Reader, filters: Filters, after: Sequence[Any] | None, size: int) -> tuple[list[StudentGroup], bool]:
    """`size` students behind a key, gravest first, each with their alerts; and whether more follow."""
    found = alerts(by, filters)
    first = heads(found).select_related(None).prefetch_related(None)
    if after is not None and len(after) == 3:
        first = first.filter(TupleLessThan(Tuple("level", "opened_on", "id"), tuple(after)))
    chosen = list(first.values_list("student_id", "level", "opened_on", "id")[: size + 1])
    rows: dict[int, list[Line]] = {sid: [] for sid, *_ in chosen[:size]}
    # Put in order here: asked for an order, SQLite would rather walk every open alert than look these students up.
    mine = lines(found.filter(student_id__in=list(rows)).order_by())
    for row in sorted(mine, key=lambda one: (-one.level, -one.opened_on.toordinal(), one.pk)):
        rows[row.student_id].append(row)
    groups = [StudentGroup(sid, level, newest, pk, tuple(rows[sid])) for sid, level, newest, pk in chosen[:size]]
    return groups, len(chosen) > size


def values_of(rows: Iterable[Alert | Line]) -> dict[int, Values]:
    """Of each alert, the values it shows now."""
    runs = {row.pk: row.values_run_id for row in rows}
    found: dict[int, Values] = {pk: {} for pk in runs}
    given = AlertValue.objects.filter(alert_id__in=list(runs), run_id__in=set(runs.values()))
    for pk, run, name, value in given.values_list("alert_id", "run_id", "indicator", "value"):
        if runs[pk] == run:
            found[pk][name] = value
    return found


def reason(known: InForce, values: Values, lang: str = "zh") -> str:
    """Why an alert of the rule fires, in a sentence with its values."""
    if known.rule is None:
        return known.row.title
    described = indicators.load().by_name
    whole = {name: values.get(name) for name in known.rule.indicators}
    return because(known.rule.when, known.rule.says, whole, described, lang) or sentence(known.rule.when, described, lang)


def _state(state: str) -> Q:
    if state == "all":
        return Q()
    return Q(state__in=ACTIVE) if state == "active" else Q(state=state)
