"""What accepting a checked file would do, in figures, and the gates that ask for a second, explicit confirmation."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from shouwang.analysis.facts import Snapshot
from shouwang.analysis.facts.duck import name
from shouwang.analysis.facts.views import fact_schema, same_key
from shouwang.analysis.intake import scope
from shouwang.analysis.intake.checked import Checked
from shouwang.analysis.intake.roster import Roster
from shouwang.analysis.standard import PROVENANCE, Column

SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares above which a second confirmation is asked for; days beyond which a file's span looks wrong."""

    refused: float = 0.05
    gone: float = 0.10
    changed: float = 0.30
    thin: float = 0.50
    days: int = 200


@dataclass(frozen=True, slots=True)
class Gate:
    """`sentence` carries the figures; accepting repeats it word for word."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One row that would change or disappear. `sheet_no`/`row_no` are those of the new file (changed) or of the old batch (gone)."""

    kind: Literal["changed", "gone"]
    sid: int | None
    batch_id: int
    sheet_no: int
    row_no: int
    key: str
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    new: int
    changed: int
    unchanged: int
    gone: int
    previous: int
    """Live rows of the same keys and scope before this delivery."""
    scope: str
    gates: tuple[Gate, ...]
    samples: tuple[Sample, ...]
    blocked: str = ""
    """Why it cannot be accepted at all; empty when it can."""


def preview(
    checked: Checked, snapshot: Snapshot, roster: Roster | None = None, *, limits: Limits | None = None, today: date | None = None
) -> Preview:
    """Compares the good rows with what `snapshot` holds. `today` lets days in the future be noticed; `roster` renews the one checked with."""
    limits = limits or Limits()
    if roster:
        roster.load(checked.work.cursor)
    old = scope.live_rows(checked, snapshot)
    new, changed, unchanged = _compare(checked, snapshot, old)
    disappearing = 0
    samples = _changed_samples(checked) if changed else []
    if checked.table.delivery == "whole" and snapshot.of(checked.table.name):
        checked.work.cursor.execute(f"CREATE OR REPLACE TEMP TABLE gone AS {scope.gone(checked, old)}")
        disappearing = int(checked.work.one("SELECT count(*) FROM gone"))
        samples += _gone_samples(checked) if disappearing else []
    counts = (new, changed, unchanged, disappearing)
    gates = _gates(checked, counts, limits, today)
    blocked = "" if checked.figures.rows_good else "没有一行合格，不能接收；请按问题清单改正后重新上传"
    previous = changed + unchanged + disappearing
    return Preview(new, changed, unchanged, disappearing, previous, _scope_sentence(checked), tuple(gates), tuple(samples), blocked)


def _compare(checked: Checked, snapshot: Snapshot, old: str) -> tuple[int, int, int]:
    """How many rows are new, changed, unchanged; leaves the first changed ones in the table `changed`."""
    table, work = checked.table, checked.work
    if not snapshot.of(table.name):
        return checked.figures.rows_good, 0, 0
    others = [name(field) for field, _ in fact_schema(table) if field not in {column for column, _ in PROVENANCE} | set(table.fact_key)]
    differs = " OR ".join(f"n.{column} IS DISTINCT FROM o.{column}" for column in others) or "FALSE"
    both = f"{work.good} AS n JOIN ({old}) AS o ON {same_key(table, 'n', 'o')}"
    known, changed = work.cursor.execute(f"SELECT count(*), count(*) FILTER (WHERE {differs}) FROM {both}").fetchall()[0]
    if changed:
        pairs = "".join(f", o.{column} AS {name('old_' + column.strip(chr(34)))}" for column in others)
        work.cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT n.*, o.batch_id AS old_batch{pairs} FROM {both} WHERE {differs}"
            f" ORDER BY n.sheet_no, n.row_no LIMIT {SAMPLES}"
        )
    return checked.figures.rows_good - known, changed, known - changed


def _changed_samples(checked: Checked) -> list[Sample]:
    columns = [column for column in checked.table.fact_columns if column.name not in checked.table.key]
    samples = []
    for row in _dicts(checked, "FROM changed ORDER BY sheet_no, row_no"):
        differing = [column for column in columns if _old_differs(row, column)]
        before = "，".join(f"{column.title} {_shown(column, row, 'old_')}" for column in differing)
        after = "，".join(f"{column.title} {_shown(column, row)}" for column in differing)
        samples.append(
            Sample("changed", row.get("sid"), row["old_batch"], row["sheet_no"], row["row_no"], _key_text(checked, row), before, after)
        )
    return samples


def _old_differs(row: dict[str, Any], column: Column) -> bool:
    return any(row[field] != row[f"old_{field}"] for field, _ in column.facts)


def _gone_samples(checked: Checked) -> list[Sample]:
    columns = [column for column in checked.table.fact_columns if column.name not in checked.table.key]
    samples = []
    for row in _dicts(checked, f"SELECT * FROM gone ORDER BY batch_id, sheet_no, row_no LIMIT {SAMPLES}"):
        before = "，".join(f"{column.title} {_shown(column, row)}" for column in columns if row[column.name] is not None)
        samples.append(Sample("gone", row.get("sid"), row["batch_id"], row["sheet_no"], row["row_no"], _key_text(checked, row), before, ""))
    return samples


def _dicts(checked: Checked, query: str) -> list[dict[str, Any]]:
    cursor = checked.work.cursor.execute(query)
    names = [described[0] for described in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _key_text(checked: Checked, row: dict[str, Any]) -> str:
    """The key in words, the student left to whoever may name one."""
    columns = [checked.table.column(word) for word in checked.table.key]
    return "，".join(_shown(column, row) for column in columns if column.type != "student_no")


def _shown(column: Column, row: dict[str, Any], prefix: str = "") -> str:
    value = row[prefix + column.name]
    if value is None:
        return "无"
    if column.codes:
        return next((code.title for code in column.codes if code.number == value), str(value))
    if column.type == "term":
        return f"{value // 10}-{value // 10 + 1}-{value % 10}"
    if column.type == "boolean":
        return "是" if value else "否"
    return str(value)


def _gates(checked: Checked, counts: tuple[int, int, int, int], limits: Limits, today: date | None) -> list[Gate]:
    new, changed, unchanged, disappearing = counts
    figures = checked.figures
    gates = []
    if figures.rows_bad and figures.rows_bad >= limits.refused * figures.rows_total:
        share = _share(figures.rows_bad, figures.rows_total)
        gates.append(Gate("refused", f"{figures.rows_total} 行中有 {figures.rows_bad} 行（{share}）不合格，不会进入系统"))
    before = changed + unchanged + disappearing
    if disappearing and disappearing >= limits.gone * before:
        share = _share(disappearing, before)
        gates.append(Gate("gone", f"同一范围已有 {before} 行，其中 {disappearing} 行（{share}）不在这次的文件里，接收后不再有效"))
    if changed and changed >= limits.changed * (changed + unchanged):
        share = _share(changed, changed + unchanged)
        gates.append(Gate("changed", f"与已有的 {changed + unchanged} 行相比，{changed} 行（{share}）内容不同，接收后以这次为准"))
    if unchanged and not (new or changed or disappearing):
        gates.append(Gate("same", f"全部 {unchanged} 行与已有数据相同，这份文件可能已经报送过"))
    return gates + _scope_gates(checked, limits, today)


def _scope_gates(checked: Checked, limits: Limits, today: date | None) -> list[Gate]:
    gates = []
    table, work = checked.table, checked.work
    if table.day and checked.figures.rows_good:
        day = f"CAST({name(table.day)} AS DATE)"
        first, last = work.cursor.execute(f"SELECT min({day}), max({day}) FROM {work.good}").fetchall()[0] or (None, None)
        if first and "day" in table.scope and (last - first).days > limits.days:
            gates.append(Gate("days", f"日期从 {first} 到 {last}，跨 {(last - first).days + 1} 天，范围可能有误"))
        if today and last and last > today and not table.master:
            later = work.cursor.execute(f"SELECT count(*) FROM {work.good} WHERE {day} > ?", [today]).fetchall()[0]
            gates.append(Gate("future", f"有 {later[0] if later else 0} 行的日期在今天（{today}）之后，最晚 {last}"))
    return gates + (_thin_gates(checked, limits) if table.delivery == "whole" and "class" in table.scope else [])


def _thin_gates(checked: Checked, limits: Limits) -> list[Gate]:
    """Classes of which the file holds only a few students: perhaps the file is cut off, perhaps a number belongs to another class."""
    if checked.work.brings_students:
        return []
    found = checked.work.cursor.execute(
        f"""
        SELECT count(*), sum(present), sum(size), max(classes) FROM (
            SELECT class_path, count(*) AS size, count(n.sid) AS present, count(*) OVER () AS classes
            FROM roster LEFT JOIN (SELECT DISTINCT sid FROM {checked.work.good}) AS n USING (sid)
            WHERE class_path <> '' GROUP BY class_path HAVING count(n.sid) > 0
        ) WHERE present < ? * size""",
        [limits.thin],
    ).fetchall()[0]
    thin, present, size, classes = found or (0, 0, 0, 0)
    if not thin:
        return []
    sentence = (
        f"文件涉及的 {classes} 个班级中，有 {thin} 个班只出现了 {present} 名学生（共 {size} 名），这些班其余学生同一范围的旧数据会失效"
    )
    return [Gate("thin", sentence)]


def _share(part: int, whole: int) -> str:
    share = 100 * part / whole
    return f"{share:.0f}%" if share >= 10 or share == round(share) else f"{share:.1f}%"


def _scope_sentence(checked: Checked) -> str:
    """In words, what the file covers: days, terms, classes, students."""
    table, work = checked.table, checked.work
    if not checked.figures.rows_good:
        return "没有合格的行"
    parts = []
    if table.day:
        day = f"CAST({name(table.day)} AS DATE)"
        first, last = work.cursor.execute(f"SELECT min({day}), max({day}) FROM {work.good}").fetchall()[0] or (None, None)
        parts += [f"{first} 至 {last}" if first != last else str(first)] if first else []
    term = next((column for column in table.fact_columns if column.type == "term"), None)
    if term:
        rows = work.cursor.execute(f"SELECT DISTINCT {name(term.name)} AS t FROM {work.good} WHERE t IS NOT NULL ORDER BY t").fetchall()
        parts += ["、".join(f"{row[0] // 10}-{row[0] // 10 + 1}-{row[0] % 10}" for row in rows) + " 学期"] if rows else []
    if table.student_column:
        query = f"SELECT count(DISTINCT class_path) FROM roster SEMI JOIN {work.good} AS n ON roster.sid = n.sid WHERE class_path <> ''"
        classes = work.one(query)
        people = len(checked.new_numbers()) + checked.figures.students
        parts += [f"{classes} 个班级"] if classes else []
        parts += [f"{people} 名学生"] if people else []
    parts.append(f"{checked.figures.rows_good} 行")
    return "，".join(parts)
