from tests.spec.indicators.spec import Spec


def student(sid, unit="C1", **flags):
    return {"sid": sid, "unit": unit, **flags}


SPECS = [
    Spec(
        "Factors that are delivered count; a student of whom none is delivered is unknown. Guardians count where the class's were delivered.",
        [
            (
                "student",
                [
                    student(1, orphan=True, hardship=True, left_behind=False), student(2, migrant=False), student(3),
                    student(4, "C2", no_care=True, disabled=True, migrant=True),
                ],
            ),
            ("guardian", [{"sid": 1, "relation": "mother"}, {"sid": 1, "relation": "grandparent"}]),
        ],
        {"family_risk": {1: 2, 2: 0, 3: None, 4: 3}, "guardian_contacts": {1: 2, 2: 0, 3: 0, 4: None}},
    )
]  # fmt: skip
