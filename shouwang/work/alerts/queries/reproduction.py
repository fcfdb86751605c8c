"""Computing an alert again from the snapshot its run read, and saying to the digit whether it comes out the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import pack

from shouwang.analysis import indicators
from shouwang.analysis.engine import CONFORMING, EngineError
from shouwang.analysis.facts import MissingBatch, Snapshot
from shouwang.analysis.indicators import Indicators
from shouwang.analysis.rules import holds
from shouwang.common.digest import file_digest
from shouwang.work.alerts.models import Alert, Definition, Run
from shouwang.work.alerts.queries.computing import Values, engine, evaluator, quoted, run_file
from shouwang.work.alerts.queries.evidence import snapshot_of
from shouwang.work.alerts.queries.listing import values_of
from shouwang.work.alerts.queries.rulebook import meaning


@dataclass(frozen=True, slots=True)
class Reproduction:
    """`differences` (in Chinese) name every file and value that differ; empty when the alert came out the same."""

    run: Run
    values: Values
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.differences

    @property
    def sentence(self) -> str:
        if self.same:
            named = "，".join(f"{_title(name)} {_shown(value)}" for name, value in self.values.items())
            return f"复算一致：按 {self.run.as_of:%Y-%m-%d} 当时的数据和规则重新计算，逐位相同（{named}）。"
        return f"复算不一致，发现 {len(self.differences)} 处：" + "；".join(self.differences)


def reproduce(row: Alert) -> Reproduction:
    """One alert, from the files its last firing read. Retractions and later imports do not matter: their files are still there."""
    run = row.run
    snapshot, differences = _verified(run)
    if snapshot is None:
        return Reproduction(run, {}, tuple(differences))
    known = meaning(row.rule_version)
    if known.rule is None:
        return Reproduction(run, {}, (*differences, f"规则 {row.rule_version} 读不懂了：{known.error}"))
    differences += _definitions(run, known.rule.indicators)
    try:
        with engine().open(snapshot, run.as_of, [row.student_id]) as session:
            indicators.compute(session, needed(known.rule.indicators))
            found = session.rows(f"SELECT {', '.join(known.rule.indicators)} FROM wide WHERE sid = $sid", {"sid": row.student_id})
    except EngineError as error:
        return Reproduction(run, {}, (*differences, f"无法重新计算：{str(error)[:200]}"))
    values: Values = found[0] if found else {}
    differences += _compared(values, values_of([row])[row.pk], "预警保存的值")
    differences += _compared(values, _filed(run, row.student_id, known.rule.indicators), f"运行文件 runs/{run.path} 的值")
    if not found:
        differences.append("重新计算时没有这名学生")
    elif holds(known.rule.when, values) is not True:
        differences.append(f"按重新计算的值，规则 {row.rule_version} 不成立")
    return Reproduction(run, values, tuple(differences))


def reproduce_run(run: Run) -> tuple[str, ...]:
    """Every value of every student of a run at once; the differences, empty when all is the same."""
    snapshot, differences = _verified(run)
    if snapshot is None:
        return tuple(differences)
    differences += _definitions(run, indicators.load().names)
    try:
        compute_with = evaluator()
    except EngineError as reason:
        return (*differences, str(reason))
    scope = [row["sid"] for row in engine().read(f"SELECT sid FROM read_parquet({quoted(run_file(run.path))})")] if run.is_partial else None
    with compute_with.open(snapshot, run.as_of, scope) as session:
        indicators.compute(session)
        session.put_file("filed", run_file(run.path))
        now, then = ("SELECT " + ", ".join(("sid", *indicators.load().names)) + f" FROM {table}" for table in ("wide", "filed"))
        wrong = session.rows(f"SELECT COUNT(DISTINCT sid) AS n FROM (({now} EXCEPT {then}) UNION ALL ({then} EXCEPT {now}))")[0]["n"]
    if wrong:
        differences.append(f"{run.as_of:%Y-%m-%d} 的评估中有 {wrong} 名学生的指标与重新计算的不同")
    return tuple(differences)


def reproduce_all() -> Iterator[tuple[Run, int, tuple[str, ...]]]:
    """Every alert there is, run by run: the run, how many alerts it last fired, and what differs. One computation a run, not one an alert."""
    for run in Run.objects.select_related("snapshot").filter(pk__in=Alert.objects.values("run")).order_by("as_of", "pk"):
        rows = list(Alert.objects.select_related("rule_version").filter(run=run).order_by("pk"))
        differences = list(reproduce_run(run))
        filed = _filed_of(run, {row.student_id for row in rows})
        saved = values_of(rows)
        for row in rows:
            differences += _same_as_filed(row, filed.get(row.student_id, {}), saved[row.pk])
        yield run, len(rows), tuple(differences)


def _same_as_filed(row: Alert, filed: Values, saved: Values) -> list[str]:
    """The run's file has just been computed again and compared; an alert that agrees with it is reproduced."""
    known = meaning(row.rule_version)
    if known.rule is None:
        return [f"预警 {row.pk}：规则 {row.rule_version} 读不懂了：{known.error}"]
    now = {name: filed.get(name) for name in known.rule.indicators}
    found = [f"预警 {row.pk}：{difference}" for difference in _compared(now, saved, "预警保存的值")]
    if holds(known.rule.when, now) is not True:
        found.append(f"预警 {row.pk}：按重新计算的值，规则 {row.rule_version} 不成立")
    return found


def _filed_of(run: Run, sids: set[int]) -> dict[int, Values]:
    """A run's values of many students, as its file has them."""
    try:
        rows = engine().read(f"SELECT * FROM read_parquet({quoted(run_file(run.path))})")
    except EngineError:
        return {}
    return {int(row["sid"]): row for row in rows if row["sid"] in sids}


def find(pk: int) -> Alert | None:
    """An alert for the command line, where there is no reader."""
    return Alert.objects.select_related("rule_version", "run__snapshot").filter(pk=pk).first()


def needed(names: Iterable[str]) -> Indicators:
    """The areas these indicators are computed in, with those they build on; a small part of the catalogue is computed faster."""
    whole = indicators.load()
    wanted = {whole.indicator(name).area for name in names}
    for area in reversed(whole.areas):
        if area.name in wanted:
            wanted |= set(area.after)
    return Indicators(tuple(area for area in whole.areas if area.name in wanted))


def _verified(run: Run) -> tuple[Snapshot | None, list[str]]:
    """The run's snapshot, and every file of it that is gone or is not what it was."""
    try:
        snapshot = snapshot_of(run).plain  # what was delivered, never a copy of it
    except MissingBatch as missing:
        return None, [str(missing)]
    recorded = {batch.batch_id: (batch.sha256, batch.tomb_sha256) for batch in run.snapshot.batches.all()}
    differences = snapshot.verify()
    for batch in snapshot.batches:
        if (batch.sha256, batch.tombs_sha256 or "") != recorded[batch.id]:
            differences.append(f"批次 {batch.id}（{batch.table}）的说明与评估时登记的摘要不同；请从备份恢复")
    path = run_file(run.path)
    if not path.exists():
        differences.append(f"运行文件 runs/{run.path} 不见了；请从备份恢复")
    elif file_digest(path) != run.sha256:
        differences.append(f"运行文件 runs/{run.path} 与评估时不同：摘要应为 {run.sha256[:12]}…；请从备份恢复")
    return snapshot, differences


def _definitions(run: Run, names: Iterable[str]) -> list[str]:
    """Indicators among `names` that are defined differently now than when the run was made."""
    then = dict(Definition.objects.filter(digest=run.indicators_digest).values_list("indicator", "fingerprint"))
    now = indicators.load().by_name
    changed = [name for name in names if name not in now or then.get(name) != now[name].fingerprint]
    found = [f"指标“{now[name].title if name in now else name}”的定义在这次评估之后改过；逐位复算请用当时的版本" for name in changed]
    if run.engine not in CONFORMING:
        found.append(f"这次评估用的计算引擎是 {run.engine}，现在是 {'、'.join(CONFORMING)}")
    return found


def _filed(run: Run, sid: int, names: Iterable[str]) -> Values:
    try:
        rows = engine().read(f"SELECT {', '.join(names)} FROM read_parquet({quoted(run_file(run.path))}) WHERE sid = {sid}")
    except EngineError:
        return {}
    return rows[0] if rows else {}


def _compared(now: Values, then: Values, where: str) -> list[str]:
    return [
        f"{_title(name)}：{where}是 {_shown(then.get(name))}，重新计算是 {_shown(value)}"
        for name, value in now.items()
        if _bits(value) != _bits(then.get(name))
    ]


def _bits(value: float | None) -> bytes | None:
    """To the digit means to the bit; NaN equals itself, zero has one sign."""
    return None if value is None else pack(">d", value + 0.0)


def _title(name: str) -> str:
    return indicators.load().indicator(name).title


def _shown(value: float | None) -> str:
    return "无数据" if value is None else repr(value).removesuffix(".0")
