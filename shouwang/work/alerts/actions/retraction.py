"""Deliveries taken back since the last run: what they alone had raised goes with them, on the same day and even where nothing is known any more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from shouwang.analysis import indicators
from shouwang.analysis.facts import MissingBatch, Snapshot, touched
from shouwang.analysis.rules import Rule
from shouwang.analysis.standard import load as load_standard
from shouwang.work.alerts.models import Alert, AlertEvent, Run
from shouwang.work.imports import queries as imports


@dataclass(frozen=True, slots=True)
class Retracted:
    """One delivery: its table, since when it counted, and of whom it had rows."""

    table: str
    accepted_at: datetime
    sids: Collection[int]


def since(base: Run | None, known: Snapshot) -> list[Retracted]:
    """The deliveries that the last run read and that were retracted since."""
    if base is None:
        return []
    left = {*base.snapshot.batches.values_list("batch_id", flat=True)} - {batch.id for batch in known.batches}
    return [Retracted(table, at, _students(pk)) for pk, table, at in imports.retracted(left)]


def _students(delivery: int) -> Collection[int]:
    """Nobody when its file is gone, or when its rows were of days, plans or classes: then the ordinary way clears, by two days' looks."""
    try:
        whole = imports.store().snapshot((delivery,))
    except MissingBatch:
        return ()
    nothing = whole.without(delivery)
    return touched(whole, nothing, load_standard(), read=indicators.load().tables, everybodys=()) or ()


def raised(alerts: Sequence[Alert], rules: dict[str, Rule | None], gone: Sequence[Retracted]) -> set[int]:
    """Of these alerts, those whose episode began while one of the deliveries counted that their rule reads and that spoke of their student."""
    if not gone:
        return set()
    began = AlertEvent.objects.filter(alert__in=[one.pk for one in alerts], kind__in=("opened", "reopened")).values("alert")
    opened = dict(began.annotate(last=Max("at")).values_list("alert", "last"))
    return {
        one.pk
        for one in alerts
        for delivery in gone
        if delivery.table in _read(rules.get(one.rule_code)) and one.student_id in delivery.sids and opened[one.pk] >= delivery.accepted_at
    }


def _read(rule: Rule | None) -> set[str]:
    known = indicators.load()
    return {table for name in rule.indicators for table in known.indicator(name).tables} if rule else set()
