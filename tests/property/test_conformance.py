"""Generated facts and rules on DuckDB: what is allowed or defined and was never exercised fails the run. On Spark: tests/trial/test_spark_conformance.py."""

from itertools import count
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shouwang.analysis.engine import DuckDB, Row
from shouwang.analysis.engine.forms import FORMS
from shouwang.analysis.indicators import load
from shouwang.analysis.rules import Compare, Missing, Node, Not, holds
from shouwang.analysis.rules.tree import every, some
from tests import conformance
from tests.conformance import EVERY_FORM, EVERY_INDICATOR, EVERY_RULE_ANSWER, Exercised
from tests.facts_world import TODAY, FactsWorld

# Nothing is shrunk: a failing table is small enough to read, and a world's seed cannot be made simpler.
few = {"deadline": None, "derandomize": True, "phases": [Phase.generate]}
numbers = st.sampled_from([0, 1, 2, 3, 7, 50, 60, 100]).map(str)
names = st.sampled_from(load().names)
operators = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
leaves = (
    st.builds(Compare, names, operators, numbers.map(conformance.Decimal))
    | st.builds(Compare, names, operators, names).filter(lambda leaf: leaf.left != leaf.right)
    | st.builds(Missing, names)
)
conditions: st.SearchStrategy[Node] = leaves | st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: every(*parts))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: some(*parts))
        | inner.map(Not)
    ),
    max_leaves=5,
)
worlds = st.tuples(st.integers(0, 10**6), st.sampled_from([1, 25, 25]), st.sampled_from([0, 650]))
rules = st.lists(conditions, min_size=40, max_size=60)


def test_every_form_over_drawn_tables(tmp_path: Path) -> None:
    seen, numbered = Exercised(), count(1)

    @settings(max_examples=15, **few)
    @given(conformance.tables)
    def drawn(rows: list[Row]) -> None:
        with conformance.nothing_known(DuckDB.of(tmp_path)) as session:
            session.put_file("t", conformance.table_file(tmp_path / f"{next(numbered)}.parquet", rows))
            seen.forms(conformance.asked(session, FORMS))

    drawn()
    assert not seen.lacking(EVERY_FORM)


def test_every_indicator_and_rule_over_drawn_schools(tmp_path: Path) -> None:
    seen, base = Exercised(), FactsWorld(tmp_path, bare=True)

    @settings(max_examples=6, **few)
    @given(worlds, rules)
    def drawn(school: tuple[int, int, int], nodes: list[Node]) -> None:
        made = conformance.world(base, *school)
        wide, fired, unknown = conformance.judged(made.engine, made, TODAY - conformance.timedelta(days=school[2]), nodes)
        assert (fired, unknown) == by_python(wide, nodes)
        seen.indicators(wide)
        seen.rules(nodes, fired, len(wide))

    drawn()
    assert not seen.lacking(EVERY_INDICATOR | EVERY_RULE_ANSWER)


def by_python(wide: list[Row], nodes: list[Node]) -> tuple[conformance.Cells, conformance.Cells]:
    """The reference reading of the same rules, one student after the other."""
    answers = [(row["sid"], f"r{n}", holds(node, row)) for row in wide for n, node in enumerate(nodes)]
    fired = [{"sid": sid, "rule": rule, "level": 2, "weight": 1} for sid, rule, answer in answers if answer]
    return conformance.cells(fired), conformance.cells([{"sid": sid, "rule": rule} for sid, rule, answer in answers if answer is None])


def test_what_was_never_drawn_fails_the_run() -> None:
    seen = Exercised()
    seen.forms({"相等 =": [(1, None)]})
    assert "相等 =" in seen.lacking(EVERY_FORM), "a form that only ever yielded nothing has not been exercised"
    seen.indicators([{"sid": 1, "absences_term": 2.0}])
    assert "absences_term null" in seen.lacking(EVERY_INDICATOR) and "absences_term value" not in seen.lacking(EVERY_INDICATOR)
