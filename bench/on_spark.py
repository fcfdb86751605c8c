"""The evaluation on Spark beside DuckDB's: `python -m bench.on_spark STUDENTS` prints seconds of the second evaluation and the rows that differ."""

import json
import sys
import time
from pathlib import Path

from bench.generate import AS_OF, facts
from bench.scale import SPARK, evaluated, opened
from shouwang.analysis.engine import Spark
from shouwang.analysis.engine.base import Session
from shouwang.analysis.facts.duck import cursor, literal

KEPT = ("wide", "verdicts")


def measure(students: int) -> dict[str, float]:
    """Everything as delivered, tombstones and all, twice in one application (the first warms it); then every value and verdict compared."""
    folder, snapshot = facts(students)
    engine = Spark(SPARK, folder / "temp", memory="6g")
    for _ in range(2):
        started = time.perf_counter()
        session = engine.open(snapshot.plain, AS_OF)
        evaluated(session)
        seconds = time.perf_counter() - started
        theirs = _written(session, folder / "temp", "spark")
        session.close()
    ours = opened(students)
    evaluated(ours)
    mine = _written(ours, folder / "temp", "duckdb")
    ours.close()
    different = sum(_unlike(*pair) for pair in zip(mine, theirs, strict=True))
    return {"seconds": seconds, "processor": 0.0, "megabytes": 0.0, "different": float(different)}


def _written(session: Session, folder: Path, engine: str) -> list[Path]:
    paths = [folder / f"bench.{engine}.{name}.parquet" for name in KEPT]
    for name, path in zip(KEPT, paths, strict=True):
        session.write_parquet(f"SELECT * FROM {name}", path)
    return paths


def _unlike(one: Path, two: Path) -> int:
    """Rows that only one of the two files has; their columns are taken by name."""
    read = cursor()
    columns = ", ".join(f'"{name}"' for (name, *_) in read.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(one))})").fetchall())
    tables = [f"SELECT {columns} FROM read_parquet({literal(str(path))})" for path in (one, two)]
    sql = "SELECT COUNT(*) FROM (({}) EXCEPT ALL ({}))"
    return sum(int(read.execute(sql.format(*pair)).fetchall()[0][0]) for pair in (tables, tables[::-1]))


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
