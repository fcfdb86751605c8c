"""Episodes after a run, for all students at once: read the alerts there are, decide in memory by the table of moves, write in bulk."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import F, Q

from shouwang.analysis import indicators
from shouwang.trust.people.models import Student
from shouwang.work.alerts import policies
from shouwang.work.alerts.actions.retraction import Retracted, raised
from shouwang.work.alerts.models import Alert, AlertEvent, AlertValue, Run
from shouwang.work.alerts.queries.computing import Fired, Judgement, Values
from shouwang.work.alerts.queries.rulebook import InForce

CHUNK = 5_000
Change = tuple[tuple[str, Any], ...]
UnknownPairs = Callable[[Iterable[int]], set[tuple[int, str]]]
GONE = ("left", "graduated")


@dataclass(frozen=True, slots=True)
class Place:
    unit_path: str
    dorm_path: str
    is_gone: bool


@dataclass
class Plan:
    """What a run will write. Alerts that change alike stand under one change, so that each change is one UPDATE."""

    fresh: list[Alert] = field(default_factory=list)
    changes: dict[Change, list[int]] = field(default_factory=lambda: defaultdict(list))
    events: list[tuple[int, str]] = field(default_factory=list)
    values: list[tuple[int, Values]] = field(default_factory=list)

    def count(self, kind: str) -> int:
        return sum(1 for _, event in self.events if event == kind)


def places(sids: Iterable[int] | None = None) -> dict[int, Place]:
    """Where every student of the register is now."""
    known = Student.objects.values_list("sid", "unit_path", "dorm_path", "status", "is_current")
    rows = known if sids is None else (row for chunk in chunks(sids, CHUNK) for row in known.filter(sid__in=chunk))
    return {sid: Place(unit, dorm, status in GONE or not current) for sid, unit, dorm, status, current in rows}


class Lifecycle:
    """One run over all alerts. Nothing is written before `write`."""

    def __init__(
        self,
        run: Run,
        rules: Sequence[InForce],
        judgement: Judgement,
        unknown: UnknownPairs,
        scope: Collection[int] | None = None,
        *,
        gone: Sequence[Retracted] = (),
    ) -> None:
        """`scope`: the students the run looked at, when it was not everybody; nobody else's alerts are touched. `gone`: what was taken back."""
        self.run, self.judgement, self.unknown = run, judgement, unknown
        self.rules = {item.row.code: item for item in rules}
        self.places = places(scope)
        self.directions = {name: indicators.load().indicator(name).worse for name in indicators.load().names}
        self.alerts = {(alert.student_id, alert.rule_code): alert for alert in _standing(judgement.fired, scope)}
        self.dismissed_values, self.last_values = _values_of(self.alerts.values(), scope)
        self.gone = gone
        self.plan = Plan()

    def decide(self) -> Plan:
        """Every alert's change, and the alerts to open."""
        fired = {(item.sid, item.rule) for item in self.judgement.fired}
        for item in self.judgement.fired:
            if (item.sid, item.rule) not in self.alerts and item.sid in self.places:
                self.plan.fresh.append(self._open(item))
        quiet = [alert for key, alert in self.alerts.items() if key not in fired and alert.state != "cleared"]
        unknown = self.unknown(alert.student_id for alert in quiet) if quiet else set()
        baseless = raised(quiet, {code: item.rule for code, item in self.rules.items()}, self.gone)
        for alert in quiet:
            self._not_fired(alert, unknown, baseless)
        for key in fired & self.alerts.keys():
            self._fired(self.alerts[key])
        return self.plan

    def _open(self, item: Fired) -> Alert:
        rule, place = self.rules[item.rule].row, self.places[item.sid]
        return Alert(
            student_id=item.sid,
            unit_path=place.unit_path,
            dorm_path=place.dorm_path,
            rule_code=rule.code,
            rule_version=rule,
            domain=rule.domain,
            level=rule.level,
            weight=rule.weight,
            categories=rule.categories,
            state=policies.after("new", ("fire",)),
            term=self.run.term,
            opened_on=self.run.as_of,
            last_fired_on=self.run.as_of,
            run=self.run,
            values_run=self.run,
        )

    def _fired(self, alert: Alert) -> None:
        values, was = self._values(alert.student_id, alert.rule_code), alert.state
        worse = policies.is_worse(self.dismissed_values.get(alert.pk, {}), values, self.directions)
        moves = policies.run_moves(was, True, worse=worse, due=self._due(alert), false_runs=0)
        rule = self.rules[alert.rule_code].row
        change: dict[str, Any] = {"run_id": self.run.pk, "last_fired_on": self.run.as_of, "term": self.run.term}
        change |= {"false_runs": 0, "false_on": None, "unknown_since": None} | _left(was, policies.after(was, moves))
        if alert.rule_version_id != rule.pk:
            change |= {name: getattr(rule, name) for name in ("level", "weight", "domain", "categories")} | {"rule_version_id": rule.pk}
        if was == "cleared":
            change |= {"opened_on": self.run.as_of, "episodes": alert.episodes + 1}
        if was == "cleared" or values != self.last_values.get(alert.pk):
            change["values_run_id"] = self.run.pk
            self.plan.values.append((alert.pk, values))
        self._change(alert, change)
        self._tell(alert, {"worsen": "worsened", "wake": "woken"}.get(moves[0], "reopened" if was == "cleared" else ""))

    def _due(self, alert: Alert) -> bool:
        return alert.snoozed_until is not None and self.run.as_of >= alert.snoozed_until

    def _not_fired(self, alert: Alert, unknown: set[tuple[int, str]], baseless: set[int]) -> None:
        place = self.places.get(alert.student_id)
        if alert.rule_code not in self.rules or place is None or place.is_gone:
            self._change(alert, _left(alert.state, policies.after(alert.state, ("withdraw",))) | {"cleared_on": self.run.as_of})
            self._tell(alert, "withdrawn")
            return
        holds = self._known(alert, unknown)
        # Two runs of one day are one look at the world: a morning's two deliveries must not close an episode.
        again = holds is False and alert.false_on != self.run.as_of
        false_runs = alert.false_runs + again
        moves = policies.run_moves(alert.state, holds, worse=False, due=self._due(alert), false_runs=false_runs)
        change: dict[str, Any] = _left(alert.state, policies.after(alert.state, moves))
        if holds is None:
            change["unknown_since"] = alert.unknown_since or self.run.as_of
        else:
            change |= {"unknown_since": None, "false_runs": false_runs, "false_on": self.run.as_of}
        if "clear" in moves:
            change["cleared_on"] = self.run.as_of
        elif alert.pk in baseless:
            change |= _left(alert.state, policies.after(alert.state, ("withdraw",))) | {"cleared_on": self.run.as_of}
            moves = ("withdraw",)
        self._change(alert, change)
        self._tell(alert, {"clear": "cleared", "wake": "woken", "withdraw": "retracted"}.get(moves[0], "") if moves else "")

    def _known(self, alert: Alert, unknown: set[tuple[int, str]]) -> bool | None:
        """False when the condition is known not to hold; None when the data, the student or the rule cannot say."""
        sid, code = alert.student_id, alert.rule_code
        if sid not in self.judgement.students or code in self.judgement.errors or self.rules[code].rule is None or (sid, code) in unknown:
            return None
        return False

    def _values(self, sid: int, code: str) -> Values:
        rule = self.rules[code].rule
        known = self.judgement.values.get(sid, {})
        return {name: known.get(name) for name in rule.indicators} if rule else {}

    def _change(self, alert: Alert, change: dict[str, Any]) -> None:
        place = self.places.get(alert.student_id)
        if place and (place.unit_path, place.dorm_path) != (alert.unit_path, alert.dorm_path):
            change |= {"unit_path": place.unit_path, "dorm_path": place.dorm_path}
        changed = {name: value for name, value in change.items() if getattr(alert, name) != value}
        if changed:
            self.plan.changes[tuple(sorted(changed.items()))].append(alert.pk)
        for name, value in changed.items():
            setattr(alert, name, value)

    def _tell(self, alert: Alert, kind: str) -> None:
        if kind:
            self.plan.events.append((alert.pk, kind))

    def write(self, now: datetime, by: int | None) -> None:
        """Everything decided, in few statements; inside the caller's transaction."""
        fresh = Alert.objects.bulk_create(self.plan.fresh, batch_size=CHUNK)
        for alert in fresh:
            self.alerts[alert.student_id, alert.rule_code] = alert
            self.plan.events.append((alert.pk, "opened"))
            self.plan.values.append((alert.pk, self._values(alert.student_id, alert.rule_code)))
        for change, ids in self.plan.changes.items():
            for chunk in chunks(ids, CHUNK):
                Alert.objects.filter(pk__in=chunk).update(**dict(change))
        AlertEvent.objects.bulk_create(
            [AlertEvent(alert_id=pk, kind=kind, run=self.run, by_id=by, at=now) for pk, kind in self.plan.events], batch_size=CHUNK
        )
        AlertValue.objects.bulk_create(
            [
                AlertValue(alert_id=pk, run=self.run, indicator=name, value=value)
                for pk, row in self.plan.values
                for name, value in row.items()
            ],
            batch_size=CHUNK,
        )


def _left(before: str, now: str) -> dict[str, Any]:
    """The state's change, with what only the old state carried put away."""
    if before == now:
        return {}
    gone: dict[str, dict[str, Any]] = {
        "dismissed": {"dismissed_run_id": None, "dismissed_reason": ""},
        "snoozed": {"snoozed_until": None},
        "cleared": {"cleared_on": None},
    }
    return {"state": now} | gone.get(before, {})


def _standing(fired: Iterable[Fired], scope: Collection[int] | None) -> Iterator[Alert]:
    """The alerts a run can touch: all that are not cleared, and of the cleared ones those of students of whom something fired."""
    if scope is None:
        yield from Alert.objects.exclude(state="cleared")
    for chunk in chunks(scope or (), CHUNK):
        yield from Alert.objects.filter(student_id__in=chunk).exclude(state="cleared")
    for chunk in chunks(sorted({item.sid for item in fired}), CHUNK):
        yield from Alert.objects.filter(state="cleared", student_id__in=chunk)


def _values_of(alerts: Iterable[Alert], scope: Collection[int] | None) -> tuple[Mapping[int, Values], Mapping[int, Values]]:
    """Of every alert, the values it was dismissed with and the values it showed last."""
    runs = {alert.pk: (alert.dismissed_run_id, alert.values_run_id) for alert in alerts if alert.state != "cleared"}
    before: dict[int, Values] = defaultdict(dict)
    latest: dict[int, Values] = defaultdict(dict)
    standing = AlertValue.objects.exclude(alert__state="cleared").filter(Q(run=F("alert__values_run")) | Q(run=F("alert__dismissed_run")))
    known = standing.values_list("alert_id", "run_id", "indicator", "value")
    rows = known if scope is None else (row for chunk in chunks(runs, CHUNK) for row in known.filter(alert__in=chunk))
    for pk, run, name, value in rows:
        dismissed, last = runs[pk]
        if run == dismissed:
            before[pk][name] = value
        if run == last:
            latest[pk][name] = value
    return before, latest


def chunks(ids: Iterable[int], size: int) -> Iterator[list[int]]:
    """Lists of at most `size`: a statement has a limit of parameters."""
    rest = iter(ids)
    while chunk := list(islice(rest, size)):
        yield chunk
