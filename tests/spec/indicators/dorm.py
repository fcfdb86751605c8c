from datetime import date, timedelta

from tests.spec.indicators.spec import Spec, days


def seen(sid, moment, direction="in", gate="G1"):
    return {"sid": sid, "seen_at": f"{moment}:00", "direction": direction, "gate": gate}


def returns(sid, first, last, skipped=(), at="21:00", gate="G1"):
    """One "in" a night: a feed that reports returns only."""
    return [seen(sid, f"{day} {at}", gate=gate) for day in days(first, last) if str(day) not in skipped]


def home(sid, first, last, gate="G1"):
    """Every night at home: in at 18:00, out at 07:30 the next day."""
    rows = [seen(sid, f"{day} 18:00", gate=gate) for day in days(first, last)]
    return rows + [seen(sid, f"{day + timedelta(days=1)} 07:30", "out", gate) for day in days(first, last)]


SPECS = [
    Spec(
        "A feed of returns only: a night without one, before a school day, was spent outside; late is from 23:00 to 06:00.",
        [
            (
                "dorm_access",
                [
                    *returns(90, "2025-11-12", "2025-12-09"), seen(90, "2025-12-10 12:00"),
                    *returns(1, "2025-11-12", "2025-12-09", skipped=("2025-12-03", "2025-12-06")),
                    *returns(2, "2025-11-12", "2025-12-09", skipped=("2025-12-02", "2025-12-04", "2025-12-07", "2025-12-08", "2025-11-20")),
                    seen(2, "2025-12-03 05:59"), seen(2, "2025-12-05 00:30"), seen(2, "2025-12-07 22:59"), seen(2, "2025-12-08 23:00"),
                    seen(2, "2025-11-20 23:30"),
                    *returns(91, "2025-12-08", "2025-12-09", gate="G2"), seen(3, "2025-12-08 20:00", gate="G2"),
                ],
            )
        ],
        {
            "nights_out_14d": {1: 1, 2: 0, 3: 1, 90: 0, 99: None},
            "late_returns_14d": {1: 0, 2: 3, 3: 0, 99: None},
            "late_returns_change": {1: 0, 2: 2, 3: None, 99: None},
            "days_since_dorm": {1: 1, 2: 1, 3: 2, 90: 0, 99: None},
        },
    ),
    Spec(
        "A feed of both ways: who goes out in the evening is outside, who stays in is not; the roll call and leave are heard.",
        [
            (
                "dorm_access",
                [
                    *[row for sid in range(1, 9) for row in home(sid, "2025-11-12", "2025-12-02")],
                    *home(90, "2025-11-12", "2025-12-09"),
                    *home(1, "2025-12-03", "2025-12-07"), seen(1, "2025-12-08 17:00"), seen(1, "2025-12-08 21:00", "out"),
                    seen(1, "2025-12-09 07:00"), seen(1, "2025-12-09 07:20", "out"), seen(1, "2025-12-09 18:00"),
                    *home(2, "2025-12-03", "2025-12-03"), seen(2, "2025-12-04 18:00"), seen(2, "2025-12-09 07:30", "out"), seen(2, "2025-12-09 18:00"),
                    *home(3, "2025-12-03", "2025-12-03"), seen(3, "2025-12-09 18:00"),
                    *home(4, "2025-12-03", "2025-12-06"), seen(4, "2025-12-07 18:00"),
                    *home(5, "2025-12-03", "2025-12-06"), seen(5, "2025-12-07 18:00"), seen(5, "2025-12-07 20:00", "out"),
                    *home(6, "2025-12-03", "2025-12-07"), seen(6, "2025-12-08 22:30", "absent"), seen(6, "2025-12-09 00:40"),
                    seen(6, "2025-12-09 07:30", "out"), seen(6, "2025-12-09 18:00"),
                    *home(7, "2025-12-03", "2025-12-08"), seen(7, "2025-12-09 18:00"), seen(7, "2025-12-09 22:30", "absent"),
                    *home(8, "2025-12-03", "2025-12-06"), seen(8, "2025-12-07 18:00"), seen(8, "2025-12-07 20:00", "out"),
                ],
            ),
            (
                "leave",
                [{"sid": 8, "kind": "home", "starts_at": "2025-12-07 18:00:00", "ends_at": "2025-12-09 18:00:00", "days": 2}],
            ),
        ],
        {
            "nights_out_14d": {1: 1, 2: 0, 3: 3, 4: 0, 5: 3, 6: 0, 7: 1, 8: 1, 90: 0},
            "late_returns_14d": {1: 0, 6: 1},
            "days_since_dorm": {4: 3, 5: 3, 90: 0},
        },
    ),
    Spec(
        "The night before the latest delivery is not judged until the feed has seen it to its end.",
        [("dorm_access", [*returns(90, "2025-11-12", "2025-12-08"), *returns(1, "2025-11-12", "2025-12-07")])],
        {"nights_out_14d": {1: 0, 90: 0}},
        date(2025, 12, 8),
    ),
    Spec(
        "A silent feed is no night out.",
        [("dorm_access", returns(1, "2025-11-01", "2025-11-20"))],
        {"nights_out_14d": {1: None}, "late_returns_14d": {1: None}, "days_since_dorm": {1: None}},
    ),
]  # fmt: skip
