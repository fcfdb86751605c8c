"""Engines: the same SQL over the same facts, on DuckDB in the process; Spark reads the same definitions."""

from shouwang.analysis.engine.base import Engine, EngineError, Parameters, Row, Session
from shouwang.analysis.engine.dialect import RefusedSQL, codes, duckdb_sql, portable, spark_sql
from shouwang.analysis.engine.duck import DuckDB, DuckSession
from shouwang.analysis.engine.results import columns_of, values_in, values_of, write_wide

__all__ = [
    "DuckDB",
    "DuckSession",
    "Engine",
    "EngineError",
    "Parameters",
    "RefusedSQL",
    "Row",
    "Session",
    "codes",
    "columns_of",
    "duckdb_sql",
    "portable",
    "spark_sql",
    "values_in",
    "values_of",
    "write_wide",
]
