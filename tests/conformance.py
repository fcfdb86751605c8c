"""What the conformance suite asks of an engine: every form of the dialect over one table, every indicator and rule form over one world.

`make test` asks DuckDB (tests/property/test_conformance.py), `make trial` asks Spark as well and compares cell by cell (tests/trial/
test_spark_conformance.py). Both fail when something that is allowed or defined was never exercised by a generated case.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from shouwang.analysis.engine import Engine, Row, Session, duckdb_sql
from shouwang.analysis.engine.forms import COLUMNS, FORMS, Form
from shouwang.analysis.facts import Snapshot
from shouwang.analysis.indicators import compute, load
from shouwang.analysis.rules import Compare, Missing, Node, Not, unknown_sql, verdict_sql
from shouwang.analysis.rules.tree import All
from shouwang.analysis.rules.tree import Any as AnyOf
from shouwang.analysis.standard import load as load_standard
from tests.facts_world import TERMS, TODAY, FactsWorld
from tests.property.test_evidence import TABLES

ARROW = {
    "INTEGER": pa.int32(), "DECIMAL(10, 2)": pa.decimal128(10, 2), "DOUBLE": pa.float64(), "VARCHAR": pa.string(), "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
}  # fmt: skip
Cells = list[tuple[Any, ...]]


# ---- forms --------------------------------------------------------------------------------------------------------------
def table_file(path: Path, rows: Sequence[Row]) -> Path:
    """The table `t` as a file that every engine reads; rows are numbered by `k` unless they say otherwise."""
    given = [{"k": at, **row} for at, row in enumerate(rows, 1)]
    columns = {name: pa.array([row.get(name) for row in given], ARROW[kind]) for name, kind in COLUMNS.items()}
    pq.write_table(pa.table(columns), path)
    return path


def spec_rows(form: Form) -> list[Row]:
    return [dict(zip(form.columns.split(), values, strict=True)) for values in form.given]


def spec_expected(form: Form) -> Cells:
    out = enumerate(form.expect, 1) if form.kind == "row" else form.expect
    return cells([dict(enumerate(row)) for row in out])


def together(kind: str) -> tuple[list[Row], dict[str, Cells]]:
    """The specs of all forms of a row (or of a group) in one table, and what each must yield for its own rows: one statement asks them all."""
    rows: list[Row] = []
    expected = {}
    for at, form in enumerate(form for form in FORMS if form.kind == kind):
        own = spec_rows(form)
        if kind == "row":
            expected[form.title] = cells([{"k": len(rows) + n, "v": out} for n, out in enumerate(form.expect, 1)])
        else:
            own = [{**row, "g": 100 * at + row["g"]} for row in own]
            expected[form.title] = cells([{"g": 100 * at + number, "v": out} for number, out in form.expect])
        rows += own
    return rows, expected


def asked(session: Session, forms: Sequence[Form]) -> dict[str, Cells]:
    """What each form yields over the session's table `t`. Forms of a row, and of a group, are asked in one statement each."""
    found = {form.title: cells(session.rows(duckdb_sql(form.statement))) for form in forms if form.kind == "query"}
    for kind, key, end in (("row", "k", ""), ("group", "g", " GROUP BY g")):
        alike = [form for form in forms if form.kind == kind]
        if alike:
            listed = ", ".join(f"{form.sql} AS v{n}" for n, form in enumerate(alike))
            rows = session.rows(duckdb_sql(f"SELECT {key}, {listed} FROM t{end}"))
            found |= {form.title: cells([{"key": row[key], "v": row[f"v{n}"]} for row in rows]) for n, form in enumerate(alike)}
    return found


def cells(rows: Sequence[Row]) -> Cells:
    """Rows as comparable cells, in an order that does not depend on the engine. Numbers are equal when they are the same number."""
    return sorted((tuple(cell(value) for value in row.values()) for row in rows), key=repr)


def cell(value: Any) -> Any:
    if isinstance(value, bool | str | datetime | date) or value is None:
        return value
    if isinstance(value, int | Decimal | float):
        return Fraction(value)
    raise TypeError(type(value))


def nothing_known(engine: Engine) -> Session:
    return engine.open(Snapshot(), TODAY)


EXTREME = [0, 1, -1, 2, 7, 4095, 4096, -4097, 1_000_000_000, -1_000_000_000]
whole = st.sampled_from(EXTREME) | st.integers(-50, 50) | st.integers(-(10**9), 10**9)
decimals = st.sampled_from(["0", "-0.01", "59.99", "60", "0.5", "99999999.99", "-99999999.99"]).map(Decimal) | st.decimals(
    -999, 999, places=2
)
# Numbers that stand near a half in decimal and beside it in binary: where engines round differently.
near_half = st.builds(lambda n, scale: n / scale, st.integers(-20_005, 20_005), st.sampled_from([8, 40, 200, 1000, 3]))
doubles = near_half | st.sampled_from([0.0, -0.0, 2.675, 1.005, 1e-9, 2e9, -2e9])
days = st.sampled_from([date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2000, 2, 29), date(2025, 12, 31)]) | st.dates(
    date(1970, 1, 1), date(2100, 1, 1)
)
moments = st.builds(datetime.combine, days, st.times().map(lambda time: time.replace(microsecond=0)))
texts = st.text(alphabet="abAB 小雨%_'", max_size=4)
DRAWN = {
    "g": st.integers(1, 3), "i": whole, "j": whole, "n": decimals, "x": doubles, "y": doubles, "s": texts, "b": st.booleans(), "d": days,
    "e": days, "m": moments,
}  # fmt: skip
rows = st.fixed_dictionaries({name: st.none() | drawn for name, drawn in DRAWN.items()})
# Empty, one row, many; ties come from the few values.
tables = st.just([]) | st.lists(rows, min_size=1, max_size=1) | st.lists(rows, min_size=20, max_size=60)


# ---- rules --------------------------------------------------------------------------------------------------------------
class Judged:
    """A rule as far as verdicts need it."""

    level, weight = 2, 1

    def __init__(self, code: str, when: Node) -> None:
        self.code, self.when = code, when


def rule_forms(node: Node) -> Iterator[str]:
    """The forms a condition is made of: each kind of node, each operator, beside a number or beside an indicator."""
    match node:
        case Compare(_, op, right):
            yield f"{op} {'indicator' if isinstance(right, str) else 'number'}"
        case Missing():
            yield "missing"
        case Not(part):
            yield "not"
            yield from rule_forms(part)
        case All(parts) | AnyOf(parts):
            yield type(node).__name__.lower()
            for part in parts:
                yield from rule_forms(part)


EVERY_RULE_FORM = {f"{op} {side}" for op in ("=", "<>", "<", "<=", ">", ">=") for side in ("number", "indicator")} | {
    "missing",
    "not",
    "all",
    "any",
}


# ---- worlds -------------------------------------------------------------------------------------------------------------
CORRECTED = {"score", "attendance", "fee", "coursework", "dorm_access"}


def world(base: FactsWorld, seed: int, students: int, back: int) -> FactsWorld:
    """A school of some students with something of everything: nulls, extremes, ties, tables nobody delivered, corrections, a retraction.

    `back`: how many days before the usual day of evaluation it lies; 650 puts a leap day into every window.
    """
    chance, made = random.Random(seed), copy(base)
    made.add("term", [_back(row, back) for row in TERMS])
    made.calendar(TODAY - timedelta(days=back + 470), TODAY - timedelta(days=back - 230))
    flags = ("orphan", "no_care", "disabled", "hardship", "left_behind", "migrant")
    of_each = range(1, students + 1)
    made.add(
        "student",
        [
            {"sid": sid, "unit": "C1", "major_code": "M1", "entry_year": 2024, "status": chance.choice(["enrolled", "suspended", None])}
            | dict.fromkeys(flags)
            | ({flag: chance.choice([True, False, None]) for flag in flags} if chance.random() < 0.7 else {})
            for sid in of_each
        ],
    )
    undelivered = set(chance.sample([name for name, *_ in TABLES], chance.choice([0, 1, 2, len(TABLES)])))
    heard = [sid for sid in of_each if chance.random() < 0.8] or [1]
    for table, keys, row in TABLES:
        batches = []
        for _ in range(0 if table in undelivered else 3 if table in CORRECTED else 1):
            drawn = [_extreme(chance, table, _back(row(chance, sid), back)) for sid in heard for _ in range(chance.randrange(0, 14))]
            batches.append(made.add(table, list({tuple(str(row[key]) for key in keys): row for row in drawn}.values())))
        if len(batches) > 1 and chance.random() < 0.5:  # A, B over A, C over B; then B is retracted
            made.snapshot = made.snapshot.without(batches[1].id)
    plan = [{"major_code": "M1", "entry_year": 2024, "credits_due": 6, "certificates_due": 2} | {"term": term["term"]} for term in TERMS]
    made.add("course_plan", [_back(row, back) for row in plan])
    return made


def _extreme(chance: random.Random, table: str, row: Row) -> Row:
    """Now and then what may be empty is, and a number is as large as its column."""
    definition = load_standard().table(table)
    for column in definition.columns:
        if column.name not in row or column.required or column.name in definition.key:
            continue
        if chance.random() < 0.08:
            row[column.name] = None
        elif column.type == "decimal" and chance.random() < 0.05:
            row[column.name] = float(column.maximum or 9_999_999)
    return row


def _back(row: Row, days: int) -> Row:
    """The same row that many days earlier; terms go back by whole years."""
    moved = {}
    for name, value in row.items():
        if name == "term":
            moved[name] = value - 10 * round(days / 365)
        elif isinstance(value, str) and len(value) >= 10 and value[4] == value[7] == "-":
            moved[name] = str(date.fromisoformat(value[:10]) - timedelta(days=days)) + value[10:]
        else:
            moved[name] = value
    return moved


def judged(engine: Engine, made: FactsWorld, as_of: date, nodes: Sequence[Node]) -> tuple[list[Row], Cells, Cells]:
    """Every indicator of every student, and whom the rules fire for and cannot judge."""
    listed = [Judged(f"r{n}", node) for n, node in enumerate(nodes)]
    with engine.open(made.snapshot, as_of) as session:
        compute(session)
        wide = session.rows("SELECT * FROM wide ORDER BY sid")
        return wide, cells(session.rows(verdict_sql(listed))), cells(session.rows(unknown_sql(listed)))


class Exercised:
    """What generated cases have reached so far. Something that none reached has not been compared by anybody."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def forms(self, found: dict[str, Cells]) -> None:
        self.seen.update(title for title, rows in found.items() if any(row[-1] is not None for row in rows))

    def indicators(self, wide: Sequence[Row]) -> None:
        for row in wide:
            self.seen.update(f"{name} {'null' if value is None else 'value'}" for name, value in row.items() if name != "sid")

    def rules(self, nodes: Sequence[Node], fired: Cells, students: int) -> None:
        often = Counter(row[1] for row in fired)
        for n, node in enumerate(nodes):
            answers = ["fires"] * bool(often[f"r{n}"]) + ["does not"] * (often[f"r{n}"] < students)
            self.seen.update(f"{form} {answer}" for form in rule_forms(node) for answer in answers)

    def lacking(self, wanted: set[str]) -> list[str]:
        return sorted(wanted - self.seen.keys())


EVERY_FORM = {form.title for form in FORMS}
NEVER_NULL = {"enrolment_suspended"}
EVERY_INDICATOR = {f"{name} {what}" for name in load().names for what in ("value", "null")} - {f"{name} null" for name in NEVER_NULL}
EVERY_RULE_ANSWER = {f"{form} {answer}" for form in EVERY_RULE_FORM for answer in ("fires", "does not")}
