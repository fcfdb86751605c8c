"""The demo college 云岭职业技术学院: writes departments' files as campus systems export them, and nothing else."""

from pathlib import Path

from shouwang.demo import campus, masters, offices, practice, presence, teaching
from shouwang.demo.college import found
from shouwang.demo.files import Delivered, Outbox
from shouwang.demo.staff import appoint

__all__ = ["Delivered", "write"]


def write(folder: Path, seed: int = 2025, students: int = 3200) -> list[Delivered]:
    """Every department's files in `folder`, in the order in which they were handed in. The same arguments give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    college = found(seed, students)
    roll = appoint(college)
    box = Outbox(folder, seed)
    masters.deliver(box, college, roll)
    teaching.deliver(box, college, roll)
    practice.deliver(box, college)
    presence.deliver(box, college)
    campus.deliver(box, college)
    offices.deliver(box, college)
    return sorted(box.files, key=lambda file: (file.delivered_at, file.path.name))
