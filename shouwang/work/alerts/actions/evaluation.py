"""A run: every rule over every student, as of a day, from a snapshot. All its database rows come in one transaction, after its file."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.utils import timezone

from shouwang.analysis import indicators
from shouwang.analysis.engine import Engine, EngineError, Session
from shouwang.analysis.facts import Snapshot
from shouwang.common.digest import digest, file_digest
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.alerts import policies
from shouwang.work.alerts.actions import levels, retraction, tallies
from shouwang.work.alerts.actions.lifecycle import CHUNK, Lifecycle, places
from shouwang.work.alerts.actions.locks import hold
from shouwang.work.alerts.models import Definition, RuleVersion, Run, RunRule, SnapshotBatch
from shouwang.work.alerts.models import Snapshot as SnapshotRow
from shouwang.work.alerts.queries import computing, rulebook
from shouwang.work.alerts.queries.computing import Judgement
from shouwang.work.alerts.queries.history import latest_of_all
from shouwang.work.alerts.queries.rulebook import InForce
from shouwang.work.imports import queries as imports


class CannotEvaluate(Exception):
    """Why there can be no run, in Chinese, with the remedy."""


class Overtaken(Exception):
    """Another run came in between the reading and the writing of a partial one."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`changed` is false when this very run had been made before; `sentence` says what happened."""

    run: Run
    changed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Key:
    """What decides a run's outcome. The same key again is the same run."""

    as_of: date
    snapshot: str
    rules: str
    indicators: str


@dataclass(frozen=True, slots=True)
class Computed:
    """Everything known before the database is touched. `over`: the day's term is over."""

    key: Key
    session: Session
    engine: str
    term: int
    known: Snapshot
    path: Path
    rules: list[InForce]
    judgement: Judgement
    over: bool
    by: int | None
    now: datetime
    base: Run | None = None
    """The run that this one brings up to date, for a part of the students only (see partial.py)."""
    scope: frozenset[int] | None = None


def evaluate(*, as_of: date, by: int | None, now: datetime, snapshot: Snapshot | None = None) -> Evaluation:
    """Runs all rules in force as of a day over what is known now (or over `snapshot`). CannotEvaluate with the reason.

    A day before the latest run, or of a term after which another began, keeps its figures but touches no alert.
    """
    if as_of > timezone.localdate(now):
        raise CannotEvaluate(f"不能评估还没有到的日子：{as_of:%Y-%m-%d}。请选择今天或以前的日期。")
    known = imports.live_snapshot() if snapshot is None else snapshot
    rules = rulebook.in_force()
    if not rules:
        raise CannotEvaluate("还没有启用任何规则。请先在“规则”页启用一套预设，或发布自己的规则。")
    key = Key(as_of, known.digest, rulebook.rules_digest(rules), indicators.load().fingerprint)
    if run := _same_before(key):
        return Evaluation(run, False, f"{as_of:%Y-%m-%d} 的数据、规则与上次评估完全相同，没有任何改变（评估 {run.pk}）。")
    with _engine().open(known, as_of) as session:
        if session.term is None:
            raise CannotEvaluate(f"没有 {as_of:%Y-%m-%d} 所在学期的数据。请先导入“学期”表。")
        path = filed(session, computing.run_file(computing.wide_path(as_of, known.digest)))
        judgement = computing.judge(session, [item.rule for item in rules if item.rule])
        judgement.errors |= {item.row.code: item.error for item in rules if item.rule is None}
        current = computing.term_on(session, timezone.localdate(now)) or session.term
        over = policies.is_over(session.term, current)
        return write(Computed(key, session, computing.evaluator_name(), session.term, known, path, rules, judgement, over, by, now))


def _engine() -> Engine:
    try:
        return computing.evaluator()
    except EngineError as reason:
        raise CannotEvaluate(str(reason)) from None


def _same_before(key: Key) -> Run | None:
    """The run that this one would repeat. Not one of the latest day that another run, whole or partial, has followed: its alerts no longer stand."""
    same = Run.objects.filter(
        as_of=key.as_of,
        snapshot__digest=key.snapshot,
        rules_digest=key.rules,
        indicators_digest=key.indicators,
        engine=computing.evaluator_name(),
        is_partial=False,
    )
    found = same.order_by("-pk").first()
    latest = latest_of_all()
    if found is None or found.is_historic or latest is None or found.as_of < latest.as_of:
        return found
    return found if found == latest else None


def filed(session: Session, path: Path) -> Path:
    """The table `wide` and its file. A file that a run already names is read, never written again."""
    before = Run.objects.filter(path=path.name).values_list("sha256", flat=True).first()
    if before and path.exists() and file_digest(path) == before:
        session.put_file("wide", path)
        return path
    indicators.compute(session, kept=computing.run_file("peers"))
    session.write_parquet("SELECT * FROM wide ORDER BY sid", path)
    # On disk before any row names it: after a power cut there may be a file without a run, never a run without its file.
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    return path


def recover() -> list[str]:
    """Removes what killed evaluations left half-written; a whole file that no run names is used by the next evaluation of that day."""
    removed = []
    for path in computing.run_file("").glob(".*.tmp"):
        process = path.name.split(".")[-2]
        if not (process.isdigit() and Path(f"/proc/{process}").exists()):
            path.unlink(missing_ok=True)
            removed.append(path.name)
    return removed


def write(done: Computed) -> Evaluation:
    """Everything that was computed, in one transaction. Overtaken when a partial run no longer follows the run it began from."""
    with told():
        # Two evaluations, or an evaluation and a publication, wait for each other here.
        list(RuleVersion.objects.select_for_update().filter(retired_at=None).order_by("pk").values_list("pk", flat=True))
        latest = latest_of_all()
        if done.base and done.base != latest:
            raise Overtaken
        if done.scope is None and (run := _same_before(done.key)):
            return Evaluation(run, False, f"{done.key.as_of:%Y-%m-%d} 刚刚由另一个进程评估过，没有任何改变（评估 {run.pk}）。")
        historic = done.over or (latest is not None and done.key.as_of < latest.as_of)
        run = _run(done, historic)
        _run_rules(run, done)
        _define(done.key.indicators)
        if historic:
            _keep_figures(run, done)
        else:
            _apply(run, done, retraction.since(latest, done.known))
    return Evaluation(run, True, _sentence(run, done))


def _run(done: Computed, historic: bool) -> Run:
    key, judgement = done.key, done.judgement
    return Run.objects.create(
        as_of=key.as_of,
        term=done.term,
        snapshot=_snapshot(done.known),
        rules_digest=key.rules,
        indicators_digest=key.indicators,
        engine=done.engine,
        path=done.path.name,
        sha256=file_digest(done.path),
        is_historic=historic,
        is_partial=done.scope is not None,
        students=len(judgement.students),
        fired=len(judgement.fired),
        unknown=sum(judgement.unknown_by_rule.values()),
        started_at=done.now,
        started_by_id=done.by,
    )


def _define(digest: str) -> None:
    """The fingerprints behind a digest, kept once."""
    if not Definition.objects.filter(digest=digest).exists():
        known = indicators.load().by_name.values()
        Definition.objects.bulk_create(Definition(digest=digest, indicator=one.name, fingerprint=one.fingerprint) for one in known)


def _snapshot(known: Snapshot) -> SnapshotRow:
    row, new = SnapshotRow.objects.get_or_create(digest=known.digest)
    if new:
        SnapshotBatch.objects.bulk_create(
            [
                SnapshotBatch(snapshot=row, batch_id=batch.id, table=batch.table, sha256=batch.sha256, tomb_sha256=batch.tombs_sha256 or "")
                for batch in known.batches
            ],
            batch_size=CHUNK,
        )
    return row


def _run_rules(run: Run, done: Computed) -> None:
    fired = Counter(item.rule for item in done.judgement.fired)
    unknown, errors = done.judgement.unknown_by_rule, done.judgement.errors
    RunRule.objects.bulk_create(
        RunRule(run=run, rule=row, fired=fired[row.code], unknown=unknown.get(row.code, 0), error=errors.get(row.code, ""))
        for row in (item.row for item in done.rules)
    )


def _apply(run: Run, done: Computed, gone: Sequence[retraction.Retracted]) -> None:
    """Alerts, levels, rollup, ledger. Alone: a dismissal between the reading and the writing would be overwritten."""
    hold("alerts")
    judgement = done.judgement
    life = Lifecycle(run, done.rules, judgement, lambda sids: computing.unknown_pairs(done.session, sids), done.scope, gone=gone)
    plan = life.decide()
    life.write(done.now, done.by)
    active = ((alert.student_id, alert.level, alert.weight) for alert in life.alerts.values() if alert.state in policies.ACTIVE)
    standing = levels.standings(active)
    if done.scope is None:
        levels.refresh(run, standing, judgement.students, judgement.unknown_by_student, life.places)
        levels.count(run, standing, judgement, life.places)
    else:
        levels.refresh_some(run, standing, judgement, life.places, done.scope)
    tallies.recount()
    run.opened, run.reopened, run.cleared = len(plan.fresh), plan.count("reopened") + plan.count("worsened"), plan.count("cleared")
    Run.objects.filter(pk=run.pk).update(opened=run.opened, reopened=run.reopened, cleared=run.cleared)
    told_of = {pk for pk, _ in plan.events}
    about = {f"student:{alert.student_id}" for alert in life.alerts.values() if alert.pk in told_of}
    ledger.record("alerts.evaluated", by=done.by, about={f"run:{run.pk}", *about}, now=done.now, digest=_digest(run))


def _keep_figures(run: Run, done: Computed) -> None:
    """A run about the past: its file, its counts by rule and by level, and nothing that anybody has to act upon."""
    rows = {item.row.code: item.row for item in done.rules}
    standing = levels.standings((item.sid, rows[item.rule].level, rows[item.rule].weight) for item in done.judgement.fired)
    levels.count(run, standing, done.judgement, places())
    ledger.record("alerts.evaluated_past", by=done.by, about={f"run:{run.pk}"}, now=done.now, digest=_digest(run))


def _digest(run: Run) -> str:
    return digest([run.as_of.isoformat(), run.snapshot.digest, run.rules_digest, run.indicators_digest, run.engine, run.sha256])


def _sentence(run: Run, done: Computed) -> str:
    text = f"{run.as_of:%Y-%m-%d}：{run.students} 名学生，触发 {run.fired} 条，无法判断 {run.unknown} 条"
    if run.is_historic:
        why = "所属学期已经结束" if done.over else "早于最近一次评估"
        text += f"；{why}，只保存结果，不产生预警。"
    else:
        text += f"；新开 {run.opened}，重开 {run.reopened}，解除 {run.cleared}。"
    if errors := done.judgement.errors:
        text += f"有 {len(errors)} 条规则无法执行，已隔离：{'、'.join(sorted(errors))}。"
    return text
