from tests.spec.indicators.spec import Spec


def matter(sid, kind, day, **more):
    return {"sid": sid, "kind": kind, "decided_on": day, **more}


SPECS = [
    Spec(
        "Sanctions count while they are in force; criticism is half a level and no formal sanction; praise is nothing bad.",
        [
            (
                "conduct",
                [
                    matter(1, "warning", "2025-03-01"), matter(1, "demerit", "2024-10-01", lifted_on="2025-12-10"),
                    matter(2, "demerit", "2024-10-01", lifted_on="2025-12-11"), matter(2, "serious_warning", "2025-10-01"),
                    matter(3, "criticism", "2025-11-11"), matter(3, "event", "2025-11-10"),
                    matter(4, "praise", "2025-12-01"), matter(4, "event", "2025-12-09"), matter(4, "event", "2025-12-10"),
                    matter(5, "probation", "2025-12-11"),
                    matter(6, "probation", "2025-01-01"), matter(7, "expelled", "2025-12-01"),
                ],
            )
        ],
        {
            "sanction_level": {1: 1, 2: 3, 3: 0.5, 4: 0, 5: 0, 6: 4, 7: 5, 9: 0},
            "sanctions_in_force": {1: 1, 2: 2, 3: 0, 4: 0, 6: 1, 9: 0},
            "conduct_events_30d": {1: 0, 3: 1, 4: 2, 7: 1, 9: 0},
        },
    ),
    Spec(
        "Nobody's conduct was ever delivered.", [], {"sanction_level": {1: None}, "sanctions_in_force": {1: None}, "conduct_events_30d": {1: None}}
    ),
    Spec(
        "Sanctions stay known when the feed is old; events of the last days do not.",
        [("conduct", [matter(1, "warning", "2025-10-11")])],
        {"sanction_level": {1: 1, 2: 0}, "conduct_events_30d": {1: None, 2: None}},
    ),
]  # fmt: skip
