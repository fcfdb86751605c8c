"""What was found in a file is written down: sheets and columns, problems, figures; and what a person changes of it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from shouwang.analysis.intake import Figures, Preview, Problem, Recognition
from shouwang.analysis.intake import ProblemCount as Counted
from shouwang.analysis.standard import load
from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.imports import queries, raw
from shouwang.work.imports.actions.moving import account_id, expect, move
from shouwang.work.imports.models import ColumnMemory, Delivery, DeliveryColumn, DeliverySheet, Gate, ProblemCount
from shouwang.work.imports.policies import why_not

HEAD_CELL, HEAD_COLUMNS = 40, 60  # what the page shows of the file: enough to recognise it


class CannotChange(Exception):
    """A table or mapping that cannot be chosen; the reason is the message, in Chinese."""


@dataclass(frozen=True, slots=True)
class Found:
    """One sheet as recognised, and whether its rows are read."""

    recognition: Recognition
    used: bool
    note: str = ""
    head: Sequence[tuple[int, Sequence[str | None]]] = ()
    """The first rows as (row number, cells), for the eye."""


def recognised(*, delivery: Delivery, table: str, found: Sequence[Found], by: Reader | None, now: datetime, note: str = "") -> Delivery:
    """The sheets with their headings, and the table they are read as ('' when nobody can tell yet)."""
    owner = load().table(table).owner if table else delivery.department
    with told():
        about = {"table": table, "sheets": len(found)}
        move(delivery, "recognise", by=account_id(by), now=now, content=about, table=table, department=owner, trouble=note[:500])
        delivery.sheets.all().delete()
        for one in found:
            _sheet(delivery, one)
        raw.write_report(raw.head_path(delivery.pk), delivery.pk, [json.dumps(_heads(found), ensure_ascii=False)])
        _forget_results(delivery)
    return delivery


def _heads(found: Sequence[Found]) -> dict[int, list[list[Any]]]:
    return {
        one.recognition.sheet_no: [[row, *((cell or "")[:HEAD_CELL] for cell in cells[:HEAD_COLUMNS])] for row, cells in one.head]
        for one in found
    }


def _sheet(delivery: Delivery, found: Found) -> None:
    seen = found.recognition
    sheet = DeliverySheet.objects.create(
        delivery=delivery,
        number=seen.sheet_no,
        name=seen.sheet_name[:120],
        table=seen.table,
        used=found.used,
        header_first=min(seen.header_rows, default=0),
        header_last=max(seen.header_rows, default=0),
        first_row=seen.first_row,
        last_row=seen.last_row,
        confidence=seen.confidence,
        note=(found.note or "；".join(seen.notes))[:300],
        from_title="\n".join(f"{column}={text}" for column, text in seen.constants)[:300],
    )
    columns = [DeliveryColumn(sheet=sheet, position=one.index, heading=one.heading[:200], column=one.column) for one in seen.columns]
    DeliveryColumn.objects.bulk_create(columns)


def _forget_results(delivery: Delivery) -> None:
    """A new reading makes the old report and its figures void."""
    delivery.problem_counts.all().delete()
    delivery.gates.all().delete()
    for path in (raw.problems_path, raw.samples_path, raw.alerts_path):
        path(delivery.pk).unlink(missing_ok=True)
    zero = dict.fromkeys(("rows_new", "rows_changed", "rows_unchanged", "rows_gone"), 0)
    blank = {"alerts_raised": None, "alerts_cleared": None, "scope_text": "", "confirmed_gates": "", "basis": ""}
    Delivery.objects.filter(pk=delivery.pk).update(**zero, **blank)
    delivery.refresh_from_db()


def choose_table(*, delivery: Delivery, table: str, by: Reader | None, now: datetime) -> Delivery:
    """The person says which table the file is. It is read again as that table. CannotChange with the reason."""
    _may_change(delivery)
    if table not in load().tables:
        raise CannotChange("数据标准中没有这张表，请从列表中选择。")
    if reason := queries.why_not_deliver(by, table):
        raise CannotChange(reason)
    with told():
        found: list[Found] = []
        recognised(delivery=delivery, table=table, found=found, by=by, now=now)
        expect(delivery)
    return delivery


def map_columns(*, delivery: Delivery, choices: Mapping[tuple[int, int], str], by: Reader | None, now: datetime) -> Delivery:
    """The person says what headings mean: (sheet, position) → column, '' to leave it out. Remembered for the department's next file."""
    _may_change(delivery)
    table = load().table(delivery.table)
    names = {column.name for column in table.columns}
    if unknown := set(choices.values()) - names - {""}:
        raise CannotChange(f"“{table.title}”没有这些列：{'、'.join(sorted(unknown))}。")
    for number in {sheet for sheet, _ in choices}:
        chosen = [column for (sheet, _), column in choices.items() if sheet == number and column]
        if twice := sorted({column for column in chosen if chosen.count(column) > 1}):
            titles = "、".join(table.column(name).title for name in twice)
            raise CannotChange(f"第 {number} 个工作表中有两列都选成了“{titles}”，请只保留一列。")
    with told():
        for column in DeliveryColumn.objects.filter(sheet__delivery=delivery).select_related("sheet"):
            wanted = choices.get((column.sheet.number, column.position), column.column)
            if wanted != column.column:
                DeliveryColumn.objects.filter(pk=column.pk).update(column=wanted, by_hand=True)
                _remember(delivery, column.heading, wanted, by, now)
        move(delivery, "recognise", by=account_id(by), now=now, content={"mapped": len(choices)}, trouble="")
        _forget_results(delivery)
        expect(delivery)
    return delivery


def _remember(delivery: Delivery, heading: str, column: str, by: Reader | None, now: datetime) -> None:
    place = {"department": delivery.department, "table": delivery.table, "heading": heading}
    values = {"column": column, "by_id": account_id(by), "at": now}
    if not ColumnMemory.objects.filter(**place).update(**values):
        ColumnMemory.objects.create(**place, **values)


def _may_change(delivery: Delivery) -> None:
    if reason := why_not(delivery.state, "recognise"):
        raise CannotChange(reason)


def checked(*, delivery: Delivery, figures: Figures, counts: Sequence[Counted], problems: Iterable[Problem], now: datetime) -> Delivery:
    """The report of a check: the figures and reasons here, every bad cell in a file beside the raw file."""
    with told():
        about = {"rows": figures.rows_total, "bad": figures.rows_bad}
        values = asdict(figures)
        values["problems"] = values.pop("problem_count")
        move(delivery, "check", by=None, now=now, content=about, trouble="", standard_version=load().version, **values)
        delivery.problem_counts.all().delete()
        ProblemCount.objects.bulk_create([_count(delivery, one) for one in counts])
        raw.write_report(raw.problems_path(delivery.pk), delivery.pk, _lines(problems))
    return delivery


def _count(delivery: Delivery, one: Counted) -> ProblemCount:
    return ProblemCount(
        delivery=delivery,
        code=one.code,
        column=one.column,
        reason=one.reason[:300],
        remedy=one.remedy[:300],
        n=one.count,
        example=one.example[:120],
        is_notice=one.level == "notice",
    )


def _lines(problems: Iterable[Problem]) -> Iterator[str]:
    for one in problems:
        yield json.dumps(asdict(one), ensure_ascii=False) + "\n"


def previewed(*, delivery: Delivery, preview: Preview, basis: str, now: datetime) -> Delivery:
    """What acceptance would change: new, changed, unchanged and gone rows, and the gates with their sentences."""
    with told():
        counts = {name: getattr(preview, name) for name in ("new", "changed", "unchanged", "gone")}
        values: dict[str, Any] = {f"rows_{name}": n for name, n in counts.items()}
        move(delivery, "preview", by=None, now=now, content=counts, scope_text=preview.scope[:300], basis=basis, **values)
        delivery.gates.all().delete()
        Gate.objects.bulk_create([Gate(delivery=delivery, code=gate.code, sentence=gate.sentence[:400]) for gate in preview.gates])
        raw.write_report(
            raw.samples_path(delivery.pk), delivery.pk, (json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in preview.samples)
        )
    return delivery


def note_alerts(*, delivery: Delivery, raised: int, cleared: int, examples: Sequence[tuple[str, int, str, int]], now: datetime) -> Delivery:
    """How many alerts acceptance would raise and clear, with some of them as (raised|cleared, sid, rule, level)."""
    counts = {"alerts_raised": raised, "alerts_cleared": cleared}
    with told():
        move(delivery, "preview", by=None, now=now, content=dict(counts), **counts)
        raw.write_report(raw.alerts_path(delivery.pk), delivery.pk, [json.dumps(list(examples), ensure_ascii=False)])
    return delivery


def ask(*, delivery: Delivery, question: str, now: datetime) -> Delivery:
    """The file waits for an answer that only a person can give."""
    move(delivery, "recognise", by=None, now=now, trouble=question[:500])
    return delivery


def fail(*, delivery: Delivery, reason: str, now: datetime) -> Delivery:
    """The file cannot be read at all; the reason and the remedy stand on the page."""
    move(delivery, "fail", by=None, now=now, trouble=reason[:500])
    return delivery


def fetched(*, delivery: Delivery, what: str, by: Reader, now: datetime) -> None:
    """A person read cells of a delivery, which may quote students: "report", "marked" or "raw"."""
    with told():
        ledger.record(f"delivery.{what}_fetched", by=by.account_id, about=[f"delivery:{delivery.pk}"], now=now)
