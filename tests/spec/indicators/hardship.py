from tests.spec.indicators.spec import Spec


def fee(sid, due, paid, day, item="tuition", **more):
    return {"sid": sid, "year": "2025-2026", "item": item, "due": due, "paid": paid, "due_on": day, **more}


def aid(sid, kind, day, **more):
    return {"sid": sid, "kind": kind, "granted_on": day, **more}


SPECS = [
    Spec(
        "Owed is due less reduced less paid; what was paid too much for one item does not pay another; arrears begin the day it was due.",
        [
            (
                "fee",
                [
                    fee(1, 5000, 4000, "2025-09-10"), fee(1, 800, 1000, "2025-09-10", "board"), fee(1, 300, 0, "2025-12-11", "books"),
                    fee(2, 5000, 1000, "2025-09-10", reduced=4000), fee(3, 100, 0, "2025-12-10"), fee(4, 100, 0, "2025-12-11"),
                ],
            )
        ],
        {"fee_owed": {1: 1000, 2: 0, 3: 100, 4: None, 9: None}, "fee_days_late": {1: 91, 2: 0, 3: 0, 4: None, 9: None}},
    ),
    Spec(
        "The assessment in force; kinds of aid received, a year each unless said otherwise; scholarships are not aid.",
        [
            (
                "aid",
                [
                    aid(1, "assessment", "2024-10-01", level="some", until="2025-09-30"), aid(1, "assessment", "2025-10-01", level="very_hard"),
                    aid(1, "grant", "2025-10-20", amount=1650), aid(1, "grant", "2025-04-20", amount=1650), aid(1, "loan", "2025-09-01"),
                    aid(2, "assessment", "2024-10-01", level="hard", until="2025-12-09"), aid(2, "grant", "2024-10-20"),
                    aid(3, "scholarship", "2025-11-01"), aid(4, "assessment", "2024-10-01", level="hard", until="2025-12-10"),
                    aid(4, "work_study", "2025-09-01", until="2025-12-10"), aid(5, "reduction", "2025-12-11"),
                ],
            )
        ],
        {"hardship_level": {1: 3, 2: 0, 3: 0, 4: 2, 9: 0}, "aid_level": {1: 2, 2: 0, 3: 0, 4: 1, 5: 0, 9: 0}},
    ),
    Spec("Aid of nobody was delivered.", [], {"hardship_level": {1: None}, "aid_level": {1: None}}),
]  # fmt: skip
