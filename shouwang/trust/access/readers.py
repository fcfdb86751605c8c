"""The reader of a request: the responsibilities in force and what was given for a time, each as a scope with its ground out of the matrix."""

from dataclasses import replace
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from shouwang.common.reader import Reader, Scope, Tree
from shouwang.trust.access import matrix
from shouwang.trust.access.confirmed import is_person
from shouwang.trust.access.matrix import OF_KIND
from shouwang.trust.access.models import Account, Grant, GuardianContact
from shouwang.trust.access.policies import ROLES
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import RELATIONS, Guardian, Responsibility

RELATION = dict(RELATIONS)


def reader(account: Account, on: date, lang: str | None = None, now: datetime | None = None) -> Reader:
    """Who this account is on a school date: the responsibilities in force that day, each as a scope with its ground.

    `now`: also what was given for a time and has not ended. `lang`: the language of the page ("zh", "en"); the account's own when not given.
    """
    lang = lang or ("en" if account.language == "en" else "zh")
    if not account.is_active:
        return Reader(account.pk, account.name, frozenset(), (), lang=lang, number=account.username)
    if account.guardian is not None:
        return _guardian(account, lang)
    held = people.in_force(on).select_related("unit", "student").order_by("unit__path", "pk")
    if account.student is not None:
        return _student(account, list(held.filter(cadre=account.student)), lang)
    staff = account.staff
    if staff is None or not staff.is_current:
        return Reader(account.pk, account.name, frozenset(), (), lang=lang, number=account.username)
    duties = list(held.filter(staff=staff))
    roles = frozenset(duty.role for duty in duties)
    scopes = tuple(scope for duty in duties if (scope := _scope(staff.name, duty)) is not None)
    home = staff.office.path if staff.office else next((scope.path for scope in scopes if scope.tree == "organisation"), "")
    scopes += _granted(account, staff.name, roles, now) if now is not None else ()
    return Reader(account.pk, staff.name, roles, scopes, staff.pk, lang, home, account.username)


def _scope(name: str, duty: Responsibility) -> Scope | None:
    """The scope of one responsibility; None when the matrix gives its role nothing by this relationship."""
    role = ROLES.get(duty.role)
    if role is None:
        return None
    if duty.student is not None:
        if "own_student" not in role.rights:
            return None
        ground, ground_en = f"{name}是{duty.student.name}的{role.zh}", f"{name} is {role.en.lower()} of {duty.student.name}"
        return _by_matrix(role.code, "own_student", "student", (ground, ground_en), sids=(duty.student.sid,))
    if duty.unit is None or not duty.unit.is_current:
        return None
    reach: Tree = "dormitory" if duty.unit.tree == "dormitory" else "organisation"
    tie = OF_KIND[duty.unit.kind]
    if tie not in role.rights:
        return None
    ground, ground_en = f"{name}是{duty.unit.name}的{role.zh}", f"{name} is {role.en.lower()} of {duty.unit.name}"
    return _by_matrix(role.code, tie, reach, (ground, ground_en), path=duty.unit.path)


def _by_matrix(role: str, tie: str, tree: Tree, grounds: tuple[str, str], *, path: str = "", sids: tuple[int, ...] = ()) -> Scope:
    rights = matrix.load().rights(role, tie)
    return Scope(role, tree, path, rights.see, *grounds, sids, write=rights.write, export=rights.export, know=rights.know, relationship=tie)


def _student(account: Account, duties: list[Responsibility], lang: str) -> Reader:
    me = account.student
    assert me is not None
    own = _by_matrix("student", "own_record", "self", (f"{me.name}本人", f"{me.name}'s own record"), sids=(me.sid,))
    cadre = [scope for duty in duties if (scope := _scope(me.name, duty)) is not None]
    roles = frozenset({"student", *(duty.role for duty in duties)})
    return Reader(account.pk, me.name, roles, (own, *cadre), lang=lang, home_path=me.unit_path, number=account.username)


def _guardian(account: Account, lang: str) -> Reader:
    """A guardian sees their children: the child the account was opened for, and every other child whose guardian of the register is
    the same person (same name, same telephone). When the register names somebody else, nothing until the homeroom teacher has confirmed.
    """
    guardian = account.guardian
    assert guardian is not None
    rows = Guardian.objects.filter(is_current=True, student__is_current=True).select_related("student__sharing", "contact")
    same = Q(pk=guardian.pk) | (Q(name=guardian.name, phone=guardian.phone) if guardian.phone else Q(pk__in=[]))
    contact = GuardianContact.objects.filter(guardian=guardian).first()
    if contact is None or not is_person(contact, guardian):
        return Reader(account.pk, account.username, frozenset(), (), lang=lang, number=account.username)
    scopes = tuple(_child(row) for row in rows.filter(same).order_by("pk") if row.pk == guardian.pk or _is_confirmed(row))
    roles = frozenset({"guardian"}) if scopes else frozenset()
    return Reader(account.pk, guardian.name, roles, scopes, lang=lang, home_path=guardian.student.unit_path, number=account.username)


def _is_confirmed(row: Guardian) -> bool:
    contact = getattr(row, "contact", None)
    return contact is not None and is_person(contact, row)


def _child(guardian: Guardian) -> Scope:
    """A guardian's right, within what an adult student lets their guardians see."""
    child = guardian.student
    ground = f"{guardian.name}是{child.name}的{RELATION[guardian.relation]}"
    ground_en = f"{guardian.name} is the {guardian.relation} of {child.name}"
    scope = _by_matrix("guardian", "own_child", "child", (ground, ground_en), sids=(child.sid,))
    limit = getattr(child, "sharing", None)
    if limit is None:
        return scope
    return replace(scope, categories=scope.categories & limit.categories, know=scope.know & limit.categories)


def _granted(account: Account, name: str, roles: frozenset[str], now: datetime) -> tuple[Scope, ...]:
    """What the account was given for a time: while it lasts, while the role is held, and never more than the matrix says."""
    open_now = Grant.objects.filter(account=account, starts_at__lte=now, until__gt=now, ended_at=None, role__in=roles)
    scopes = []
    for grant in open_now.prefetch_related("student", "unit").order_by("pk"):  # hardly anybody has any: nothing is joined for nobody
        rights, tie = matrix.load().rights(grant.role, grant.relationship), matrix.RELATIONSHIPS[grant.relationship]
        until = timezone.localtime(grant.until)
        ground = f"{name}：{tie.ground}，到 {until:%m-%d %H:%M} 为止"
        ground_en = f"{name}: {tie.ground_en}, until {until:%m-%d %H:%M}"
        tree: Tree = "student"
        if grant.unit is not None:
            tree = "dormitory" if grant.unit.tree == "dormitory" else "organisation"
        scope = Scope(
            role=grant.role,
            tree=tree,
            path=grant.unit.path if grant.unit is not None else "",
            categories=rights.see & grant.categories,
            ground=ground,
            ground_en=ground_en,
            sids=(grant.student.sid,) if grant.student is not None else (),
            write=rights.write & grant.categories,
            know=rights.know,
            relationship=grant.relationship,
            ref=grant.ref,
            until=grant.until,
        )
        scopes.append(scope)
    return tuple(scopes)
