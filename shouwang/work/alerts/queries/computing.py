"""What the rules say of every student on a day, from a snapshot. Reads facts only; writes nothing but the run file it is asked for."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from shouwang.analysis import indicators
from shouwang.analysis.engine import DuckDB, Engine, EngineError, Session, chosen, name_of, why_not
from shouwang.analysis.rules import Rule, unknown_sql, verdict_sql
from shouwang.common.digest import digest

Values = dict[str, float | None]
TERM_OF = "SELECT MAX(term) AS term FROM everyone_term WHERE starts_on <= $on"


@dataclass(frozen=True, slots=True)
class Fired:
    sid: int
    rule: str


# Of whom something is missing that most of the class has. What came of nobody is the department's silence, not the student's, and stands
# on the freshness board; what few have (an internship) is not expected of everybody.
MISSING = """
WITH class AS (SELECT unit, COUNT(*) AS n FROM student GROUP BY unit),
silent AS (SELECT s.unit, u.rule, COUNT(*) AS n FROM unknowns AS u JOIN student AS s ON u.sid = s.sid GROUP BY s.unit, u.rule)
SELECT u.sid, COUNT(*) AS n
FROM unknowns AS u JOIN student AS s ON u.sid = s.sid
JOIN silent AS x ON s.unit = x.unit AND u.rule = x.rule JOIN class AS c ON s.unit = c.unit
WHERE x.n * 2 < c.n GROUP BY u.sid
"""


@dataclass
class Judgement:
    """The verdict of all rules over all students. `errors` holds the rules whose SQL failed; of them nothing is known.

    `unknown_by_student`: rules that could be judged of most of the class, but not of this student.
    """

    students: set[int]
    fired: list[Fired]
    values: dict[int, Values]
    unknown_by_rule: dict[str, int]
    unknown_by_student: dict[int, int]
    errors: dict[str, str] = field(default_factory=dict)


def engine() -> DuckDB:
    """What pages and single students are read through, whatever evaluates: one connection a process, few threads."""
    return DuckDB.of(*_folders(), threads=settings.ENGINE_THREADS, memory=settings.ENGINE_MEMORY)


def evaluator() -> Engine:
    """What computes everybody: DuckDB on every core, or Spark. EngineError when what was chosen cannot run here."""
    memory = {"memory": settings.ENGINE_MEMORY, "spark_memory": settings.SPARK_MEMORY}
    return chosen(settings.ENGINE, *_folders(), threads=os.cpu_count() or 1, **memory)


def evaluator_name() -> str:
    """The engine's name and version, without starting it."""
    return name_of(settings.ENGINE)


def evaluator_lacks() -> list[str]:
    """In Chinese, what the chosen engine would need and does not find."""
    return why_not(settings.ENGINE)


def _folders() -> list[Path]:
    folders = [Path(settings.DATA) / name for name in ("facts", "runs", "temp")]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    return folders


def term_on(session: Session, on: date) -> int | None:
    """The term that had begun last on a day: the holidays after a term still belong to it."""
    found = session.rows(TERM_OF, {"on": on})
    return found[0]["term"] if found else None


def judge(session: Session, rules: Sequence[Rule]) -> Judgement:
    """The rules over the session's table `wide`. Leaves the tables `verdicts` and `unknowns` for `unknown_pairs`."""
    good, errors = _verdicts(session, rules)
    students = {row["sid"] for row in session.rows("SELECT sid FROM wide")}
    fired = [Fired(row["sid"], row["rule"]) for row in session.rows("SELECT sid, rule FROM verdicts ORDER BY sid, rule")]
    by_rule = {row["rule"]: row["n"] for row in session.rows("SELECT rule, COUNT(*) AS n FROM unknowns GROUP BY rule")}
    by_student = {row["sid"]: row["n"] for row in session.rows(MISSING)}
    return Judgement(students, fired, _values(session, good), by_rule, by_student, errors)


def unknown_pairs(session: Session, sids: Iterable[int]) -> set[tuple[int, str]]:
    """Of these students, the rules of which the data do not say whether they hold. Call after `judge`."""
    session.put_sids("asked", sids)
    rows = session.rows("SELECT sid, rule FROM unknowns WHERE sid IN (SELECT sid FROM asked)")
    return {(row["sid"], row["rule"]) for row in rows}


def wide_path(as_of: date, snapshot_digest: str) -> str:
    """The name of a run file: what is computed on one day from one snapshot by the same definitions and engine is one file."""
    key = digest([as_of.isoformat(), snapshot_digest, indicators.load().fingerprint, evaluator_name()])
    return f"{as_of.isoformat()}-{key[:20]}.parquet"


def run_file(path: str) -> Path:
    return Path(settings.DATA) / "runs" / path


def quoted(path: Path) -> str:
    """A path as an SQL literal."""
    return "'" + str(path.resolve()).replace("'", "''") + "'"


def _verdicts(session: Session, rules: Sequence[Rule]) -> tuple[list[Rule], dict[str, str]]:
    """All rules in one statement; when that fails, one by one, so that a single broken rule silences only itself."""
    try:
        _keep(session, rules)
        return list(rules), {}
    except EngineError:
        good, errors = [], {}
        for rule in rules:
            try:
                _keep(session, [rule])
                good.append(rule)
            except EngineError as error:
                errors[rule.code] = str(error)[:500]
        _keep(session, good)
        return good, errors


def _keep(session: Session, rules: Sequence[Rule]) -> None:
    session.create("verdicts", verdict_sql(rules))
    session.create("unknowns", unknown_sql(rules))


def _values(session: Session, rules: Sequence[Rule]) -> dict[int, Values]:
    """Of the students somebody should look at, the indicators that any rule reads."""
    columns = sorted({name for rule in rules for name in rule.indicators})
    if not columns:
        return {}
    rows: list[dict[str, Any]] = session.rows(f"SELECT sid, {', '.join(columns)} FROM wide WHERE sid IN (SELECT sid FROM verdicts)")
    return {row.pop("sid"): row for row in rows}
