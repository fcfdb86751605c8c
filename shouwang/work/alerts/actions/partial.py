"""A partial run: right after a delivery, the students it is about, and nobody else. Their digits are those of a whole run.

What is recorded about peers (a course's mean, the last day of a feed) is read from everybody's facts, so a touched student is judged by today's
peers. That the same delivery moved the peers of students it does not name is seen by the next whole run, every night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from shouwang.analysis import indicators
from shouwang.analysis.engine import EngineError, Session
from shouwang.analysis.facts import MissingBatch, Snapshot, touched
from shouwang.analysis.rules import Rule, unknown_sql
from shouwang.analysis.standard import load as load_standard
from shouwang.common.digest import digest
from shouwang.work.alerts import policies
from shouwang.work.alerts.actions import evaluation
from shouwang.work.alerts.actions.evaluation import Computed, Evaluation, Key
from shouwang.work.alerts.models import Run
from shouwang.work.alerts.queries import computing, rulebook
from shouwang.work.alerts.queries.evidence import snapshot_of
from shouwang.work.alerts.queries.history import latest_of_all, latest_run
from shouwang.work.alerts.queries.rulebook import InForce
from shouwang.work.imports import queries as imports

# A row of these says something about others too: days, terms, plans, who is in which class.
EVERYBODYS = ("term", "school_calendar", "course_plan", "student")
MOST = 3  # a third of the students: then a whole run is as cheap

# As computing.MISSING, but of the touched students among their whole classes; the others stand as the last whole run found them.
MISSING = """
WITH class AS (
  SELECT unit, COUNT(*) AS n FROM everyone_student WHERE unit IN (SELECT unit FROM student) GROUP BY unit
), silent AS (
  SELECT s.unit, u.rule, COUNT(*) AS n FROM class_unknowns AS u JOIN everyone_student AS s ON u.sid = s.sid GROUP BY s.unit, u.rule
)
SELECT u.sid, COUNT(*) AS n
FROM unknowns AS u JOIN student AS s ON u.sid = s.sid
JOIN silent AS x ON s.unit = x.unit AND u.rule = x.rule JOIN class AS c ON s.unit = c.unit
WHERE x.n * 2 < c.n GROUP BY u.sid
"""


@dataclass(frozen=True, slots=True)
class _Task:
    """`base` is the run this one follows, `whole` the last one over everybody."""

    base: Run
    whole: Run
    rules: list[InForce]
    known: Snapshot
    scope: frozenset[int]
    as_of: date


def evaluate_touched(*, as_of: date, by: int | None, now: datetime, snapshot: Snapshot | None = None) -> Evaluation | None:
    """Judges the students of whom something came or went since the last run. None when only a whole run can tell."""
    base, whole = latest_of_all(), latest_run()
    rules = rulebook.in_force()
    if base is None or whole is None or not _continues(base, rules, as_of, now):
        return None
    known = imports.live_snapshot() if snapshot is None else snapshot
    scope = _touched(base, known)
    if scope is None or len(scope) * MOST > whole.students:
        return None
    if not scope:
        return Evaluation(base, False, f"{as_of:%Y-%m-%d}：新的数据没有涉及任何学生的指标，没有任何改变。")
    return _evaluate(_Task(base, whole, rules, known, scope, as_of), by=by, now=now)


def _continues(base: Run, rules: Sequence[InForce], as_of: date, now: datetime) -> bool:
    """Whether a run of some students fits behind the last one: nothing else has changed that would concern everybody."""
    same = (base.rules_digest, base.indicators_digest) == (rulebook.rules_digest(list(rules)), indicators.load().fingerprint)
    return bool(rules) and same and base.as_of <= as_of <= timezone.localdate(now)


def _touched(base: Run, known: Snapshot) -> frozenset[int] | None:
    try:
        before = snapshot_of(base)
    except MissingBatch:
        return None
    found = touched(before, known, load_standard(), read=indicators.load().tables, everybodys=EVERYBODYS)
    return None if found is None else frozenset(found)


def _evaluate(task: _Task, *, by: int | None, now: datetime) -> Evaluation | None:
    base, engine = task.base, computing.engine()
    with engine.open(task.known, task.as_of, sorted(task.scope)) as session:
        current = computing.term_on(session, timezone.localdate(now)) or session.term
        if session.term is None or session.term != base.term or policies.is_over(session.term, current or session.term):
            return None
        of_whom = digest([task.known.digest, sorted(task.scope)])
        path = evaluation.filed(session, computing.run_file(computing.wide_path(task.as_of, of_whom)))
        judgement = computing.judge(session, [item.rule for item in task.rules if item.rule])
        judgement.errors |= {item.row.code: item.error for item in task.rules if item.rule is None}
        good = [item.rule for item in task.rules if item.rule and item.row.code not in judgement.errors]
        judgement.unknown_by_student = _missing(session, good, task.whole)
        key = Key(task.as_of, task.known.digest, base.rules_digest, base.indicators_digest)
        done = Computed(
            key, session, engine.name, session.term, task.known, path, task.rules, judgement, False, by, now, base, task.scope
        )  # fmt: skip
        try:
            return evaluation.write(done)
        except evaluation.Overtaken:
            return None


def _missing(session: Session, rules: Sequence[Rule], whole: Run) -> dict[int, int]:
    """Of the touched students, how many rules could be judged of most of the class but not of them."""
    columns = ", ".join(["sid", *sorted({name for rule in rules for name in rule.indicators})])
    mates = "SELECT s.sid FROM everyone_student AS s WHERE s.unit IN (SELECT unit FROM student)"
    filed = f"SELECT {columns} FROM read_parquet({computing.quoted(computing.run_file(whole.path))})"
    try:
        session.create("mates", f"{filed} WHERE sid IN ({mates}) AND sid NOT IN (SELECT sid FROM scope)")
    except EngineError:  # the file is gone: the class is then those who were touched
        session.create("mates", f"SELECT {columns} FROM wide WHERE 1 = 0")
    session.create("class_wide", f"SELECT {columns} FROM wide UNION ALL SELECT {columns} FROM mates")
    session.create("class_unknowns", unknown_sql(rules, "class_wide"))
    return {row["sid"]: row["n"] for row in session.rows(MISSING)}
