"""Procedures in force and past, as plain values; and who, for one student, would carry each step."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from shouwang.common.levels import LEVELS
from shouwang.trust.access import matrix
from shouwang.trust.access.answering import Place, holders
from shouwang.trust.access.models import Account
from shouwang.trust.people.models import Student
from shouwang.work.playbooks.models import PlaybookVersion, Step
from shouwang.work.playbooks.procedure import START, After, Decision, Procedure, StepPlan


def current(code: str) -> PlaybookVersion | None:
    """The version in force, None when the code has none."""
    return PlaybookVersion.objects.filter(code=code, retired_at=None).first()


def in_force() -> QuerySet[PlaybookVersion]:
    return PlaybookVersion.objects.filter(retired_at=None).order_by("domain", "title")


def known() -> QuerySet[PlaybookVersion]:
    """Everything that was ever in force."""
    return PlaybookVersion.objects.all()


def versions(code: str) -> QuerySet[PlaybookVersion]:
    """Newest first."""
    return PlaybookVersion.objects.filter(code=code).select_related("published_by__staff").order_by("-version")


def for_level(code: str, level: int) -> PlaybookVersion | None:
    """The version in force for a matter of this level: the level's own variant (`academic-warning-red`) where there is one."""
    variant = f"{code}-{LEVELS[level].code}"
    found = {row.code: row for row in PlaybookVersion.objects.filter(code__in=(code, variant), retired_at=None)}
    return found.get(variant) or found.get(code)


def version(code: str, number: int) -> PlaybookVersion | None:
    return PlaybookVersion.objects.filter(code=code, version=number).first()


_read: dict[tuple[str, ...], Procedure] = {}  # a version never changes: its fingerprints say all there is to know


def procedure(row: PlaybookVersion) -> Procedure:
    """What a version says."""
    key = (row.code, row.fingerprint, row.text_fingerprint)
    if key not in _read:
        _read[key] = _procedure(row)
    return _read[key]


def _procedure(row: PlaybookVersion) -> Procedure:
    steps = row.steps.prefetch_related("roles", "decisions", "after__before").order_by("position")
    return Procedure(
        code=row.code,
        title=row.title,
        title_en=row.title_en,
        about=row.about,
        about_en=row.about_en,
        domain=row.domain,
        lead=row.lead,
        lead_instead=tuple(row.lead_instead.split()),
        supervisor=row.supervisor,
        approval=row.approval,
        kinds=tuple(row.kinds.split()),
        source=row.source,
        steps=tuple(_plan(step) for step in steps),
    )


def _plan(step: Step) -> StepPlan:
    parts: dict[str, tuple[str, ...]] = {"D": (), "C": (), "I": ()}
    for one in step.roles.all():
        parts[one.part] += (one.role,)
    return StepPlan(
        code=step.code,
        title=step.title,
        title_en=step.title_en,
        how=step.how,
        how_en=step.how_en,
        responsible=step.responsible,
        instead=parts["D"],
        consulted=parts["C"],
        informed=parts["I"],
        within=step.within,
        clock=step.clock,
        output=step.output,
        ladder=step.ladder,
        after=tuple(After(one.before.code if one.before else START, one.decision) for one in step.after.all()),
        decisions=tuple(Decision(one.code, one.title, one.title_en) for one in step.decisions.all()),
        kinds=tuple(step.kinds.split()),
    )


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who carries a step for one student. `account` None: nobody can; `missing` says who must be named."""

    step: StepPlan
    account: Account | None
    missing: str = ""
    missing_en: str = ""
    consulted: tuple[Account, ...] = ()
    informed: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """Everybody a procedure needs for one student. `why_not`: empty, or who must be named before it can start."""

    lead: Account | None
    supervisor: Account | None
    steps: tuple[Assigned, ...]
    missing: tuple[str, ...] = ()
    missing_en: tuple[str, ...] = ()

    def why_not(self, lang: str = "zh") -> str:
        """Each missing role once, with how much waits for it."""
        if not self.missing:
            return ""
        counted = Counter(self.missing if lang == "zh" else self.missing_en)
        if lang != "zh":
            who = ", ".join(f"a {role.lower()} ({n})" for role, n in counted.items())
            return f"It cannot start: name {who} under Coverage, or open their account."
        who = "、".join(f"{role}（{n} 处）" for role, n in counted.items())
        return f"流程不能启动，还缺{who}：请在“责任覆盖”中指定，或请管理员为其开通账号。"

    @property
    def by_step(self) -> dict[str, Assigned]:
        return {one.step.code: one for one in self.steps}


def people_for(version: PlaybookVersion | Procedure, student: Student, on: date) -> People:
    """Per step the one responsible account for this student, nearest first; what cannot be resolved is named."""
    given = version if isinstance(version, Procedure) else procedure(version)
    asked = _Asking(student, roles_of(given), on)
    steps = []
    for step in given.steps:
        account = asked.first(step.responsible, *step.instead)
        names = ("", "") if account else asked.wanted(step.responsible)
        heard = [tuple(one for role in roles if (one := asked.first(role)) is not None) for roles in (step.consulted, step.informed)]
        steps.append(Assigned(step, account, *names, *heard))
    lead, supervisor = asked.first(given.lead, *given.lead_instead), asked.first(given.supervisor)
    lacking = [(one.missing, one.missing_en) for one in steps if one.account is None]
    if lead is None:
        lacking.append(asked.wanted(given.lead))
    if supervisor is None:
        lacking.append(asked.wanted(given.supervisor))
    return People(lead, supervisor, tuple(steps), tuple(zh for zh, _ in lacking), tuple(en for _, en in lacking))


def roles_of(given: Procedure) -> set[str]:
    """Every role that a procedure gives something to do or to know."""
    found = {given.lead, *given.lead_instead, given.supervisor}
    for step in given.steps:
        found |= {step.responsible, *step.instead, *step.consulted, *step.informed}
    return found


class _Asking:
    """Every role a procedure names, looked up at one go for one student."""

    def __init__(self, student: Student, roles: Iterable[str], on: date) -> None:
        place = Place(student.unit_path, student.dorm_path, student.sid)
        wanted = sorted(set(roles))
        found = holders(wanted, [place], on)
        self.first_of = {role: next(iter(found.of_place(place, (role,))), None) for role in wanted}
        ids = {pk for pk in self.first_of.values() if pk is not None}
        self.accounts = Account.objects.select_related("staff", "student").in_bulk(ids)

    def first(self, *roles: str) -> Account | None:
        """The nearest holder of the first of these roles that anybody holds."""
        pk = next((self.first_of[role] for role in roles if self.first_of[role] is not None), None)
        return self.accounts[pk] if pk is not None else None

    def wanted(self, role: str) -> tuple[str, str]:
        known = matrix.load().roles[role]
        return known.zh, known.en
