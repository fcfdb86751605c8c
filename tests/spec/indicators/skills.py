from tests.spec.indicators.credits import plan
from tests.spec.indicators.spec import Spec


def skill(sid, name, day, result, **more):
    return {"sid": sid, "skill": name, "assessed_on": day, "result": result, **more}


def certificate(sid, name, day, **more):
    return {"sid": sid, "certificate": name, "got_on": day, **more}


SPECS = [
    Spec(
        "A skill is failed when no attempt passed; the latest score is the latest with a number.",
        [
            (
                "skill_assessment",
                [
                    skill(1, "钳工", "2025-05-01", 50), skill(1, "钳工", "2025-06-01", 70), skill(1, "焊接", "2025-06-10", 59.5),
                    skill(1, "车工", "2025-12-11", 20),
                    skill(2, "钳工", "2025-05-01", "不合格"), skill(3, "钳工", "2025-05-01", "缓考"),
                    skill(4, "钳工", "2025-05-01", 70, pass_mark=75), skill(4, "焊接", "2025-05-01", "合格"),
                ],
            )
        ],
        {"skill_failed": {1: 1, 2: 1, 3: 0, 4: 1, 9: None}, "skill_score_latest": {1: 59.5, 2: None, 3: None, 4: 70, 9: None}},
    ),
    Spec(
        "Certificates due by the end of the terms that are over, less those gained; optional ones do not count.",
        [
            ("course_plan", [plan(20241, 20), plan(20242, 20, certificates=2), plan(20251, 20, certificates=4)]),
            (
                "certificate",
                [
                    certificate(1, "低压电工", "2025-06-01"), certificate(2, "低压电工", "2025-06-01"), certificate(2, "CAD", "2025-12-10"),
                    certificate(2, "钳工", "2025-12-01"), certificate(3, "英语", "2025-06-01", required=False),
                ],
            ),
            ("student", [{"sid": 5, "unit": "C1", "major_code": "M9", "entry_year": 2024}]),
        ],
        {"certificates_missing": {1: 1, 2: 0, 3: 2, 4: 2, 5: None}},
    ),
    Spec("Certificates of nobody were delivered.", [("course_plan", [plan(20242, 20, certificates=2)])], {"certificates_missing": {1: None}}),
]  # fmt: skip
