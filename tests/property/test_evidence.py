"""The rows shown as evidence, with the recorded statistics of others and the calendar, give the value again: nothing else went into it."""

import random
import re
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shouwang.analysis.engine import DuckSession, Row
from shouwang.analysis.indicators import compute, evidence, load, record_peers
from shouwang.analysis.standard import load as load_standard
from tests.facts_world import FactsWorld

STUDENTS = range(1, 8)
FIRST, LAST = date(2025, 8, 25), date(2025, 12, 10)
FACTS = {name for name, table in load_standard().tables.items() if name not in {"term", "school_calendar"}}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> FactsWorld:
    return FactsWorld(tmp_path_factory.mktemp("evidence"))


# A seed cannot be made simpler, so nothing is shrunk.
@settings(max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.integers(0, 10**6))
def test_evidence_gives_the_value(base: FactsWorld, seed: int) -> None:
    world = crowd(base, random.Random(seed))
    sid = 1 + seed % len(STUDENTS)
    with world.session() as full:
        compute(full)
        values = full.rows("SELECT * FROM wide WHERE sid = $sid", {"sid": sid})[0]
    found: dict[str, float | None] = {}
    for names in together():
        with world.session(scope=[sid]) as one:
            rows = evidence(one, names[0], sid)
        found |= from_evidence(world, names, sid, rows)
    assert found == {name: values[name] for name in load().names}


def together() -> list[list[str]]:
    """Indicators of one area that follow from the same rows are tried in one go."""
    groups = defaultdict(list)
    for indicator in load().by_name.values():
        groups[indicator.area, indicator.evidence].append(indicator.name)
    return list(groups.values())


def from_evidence(world: FactsWorld, names: list[str], sid: int, rows: list[Row]) -> dict[str, float | None]:
    """The values in a session whose tables hold only the evidence rows; what is recorded of others comes from everyone's."""
    known = load().only([load().indicator(names[0]).area])
    with world.session(scope=[sid]) as alone:
        hold_only(alone, sid, rows, {word for area in known.areas for word in re.findall(r"[a-z_]+", area.values)})
        for area in known.areas:
            record_peers(alone, area)
            alone.create(area.panel, area.values)
        columns = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in names)
        found = alone.rows(f"SELECT {columns} FROM {known.areas[-1].panel} WHERE sid = $sid", {"sid": sid})
    return found[0] if found else dict.fromkeys(names)


def hold_only(session: DuckSession, sid: int, rows: list[Row], tables: set[str]) -> None:
    """Every table of facts holds the rows at the evidence's places and nothing else; of the student no more than that there is one."""
    places = defaultdict(list)
    for row in rows:
        places[row["source"]].append(f"({row['batch_id']}, {row['sheet_no']}, {row['row_no']})")
    for table in FACTS & (tables | {"student"}):
        listed = ", ".join(places[table])
        session.create(
            table, f"SELECT * FROM everyone_{table} WHERE {f'(batch_id, sheet_no, row_no) IN ({listed})' if listed else 'FALSE'}"
        )
    if not places["student"]:
        session.run(f"INSERT INTO student (sid) VALUES ({sid})")


def crowd(base: FactsWorld, chance: random.Random) -> FactsWorld:
    """A few students with something of everything, corrections included."""
    world = base.fork()
    flags = ("orphan", "no_care", "disabled", "hardship", "left_behind", "migrant")
    world.add(
        "student",
        [
            {"sid": sid, "unit": "C1", "major_code": "M1", "entry_year": 2024, "status": chance.choice(["enrolled", "suspended"])}
            | {flag: chance.choice([True, False, None]) for flag in flags}
            for sid in STUDENTS
        ],
    )
    for table, keys, row in TABLES:
        for _ in range(2):
            rows = [row(chance, sid) for sid in STUDENTS for _ in range(chance.randrange(0, 14))]
            world.add(table, list({tuple(str(row[key]) for key in keys): row for row in rows}.values()))
    plan = [
        {"major_code": "M1", "entry_year": 2024, "term": term, "credits_due": 6, "certificates_due": 2} for term in (20241, 20242, 20251)
    ]
    world.add("course_plan", plan)
    return world


def some_day(chance: random.Random) -> str:
    return str(FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 3)))


def moment(chance: random.Random) -> str:
    """In the last six weeks, so that nights and stretches fill."""
    return f"{LAST - timedelta(days=chance.randrange(0, 40))} {chance.randrange(24):02}:{chance.randrange(60):02}:00"


def marked(chance: random.Random) -> Any:
    return chance.choice([30, 45.5, 59.5, 60, 75, 90, "合格", "不合格", "缺考", "缓考", "免修", "作弊", "缺"])


STATUS = ("present", "present", "absent", "absent", "late", "leave", "early")
TABLES: tuple[tuple[str, tuple[str, ...], Any], ...] = (
    (
        "score", ("sid", "term", "course_code", "exam_kind"),
        lambda c, sid: {
            "sid": sid, "term": c.choice([20241, 20242, 20251]), "course_code": c.choice("ABCD"), "exam_kind": c.choice(["normal", "resit", "retake"]),
            "credit": c.choice([2, 3, None]), "required": c.choice(["required", "elective", None]), "result": marked(c),
            "posted_on": c.choice([None, "2025-10-01", "2025-12-30"]),
        },
    ),
    (
        "attendance", ("sid", "day", "period"),
        lambda c, sid: {"sid": sid, "day": some_day(c), "period": c.choice("12"), "status": c.choice(STATUS), "hours": c.choice([2, 4])},
    ),
    ("attendance_day", ("sid", "day"), lambda c, sid: {"sid": sid, "day": some_day(c), "status": c.choice(STATUS)}),
    (
        "leave", ("sid", "starts_at"),
        lambda c, sid: {
            "sid": sid, "kind": c.choice(["personal", "official"]), "starts_at": moment(c), "ends_at": "2025-12-09 20:00:00", "days": 2,
            "approved": c.choice([True, False]),
        },
    ),
    (
        "dorm_access", ("sid", "seen_at", "direction"),
        lambda c, sid: {"sid": sid, "seen_at": moment(c), "direction": c.choice(["in", "in", "out", "absent"]), "gate": c.choice(["G1", "G2", None])},
    ),
    (
        "conduct", ("sid", "kind", "decided_on", "matter"),
        lambda c, sid: {
            "sid": sid, "kind": c.choice(["praise", "event", "criticism", "warning", "demerit"]), "decided_on": some_day(c), "matter": "none",
            "lifted_on": c.choice([None, "2025-11-30", "2026-03-01"]),
        },
    ),
    ("activity_points", ("sid", "activity", "earned_on"), lambda c, sid: {"sid": sid, "activity": "讲座", "earned_on": some_day(c), "points": c.choice([0.5, 2])}),
    ("library_loan", ("sid", "loaned_on", "barcode"), lambda c, sid: {"sid": sid, "barcode": c.choice("xyz"), "loaned_on": some_day(c)}),
    ("platform_activity", ("sid", "day"), lambda c, sid: {"sid": sid, "day": some_day(c), "minutes": 10, "actions": c.choice([0, 1, 7])}),
    (
        "coursework", ("sid", "course_code", "title"),
        lambda c, sid: {
            "sid": sid, "course_code": "A", "title": c.choice("abcdefgh"), "kind": c.choice(["homework", "quiz", "exam"]), "due_on": some_day(c),
            "handed_in_on": c.choice([None, some_day(c)]), "result": c.choice([None, 40, 88.5, "缺考"]),
        },
    ),
    ("internship_checkin", ("sid", "day"), lambda c, sid: {"sid": sid, "day": some_day(c), "done": c.choice([True, False])}),
    (
        "internship_evaluation", ("sid", "evaluated_on", "evaluator"),
        lambda c, sid: {"sid": sid, "evaluated_on": some_day(c), "evaluator": c.choice(["company", "school", "self"]), "result": marked(c)},
    ),
    (
        "graduation_milestone", ("sid", "milestone"),
        lambda c, sid: {"sid": sid, "milestone": c.choice(["topic", "proposal", "final"]), "due_on": some_day(c), "done_on": c.choice([None, some_day(c)])},
    ),
    ("skill_assessment", ("sid", "skill", "assessed_on"), lambda c, sid: {"sid": sid, "skill": c.choice("ab"), "assessed_on": some_day(c), "result": marked(c)}),
    (
        "certificate", ("sid", "certificate"),
        lambda c, sid: {"sid": sid, "certificate": c.choice("abc"), "got_on": some_day(c), "required": c.choice([True, False, None])},
    ),
    (
        "fee", ("sid", "year", "item"),
        lambda c, sid: {
            "sid": sid, "year": "2025-2026", "item": c.choice(["tuition", "board", "books"]), "due": 100, "paid": c.choice([0, 50, 100, 150]),
            "reduced": c.choice([0, 30]), "due_on": some_day(c),
        },
    ),
    (
        "aid", ("sid", "kind", "granted_on"),
        lambda c, sid: {
            "sid": sid, "kind": c.choice(["assessment", "grant", "loan", "scholarship"]), "granted_on": some_day(c),
            "level": c.choice(["some", "hard", None]), "until": c.choice([None, "2025-11-30", "2026-08-30"]),
        },
    ),
    ("guardian", ("sid", "relation"), lambda c, sid: {"sid": sid, "relation": c.choice(["mother", "father", "sibling"])}),
    (
        "enrolment_change", ("sid", "kind", "effective_on"),
        lambda c, sid: {
            "sid": sid, "kind": c.choice(["suspend", "resume", "transfer_class"]), "effective_on": some_day(c), "until": "2026-01-09",
            "applied_to_resume": c.choice([True, False, None]),
        },
    ),
)  # fmt: skip
