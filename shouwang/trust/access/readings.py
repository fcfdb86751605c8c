"""Who read which student's file. One row and one ledger entry per reader, student, kind and hour; under a break-glass every time.

Once an hour is enough to say who looked when, and a page stays as quick as it was; families reading their own are not listed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError
from django.db.models import Q, QuerySet

from shouwang.common.categories import Category
from shouwang.common.reader import Reader, Scope
from shouwang.trust.access import queries
from shouwang.trust.access.matrix import RELATIONSHIPS, Role
from shouwang.trust.access.models import Reading
from shouwang.trust.access.policies import ROLES
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Unit

FAMILY = frozenset({"own_record", "own_child"})
# What a guardian must be able to see (knowing that there is some is not enough) before they hear that somebody read it: a report may be
# about somebody at home, and a case or a break-glass says by itself that the school is worried.
WITHHELD = {
    "incident": int(Category.incident),
    "case": int(Category.incident | Category.communication),
    "glass": int(Category.incident | Category.health | Category.psychological),
}
_BY_CAUSE = {"case_team": "case", "break_glass": "glass"}  # an ordinary page that was opened because of one gives it away as well
CHUNK = 2_000
SHOWN = 200


def note(*, by: Reader, sid: int, now: datetime, kind: str = "page") -> None:
    """The reader has this student's file before them. For readers who may see the student."""
    scopes = queries.covering(by, sid)
    if not scopes or scopes[0].relationship in FAMILY:
        return
    hour = int(now.timestamp()) // 3600
    same = Reading.objects.filter(account_id=by.actor, student_id=sid, kind=kind, hour=hour)
    if not scopes[0].ref and not same.exists():
        _keep([_row(by, sid, kind, scopes[0], now)], "access.student_read", by, now)
    for scope in scopes:
        if scope.relationship == "break_glass":
            _keep([_row(by, sid, "glass", scope, now)], "access.glass_read", by, now)
        elif scope.ref and scope is scopes[0] and not same.exists():
            _keep([_row(by, sid, kind, scope, now)], "access.student_read", by, now)


def note_many(*, by: Reader, sids: Iterable[int], now: datetime, kind: str, ref: str = "") -> None:
    """Many students stood in a file that was taken out, or on a sheet that was opened; the caller's own ledger entry names what it was."""
    own = next((scope for scope in by.scopes if not scope.ref), None)
    role, tie = (own.role, own.relationship) if own else (next(iter(sorted(by.roles)), ""), "none")
    if ref.startswith("disclosure:"):
        tie = "disclosure"
    hour = int(now.timestamp()) // 3600
    kept = set(Reading.objects.filter(account_id=by.actor, kind=kind, hour=hour).values_list("student_id", flat=True))
    rows = [
        Reading(account_id=by.actor, student_id=sid, kind=kind, role=role, relationship=tie, ref=ref, at=now, hour=hour)
        for sid in sorted(set(sids) - kept)
    ]
    if rows:
        _keep(rows, f"access.{kind}_read", by, now)


def _row(by: Reader, sid: int, kind: str, scope: Scope, now: datetime) -> Reading:
    unit = Unit.objects.filter(path=scope.path).first() if scope.path else None
    told_by = {"role": scope.role, "relationship": scope.relationship, "ref": scope.ref}
    return Reading(account_id=by.actor, student_id=sid, kind=kind, unit=unit, at=now, hour=int(now.timestamp()) // 3600, **told_by)


def _keep(rows: list[Reading], kind: str, by: Reader, now: datetime) -> None:
    """Whoever else had the same reading put down in the same moment has done so: then there is nothing left to keep."""
    try:
        with told():
            for at in range(0, len(rows), CHUNK):
                Reading.objects.bulk_create(rows[at : at + CHUNK])
            about = [f"student:{row.student_id}" for row in rows] + [row.ref for row in rows[:1] if row.ref]
            ledger.record(kind, by=by.actor, about=about, now=now, content={"rows": len(rows)})
    except IntegrityError:
        if rows[0].kind == "glass":
            raise


class Looked(NamedTuple):
    """One reading, told to the family: who, as what, when, by which kind of page, and why they may."""

    at: datetime
    name: str
    role: str
    kind: str
    ground: str


def of_student(by: Reader, sid: int) -> list[Looked]:
    """Who of the school looked at the file of the reader's own child or of themselves, newest first. Students read all of it."""
    own = [scope for scope in queries.covering(by, sid) if scope.relationship in FAMILY]
    if not own:
        return []
    rows = (
        Reading.objects.filter(student_id=sid, account__staff__isnull=False).select_related("account__staff", "unit").order_by("-at", "-pk")
    )
    if all(scope.relationship == "own_child" for scope in own):
        bits = 0
        for scope in own:
            bits |= scope.categories
        rows = rows.filter(_for_guardian(bits))
    return [_told(row, by.lang) for row in rows[:SHOWN]]


def _for_guardian(bits: int) -> Q:
    """The readings a guardian who sees `bits` may hear of: by whoever reads something that the guardian sees too, and nothing that tells
    of a report, a case, a break-glass or a counsellor. What is left out is left out whole: a nameless line would say the same.
    """
    nothing, beyond = Q(pk__in=[]), ~int(Category.identity)
    if not bits & beyond:
        return nothing
    kinds = [kind for kind, needed in WITHHELD.items() if needed & ~bits]
    told = nothing
    for code, role in ROLES.items():
        if _confides(role):
            continue
        ties = [tie for tie, rights in role.rights.items() if _BY_CAUSE.get(tie) not in kinds and _shares(rights.see, bits)]
        alerts = [tie for tie in ties if role.of(tie).see & bits & beyond & ~int(Category.contact)]
        told |= Q(role=code, relationship__in=ties) & (~Q(kind="alert") | Q(relationship__in=alerts))
    return told & ~Q(kind__in=kinds)


def _confides(role: Role) -> bool:
    """Counsellors and those who are called in a crisis: that one of them looked says what it is about."""
    return any(rights.see & Category.psychological for tie, rights in role.rights.items() if tie != "break_glass")


def _shares(see: int, bits: int) -> bool:
    """Whoever sees only who somebody is, sees nothing that could be kept from a guardian."""
    beyond = see & ~int(Category.identity)
    return bool(see) and (not beyond or bool(beyond & bits))


def under(ref: str) -> QuerySet[Reading]:
    """Every reading that happened because of one cause: a break-glass, a disclosure."""
    return Reading.objects.filter(ref=ref).select_related("account__staff").order_by("-at", "-pk")


def _told(row: Reading, lang: str) -> Looked:
    role, tie, name = ROLES.get(row.role), RELATIONSHIPS.get(row.relationship), row.account.name
    if role is None or tie is None:
        return Looked(row.at, name, row.role, row.kind, "")
    if lang != "zh":
        place = f"{name} is {role.en.lower()} of {row.unit.name}" if row.unit else f"{name}: {tie.ground_en}"
        return Looked(row.at, name, role.en, row.kind, place)
    return Looked(row.at, name, role.zh, row.kind, f"{name}是{row.unit.name}的{role.zh}" if row.unit else f"{name}{tie.ground}")
