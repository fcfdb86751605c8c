"""Which engine evaluates everybody: one word of configuration, DuckDB or a Spark master."""

from pathlib import Path

from shouwang.analysis.engine.base import Engine
from shouwang.analysis.engine.duck import DuckDB
from shouwang.analysis.engine.requisites import missing
from shouwang.analysis.engine.spark import Spark

EMBEDDED = "duckdb"
# Engines whose results the conformance suite compares: a run of one is reproduced by the other, to the digit.
CONFORMING = (DuckDB.name, Spark.name)


def chosen(word: str, *folders: Path, threads: int, memory: str, spark_memory: str) -> Engine:
    """The process's own engine over these folders, the last of which is for what passes. EngineError says in Chinese what is missing."""
    if word == EMBEDDED:
        return DuckDB.of(*folders, threads=threads, memory=memory)
    return Spark.of(word, folders[-1], memory=spark_memory)


def name_of(word: str) -> str:
    """The engine's name and version, without starting it."""
    return DuckDB.name if word == EMBEDDED else Spark.name


def why_not(word: str) -> list[str]:
    """What the chosen engine would need and does not find, in Chinese with the remedy; empty when it can run."""
    return [] if word == EMBEDDED else missing(word)
