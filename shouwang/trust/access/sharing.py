"""What an adult student lets guardians see. A minor's guardians see what the law gives them; there is nothing to choose.

The register holds no date of birth: at a college or university (a class below a unit of kind "college") students count as adults, at any
other school as minors. Who somebody is stays visible: a guardian always knows whose guardian they are.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from shouwang.common.categories import Category, mask
from shouwang.common.paths import ancestors
from shouwang.common.reader import Reader
from shouwang.trust.access import matrix
from shouwang.trust.access.models import Sharing
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student, Unit


class CannotShare(Exception):
    """Why the choice is not the student's; the message is for people."""


class State(NamedTuple):
    """`categories`: what guardians see now; `possible`: what there is to choose from; `why_not`: why there is no choice, else empty."""

    categories: int
    possible: int
    why_not: str
    set_at: datetime | None


def is_adult(student: Student) -> bool:
    return Unit.objects.filter(path__in=ancestors(student.unit_path), kind="college").exists()


def why_not(student: Student, lang: str = "zh") -> str:
    """Empty when the student decides, else the reason."""
    if is_adult(student):
        return ""
    if lang != "zh":
        return "Until you are of age your guardians see what the law gives them; the homeroom teacher explains it gladly."
    return "未成年期间，监护人依法可以看到这些内容；有顾虑可以和班主任谈。"


def _me(by: Reader) -> Student | None:
    own = next((scope.sids[0] for scope in by.scopes if scope.relationship == "own_record"), None)
    return Student.objects.filter(sid=own, is_current=True).first() if own is not None else None


def state(by: Reader) -> State | None:
    """The choice of the reader's own record; None for readers who have none."""
    me = _me(by)
    if me is None:
        return None
    given = matrix.load().rights("guardian", "own_child").see
    row = Sharing.objects.filter(student=me).first()
    return State(
        row.categories & given if row else given, given & ~int(Category.identity), why_not(me, by.lang), row.set_at if row else None
    )


def set_sharing(*, by: Reader, names: Iterable[str], now: datetime) -> Sharing:
    """Guardians see these categories and who the student is, from now on. CannotShare with the reason."""
    me = _me(by)
    if me is None or by.is_read_only:
        raise CannotShare("只有同学本人可以决定")
    if reason := why_not(me, by.lang):
        raise CannotShare(reason)
    bits = mask(names) & matrix.load().rights("guardian", "own_child").see | int(Category.identity)
    with told():
        row = Sharing.objects.filter(student=me).first() or Sharing(student=me)
        row.categories, row.set_at, row.set_by = bits, now, by.account_id
        row.save()
        ledger.record("access.sharing_set", by=by.account_id, about=[f"student:{me.sid}"], now=now, content={"categories": bits})
    return row
