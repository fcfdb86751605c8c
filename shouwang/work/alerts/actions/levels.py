"""Students' levels and the rollup of levels by unit."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from shouwang.analysis.rules import bands
from shouwang.common.paths import ancestors
from shouwang.trust.people.models import Unit
from shouwang.work.alerts import policies
from shouwang.work.alerts.actions.lifecycle import CHUNK, Place, chunks, places
from shouwang.work.alerts.actions.locks import hold
from shouwang.work.alerts.models import Alert, LevelCount, Run, StudentLevel
from shouwang.work.alerts.queries.computing import Judgement
from shouwang.work.alerts.queries.history import latest_run

Standing = tuple[int, int]
NOTHING: Standing = (0, 0)


def standings(weights: Iterable[tuple[int, int, int]]) -> dict[int, Standing]:
    """sid → (level, score) from the (sid, level, weight) of whatever counts against each student."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for sid, level, weight in weights:
        found[sid].append((level, weight))
    scores = {sid: sum(weight for _, weight in rows) for sid, rows in found.items()}
    return {sid: (policies.level_of([level for level, _ in rows], bands().level(scores[sid])), scores[sid]) for sid, rows in found.items()}


def refresh(
    run: Run, standing: Mapping[int, Standing], sids: Iterable[int], unknown: Mapping[int, int], places: Mapping[int, Place]
) -> None:
    """Every student's level after a run; only what changed is written. A level that stays keeps its since-when."""
    old = {row.student_id: row for row in StudentLevel.objects.all()}
    evaluated = (set(sids) | standing.keys()) & places.keys()
    rows = []
    for sid in sorted(evaluated):
        (level, score), none = standing.get(sid, NOTHING), unknown.get(sid, 0)
        before = old.get(sid)
        if before is None or (before.level, before.score, before.unknown_count) != (level, score, none):
            since = before.since_on if before and before.level == level else run.as_of
            rows.append(StudentLevel(student_id=sid, level=level, score=score, unknown_count=none, run=run, since_on=since))
    # Who is no longer evaluated and has nothing open has no level any more.
    for chunk in chunks(sorted(old.keys() - evaluated), CHUNK):
        StudentLevel.objects.filter(student_id__in=chunk).delete()
    StudentLevel.objects.update(run=run)
    StudentLevel.objects.bulk_create(
        rows,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["student"],
        update_fields=["level", "score", "unknown_count", "run", "since_on"],
    )


def refresh_some(
    run: Run, standing: Mapping[int, Standing], judged: Judgement, places: Mapping[int, Place], scope: Collection[int]
) -> None:
    """The levels of the students a partial run looked at; the counts of the last whole run move with them."""
    old = {row.student_id: row for chunk in chunks(scope, CHUNK) for row in StudentLevel.objects.filter(student_id__in=chunk)}
    moves: Counter[tuple[str, int]] = Counter()
    missing: Counter[tuple[str, int]] = Counter()
    rows = []
    for sid in sorted((judged.students | standing.keys()) & places.keys()):
        (level, score), none = standing.get(sid, NOTHING), judged.unknown_by_student.get(sid, 0)
        before, path = old.pop(sid, None), places[sid].unit_path
        if before and sid in judged.students:
            moves[path, before.level] -= 1
            missing[path, before.level] -= bool(before.unknown_count)
        if sid in judged.students:
            moves[path, level] += 1
            missing[path, level] += bool(none)
        since = before.since_on if before and before.level == level else run.as_of
        rows.append(StudentLevel(student_id=sid, level=level, score=score, unknown_count=none, run=run, since_on=since))
    for sid, gone in old.items():
        if sid in places:
            moves[places[sid].unit_path, gone.level] -= 1
            missing[places[sid].unit_path, gone.level] -= bool(gone.unknown_count)
    for chunk in chunks(sorted(old), CHUNK):
        StudentLevel.objects.filter(student_id__in=chunk).delete()
    StudentLevel.objects.bulk_create(
        rows,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["student"],
        update_fields=["level", "score", "unknown_count", "run", "since_on"],
    )
    _recount(moves, missing)


def _recount(moves: Mapping[tuple[str, int], int], missing: Mapping[tuple[str, int], int]) -> None:
    """The rollup of the last whole run, moved by what a partial run found or a person did."""
    changed = {path for (path, level), n in moves.items() if n or missing[path, level]}
    if not changed:
        return
    hold("levels")  # rows are read and written: two moves at once must not both begin from the same figure
    whole = latest_run()
    if whole is None:
        return
    units = dict(Unit.objects.filter(path__in={above for path in changed for above in ancestors(path)}).values_list("path", "pk"))
    by_unit: Counter[tuple[int, int]] = Counter()
    silent: Counter[tuple[int, int]] = Counter()
    for (path, level), n in moves.items():
        for above in ancestors(path) if n or missing[path, level] else ():
            if above in units:
                by_unit[units[above], level] += n
                silent[units[above], level] += missing[path, level]
    rows = {(row.unit_id, row.level): row for row in LevelCount.objects.filter(run=whole, unit__in=units.values())}
    fresh = []
    for (unit, level), n in by_unit.items():
        if row := rows.get((unit, level)):
            row.n, row.unknown = max(row.n + n, 0), max(row.unknown + silent[unit, level], 0)
        elif n > 0:
            fresh.append(LevelCount(run=whole, unit_id=unit, level=level, n=n, unknown=max(silent[unit, level], 0)))
    LevelCount.objects.bulk_update(rows.values(), ["n", "unknown"], batch_size=500)
    LevelCount.objects.bulk_create(fresh, batch_size=CHUNK)


def relevel(sids: Iterable[int], on: date) -> None:
    """The levels of a few students after somebody handled their alerts, between two runs; the counts move along, as the next partial run begins from them."""
    moves: Counter[tuple[str, int]] = Counter()
    missing: Counter[tuple[str, int]] = Counter()
    for chunk in chunks(sids, CHUNK):
        # Held before the alerts are read: of two who handle alerts of one student, the second sees what the first did.
        rows = list(StudentLevel.objects.select_for_update().filter(student_id__in=chunk).order_by("student_id"))
        active = Alert.objects.filter(student_id__in=chunk, state__in=policies.ACTIVE).values_list("student_id", "level", "weight")
        standing, here = standings(active), places(chunk)
        for row in rows:
            level, score = standing.get(row.student_id, NOTHING)
            if (level, score) != (row.level, row.score):
                since = row.since_on if level == row.level else on
                StudentLevel.objects.filter(pk=row.pk).update(level=level, score=score, since_on=since)
                for at, n in ((row.level, -1), (level, 1)):
                    moves[here[row.student_id].unit_path, at] += n
                    missing[here[row.student_id].unit_path, at] += n * bool(row.unknown_count)
    _recount(moves, missing)


def count(run: Run, standing: Mapping[int, Standing], judged: Judgement, places: Mapping[int, Place]) -> None:
    """How many students of every unit stand at each level, subtrees summed up; level 0 too, so that a share has its whole."""
    units = dict(Unit.objects.filter(tree="organisation").values_list("path", "pk"))
    by_class: Counter[tuple[str, int]] = Counter()
    missing: Counter[tuple[str, int]] = Counter()
    for sid in judged.students:
        if place := places.get(sid):
            key = (place.unit_path, standing.get(sid, NOTHING)[0])
            by_class[key] += 1
            missing[key] += bool(judged.unknown_by_student.get(sid))
    counted: Counter[tuple[int, int]] = Counter()
    unknown: Counter[tuple[int, int]] = Counter()
    for (path, level), n in by_class.items():
        for above in ancestors(path):
            if above in units:
                counted[units[above], level] += n
                unknown[units[above], level] += missing[path, level]
    rows = [
        LevelCount(run=run, unit_id=unit, level=level, n=n, unknown=unknown[unit, level]) for (unit, level), n in sorted(counted.items())
    ]
    LevelCount.objects.bulk_create(rows, batch_size=CHUNK)
