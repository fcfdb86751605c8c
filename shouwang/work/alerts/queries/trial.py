"""What would happen: to the alerts if a delivery were accepted, and to the students if a rule were published. Nothing is written."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from django.db.models import Value

from shouwang.analysis import indicators
from shouwang.analysis.facts import Snapshot
from shouwang.analysis.indicators import compute
from shouwang.analysis.rules import Node, Rule, indicators_of, parse, to_sql
from shouwang.common.paths import covers
from shouwang.common.reader import Reader, Scope
from shouwang.trust.access import queries as access
from shouwang.trust.people.models import Student, Unit
from shouwang.work.alerts.models import Alert
from shouwang.work.alerts.policies import ACTIVE
from shouwang.work.alerts.queries.computing import engine, judge, quoted, run_file, unknown_pairs
from shouwang.work.alerts.queries.history import latest_run
from shouwang.work.alerts.queries.rulebook import in_force, names

MOST_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Example:
    sid: int
    name: str
    class_name: str
    rule: str
    level: int


@dataclass(frozen=True, slots=True)
class AlertPreview:
    """Alerts that a delivery would raise, and active ones whose condition would no longer hold (they clear after the second such run)."""

    raised: int
    cleared: int
    raises: tuple[Example, ...] = ()
    clears: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class WouldFlag:
    """`unknown`: of whom the data do not say. `colleges`: (name, flagged, students), most first."""

    as_of: date | None
    flagged: int
    unknown: int
    students: int
    colleges: tuple[tuple[str, int, int], ...] = ()


def preview(snapshot: Snapshot, *, base: Snapshot, by: Reader | None, as_of: date) -> AlertPreview:
    """What the rules would say of `snapshot` and do not say of `base` already; with a reader, only of what that reader may see.

    Both are judged as of the same day: what other deliveries have changed since the last evaluation is not this one's doing.
    """
    known = in_force()
    rules = {item.row.code: item.rule for item in known if item.rule}
    standing = Alert.objects.exclude(state="cleared").values_list("student_id", "rule_code", "state")
    before = {(sid, code): state for sid, code, state in standing}
    active = {key for key, state in before.items() if state in ACTIVE}
    then, now = (_judged(each, rules, active, as_of) for each in (base, snapshot))
    masks = {item.row.code: item.row.categories for item in known}
    raised, cleared = (_readable(by, pairs, masks) for pairs in (now[0] - then[0] - before.keys(), now[1] - then[1]))
    return AlertPreview(len(raised), len(cleared), _examples(raised, rules), _examples(cleared, rules))


Pairs = set[tuple[int, str]]


def _judged(snapshot: Snapshot, rules: dict[str, Rule], active: Pairs, as_of: date) -> tuple[Pairs, Pairs]:
    """Student and rule: those that fire, and the active ones that are known not to."""
    with engine().open(snapshot, as_of) as session:
        if session.term is None or not rules:
            return set(), set()
        compute(session)
        judgement = judge(session, list(rules.values()))
        fired = {(item.sid, item.rule) for item in judgement.fired}
        quiet = active - fired
        unknown = unknown_pairs(session, {sid for sid, _ in quiet}) if quiet else set()
    return fired, {key for key in quiet - unknown if key[0] in judgement.students and key[1] in rules and key[1] not in judgement.errors}


def would_flag(by: Reader, text: str) -> WouldFlag:
    """How many of the reader's students a condition would flag on the latest run, by college. Refused when the text is no condition."""
    return flag(by, parse(text, names()))


def flag(by: Reader, when: Node) -> WouldFlag:
    """The same for a condition that is already read.

    Counted are only students of whom the reader may know everything the condition asks: a count of one would tell on whoever it is.
    """
    run = latest_run()
    if run is None or not run_file(run.path).exists():
        return WouldFlag(None, 0, 0, 0)
    rows = engine().read(f"SELECT sid, ({to_sql(when)}) AS holds FROM read_parquet({quoted(run_file(run.path))})")
    found = {row["sid"]: row["holds"] for row in rows}
    counted: dict[str, list[int]] = {}
    colleges = _Colleges()
    flagged = unknown = students = 0
    asked = Student.objects.filter(is_current=True).annotate(asked=Value(_categories(when)))
    for sid, path in access.visible(by, asked, sid="sid", mask="asked").values_list("sid", "unit_path"):
        if sid not in found:
            continue
        line = counted.setdefault(colleges.name(path), [0, 0])
        students += 1
        line[1] += 1
        line[0] += found[sid] is True
        flagged += found[sid] is True
        unknown += found[sid] is None
    ordered = sorted(((name, n, of) for name, (n, of) in counted.items()), key=lambda line: (-line[1], line[0]))
    return WouldFlag(run.as_of, flagged, unknown, students, tuple(ordered))


def _categories(when: Node) -> int:
    """The bits of everything one learns by knowing whether the condition holds."""
    bits = 0
    for name in indicators_of(when):
        bits |= indicators.load().indicator(name).categories
    return bits


class _Colleges:
    """The college of a unit path; a school without colleges is counted by grade, else as a whole."""

    def __init__(self) -> None:
        for kind in ("college", "grade", "school"):
            self.units = dict(Unit.objects.filter(kind=kind, is_current=True).order_by("path").values_list("path", "name"))
            if self.units:
                break
        self.paths = sorted(self.units)

    def name(self, path: str) -> str:
        at = bisect_right(self.paths, path) - 1
        return self.units[self.paths[at]] if at >= 0 and covers(self.paths[at], path) else "—"


def _readable(by: Reader | None, pairs: set[tuple[int, str]], masks: dict[str, int]) -> list[tuple[int, str]]:
    """The pairs of student and rule that lie within one scope of the reader, categories included; all without a reader."""
    if by is None:
        return sorted(pairs)
    seen: set[tuple[int, str]] = set()
    places = {sid: (unit, dorm) for sid, unit, dorm in access.students(by).values_list("sid", "unit_path", "dorm_path")}
    for sid, code in pairs:
        if sid in places and any(_reaches(scope, sid, *places[sid]) and not masks[code] & ~scope.categories for scope in by.scopes):
            seen.add((sid, code))
    return sorted(seen)


def _reaches(scope: Scope, sid: int, unit: str, dorm: str) -> bool:
    if scope.tree == "organisation":
        return covers(scope.path, unit)
    return covers(scope.path, dorm) if scope.tree == "dormitory" and scope.path else sid in scope.sids


def _examples(pairs: list[tuple[int, str]], rules: dict[str, Rule]) -> tuple[Example, ...]:
    """The gravest first."""
    chosen = sorted(pairs, key=lambda pair: (-rules[pair[1]].level, pair))[:MOST_EXAMPLES]
    people = {row.sid: row for row in Student.objects.select_related("class_unit").filter(sid__in=[sid for sid, _ in chosen])}
    return tuple(
        Example(sid, people[sid].name, people[sid].class_unit.name, rules[code].title, rules[code].level)
        for sid, code in chosen
        if sid in people
    )
