"""Computing only the students a batch touched gives the digits of a full run, those relative to peers included; and nobody else's own figures move."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shouwang.analysis import indicators
from shouwang.analysis.facts import touched
from shouwang.analysis.indicators import load
from shouwang.analysis.standard import load as load_standard
from tests.facts_world import FactsWorld

SIDS = st.integers(1, 12)
DAYS = st.dates(date(2025, 11, 24), date(2025, 12, 10)).map(str)
MARKS = st.one_of(st.integers(0, 100), st.sampled_from(["缺考", "缓考", "作弊"]))
ATTENDANCE = st.fixed_dictionaries(
    {
        "sid": SIDS,
        "day": DAYS,
        "period": st.sampled_from(["1", "2"]),
        "status": st.sampled_from(["present", "absent", "late", "leave"]),
        "hours": st.just(2),
    }
)
SCORES = st.fixed_dictionaries(
    {
        "sid": SIDS,
        "term": st.sampled_from([20242, 20251]),
        "course_code": st.sampled_from(["K1", "K2"]),
        "exam_kind": st.just("normal"),
        "credit": st.just(3),
        "result": MARKS,
    }
)
LOANS = st.fixed_dictionaries({"sid": SIDS, "loaned_on": DAYS, "barcode": st.sampled_from(["a", "b"])})
VISITS = st.fixed_dictionaries({"sid": SIDS, "day": DAYS, "minutes": st.just(20), "actions": st.integers(0, 9)})
GATES = st.fixed_dictionaries(
    {
        "sid": SIDS,
        "gate": st.sampled_from(["G1", "G2"]),
        "seen_at": st.tuples(DAYS, st.sampled_from(["07:10:00", "18:30:00", "23:40:00"])).map(" ".join),
        "direction": st.sampled_from(["in", "out"]),
    }
)
TABLES = {"attendance": ATTENDANCE, "score": SCORES, "library_loan": LOANS, "platform_activity": VISITS, "dorm_access": GATES}
BATCHES = st.sampled_from(sorted(TABLES)).flatmap(lambda table: st.tuples(st.just(table), st.lists(TABLES[table], min_size=1, max_size=12)))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> FactsWorld:
    made = FactsWorld(tmp_path_factory.mktemp("school"))
    made.students(*range(1, 13))
    return made


@given(before=st.lists(BATCHES, max_size=4), batch=BATCHES, retracted=st.booleans())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_the_touched_students_get_the_digits_of_a_full_run(
    school: FactsWorld, before: list[tuple[str, list[dict[str, object]]]], batch: tuple[str, list[dict[str, object]]], retracted: bool
) -> None:
    world = school.fork()
    for table, rows in before:
        world.add(table, _once(table, rows))
    old, old_values = world.snapshot, world.values()
    world.add(batch[0], _once(*batch))
    new, new_values = world.snapshot, world.values()
    if retracted:  # the same change the other way round
        old, new, old_values, new_values, world.snapshot = new, old, new_values, old_values, old
    found = touched(old, new, load_standard(), read=load().tables, everybodys=("term", "school_calendar"))
    assert found == {row["sid"] for row in batch[1]}
    partly = world.values(scope=sorted(found))
    assert partly == {sid: new_values[sid] for sid in found}
    alone = [one.name for area in load().areas if not _relative(area.name) for one in area.indicators]
    untouched = new_values.keys() - found
    assert {sid: [new_values[sid][name] for name in alone] for sid in untouched} == {
        sid: [old_values[sid][name] for name in alone] for sid in untouched
    }


def _relative(area: str) -> bool:
    """Whether anything recorded about others enters the area, directly or through the areas it builds on."""
    known = load().area(area)
    return known.peers is not None or any(_relative(other) for other in known.after)


def _once(table: str, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """No natural key twice, as the check at the door makes sure."""
    key = load_standard().table(table).fact_key
    return list({tuple(str(row.get(column)) for column in key): row for row in rows}.values())


def test_what_concerns_everybody_or_nobody_is_known(tmp_path: Path) -> None:
    world = FactsWorld(tmp_path)
    before = world.snapshot
    world.add("unit", [{"code": "C9", "name": "九班", "kind": "class"}])
    rules = {"read": indicators.load().tables, "everybodys": ("term", "school_calendar", "student")}
    assert touched(before, world.snapshot, load_standard(), **rules) == set()
    world.students(1)
    assert touched(before, world.snapshot, load_standard(), **rules) is None
