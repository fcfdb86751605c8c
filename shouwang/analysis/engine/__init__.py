"""Engines: the same SQL over the same facts, on DuckDB in the process or on Spark; `chosen` knows which."""

from shouwang.analysis.engine.base import Engine, EngineError, Parameters, Reader, Row, Session
from shouwang.analysis.engine.choice import CONFORMING, EMBEDDED, chosen, name_of, why_not
from shouwang.analysis.engine.dialect import REMEDY, RefusedSQL, codes, duckdb_sql, portable, spark_sql
from shouwang.analysis.engine.duck import DuckDB, DuckSession
from shouwang.analysis.engine.results import columns_of, values_in, values_of, write_wide
from shouwang.analysis.engine.spark import Spark

__all__ = [
    "CONFORMING",
    "DuckDB",
    "DuckSession",
    "EMBEDDED",
    "Engine",
    "EngineError",
    "Parameters",
    "REMEDY",
    "Reader",
    "RefusedSQL",
    "Row",
    "Session",
    "Spark",
    "chosen",
    "codes",
    "columns_of",
    "duckdb_sql",
    "name_of",
    "portable",
    "spark_sql",
    "values_in",
    "values_of",
    "why_not",
    "write_wide",
]
