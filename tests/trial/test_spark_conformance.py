"""The conformance suite on Spark, cell by cell against DuckDB. Skipped where pyspark or Java is not there (`make spark`).

One Spark application serves the whole module.
"""

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from shouwang.analysis.engine import DuckDB, Row, Spark, why_not
from shouwang.analysis.engine.forms import FORMS
from shouwang.analysis.indicators import load
from shouwang.analysis.rules import Node
from tests import conformance
from tests.conformance import EVERY_FORM, EVERY_INDICATOR, Exercised
from tests.facts_world import TODAY, FactsWorld
from tests.property.test_conformance import by_python, rules, worlds
from tests.spec.test_indicators import SPECS, deliver

MASTER = "local[2]"
pytestmark = [pytest.mark.trial, pytest.mark.skipif(bool(why_not(MASTER)), reason="；".join(why_not(MASTER)))]
drawing: dict[str, Any] = {"deadline": None, "derandomize": True, "phases": [Phase.generate], "suppress_health_check": list(HealthCheck)}
# For tables of a few rows compiling each statement to bytecode takes longer than running it.
TINY = {"spark.sql.shuffle.partitions": "1", "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def tiny(scratch: Path) -> Spark:
    return Spark(MASTER, scratch, settings=TINY)


def test_every_form_keeps_its_spec(tiny: Spark, tmp_path: Path) -> None:
    with conformance.nothing_known(tiny) as session:
        for number, form in enumerate(form for form in FORMS if form.kind == "query"):
            session.put_file("t", conformance.table_file(tmp_path / f"{number}.parquet", conformance.spec_rows(form)))
            assert conformance.asked(session, [form]) == {form.title: conformance.spec_expected(form)}, form.title
        for kind in ("row", "group"):
            rows, expected = conformance.together(kind)
            session.put_file("t", conformance.table_file(tmp_path / f"{kind}.parquet", rows))
            found = conformance.asked(session, [form for form in FORMS if form.kind == kind])
            for title, right in expected.items():
                keys = {key for key, _ in right}
                assert [cell for cell in found[title] if cell[0] in keys] == right, title


def test_every_form_over_drawn_tables(tiny: Spark, tmp_path: Path) -> None:
    seen, numbered = Exercised(), count(1)

    @settings(max_examples=5, **drawing)
    @given(conformance.tables)
    def drawn(rows: list[Row]) -> None:
        path = conformance.table_file(tmp_path / f"{next(numbered)}.parquet", rows)
        found = {}
        for engine in (DuckDB.of(tmp_path), tiny):
            with conformance.nothing_known(engine) as session:
                session.put_file("t", path)
                found[engine.name] = conformance.asked(session, FORMS)
        right, other = found.values()
        assert other == right
        seen.forms(right)

    drawn()
    assert not seen.lacking(EVERY_FORM)


def test_every_indicator_keeps_its_specs(tiny: Spark, tmp_path: Path) -> None:
    base = FactsWorld(tmp_path)
    for area, spec in SPECS:
        made = deliver(base, spec)
        made.engine = tiny
        found = made.values(spec.as_of, areas={load().indicator(name).area for name in spec.expect})
        for name, values in spec.expect.items():
            expected = {sid: value if value is None else float(value) for sid, value in values.items()}
            assert {sid: found[sid][name] for sid in values} == expected, (area, spec.about, name)


def test_every_indicator_and_rule_over_drawn_schools(tiny: Spark, tmp_path: Path) -> None:
    seen, base = Exercised(), FactsWorld(tmp_path, bare=True)

    @settings(max_examples=4, **drawing)
    @given(worlds, rules)
    def drawn(school: tuple[int, int, int], nodes: list[Node]) -> None:
        made = conformance.world(base, *school)
        as_of = TODAY - timedelta(days=school[2])
        right = conformance.judged(made.engine, made, as_of, nodes)
        other = conformance.judged(tiny, made, as_of, nodes)
        assert cells_of(other[0]) == cells_of(right[0])
        assert other[1:] == right[1:] == by_python(right[0], nodes)
        seen.indicators(right[0])

    drawn()
    assert not seen.lacking({name for name in EVERY_INDICATOR if name.endswith(" value")})


def cells_of(wide: list[Row]) -> dict[int, dict[str, Any]]:
    return {row["sid"]: {name: conformance.cell(value) for name, value in row.items()} for row in wide}
