"""Levels by unit and week, from the rollup that every run leaves. Whole units only, so no row tells of one person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from shouwang.common.levels import LEVELS
from shouwang.common.paths import next_path
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.people.models import Unit
from shouwang.work.alerts.models import Alert, LevelCount, Run, RunRule
from shouwang.work.alerts.policies import ACTIVE

Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnitLevels:
    """How many students of a unit stand at each level (none, blue … red), and the change against about a week before; None: no such run."""

    unit: Unit
    counts: tuple[int, ...]
    change: tuple[int, ...] | None


def latest_run() -> Run | None:
    return Run.objects.filter(is_historic=False, is_partial=False).order_by("-as_of", "-id").first()


def run_before(run: Run, days: int = 7) -> Run | None:
    """The last run at least some days before another."""
    return Run.objects.filter(is_partial=False, as_of__lte=run.as_of - timedelta(days=days)).order_by("-as_of", "-id").first()


def colleges(by: Reader) -> list[UnitLevels]:
    """The colleges within the reader's reach; empty without a run or the ability."""
    if not access.may(by, "dashboards"):
        return []
    return of_units(access.units(by, "organisation").filter(kind="college"))


def counts(run: Run, units: Iterable[Unit]) -> dict[int, tuple[int, ...]]:
    """unit id → students at each level in a run."""
    found: dict[int, list[int]] = {}
    for unit, level, n in LevelCount.objects.filter(run=run, unit__in=list(units)).values_list("unit", "level", "n"):
        found.setdefault(unit, [0] * len(LEVELS))[level] = n
    return {unit: tuple(row) for unit, row in found.items()}


def roots(by: Reader) -> list[Unit]:
    """The units the reader answers for that lie under no other of theirs."""
    found: list[Unit] = []
    for unit in access.units(by, "organisation"):
        if not any(unit.path.startswith(above.path) for above in found):
            found.append(unit)
    return found


def unit(by: Reader, pk: int) -> Unit | None:
    return access.units(by, "organisation").filter(pk=pk).first()


def children(by: Reader, above: Unit) -> list[Unit]:
    """The next units below that hold students; offices hold none."""
    return list(access.units(by, "organisation").filter(parent=above).exclude(kind="office"))


def of_units(units: Iterable[Unit]) -> list[UnitLevels]:
    """The levels of some units now and a week before; those no run counted are left out."""
    run, listed = latest_run(), list(units)
    if run is None:
        return []
    before = run_before(run)
    now_counts, then_counts = counts(run, listed), counts(before, listed) if before else {}
    found = []
    for one in listed:
        if mine := now_counts.get(one.pk):
            then = then_counts.get(one.pk)
            found.append(UnitLevels(one, mine, tuple(a - b for a, b in zip(mine, then, strict=True)) if then else None))
    return found


@dataclass(frozen=True, slots=True)
class Week:
    """The last run of a calendar week. `counts` is None where that run did not count the unit."""

    as_of: date
    counts: Counts | None


def weeks(of: Unit, last: int = 16) -> list[Week]:
    """A unit's levels at the end of each of the last weeks, oldest first. Weeks without a run are not invented."""
    newest: dict[tuple[int, int], Run] = {}
    for run in Run.objects.filter(is_partial=False).order_by("as_of", "id").only("id", "as_of"):
        newest[run.as_of.isocalendar()[:2]] = run
    runs = list(newest.values())[-last:]
    found: dict[int, list[int]] = {}
    for run_id, level, n in LevelCount.objects.filter(run__in=runs, unit=of).values_list("run", "level", "n"):
        found.setdefault(run_id, [0] * len(LEVELS))[level] = n
    return [Week(run.as_of, tuple(found[run.pk]) if run.pk in found else None) for run in runs]


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule with active alerts in a unit: how many, of them opened in the last seven days."""

    code: str
    title: str
    level: int
    n: int
    fresh: int


def causes(by: Reader, of: Unit, today: date, size: int = 10) -> list[Cause]:
    """The rules that fire most in a unit, of the alerts the reader may see."""
    found = _active(by, of).values("rule_code", "rule_version__title", "rule_version__title_en", "level")
    recent = Count("pk", filter=Q(opened_on__gt=today - timedelta(days=7)))
    rows = found.annotate(n=Count("pk"), fresh=recent).order_by("-n", "rule_code")[:size]
    return [
        Cause(
            row["rule_code"],
            (by.lang != "zh" and row["rule_version__title_en"]) or row["rule_version__title"],
            row["level"],
            row["n"],
            row["fresh"],
        )
        for row in rows
    ]


def _active(by: Reader, of: Unit) -> QuerySet[Alert]:
    return access.visible(by, Alert.objects.filter(state__in=ACTIVE, unit_path__gte=of.path, unit_path__lt=next_path(of.path)))


@dataclass(frozen=True, slots=True)
class Silence:
    """A rule the latest run could not judge for many students: its data are missing."""

    title: str
    unknown: int
    share: float


def silences(by: Reader, least: float = 0.2) -> list[Silence]:
    """What the latest run could not judge for a good part of the school, the worst first; rules of one title are said once."""
    run = latest_run()
    if run is None or not run.students:
        return []
    rows = RunRule.objects.filter(run=run, unknown__gte=least * run.students).select_related("rule").order_by("-unknown", "rule__title")
    found: dict[str, Silence] = {}
    for row in rows:
        title = (by.lang != "zh" and row.rule.title_en) or row.rule.title
        found.setdefault(title, Silence(title, row.unknown, row.unknown / run.students))
    return list(found.values())
