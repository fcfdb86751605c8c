from datetime import date

from tests.spec.indicators.spec import Spec, days


def used(sid, day, actions=5):
    return {"sid": sid, "day": str(day), "minutes": 30, "actions": actions}


def uses(sid, first, count):
    return [used(sid, day) for day in days(first, "2025-12-10")[:count]]


def loan(sid, day, n=1):
    return [{"sid": sid, "loaned_on": day, "barcode": f"{sid}-{day}-{k}"} for k in range(n)]


def points(sid, day, amount, activity="讲座"):
    return {"sid": sid, "activity": activity, "earned_on": day, "points": amount}


FORTNIGHTS = ("2025-11-13", "2025-10-30", "2025-10-16", "2025-10-02", "2025-09-18")
SPECS = [
    Spec(
        "Days on the platform, beside the student's own fortnights; a spread under one day counts as one day.",
        [
            (
                "platform_activity",
                [
                    *[used(90, day) for day in days("2025-09-01", "2025-12-10")],
                    *[row for first in FORTNIGHTS for row in uses(1, first, 8)], *uses(1, "2025-11-27", 2), used(1, "2025-12-05", 0),
                    *[row for first, count in zip(FORTNIGHTS, (4, 6, 8, 6, 6), strict=True) for row in uses(2, first, count)], *uses(2, "2025-11-27", 3),
                ],
            )
        ],
        {
            "platform_days_14d": {1: 2, 2: 3, 3: 0, 90: 14},
            "platform_change": {1: -6, 2: -2.371708, 3: 0, 90: 0},
            "days_since_platform": {1: 12, 2: 11, 3: 101, 90: 0},
        },
    ),
    Spec(
        "A feed that began three weeks ago says how many days, but has nothing to compare with.",
        [("platform_activity", [used(90, day) for day in days("2025-11-20", "2025-12-10")])],
        {"platform_days_14d": {1: 0, 90: 14}, "platform_change": {1: None, 90: None}},
    ),
    Spec(
        "A fortnight of vacation is no drop: it is not compared.",
        [("platform_activity", [used(90, day) for day in days("2025-09-01", "2026-01-31")])],
        {"platform_change": {90: None}, "platform_days_14d": {90: 14}},
        date(2026, 1, 31),
    ),
    Spec(
        "A platform whose feed stopped three weeks ago says nothing of anybody.",
        [("platform_activity", [used(1, day) for day in days("2025-09-01", "2025-11-20")])],
        {"platform_days_14d": {1: None}, "platform_change": {1: None}, "days_since_platform": {1: None}},
    ),
    Spec(
        "Loans count up to the feed's latest day; the vacation between is left out of the baseline.",
        [
            (
                "library_loan",
                [
                    *loan(90, "2025-06-01"), *loan(90, "2025-12-08"),
                    *loan(1, "2025-10-20", 4), *loan(1, "2025-09-20", 5), *loan(1, "2025-06-20", 3), *loan(1, "2025-07-20", 9),
                    *loan(2, "2025-11-09", 2), *loan(2, "2025-12-08"), *loan(2, "2025-11-08"),
                ],
            )
        ],
        {"loans_30d": {1: 0, 2: 3, 3: 0, 90: 1}, "loans_change": {1: -4, 2: 2.666667, 3: 0}},
    ),
    Spec("Loans of nobody were delivered.", [], {"loans_30d": {1: None}, "loans_change": {1: None}}),
    Spec(
        "Points in all and this school year; who has none has none when the feed lives.",
        [
            (
                "activity_points",
                [points(90, "2024-10-01", 1), points(90, "2025-12-01", 1), points(1, "2024-10-10", 2), points(1, "2025-09-20", 3), points(1, "2025-12-11", 9)],
            )
        ],
        {
            "activity_points_total": {1: 5, 2: 0, 90: 2},
            "activity_points_year": {1: 3, 2: 0, 90: 1},
            "days_since_activity": {1: 72, 2: 427, 90: 0},
        },
    ),
    Spec(
        "At the beginning of a school year nothing of it was delivered yet.",
        [("activity_points", [points(1, "2025-07-20", 2)])],
        {"activity_points_total": {1: 2, 2: 0}, "activity_points_year": {1: None, 2: None}},
        date(2025, 9, 10),
    ),
    Spec(
        "Points of nobody for more than 60 days.",
        [("activity_points", [points(1, "2025-10-01", 2)])],
        {"activity_points_total": {1: None}, "days_since_activity": {1: None}},
    ),
]  # fmt: skip
