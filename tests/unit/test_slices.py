"""Computing range by range of students gives the rows of computing all at once."""

from pathlib import Path

import pytest

from shouwang.analysis.engine import duck
from shouwang.analysis.indicators import compute, load
from tests.facts_world import FactsWorld


def test_ranges_of_students_give_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = FactsWorld(tmp_path)
    world.students(*range(3, 14))
    for sid in range(3, 14):
        rows = [{"sid": sid, "day": f"2025-12-0{n}", "period": "1", "status": "absent" if sid % n else "present"} for n in range(1, 6)]
        world.add("attendance", rows)
    score = {"term": 20251, "course_code": "K1", "exam_kind": "normal", "credit": 3}
    world.add("score", [score | {"sid": sid, "result": 40 + 4 * sid} for sid in range(3, 14)])
    whole = world.values()
    assert len(whole) == 11 and any(row["score_standing"] for row in whole.values())
    monkeypatch.setattr(duck, "SLICE", 4)
    assert world.values() == whole
    with world.session() as session:
        seen = [session.rows("SELECT MIN(sid) AS a, MAX(sid) AS b, COUNT(*) AS n FROM student")[0] for _ in session.slices()]
        assert [(row["a"], row["b"]) for row in seen] == [(3, 5), (6, 9), (10, 13)]
        assert session.rows("SELECT COUNT(*) AS n FROM attendance") == [{"n": 55}]


def test_what_is_recorded_about_peers_is_kept_as_it_was(tmp_path: Path) -> None:
    world = FactsWorld(tmp_path)
    world.students(*range(1, 9))
    score = {"term": 20251, "course_code": "K1", "exam_kind": "normal", "credit": 3}
    world.add("score", [score | {"sid": sid, "result": 40 + 4 * sid} for sid in range(1, 9)])
    world.add("dorm_access", [{"sid": 1, "gate": "G", "seen_at": "2025-12-09 23:30:00", "direction": "in"}])
    kept = tmp_path / "kept"
    expected = world.values()
    for _ in range(2):  # written, then read
        with world.session() as session:
            compute(session, kept=kept)
            assert {row.pop("sid"): row for row in session.rows("SELECT * FROM wide")} == expected
    kinds: list[dict[str, list[dict[str, object]]]] = []
    for folder in (None, kept):
        with world.session() as session:
            compute(session, kept=folder)
            kinds.append({a.name: session.rows(f"SELECT * FROM (DESCRIBE {a.recorded})") for a in load().areas if a.peers})
    assert kinds[0] == kinds[1]
    before = set(kept.iterdir())
    world.add("dorm_access", [{"sid": 2, "gate": "G", "seen_at": "2025-12-09 23:40:00", "direction": "in"}])
    with world.session() as session:
        compute(session, kept=kept)
    assert {path.name.split("-")[3] for path in before - set(kept.iterdir())} == {"dorm", "enrolment"}
