from tests.spec.indicators.spec import Spec


def work(sid, title, due, handed=None, result=None, kind="homework"):
    return {"sid": sid, "course_code": "A", "title": title, "due_on": due, "handed_in_on": handed, "result": result, "kind": kind}


SPECS = [
    Spec(
        "Missed is due, not handed in and not marked; late is not missed; work due since the latest hand-in of anybody is not judged yet.",
        [
            (
                "coursework",
                [
                    work(90, "z", "2025-12-08", "2025-12-08", 90),
                    work(1, "a", "2025-09-10"), work(1, "b", "2025-11-11"), work(1, "c", "2025-12-07"), work(1, "d", "2025-12-08"),
                    work(1, "e", "2025-11-20", "2025-12-01", 80), work(1, "f", "2025-11-20", None, 61), work(1, "g", "2025-06-20"),
                    work(2, "a", "2025-09-10", "2025-09-10", 50), work(2, "q", "2025-10-10", None, None, "quiz"),
                    work(2, "r", "2025-10-11", "2025-10-11", 40, "exam"), work(2, "s", "2025-10-12", "2025-10-12", 55, "quiz"),
                    work(2, "t", "2025-10-13", None, "缺考", "exam"),
                    work(3, "a", "2025-12-20"), work(4, "a", "2025-11-20", "2025-12-12"),
                ],
            )
        ],
        {
            "coursework_missed_30d": {1: 2, 2: None, 3: None, 4: 1, 9: None},
            "coursework_missed_term": {1: 3, 2: 0, 3: None, 4: 1, 9: None},
            "coursework_score_mean": {1: 70.5, 2: 50, 4: None, 9: None},
            "assessments_missed": {1: None, 2: 2, 9: None},
            "assessment_score_mean": {1: None, 2: 47.5, 9: None},
        },
    ),
    Spec(
        "Where nobody ever handed anything in, the day of evaluation is the border.",
        [("coursework", [work(1, "a", "2025-12-09"), work(1, "b", "2025-12-10")])],
        {"coursework_missed_term": {1: 1}},
    ),
]  # fmt: skip
