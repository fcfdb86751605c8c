"""The troubles nobody wrote a story about: a few students in every hundred, so that lists have a believable length."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from shouwang.demo.stories import Phase, Story

# share of the students they can happen to, the years they happen to, what happens
TROUBLES: tuple[tuple[str, float, tuple[int, ...], dict[str, Any]], ...] = (
    (
        "truancy_heavy",
        0.006,
        (2024, 2025),
        {"phases": (("2025-09-22", {"absent": 0.2, "late": 0.08, "platform": 0.5, "missed_work": 0.35}),)},
    ),
    ("truancy", 0.010, (2024, 2025), {"phases": (("2025-09-29", {"absent": 0.11, "late": 0.05, "missed_work": 0.12}),)}),
    ("truancy_light", 0.014, (2024, 2025), {"phases": (("2025-10-13", {"absent": 0.06, "late": 0.05}),)}),
    ("vanishing", 0.003, (2024, 2025), {"phases": (("2025-11-17", {"absent": 0.1}), ("2025-12-02", {"absent": 1.0, "platform": 0.0}))}),
    ("late_mornings", 0.010, (2024, 2025), {"phases": (("2025-11-10", {"late": 0.25, "late_return": 0.12}),)}),
    ("late_nights", 0.014, (2024, 2025), {"phases": (("2025-11-03", {"late_return": 0.4, "late": 0.03}),)}),
    ("nights_out", 0.008, (2024, 2025), {"phases": (("2025-11-10", {"night_out": 0.2, "absent": 0.02}),)}),
    ("work_undone", 0.010, (2024, 2025), {"phases": (("2025-10-13", {"missed_work": 0.75, "platform": 0.5}),)}),
    ("going_quiet", 0.008, (2024, 2025), {"phases": (("2025-11-17", {"platform": 0.12, "loans": 0.0}),)}),
    ("failing_five", 0.010, (2023, 2024), {"fails": {20241: 3, 20242: 5}, "resit": False}),
    ("failing_three", 0.012, (2023, 2024), {"fails": {20242: 3}, "resit": False}),
    ("failing_two", 0.020, (2023, 2024), {"fails": {20242: 2}}),
    ("long_ill", 0.005, (2024, 2025), {"leaves": ({"kind": "病假", "from": date(2025, 10, 27), "days": 12},)}),
    ("internship_lost", 0.006, (2023,), {"phases": (("2025-11-19", {"missed_checkin": 1.0}),)}),
    ("internship_patchy", 0.014, (2023,), {"phases": (("2025-10-20", {"missed_checkin": 0.5}),)}),
    ("no_project", 0.010, (2023,), {"milestone": False}),
    ("arrears", 0.012, (2023, 2024, 2025), {"fee_paid": 0.3}),
)


def trouble(rng: Random, name: str, entry: int, shape: Story) -> Story | None:
    """A trouble for one student, or none. `shape` carries what is the student's own: ability, hardship, boarding."""
    draw = rng.random()
    for kind, share, entries, words in TROUBLES:
        if entry not in entries:
            continue
        if draw < share:
            phases = tuple(Phase(date.fromisoformat(start), values) for start, values in words.get("phases", ()))
            return replace(shape, kind=kind, name=name, **{**words, "phases": phases})
        draw -= share
    return None
