"""Every form of the dialect has a spec; nothing is allowed that no form shows."""

import pytest
import sqlglot

from shouwang.analysis.engine import DuckDB, Session
from shouwang.analysis.engine.dialect import ALLOWED, FUNCTIONS, portable, spark_sql
from shouwang.analysis.engine.forms import COLUMNS, FORMS, Form
from tests.conformance import asked, nothing_known, spec_expected, spec_rows, table_file


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return nothing_known(DuckDB.of(tmp_path_factory.mktemp("dialect")))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.title)
def test_form(session: Session, tmp_path_factory: pytest.TempPathFactory, form: Form) -> None:
    folder = tmp_path_factory.getbasetemp() / "dialect0"
    session.put_file("t", table_file(folder / f"{FORMS.index(form)}.parquet", spec_rows(form)))
    assert asked(session, [form]) == {form.title: spec_expected(form)}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.title)
def test_a_form_shows_what_it_lets_in_and_needs_nothing_else(form: Form) -> None:
    tree = sqlglot.parse_one(form.statement, dialect="duckdb")
    used = {type(node) for node in tree.walk()}
    assert set(form.nodes) <= used
    assert used - ALLOWED <= {sqlglot.exp.Anonymous}
    portable(form.statement), spark_sql(form.statement)
    assert set(form.columns.split()) <= set(COLUMNS)


def test_titles_are_unique_and_every_named_function_has_a_form() -> None:
    assert len({form.title for form in FORMS}) == len(FORMS)
    assert all(any(f"{name}(" in form.sql for form in FORMS) for name in FUNCTIONS)


def test_rounding_is_written_out_for_spark_only() -> None:
    assert portable("SELECT ROUND(x, 6) AS v FROM t").sql("duckdb") == "SELECT ROUND(x, 6) AS v FROM t"
    assert (
        spark_sql("SELECT ROUND(x, 6) AS v FROM t") == "SELECT ROUND((x) * CAST(1000000 AS DOUBLE)) / CAST(1000000 AS DOUBLE) AS v FROM t"
    )
