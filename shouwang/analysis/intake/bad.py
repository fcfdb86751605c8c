"""A cell that was not taken, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bad:
    """`code` is a key of `reasons.REASONS`; `detail` fills its sentence."""

    code: str
    detail: str = ""
