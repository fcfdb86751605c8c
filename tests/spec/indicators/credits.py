from tests.spec.indicators.academics import BEFORE, LAST, NOW, score
from tests.spec.indicators.spec import Spec


def plan(term, due, major="M1", year=2024, certificates=None):
    return {"major_code": major, "entry_year": year, "term": term, "credits_due": due, "certificates_due": certificates}


PLAN = [plan(BEFORE, 20), plan(LAST, 22), plan(NOW, 24), plan(BEFORE, 99, "M2")]

SPECS = [
    Spec(
        "Due is what the plan of major and entry year asks up to the latest term with results; a term without results asks nothing yet.",
        [
            ("course_plan", PLAN),
            (
                "student",
                [{"sid": sid, "unit": "C1", "major_code": "M1", "entry_year": 2024} for sid in (1, 2, 3, 4, 9)]
                + [{"sid": 5, "unit": "C1", "major_code": "M3", "entry_year": 2024}],
            ),
            (
                "score",
                [
                    score(1, "A", 80, BEFORE, 20), score(1, "B", 80, LAST, 20), score(1, "C", 40, LAST, 2),
                    score(2, "A", 80, BEFORE, 20), score(2, "B", 80, LAST, 25),
                    score(3, "A", 50, BEFORE, 20), score(3, "A", 60, LAST, 20, exam_kind="retake"), score(3, "B", 80, LAST, 17),
                    score(4, "A", 80, BEFORE, 18),
                    score(5, "A", 80, BEFORE, 20),
                ],
            ),
        ],
        {
            "credits_due": {1: 42, 2: 42, 3: 42, 4: 20, 5: None, 9: None},
            "credits_earned": {1: 40, 2: 45, 3: 37, 4: 18, 5: 20, 9: None},
            "credits_missing": {1: 2, 2: 0, 3: 5, 4: 2, 5: None, 9: None},
            "credits_missing_term": {1: 2, 2: 0, 3: 0, 4: None, 5: None, 9: None},
        },
    ),
    Spec(
        "Credits that were not delivered are unknown, not none.",
        [("course_plan", PLAN), ("score", [score(1, "A", 80, credit=None)])],
        {"credits_earned": {1: None}, "credits_missing": {1: None}},
    ),
]  # fmt: skip
