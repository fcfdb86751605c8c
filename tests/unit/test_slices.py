"""Computing range by range of students gives the rows of computing all at once."""

from pathlib import Path

import pytest

from shouwang.analysis.engine import duck
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
