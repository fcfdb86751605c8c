from tests.spec.indicators.spec import Spec


def checkin(sid, day, done):
    return {"sid": sid, "day": day, "done": done}


def judged(sid, day, evaluator, result):
    return {"sid": sid, "evaluated_on": day, "evaluator": evaluator, "result": result}


def milestone(sid, name, due, done=None):
    return {"sid": sid, "milestone": name, "due_on": due, "done_on": done}


SPECS = [
    Spec(
        "Check-ins due and missed; silence counts up to the latest day one was due.",
        [
            (
                "internship_checkin",
                [
                    checkin(1, "2025-11-26", False), checkin(1, "2025-11-27", False), checkin(1, "2025-12-01", True), checkin(1, "2025-12-08", False),
                    checkin(2, "2025-12-01", False), checkin(2, "2025-12-08", False), checkin(2, "2025-12-11", False),
                    checkin(3, "2025-11-20", True), checkin(4, "2025-11-10", True), checkin(4, "2025-11-12", False),
                ],
            )
        ],
        {
            "internship_checkins_missed_14d": {1: 2, 2: 2, 3: None, 4: None, 9: None},
            "days_since_internship_checkin": {1: 7, 2: 8, 3: 0, 4: 2, 9: None},
        },
    ),
    Spec(
        "An internship that ended a month ago is not silent.",
        [("internship_checkin", [checkin(1, "2025-11-01", False)])],
        {"days_since_internship_checkin": {1: None}},
    ),
    Spec(
        "The latest evaluation by company or school; one's own does not count.",
        [
            (
                "internship_evaluation",
                [
                    judged(1, "2025-10-01", "company", 80), judged(1, "2025-11-01", "school", 55), judged(1, "2025-11-02", "self", 100),
                    judged(1, "2025-12-11", "company", 10), judged(2, "2025-11-02", "self", 100), judged(3, "2025-11-02", "company", "合格"),
                ],
            )
        ],
        {"internship_score_latest": {1: 55, 2: None, 3: None, 9: None}},
    ),
    Spec(
        "A milestone is late from the day after it was due until it is done.",
        [
            (
                "graduation_milestone",
                [
                    milestone(1, "topic", "2025-11-01", "2025-11-20"), milestone(1, "proposal", "2025-12-09"), milestone(1, "midterm", "2025-12-10"),
                    milestone(2, "topic", "2025-11-01"), milestone(2, "proposal", "2025-12-01", "2025-12-11"), milestone(3, "topic", "2026-01-01"),
                ],
            )
        ],
        {"milestones_late": {1: 1, 2: 2, 3: 0, 9: None}},
    ),
]  # fmt: skip
