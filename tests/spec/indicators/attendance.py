from datetime import date

from tests.spec.indicators.spec import Spec


def roll(sid, day, status="absent", period="1-2节", hours=2):
    return {"sid": sid, "day": day, "period": period, "status": status, "hours": hours}


def whole(sid, day, status="absent"):
    return {"sid": sid, "day": day, "status": status}


def away(sid, start, days, **more):
    return {"sid": sid, "kind": "personal", "starts_at": f"{start} 08:00:00", "ends_at": f"{start} 18:00:00", "days": days, **more}


SPECS = [
    Spec(
        "Counts of this term and of the last days; what lies before the term or the window does not count.",
        [
            (
                "attendance",
                [
                    roll(1, "2025-08-31"), roll(1, "2025-09-01"), roll(1, "2025-12-09", period="3-4节", hours=4), roll(1, "2025-12-10", "late"),
                    roll(2, "2025-11-26", "late"), roll(2, "2025-11-27", "late"), roll(2, "2025-12-01", "early"), roll(2, "2025-12-02", "leave"),
                    roll(2, "2025-12-11", "late"),
                    roll(3, "2025-09-03", "present"),
                    roll(4, "2025-06-30"),
                ],
            )
        ],
        {
            "absences_term": {1: 2, 2: 0, 3: 0, 4: None, 9: None},
            "truancy_hours_term": {1: 6, 2: 0, 3: 0, 4: None, 9: None},
            "lates_term": {1: 1, 2: 3, 3: 0, 9: None},
            "lates_14d": {1: 1, 2: 2, 3: None, 9: None},
        },
    ),
    Spec(
        "Rates in percent over what was recorded; leave is recorded and not an absence; without records there is no rate.",
        [
            (
                "attendance",
                [
                    *[roll(1, "2025-12-01", status, str(n)) for n, status in enumerate(["absent", "present", "late", "leave"])],
                    *[roll(1, "2025-11-03", status, str(n)) for n, status in enumerate(["absent"] + ["present"] * 9)],
                    roll(2, "2025-11-11", "absent"), roll(2, "2025-11-10", "present"),
                    roll(3, "2025-11-05", "present"),
                ],
            )
        ],
        {"absence_rate_30d": {1: 25, 2: 100, 3: None, 9: None}, "absence_rate_change": {1: 15, 2: 100, 3: None, 9: None}},
    ),
    Spec(
        "Three school days running over a weekend; a day without a record neither counts nor breaks; being seen or on leave breaks.",
        [
            (
                "attendance",
                [
                    roll(1, "2025-12-05"), roll(1, "2025-12-08"), roll(1, "2025-12-09"), roll(1, "2025-12-04", "present"),
                    roll(2, "2025-12-04"), roll(2, "2025-12-05"), roll(2, "2025-12-09"), roll(2, "2025-12-10"), roll(2, "2025-12-03", "present"),
                    roll(3, "2025-12-05"), roll(3, "2025-12-08"), roll(3, "2025-12-08", "present", "3-4节"), roll(3, "2025-12-09"),
                    roll(4, "2025-12-05"), roll(4, "2025-12-08", "leave"), roll(4, "2025-12-09"),
                    roll(5, "2025-12-05"), roll(5, "2025-12-08"), roll(5, "2025-12-09", "late"),
                    roll(6, "2025-11-24"), roll(6, "2025-11-25"), roll(6, "2025-11-26"),
                    roll(7, "2025-12-06"), roll(7, "2025-12-07"), roll(7, "2025-12-09"),
                ],
            )
        ],
        {
            "absent_days_running": {1: 3, 2: 4, 3: 1, 4: 1, 5: 0, 6: None, 7: 1, 9: None},
            "absent_days_longest": {1: 3, 2: 4, 3: 1, 4: 1, 5: 2, 6: 3, 7: 1, 9: None},
        },
    ),
    Spec(
        "A make-up workday (Sunday 28 September) is a school day; the holidays of October are bridged.",
        [
            (
                "attendance",
                [
                    roll(1, "2025-09-26"), roll(1, "2025-09-28"), roll(1, "2025-09-29"),
                    roll(2, "2025-09-26"), roll(2, "2025-09-28", "present"), roll(2, "2025-09-29"),
                    roll(3, "2025-09-29"), roll(3, "2025-09-30"), roll(3, "2025-10-09"), roll(3, "2025-10-10"), roll(3, "2025-10-11"),
                    roll(4, "2025-09-27"), roll(4, "2025-10-02"), roll(4, "2025-09-30", "present"),
                ],
            )
        ],
        {"absent_days_running": {1: 3, 2: 1, 3: 5, 4: 0}, "absent_days_longest": {1: 3, 2: 1, 3: 5, 4: 0}},
        date(2025, 10, 12),
    ),
    Spec(
        "A run older than 62 school days is still the longest of the term, and a run may cross that border.",
        [
            (
                "attendance",
                [
                    *[roll(1, f"2025-09-0{day}") for day in (1, 2, 3, 4)], roll(1, "2025-09-05", "present"), roll(1, "2026-01-08"),
                    roll(1, "2026-01-09", "present"),
                    roll(2, "2025-09-01", "present"), roll(2, "2025-09-02"), roll(2, "2025-09-30"), roll(2, "2025-12-30"), roll(2, "2026-01-08"),
                ],
            )
        ],
        {"absent_days_running": {1: 0, 2: 4}, "absent_days_longest": {1: 4, 2: 4}},
        date(2026, 1, 9),
    ),
    Spec(
        "Schools that take the roll once a day; where both are delivered, who was seen in one is not absent in the other.",
        [
            (
                "attendance_day",
                [
                    *[whole(1, day) for day in ("2025-12-08", "2025-12-09", "2025-12-10")], whole(1, "2025-12-05", "late"),
                    whole(2, "2025-12-09"), whole(2, "2025-12-10"),
                ],
            ),
            ("attendance", [roll(2, "2025-12-10", "present"), roll(2, "2025-12-08", "absent")]),
        ],
        {
            "absent_days_running": {1: 3, 2: 0}, "absent_days_longest": {1: 3, 2: 2}, "absences_term": {1: 3, 2: 1}, "lates_14d": {1: 1, 2: 0},
            "truancy_hours_term": {1: None, 2: 2}, "absence_rate_30d": {1: 75, 2: 50}, "days_since_class": {1: 5, 2: 0},
        },
    ),
    Spec(
        "A corrected row counts as corrected.",
        [("attendance", [roll(1, "2025-12-08"), roll(1, "2025-12-09")]), ("attendance", [roll(1, "2025-12-09", "leave")])],
        {"absences_term": {1: 1}, "absent_days_running": {1: 0}, "absent_days_longest": {1: 1}},
    ),
    Spec(
        "Counted up to the latest day that was delivered, not into days nobody reported yet; never seen counts from the first record.",
        [
            (
                "attendance",
                [
                    roll(1, "2025-11-24", "present"), roll(1, "2025-12-04"), roll(2, "2025-12-01"), roll(2, "2025-12-03"),
                    roll(3, "2025-12-05", "early"), roll(4, "2025-03-01", "present"),
                ],
            )
        ],
        {"days_since_class": {1: 10, 2: 3, 3: 0, 4: None, 9: None}},
    ),
    Spec(
        "Approved leave that began this term; official leave is duty; with no leave of anyone delivered nothing is said.",
        [
            (
                "leave",
                [
                    away(1, "2025-09-01", 3), away(1, "2025-12-10", 1.5), away(1, "2025-12-11", 9), away(1, "2025-08-30", 9),
                    away(2, "2025-10-10", 5, kind="official"), away(2, "2025-10-20", 5, approved=False),
                ],
            )
        ],
        {"leave_days_term": {1: 4.5, 2: 0, 9: 0}},
    ),
    Spec("No leave was delivered at all.", [("attendance", [roll(1, "2025-12-09", "leave")])], {"leave_days_term": {1: None}}),
]  # fmt: skip
