"""Indicators over time and among classmates, read from the files of runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db.models import Max

from shouwang.analysis import indicators
from shouwang.analysis.engine import EngineError
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.people.models import Student
from shouwang.work.alerts.models import Run, StudentLevel
from shouwang.work.alerts.queries.computing import Values, engine, quoted, run_file
from shouwang.work.imports import queries as imports

POINTS = 40
# Below this a distribution would name somebody.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class History:
    """One value per day for each name; None where nothing was known."""

    days: tuple[date, ...]
    values: dict[str, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class Distribution:
    """The values of a class in ascending order, and the student's own. Empty when too few are known to stay anonymous."""

    values: tuple[float, ...]
    own: float | None


def latest_run() -> Run | None:
    """The whole run on which today's alerts and levels stand; partial ones have followed it for some students."""
    return Run.objects.filter(is_historic=False, is_partial=False).order_by("-as_of", "-pk").first()


def latest_of_all() -> Run | None:
    """The run that made the present alerts, partial or whole."""
    return Run.objects.filter(is_historic=False).order_by("-as_of", "-pk").first()


def is_behind() -> bool:
    """Whether deliveries came or went since the run that made the present alerts. Before the first run: whether there are any. Reads no file."""
    run, live = latest_of_all(), set(imports.live_batch_ids())
    return live != set(run.snapshot.batches.values_list("batch_id", flat=True)) if run else bool(live)


def run_of(sids: Iterable[int]) -> dict[int, Run]:
    """The run that looked at each student last: the latest whole one, or a partial one that followed it."""
    rows = StudentLevel.objects.filter(student_id__in=list(sids)).select_related("run")
    return {row.student_id: row.run for row in rows}


def indicator_history(by: Reader, sid: int, names: Sequence[str], *, until: date | None = None) -> History:
    """The values of the last days on which there was a run, oldest first. Names the reader may not know are left out."""
    allowed = readable(by, sid, names)
    runs = _one_a_day(until)
    last = run_of([sid]).get(sid)
    if last and last.is_partial and (until is None or last.as_of <= until) and not (runs and last.as_of < runs[-1][0]):
        runs = [*(run for run in runs if run[0] != last.as_of), (last.as_of, last.path)]
    if not allowed or not runs:
        return History((), {})
    found = _rows(allowed, [sid], runs)
    by_day = {day: found.get((path, sid), {}) for day, path in runs}
    return History(tuple(by_day), {name: tuple(row.get(name) for row in by_day.values()) for name in allowed})


def latest_values(by: Reader, sid: int) -> Values:
    """Every indicator the reader may know of a student, from the latest run. Empty without a run, or for a student not evaluated."""
    run, names = run_of([sid]).get(sid) or latest_run(), readable(by, sid, indicators.load().names)
    if run is None or not names:
        return {}
    return _rows(names, [sid], [(run.as_of, run.path)]).get((run.path, sid), {})


def class_distribution(by: Reader, sid: int, name: str) -> Distribution:
    """Where a student stands in the class. Others' values carry no names, and fewer than FEWEST are not shown."""
    return class_distributions(by, sid, [name]).get(name, Distribution((), None))


def class_distributions(by: Reader, sid: int, names: Sequence[str]) -> dict[str, Distribution]:
    """The same for several indicators in one read."""
    run, allowed, student = latest_run(), readable(by, sid, names), access.student(by, sid)
    if run is None or not allowed or student is None:
        return {}
    mates = list(Student.objects.filter(class_unit_id=student.class_unit_id, is_current=True).values_list("sid", flat=True))
    last = run_of(mates)
    files = {(one.as_of, one.path) for one in last.values()} | {(run.as_of, run.path)}
    found_rows = _rows(allowed, mates, sorted(files))
    rows = {mate: row for mate in mates if (row := found_rows.get((last[mate].path if mate in last else run.path, mate)))}
    found = {}
    for name in allowed:
        values = sorted(value for row in rows.values() if (value := row.get(name)) is not None)
        found[name] = Distribution(tuple(values) if len(values) >= FEWEST else (), rows.get(sid, {}).get(name))
    return found


def readable(by: Reader, sid: int, names: Iterable[str]) -> list[str]:
    """Those of the indicators of which the reader may know everything that they reveal of this student."""
    mask, known = access.categories(by, sid), indicators.load().by_name
    return [name for name in names if name in known and mask and not known[name].categories & ~mask]


def _one_a_day(until: date | None) -> list[tuple[date, str]]:
    """(day, file) of the last run of each of the last days, oldest first."""
    whole = Run.objects.filter(is_partial=False)
    runs = whole if until is None else whole.filter(as_of__lte=until)
    last = runs.order_by().values("as_of").annotate(last=Max("pk")).order_by("-as_of")[:POINTS]
    rows = Run.objects.filter(pk__in=[row["last"] for row in last]).order_by("as_of").values_list("as_of", "path")
    return list(rows)


def _rows(names: Sequence[str], sids: Sequence[int], runs: Sequence[tuple[date, str]]) -> dict[tuple[str, int], Values]:
    """(file, sid) → values. A file that is gone is a gap; a column that a file does not have is unknown."""
    files = [run_file(path) for _, path in runs if run_file(path).exists()]
    if not files or not sids:
        return {}
    try:
        return _read(names, sids, files)
    except EngineError:
        # An indicator that is younger than every run: the others still have a past.
        known = {row["name"] for path in files[-1:] for row in engine().read(f"SELECT name FROM parquet_schema({quoted(path)})")}
        return _read([name for name in names if name in known], sids, files)


def _read(names: Sequence[str], sids: Sequence[int], files: Sequence[Path]) -> dict[tuple[str, int], Values]:
    listed = ", ".join(quoted(path) for path in files)
    columns = ", ".join(["filename", "sid", *names])
    limit = f"sid BETWEEN {min(sids)} AND {max(sids)} AND sid IN (SELECT UNNEST($sids))" if len(sids) > 1 else f"sid = {sids[0]}"
    statement = f"SELECT {columns} FROM read_parquet([{listed}], union_by_name = true, filename = true) WHERE {limit}"
    found = engine().read(statement, {"sids": list(sids)})
    return {(row.pop("filename").rsplit("/", 1)[-1], row.pop("sid")): row for row in found}
