from datetime import date

from tests.spec.indicators.spec import Spec

LAST, BEFORE, NOW = 20242, 20241, 20251


def score(sid, course, result, term=LAST, credit=4, required="required", **more):
    return {"sid": sid, "term": term, "course_code": course, "credit": credit, "required": required, "result": result, **more}


SPECS = [
    Spec(
        "A course is failed when its best valid result is below the pass mark; a deferred exam alone is not (yet) a failure.",
        [
            (
                "score",
                [
                    score(1, "A", 80), score(1, "B", 70, credit=2, required="elective"),
                    score(2, "A", 50), score(2, "A", 62, exam_kind="resit"),
                    score(3, "A", 40), score(3, "A", 55, exam_kind="resit"), score(3, "B", "缺考", credit=2, required="elective"),
                    score(4, "A", "缓考"), score(4, "B", 59.5, credit=2, required="elective"),
                    score(5, "A", 45), score(5, "A", "缓考", exam_kind="resit"),
                    score(6, "A", 60), score(6, "B", 50, credit=2, pass_mark=50),
                    score(10, "A", "作弊"), score(10, "A", 60, exam_kind="resit"), score(10, "B", 75, credit=2),
                    score(13, "A", 50, result_mark=1), score(13, "B", "合格", credit=2), score(13, "C", "免修", credit=3),
                    score(14, "A", 30, credit=None), score(14, "B", 90, credit=2),
                    score(16, "A", "缓考"),
                ],
            )
        ],
        {
            "courses_failed_term": {1: 0, 2: 0, 3: 2, 4: 1, 5: 1, 6: 0, 9: None, 10: 0, 13: 1, 14: 1, 16: 0},
            "credits_failed_term": {1: 0, 2: 0, 3: 6, 4: 2, 5: 4, 6: 0, 9: None, 10: 0, 13: 4, 14: None, 16: 0},
            "required_failed_term": {1: 0, 3: 1, 4: 0, 5: 1, 9: None, 13: 1},
            "courses_failed_total": {1: 0, 3: 2, 4: 1, 5: 1, 9: None, 14: 1},
            "credits_failed_total": {1: 0, 3: 6, 5: 4, 9: None, 14: None},
            "retake_credits_required": {1: 0, 3: 4, 4: 0, 5: 4, 9: None, 14: None},
            "exam_absent_or_cheated_term": {1: 0, 2: 0, 3: 1, 4: 0, 9: None, 10: 1},
            "gpa_term": {1: 2.666667, 2: 1.2, 3: 0, 4: 0, 6: 0.666667, 9: None, 10: 1.5, 13: 0, 14: 2.666667, 16: None},
            "min_score_term": {1: 70, 2: 62, 3: 55, 4: 59.5, 6: 50, 9: None, 16: None},
        },
    ),
    Spec(
        "The term is the latest with results: this one as soon as it has at least half as many as the one before, never an older one.",
        [
            (
                "score",
                [
                    score(1, "A", 40, BEFORE), score(1, "A", 75, LAST, exam_kind="retake"), score(1, "B", "不合格", BEFORE),
                    score(2, "A", 40, BEFORE),
                    *[score(3, course, mark) for course, mark in (("A", 40), ("B", 50), ("C", 70), ("D", 80))], score(3, "E", 30, NOW),
                    score(4, "A", 70), score(4, "B", 40), score(4, "C", 30, NOW),
                    score(5, "A", 70), score(5, "B", 30, NOW, posted_on="2025-12-11"), score(5, "C", 70, NOW, posted_on="2025-12-10"),
                ],
            )
        ],
        {
            "courses_failed_term": {1: 0, 2: None, 3: 2, 4: 1, 5: 0},
            "courses_failed_total": {1: 1, 2: 1, 3: 3, 4: 2, 5: 0},
            "courses_failed_year": {1: 1, 2: None, 3: 2, 4: 1, 5: 0, 9: None},
            "min_score_term": {3: 40, 4: 30, 5: 70},
        },
    ),
    Spec(
        "Between terms the term that is over is the latest; a retake of this year counts beside the failures of the year.",
        [("score", [score(1, "A", 40, BEFORE), score(1, "B", 40, LAST), score(2, "A", 40, BEFORE)])],
        {"courses_failed_term": {1: 1, 2: 1}, "courses_failed_year": {1: 2, 2: 1}},
        date(2025, 8, 1),
    ),
    Spec(
        "A failed course is a failure of the terms in which it failed: a deferred retake adds nothing to its term, a failed one does.",
        [
            (
                "score",
                [
                    score(1, "A", 40, BEFORE), score(1, "A", "缓考", LAST, exam_kind="retake"), score(1, "B", 70),
                    score(2, "A", 40, BEFORE), score(2, "A", 50, LAST, exam_kind="retake"), score(2, "B", 70),
                ],
            )
        ],
        {"courses_failed_term": {1: 0, 2: 1}, "credits_failed_term": {1: 0, 2: 4}, "required_failed_term": {1: 0, 2: 1}, "courses_failed_total": {1: 1, 2: 1}},
    ),
    Spec(
        "A row that a later delivery corrected counts no more.",
        [("score", [score(1, "A", 50), score(1, "B", 80)]), ("score", [score(1, "A", 70)])],
        {"courses_failed_term": {1: 0}, "gpa_term": {1: 2.5}, "gpa_total": {1: 2.5}},
    ),
    Spec(
        "GPA by the term a course was first taken, best result counting; a decline is counted term by term.",
        [
            (
                "score",
                [
                    score(1, "A", 80, BEFORE), score(1, "B", 70, LAST),
                    score(2, "A", 90, BEFORE), score(2, "B", 80, LAST), score(2, "C", 70, NOW),
                    score(3, "A", 70, BEFORE), score(3, "B", 80, LAST),
                    score(4, "A", 80, LAST),
                    score(5, "A", 90, BEFORE), score(5, "B", 40, LAST), score(5, "B", 90, NOW, exam_kind="resit"),
                ],
            )
        ],
        {
            "gpa_term": {1: 2, 2: 2, 3: 3, 4: 3, 5: None},
            "gpa_total": {1: 2.5, 2: 3, 3: 2.5, 4: 3, 5: 4, 9: None},
            "gpa_drop": {1: 1, 2: 1, 3: -1, 4: None, 9: None},
            "terms_declining": {1: 1, 2: 2, 3: 0, 4: 0, 9: None},
        },
    ),
    Spec(
        "Standing against everyone who sat the course's normal exam; with fewer than five nothing is said.",
        [
            (
                "score",
                [
                    *[score(sid, "A", mark) for sid, mark in ((1, 60), (2, 70), (3, 80), (4, 90), (5, 100))],
                    score(1, "A", 95, exam_kind="resit"),
                    *[score(sid, "B", 70) for sid in (6, 7, 8, 9)],
                    *[score(sid, "C", 70) for sid in (11, 12, 13, 14, 15)],
                ],
            )
        ],
        {"score_standing": {1: -1.414214, 3: 0, 5: 1.414214, 6: None, 11: None, 20: None}},
    ),
]  # fmt: skip
