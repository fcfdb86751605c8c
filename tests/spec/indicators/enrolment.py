from tests.spec.indicators.attendance import roll
from tests.spec.indicators.coursework import work
from tests.spec.indicators.dorm import seen
from tests.spec.indicators.spec import Spec


def change(sid, kind, day, **more):
    return {"sid": sid, "kind": kind, "effective_on": day, **more}


SPECS = [
    Spec(
        "On leave of absence until resumed; days left while nobody applied; overdue is below zero.",
        [
            (
                "student",
                [{"sid": sid, "unit": "C1"} for sid in (1, 2, 3, 4, 6, 9)]
                + [{"sid": 5, "unit": "C1", "status": "suspended"}, {"sid": 7, "unit": "C1", "status": "suspended"}],
            ),
            (
                "enrolment_change",
                [
                    change(1, "suspend", "2025-02-20", until="2026-01-09"), change(2, "suspend", "2024-09-01", until="2025-12-05"),
                    change(3, "suspend", "2025-02-20", until="2026-01-09", applied_to_resume=True),
                    change(4, "suspend", "2024-09-01", until="2025-09-01"), change(4, "resume", "2025-09-01"),
                    change(6, "suspend", "2025-12-11", until="2026-12-11"), change(7, "suspend", "2024-09-01"), change(7, "resume", "2025-12-01"),
                ],
            ),
        ],
        {
            "enrolment_suspended": {1: 1, 2: 1, 3: 1, 4: 0, 5: 1, 6: 0, 7: 0, 9: 0},
            "leave_of_absence_days_left": {1: 30, 2: -5, 3: None, 4: None, 5: None, 6: None, 9: None},
        },
    ),
    Spec(
        "Silence counts up to the latest record of anybody, over all feeds, absences included.",
        [
            ("attendance", [roll(1, "2025-12-01"), roll(2, "2025-11-20", "present"), roll(3, "2025-12-08", "present")]),
            ("dorm_access", [seen(2, "2025-12-03 20:00")]),
            ("coursework", [work(4, "a", "2025-11-20", "2025-11-28"), work(4, "b", "2025-12-01")]),
        ],
        {"days_since_any_record": {1: 7, 2: 5, 3: 0, 4: 10, 9: None}},
    ),
]  # fmt: skip
