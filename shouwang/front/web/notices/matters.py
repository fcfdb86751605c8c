"""Whether a reader may see the matter that a message is about: each room answers for its own refs."""

from collections.abc import Callable

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.alerts.queries import listing as alerts
from shouwang.work.cases import queries as cases
from shouwang.work.disclosures.queries import glasses
from shouwang.work.incidents import queries as incidents

MATTERS: dict[str, Callable[[Reader, int], object | None]] = {
    "alert": alerts.alert,
    "breakglass": glasses.glass,
    "case": cases.case,
    "incident": incidents.incident,
    "student": access.student,
}


def may_see(by: Reader, ref: str) -> bool:
    """`incident:7/level:2` is about incident 7. What no room answers for, only those who were told may see."""
    name, _, number = ref.partition("/")[0].partition(":")
    ask = MATTERS.get(name)
    return ask is not None and number.isdigit() and ask(by, int(number)) is not None
