"""A spec: small tables in, the expected value per student out. Specs are the manual of the indicators; none may be without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.facts_world import TODAY

Rows = Sequence[Mapping[str, Any]]
Expected = Mapping[str, Mapping[int, float | None]]


@dataclass(frozen=True)
class Spec:
    about: str
    facts: Sequence[tuple[str, Rows]]
    """Batches in the order of delivery: a later one supersedes rows with the same key."""
    expect: Expected
    as_of: date = TODAY

    @property
    def sids(self) -> list[int]:
        named = {row["sid"] for _, rows in self.facts for row in rows if "sid" in row}
        return sorted(named | {sid for values in self.expect.values() for sid in values})


def days(first: str, last: str) -> list[date]:
    """Every calendar day from `first` to `last`, both included."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]
