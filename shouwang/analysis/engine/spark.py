"""Apache Spark, for more students than one machine holds: the same files, the same definitions transpiled by sqlglot, the same results.

Nothing here is loaded unless SHOUWANG_ENGINE names a master; pyspark is the extra `spark` and needs Java 17 (`missing` says what is not there).
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from shouwang.analysis.engine.base import EngineError, Parameters, Row
from shouwang.analysis.engine.calendar import EVERY_DAY, SCHOOL_DAY, TERM_DAY, TERM_NAMES, TERMS
from shouwang.analysis.engine.dialect import codes, spark_sql
from shouwang.analysis.engine.requisites import PYSPARK, missing
from shouwang.analysis.facts import Snapshot, fact_schema, pieces, without_dead
from shouwang.analysis.facts.views import empty
from shouwang.analysis.standard import Standard, Table, load

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql import SparkSession as PySpark

WORD = re.compile(r"[a-z_][a-z0-9_]*")
PARAMETER = re.compile(r":([a-z_]+)")
EVERYONE = "everyone_"
WHOLE = {"term", "term_before", "sid"}
DROP = re.compile(r"DROP TABLE (\w+)")
RELATIONS = {"school_day": SCHOOL_DAY, "term_day": TERM_DAY}
# Spark's own settings for every session. ANSI stays on: an overflow or a division by zero is an error, never a silent null.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "Asia/Shanghai",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.parquet.mergeSchema": "false",
    "spark.sql.maxPlanStringLength": "2000",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


class Written(Protocol):
    """A Parquet file of facts, and by which version of the standard it was written."""

    @property
    def path(self) -> Path: ...
    @property
    def standard(self) -> str: ...


class Spark:
    """One Spark application in this process; a session of its own for every evaluation. `master`: local[*], local[2], spark://host:7077.

    `settings`: further settings of Spark's for its sessions; those of a cluster belong into its spark-defaults.conf.
    """

    name = f"spark {PYSPARK}"

    def __init__(
        self, master: str, scratch: Path, *, memory: str = "2g", settings: dict[str, str] | None = None, standard: Standard | None = None
    ) -> None:
        if reasons := missing(master):
            raise EngineError("不能用 Spark 计算：" + "；".join(reasons))
        from pyspark.sql import SparkSession

        self.standard = standard or load()
        self.scratch = scratch
        self.settings = settings or {}
        if master.startswith("local"):  # on a cluster the driver must give an address that the others can call
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder = SparkSession.builder.master(master).appName("shouwang")
        for name, value in (SETTINGS | _width(master) | {"spark.driver.memory": memory}).items():
            builder = builder.config(name, value)
        self.spark: PySpark = builder.getOrCreate()

    @classmethod
    def of(cls, master: str, scratch: Path, *, memory: str = "2g") -> "Spark":
        """The process's own application, started once: a start takes seconds. `scratch` is a folder that driver and executors share."""
        return _application(os.getpid(), master, scratch.resolve(), memory)

    def open(self, snapshot: Snapshot, as_of: date, scope: Sequence[int] | None = None) -> "SparkSession":
        """As DuckDB.open."""
        folder = Path(tempfile.mkdtemp(prefix=f"spark.{os.getpid()}.", dir=self.scratch))
        spark = self.spark.newSession()
        for name, value in self.settings.items():
            spark.conf.set(name, value)
        return SparkSession(spark, self.standard, snapshot, as_of, scope, folder=folder)


@cache
def _application(_process: int, master: str, scratch: Path, memory: str) -> Spark:
    return Spark(master, scratch, memory=memory)


def _width(master: str) -> dict[str, str]:
    """On one machine as many pieces as cores; a cluster keeps Spark's own number, which adaptive execution joins together."""
    if not master.startswith("local"):
        return {}
    cores = re.search(r"\d+", master)
    return {"spark.sql.shuffle.partitions": cores[0] if cores else str(os.cpu_count() or 1)}


class SparkSession:
    """See base.Session. Statements come in the one dialect and are transpiled.

    What is kept lies as Parquet in a folder of the session's own: a plan that reads it begins there (held in memory, Spark would plan, and
    may compute, everything below it again), its size is known, and no heap grows with the number of students.
    """

    def __init__(
        self, spark: "PySpark", standard: Standard, snapshot: Snapshot, as_of: date, scope: Sequence[int] | None, *, folder: Path
    ) -> None:
        self.as_of = as_of
        self.snapshot = snapshot
        self.scope = tuple(sorted(set(scope))) if scope is not None else None
        self._spark = spark
        self._standard = standard
        self._made: set[str] = set()
        self._folder = folder
        self._kept: dict[str, Path] = {}
        self._numbers = count(1)
        self.parameters: Row = {"as_of": as_of}
        found = self.rows(TERMS)
        self.parameters |= found[0] if found else dict.fromkeys(TERM_NAMES)
        self.term: int | None = self.parameters["term"]
        self.term_start: date | None = self.parameters["term_start"]

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """The rows of one SELECT. EngineError when it cannot be run."""
        frame = self._frame(sql, parameters)
        found: list[Row] = _told(lambda: frame.toArrow().to_pylist(), sql)
        return found

    def create(self, name: str, sql: str, parameters: Parameters | None = None) -> None:
        """Keeps a SELECT's rows under a name, replacing what had it. At once: a mistake must show here, and what reads it can be planned."""
        self._keep(name, self._frame(sql, parameters))

    def run(self, sql: str, parameters: Parameters | None = None) -> None:
        """Forgets a kept table. A session on Spark has no other statement without rows."""
        found = DROP.fullmatch(sql.strip())
        if found is None:
            raise EngineError(f"Spark 上只能 SELECT 或 DROP TABLE：{sql[:200]}")
        self._forget(found[1])

    def put_sids(self, name: str, sids: Iterable[int]) -> None:
        import pyarrow as pa

        self._made.add(name)
        table = pa.table({"sid": pa.array(sorted(set(sids)), pa.int32())})
        self._keep(name, self._spark.createDataFrame(table))

    def put_file(self, name: str, path: Path) -> None:
        self._keep(name, self._spark.read.parquet(str(path.resolve())))

    def write_parquet(self, sql: str, path: Path, *, row_group: int = 122_880) -> int:
        """The executors write pieces; joined here, in order, into the one file DuckDB would have written."""
        frame = self._frame(sql, None)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        parts = self._folder / f"written.{next(self._numbers)}"
        _told(lambda: frame.write.parquet(_place(parts)), sql)
        rows = _joined(sorted(parts.glob("part-*.parquet")), temporary, row_group)
        shutil.rmtree(parts, ignore_errors=True)
        temporary.replace(path)
        return rows

    def close(self) -> None:
        for name in list(self._kept):
            self._forget(name)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "SparkSession":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _frame(self, sql: str, parameters: Parameters | None) -> "DataFrame":
        self._use(sql)
        return self._asked(spark_sql(sql), self.parameters | dict(parameters or {}))

    def _asked(self, text: str, known: Row) -> "DataFrame":
        used = {name: known[name] for name in set(PARAMETER.findall(text)) if name in known}
        # An untyped null would make a column of no type, which no file can hold.
        for name in (name for name, value in used.items() if value is None):
            text = re.sub(rf":{name}\b", f"CAST(NULL AS {'INT' if name in WHOLE else 'DATE'})", text)
        named = {name: value for name, value in used.items() if value is not None}
        frame: DataFrame = _told(lambda: self._spark.sql(text, args=named), text)
        return frame

    def _keep(self, name: str, frame: "DataFrame") -> None:
        path = self._folder / f"{name}.{next(self._numbers)}"
        _told(lambda: frame.write.parquet(_place(path)), name)
        self._forget(name)
        self._made.add(name)
        self._kept[name] = path
        self._spark.read.schema(frame.schema).parquet(_place(path)).createOrReplaceTempView(name)

    def _forget(self, name: str) -> None:
        if kept := self._kept.pop(name, None):
            self._spark.catalog.dropTempView(name)
            shutil.rmtree(kept, ignore_errors=True)

    def _use(self, sql: str) -> None:
        """Makes the relations the statement names that this session does not have yet."""
        for word in sorted(set(WORD.findall(sql)) - self._made):
            if word in self._made:  # by a relation of this very statement
                continue
            if word.removeprefix(EVERYONE) in self._standard.tables:
                self._made.add(word)
                self._view(word)
            elif word == "scope" and self.scope is not None:
                self.put_sids("scope", self.scope)
            elif word in RELATIONS:
                self._made.add(word)
                self.create(word, codes(RELATIONS[word], self._standard))
            elif word == "every_day":
                self._made.add(word)
                # The one statement that both engines understand as it stands.
                self._keep(word, self._asked(EVERY_DAY.replace("$", ":"), self.parameters))

    def _view(self, word: str) -> None:
        """The live rows of a table, of everyone or of the session's students, under its name."""
        table = self._standard.tables[word.removeprefix(EVERYONE)]
        scope = self.scope if word == table.name and table.student_column else None
        found = pieces(table, self.snapshot, sids=(scope[0], scope[-1]) if scope else None)
        parts = []
        if found.clean:
            parts.append(self._files(table, f"clean_{word}", found.clean))
        if found.dirty:
            rows = self._files(table, f"dirty_{word}", found.dirty)
            self._spark.read.parquet(*map(_place, found.tombs)).createOrReplaceTempView(f"dead_{word}")
            parts.append(without_dead(table, rows, f"SELECT * FROM dead_{word}"))
        rows = spark_sql(" UNION ALL ".join(parts) or empty(table))
        limits = ""
        if scope is not None:
            self._use("scope")
            limits = " WHERE sid IN (SELECT sid FROM scope)" if scope else " WHERE 1 = 0"
        self._asked(f"SELECT * FROM ({rows}) AS facts{limits}", {}).createOrReplaceTempView(word)

    def _files(self, table: Table, view: str, batches: Sequence[Written]) -> str:
        """A SELECT of the batches' rows in today's columns and types; a column that an older version of the standard did not have is null."""
        schema = ", ".join(f"`{column}` {_kind(kind)}" for column, kind in fact_schema(table))
        frames = []
        if today := [batch.path for batch in batches if batch.standard == table.version]:
            frames.append(self._spark.read.schema(schema).parquet(*map(_place, today)))
        for batch in batches:
            if batch.standard != table.version:
                older = self._spark.read.parquet(_place(batch.path))
                chosen = (
                    f"CAST({f'`{column}`' if column in older.columns else 'NULL'} AS {_kind(kind)}) AS `{column}`"
                    for column, kind in fact_schema(table)
                )
                frames.append(older.selectExpr(*chosen))
        whole = frames[0]
        for frame in frames[1:]:
            whole = whole.unionAll(frame)
        whole.createOrReplaceTempView(view)
        return f"SELECT * FROM {view}"


def _kind(sql_type: str) -> str:
    """A type of the standard under Spark's name."""
    return {"INTEGER": "INT", "VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ"}.get(sql_type, sql_type)


def _place(path: Path) -> str:
    return str(path.resolve())


def _joined(parts: Sequence[Path], path: Path, row_group: int) -> int:
    listed = ", ".join("'" + str(part.resolve()).replace("'", "''") + "'" for part in parts)
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as base:
        place = str(path.resolve()).replace("'", "''")
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group}"
        counted = base.execute(f"COPY (SELECT * FROM read_parquet([{listed}])) TO '{place}' ({options})").fetchone()
    return int(counted[0]) if counted else 0


def _told(work: Any, sql: str) -> Any:
    """What Spark and its JVM throw, as an EngineError that says the statement."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        return work()
    except (PySparkException, Py4JError) as error:
        raise EngineError(f"语句不能执行：{str(error)[:2000]}\n{sql[:2000]}") from error
