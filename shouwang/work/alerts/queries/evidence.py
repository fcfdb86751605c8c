"""Why an alert stands: values against thresholds, the rows they come from, how fresh the data are. All as of the run that fired."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shouwang.analysis import indicators
from shouwang.analysis.engine import EngineError, Row
from shouwang.analysis.facts import MissingBatch, Snapshot
from shouwang.analysis.indicators import Indicator
from shouwang.analysis.rules import Compare, Node, sentence
from shouwang.analysis.rules.tree import leaves
from shouwang.analysis.standard import Column, Table, load
from shouwang.common.reader import Reader
from shouwang.work.alerts.models import Alert, Run
from shouwang.work.alerts.queries.computing import Values, engine
from shouwang.work.alerts.queries.history import Distribution, History, class_distributions, indicator_history
from shouwang.work.alerts.queries.listing import reason, values_of
from shouwang.work.alerts.queries.rulebook import meaning
from shouwang.work.imports import queries as imports
from shouwang.work.imports.models import Delivery

MOST_ROWS = 200
# 0 is a number and 1 a graded word that became one: both are shown as the number.
MARKS = {2: ("合格", "pass"), 3: ("不合格", "fail"), 4: ("缺考", "absent"), 5: ("旷考", "absent without leave"), 6: ("缓考", "deferred")}
MARKS |= {7: ("免修", "exempt"), 8: ("作弊", "cheated"), 9: ("无成绩", "no result")}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the rule. `thresholds` are what it is compared with, as text."""

    indicator: Indicator
    value: float | None
    threshold: float | None
    thresholds: tuple[str, ...]
    points: tuple[float | None, ...]
    distribution: Distribution


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One fact row, with the file, sheet and row a person can open. `indicator`: the first of the rule that follows from it."""

    indicator: str
    day: date | None
    table: str
    label: str
    details: tuple[tuple[str, str], ...]
    batch_id: int
    filename: str
    sheet_no: int
    row_no: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a table's data reached when the run read them."""

    table: str
    last_day: str | None
    accepted_at: datetime | None
    is_missing: bool


@dataclass(frozen=True, slots=True)
class Card:
    """Everything the evidence card shows."""

    sentence: str
    condition: str
    figures: tuple[Figure, ...]
    days: tuple[date, ...]
    rows: tuple[EvidenceRow, ...]
    more_rows: int
    freshness: tuple[Freshness, ...]
    trouble: str


def card(by: Reader, row: Alert) -> Card:
    """The evidence of an alert that `listing.alert` gave to this reader."""
    known = meaning(row.rule_version)
    values = values_of([row])[row.pk]
    if known.rule is None:
        return Card(row.rule_version.title, row.rule_version.condition, (), (), (), 0, (), f"这条规则现在读不懂了：{known.error}")
    chosen = [indicators.load().by_name[name] for name in known.rule.indicators]
    history = indicator_history(by, row.student_id, [one.name for one in chosen], until=row.run.as_of)
    classes = class_distributions(by, row.student_id, [one.name for one in chosen])
    figures = tuple(_figure(one, known.rule.when, values, history, classes) for one in chosen)
    condition = sentence(known.rule.when, indicators.load().by_name, by.lang)
    try:
        snapshot = snapshot_of(row.run)
        rows = _rows(snapshot, row, chosen, by.lang)
    except (MissingBatch, EngineError):
        lost = "有批次文件不见了，无法列出数据来源。请从备份恢复后再看。"
        return Card(reason(known, values, by.lang), condition, figures, history.days, (), 0, (), lost)
    fresh = tuple(_freshness(snapshot, {table for one in chosen for table in one.tables}, by.lang))
    return Card(
        reason(known, values, by.lang), condition, figures, history.days, rows[:MOST_ROWS], max(0, len(rows) - MOST_ROWS), fresh, ""
    )


def snapshot_of(run: Run) -> Snapshot:
    """The batches a run read, retracted or not since. MissingBatch when a file is gone."""
    return imports.store().snapshot(run.snapshot.batches.values_list("batch_id", flat=True))


def _figure(one: Indicator, when: Node, values: Values, history: History, classes: dict[str, Distribution]) -> Figure:
    compared = [leaf for leaf in leaves(when) if isinstance(leaf, Compare) and leaf.left == one.name]
    numbers = [leaf.right for leaf in compared if isinstance(leaf.right, Decimal)]
    texts = tuple(f"{_SIGNS[leaf.op]} {leaf.right}" for leaf in compared if isinstance(leaf.right, Decimal))
    return Figure(
        one,
        values.get(one.name),
        float(numbers[0]) if numbers else None,
        texts,
        history.values.get(one.name, ()),
        classes.get(one.name, Distribution((), None)),
    )


_SIGNS = {">=": "≥", "<=": "≤", "<>": "≠", "=": "=", ">": ">", "<": "<"}


def _rows(snapshot: Snapshot, row: Alert, chosen: Iterable[Indicator], lang: str) -> tuple[EvidenceRow, ...]:
    """The fact rows behind every indicator of the rule, in the rule's order, each row once, newest first."""
    found: dict[tuple[int, int, int], tuple[str, Row]] = {}
    with engine().open(snapshot, row.run.as_of, [row.student_id]) as session:
        for one in chosen:
            for fact in indicators.evidence(session, one.name, row.student_id):
                found.setdefault((fact["batch_id"], fact["sheet_no"], fact["row_no"]), (one.name, fact))
    names = filenames({batch for batch, _, _ in found})
    return tuple(_row(key, of, fact, names, lang) for key, (of, fact) in found.items())


def filenames(batch_ids: Iterable[int]) -> dict[int, str]:
    """The names of the files behind batches, retracted ones too."""
    return dict(Delivery.objects.filter(pk__in=list(batch_ids)).values_list("pk", "filename"))


def _row(key: tuple[int, int, int], of: str, fact: Row, names: dict[int, str], lang: str) -> EvidenceRow:
    batch, sheet, number = key
    table = load().tables.get(str(fact["source"]))
    title = "" if table is None else table.title if lang == "zh" else table.title_en
    details = tuple(_details(fact, table, lang)) if table else ()
    return EvidenceRow(of, fact["on_day"], title, str(fact["label"] or ""), details, batch, names.get(batch, ""), sheet, number)


def _details(fact: Row, table: Table, lang: str) -> Iterable[tuple[str, str]]:
    """The row's cells under the headings of the standard; what a SQL added for itself has no heading and is left out."""
    for column in table.columns:
        if column.name not in fact or fact[column.name] is None and fact.get(f"{column.name}_mark") is None:
            continue
        if text := _cell(column, fact, lang):
            yield (column.title if lang == "zh" else column.title_en), text


def _cell(column: Column, fact: Row, lang: str) -> str:
    value: Any = fact[column.name]
    mark = fact.get(f"{column.name}_mark")
    if column.type == "score" and mark in MARKS and value is None:
        return MARKS[mark][0 if lang == "zh" else 1]
    if column.codes:
        return next((code.title if lang == "zh" else code.code for code in column.codes if code.number == value), str(value))
    if isinstance(value, bool):
        return ("是" if value else "否") if lang == "zh" else ("yes" if value else "no")
    if column.type == "term":
        return f"{value // 10}-{value // 10 + 1}-{value % 10}"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Decimal | float):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return "" if value is None else str(value)


def _freshness(snapshot: Snapshot, tables: set[str], lang: str) -> Iterable[Freshness]:
    """Tables about students only: a calendar or a list of terms does not go stale."""
    for table in (load().tables[name] for name in sorted(tables & load().tables.keys())):
        if table.subject != "student":
            continue
        name = table.name
        batches = snapshot.of(name)
        days = [batch.last_day for batch in batches if batch.last_day]
        latest = (
            Delivery.objects.filter(pk__in=[batch.id for batch in batches]).order_by("-accepted_at").values_list("accepted_at", flat=True)
        )
        title = table.title if lang == "zh" else table.title_en
        yield Freshness(title, max(days, default=None), latest.first(), not batches)
