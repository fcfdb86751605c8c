"""Whom the school means by a guardian. The register says it; a second guardian and a change are confirmed by the homeroom teacher."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from shouwang.common.reader import Reader
from shouwang.trust.access import queries
from shouwang.trust.access.confirmed import digest, is_person, same
from shouwang.trust.access.models import GuardianContact
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Guardian

CONFIRMERS = frozenset({"homeroom_teacher", "adviser"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a guardian of the register is the one the school has confirmed. `why` is empty when nothing waits for anybody."""

    confirmed: bool
    waits: bool
    why: str = ""
    why_en: str = ""


CONFIRMED = Standing(True, False)


def standing(guardian: Guardian, *, contact: GuardianContact | None, others: bool) -> Standing:
    """`others`: another guardian of the same child is confirmed already."""
    if contact is None:
        if others:
            return Standing(
                False, True, "这位同学已有一位确认过的监护人，第二位须由班主任确认", "A second guardian: the homeroom teacher confirms"
            )
        return Standing(False, False, "名册中的第一位监护人", "The first guardian of the register")
    if not is_person(contact, guardian):
        return Standing(False, True, "名册中这一关系换了人，确认之前原账号看不到孩子", "The register names another person now")
    if not same(contact.phone_digest, guardian.phone):
        return Standing(False, True, "名册中的电话变了，确认之前不能再发邀请", "The telephone in the register has changed")
    return CONFIRMED


def confirm(*, guardian: Guardian, by: int | None, now: datetime) -> GuardianContact:
    """From now on the school means this name and this telephone."""
    with told():
        contact = GuardianContact.objects.filter(guardian=guardian).first() or GuardianContact(guardian=guardian)
        contact.name_digest, contact.phone_digest = digest(guardian.name), digest(guardian.phone)
        contact.confirmed_by, contact.confirmed_at = by, now
        contact.save()
        about = [f"guardian:{guardian.pk}", f"student:{guardian.student_id}"]
        ledger.record("access.contact_confirmed", by=by, about=about, now=now)
    return contact


def as_confirmer(by: Reader) -> Reader:
    """The reader with those grounds only by which contacts are confirmed: being homeroom teacher or adviser of the class."""
    return replace(by, scopes=tuple(scope for scope in by.scopes if scope.role in CONFIRMERS))


def guardians(by: Reader, sids: Collection[int] | None = None) -> QuerySet[Guardian]:
    """Current guardians of the students this reader is homeroom teacher or adviser of."""
    mine = queries.students(as_confirmer(by)).order_by().values("sid")
    found = Guardian.objects.filter(is_current=True, student__in=mine).select_related("student", "contact")
    if sids is not None:
        found = found.filter(student__in=list(sids))
    return found.order_by("student__unit_path", "student__number", "pk")


def standings(found: Collection[Guardian]) -> dict[int, Standing]:
    """guardian id → standing, for guardians fetched with their contact and all of the same children."""
    known: dict[int, int] = {}
    for one in found:
        if contact_of(one) is not None:
            known[one.student_id] = known.get(one.student_id, 0) + 1
    return {
        one.pk: standing(one, contact=contact_of(one), others=known.get(one.student_id, 0) > (contact_of(one) is not None)) for one in found
    }


def contact_of(guardian: Guardian) -> GuardianContact | None:
    return getattr(guardian, "contact", None)


def waiting(by: Reader) -> list[Guardian]:
    """The guardians whose confirmation waits for this reader."""
    found = list(guardians(by))
    held = standings(found)
    return [one for one in found if held[one.pk].waits]
