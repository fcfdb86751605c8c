"""A case begins, or what was raised joins the one that is open. One student never has two."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from shouwang.common.categories import Category
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.answering import answering
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student
from shouwang.work.cases import policies
from shouwang.work.cases.actions import calling_off
from shouwang.work.cases.actions.base import (
    Actor,
    CannotDo,
    account_of,
    join_team,
    lang,
    locked,
    may_do,
    missing,
    pick,
    send,
    strand_of,
    tell,
    together,
)
from shouwang.work.cases.actions.stepping import begin_first, cancel_steps
from shouwang.work.cases.models import Case, Link, Strand
from shouwang.work.playbooks import queries as playbooks
from shouwang.work.playbooks.models import PlaybookVersion
from shouwang.work.playbooks.procedure import DOMAINS, kinds_of
from shouwang.work.playbooks.queries import People

# Without a procedure: who leads and who answers for it, the first that anybody holds.
LEADS = ("homeroom_teacher", "adviser", "responsible", "college_lead", "student_affairs")
LEADS_OF = {"psychological": ("counsellor",), "health": ("counsellor",), "economic": ("aid_office", *LEADS)}
SUPERVISORS = ("college_lead", "student_affairs", "moral_education", "school_leader")


class CannotOpen(CannotDo):
    """Why no case can be opened; the message is for people, with who must be named or what must be chosen."""


def open(
    *,
    student: Student | int,
    origin: str,
    domain: str = "",
    level: int,
    playbook: str = "",
    alerts: Collection[int] = (),
    origin_ref: str = "",
    raised_by: int | None = None,
    by: Actor,
    now: datetime,
) -> Case:
    """The student's case with this matter in it: a new one, or the open one, which it joins. CannotOpen with the reason.

    `domain` may be left out when a `playbook` (its code) says it. `raised_by`: the account that hears what came of it.
    """
    pupil = _student(student, by)
    version = _version(playbook, level, by)
    domain = domain or (version.domain if version else "")
    if origin not in policies.ORIGINS or domain not in DOMAINS or not 1 <= level <= 4:
        raise CannotOpen(pick(by, "请选择领域、级别和来源。", "Choose a domain, a level and an origin."))
    people = _people(version, pupil, domain, by, now)
    refs = [f"alert:{pk}" for pk in alerts] + ([origin_ref] if origin_ref else [])
    given = {"domain": domain, "level": level, "origin": origin, "origin_ref": origin_ref}
    with told(), together(by, now):
        found, is_new = _the_case(pupil, version, people, given, by=by, now=now)
        raiser = raised_by if raised_by is not None else account_of(by)
        calling_off.closing(found, by, now)
        strand, begun = _the_strand(found, version, people, given, raiser, is_new=is_new, by=by, now=now)
        _link(found, strand, refs, by, now)
        kind = "opened" if is_new else "joined"
        tell(kind, found, by, now, strand=strand, ref=refs[0] if refs else "", code=version.code if version else "", about=refs)
        send(f"case.{kind}", {found.lead_id}, found, by, now, key=f"{strand.pk}:{len(refs)}:{now.isoformat()}")
        if begun:
            begin_first(found, strand, version, people, is_new=is_new, by=by, now=now)
    return found


def join(
    *, case: Case | int, alerts: Collection[int] = (), refs: Collection[str] = (), strand: int | None = None, by: Actor, now: datetime
) -> Case:
    """Alerts, reports or referrals join an open case beside what is already there. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_do("add_step", found, by)
        calling_off.closing(found, by, now)
        chosen = strand_of(found, by, strand)
        all_refs = [f"alert:{pk}" for pk in alerts] + list(refs)
        _link(found, chosen, all_refs, by, now)
        tell("joined", found, by, now, strand=chosen, ref=all_refs[0] if all_refs else "", about=all_refs)
    return found


def why_not_open(by: Reader, student: Student, language: str = "zh") -> str | None:
    """None when the reader may raise a matter about this student, else why not; the same sentence is the button's tooltip."""
    if reason := why_not(by, "cases_act"):
        return reason
    if not access.categories(by, student.sid, "write") & ~(Category.identity | Category.contact):
        if language != "zh":
            return "You may see this student but not handle matters; ask the homeroom teacher or student affairs."
        return "您可以看到这位同学，但职责不包括办理；请联系班主任或学生处。"
    return None


def _student(student: Student | int, by: Actor) -> Student:
    sid = student.sid if isinstance(student, Student) else student
    found = access.student(by, sid) if isinstance(by, Reader) else Student.objects.filter(sid=sid, is_current=True).first()
    if found is None:
        missing(by)
    if isinstance(by, Reader) and (reason := why_not_open(by, found, by.lang)):
        raise CannotOpen(reason)
    return found


def _version(code: str, level: int, by: Actor) -> PlaybookVersion | None:
    if not code:
        return None
    version = playbooks.for_level(code, level if 0 <= level <= 4 else 0)
    if version is None:
        raise CannotOpen(pick(by, f"流程 {code} 没有在用，请另选一个流程。", f"The procedure {code} is not in force; choose another."))
    return version


def _people(version: PlaybookVersion | None, student: Student, domain: str, by: Actor, now: datetime) -> People:
    """Everybody the matter needs. CannotOpen naming who must be named first."""
    on = timezone.localdate(now)
    if version is not None:
        people = playbooks.people_for(version, student, on)
        if reason := people.why_not(lang(by)):
            raise CannotOpen(reason)
        return people
    leads = [one for role in LEADS_OF.get(domain, LEADS) for one in _answering(role, student, on)]
    others: list[Account] = [one for role in SUPERVISORS for one in _answering(role, student, on)]
    lead = leads[0] if leads else None
    supervisor = next((one for one in others if lead is None or one.pk != lead.pk), None)
    if lead is None or supervisor is None:
        raise CannotOpen(
            pick(by, "请先在“责任覆盖”中为这位同学指定班主任和学院负责人。", "Name a homeroom teacher and a college lead first (Coverage).")
        )
    return People(lead, supervisor, ())


def _the_case(
    student: Student, version: PlaybookVersion | None, people: People, given: dict[str, object], *, by: Actor, now: datetime
) -> tuple[Case, bool]:
    """The open case of the student, made when there is none. Somebody who makes one in the same moment has made it for both."""
    found = Case.objects.select_for_update(of=("self",)).filter(student=student, closed_at=None).first()
    if found is not None:
        return found, False
    assert people.lead is not None
    supervisor = (
        people.supervisor if people.supervisor is not None and people.supervisor.pk != people.lead.pk else above(student, people.lead, now)
    )
    bits = playbooks.procedure(version).categories if version else kinds_of(str(given["domain"]))
    made = Case(
        student=student, unit_path=student.unit_path, dorm_path=student.dorm_path, categories=bits, lead=people.lead, supervisor=supervisor,
        opened_at=now, opened_by=account_of(by), **given,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        return Case.objects.select_for_update(of=("self",)).get(student=student, closed_at=None), False
    return made, True


def _answering(role: str, student: Student, on: date) -> list[Account]:
    return answering(role, unit_path=student.unit_path, dorm_path=student.dorm_path, sid=student.sid, on=on)


def above(student: Student, lead: Account, now: datetime) -> Account | None:
    """Somebody else who answers for the matter where one person holds both roles."""
    found = [one for role in SUPERVISORS for one in _answering(role, student, timezone.localdate(now))]
    return next((one for one in found if one.pk != lead.pk), None)


def family(code: str) -> str:
    """A procedure without its level: the variants of one family follow each other instead of running side by side."""
    return code.removesuffix("-yellow").removesuffix("-orange").removesuffix("-red").removesuffix("-blue")


def _the_strand(
    found: Case,
    version: PlaybookVersion | None,
    people: People,
    given: dict[str, object],
    raised_by: int | None,
    *,
    is_new: bool,
    by: Actor,
    now: datetime,
) -> tuple[Strand, bool]:
    """(the strand, whether its procedure must begin): one that runs already takes the matter in, unless the new one is graver."""
    code = family(version.code) if version else ""
    same = [
        one
        for one in (() if is_new else found.strands.filter(ended_at=None, domain=given["domain"]).select_related("playbook"))
        if (family(one.playbook.code) if one.playbook else "") == code
    ]
    if same and (version is None or max(one.level for one in same) >= int(str(given["level"])) or same[0].playbook_id == version.pk):
        return _graver(same[0], int(str(given["level"]))), False
    for old in same:
        cancel_steps(old, by, now)
        old.ended_at = now
        old.save()
    bits = playbooks.procedure(version).categories if version else kinds_of(str(given["domain"]))
    strand = Strand.objects.create(
        case=found, categories=bits, playbook=version, raised_by_id=raised_by, opened_at=now, opened_by=account_of(by), **given
    )
    parts = [("R", found.lead), ("R", people.lead), ("A", found.supervisor)]
    for part, account in dict.fromkeys(parts):
        if account is not None:
            join_team(found, account, part, strand=strand, is_new=True, by=by, now=now)
    return strand, True


def _graver(strand: Strand, level: int) -> Strand:
    """The same matter, now as grave as what joins it."""
    if strand.level < level:
        strand.level = level
        strand.save(update_fields=["level"])
    return strand


def _link(found: Case, strand: Strand, refs: Collection[str], by: Actor, now: datetime) -> None:
    if not refs:
        return
    known = set(Link.objects.filter(case=found, ref__in=refs).values_list("ref", flat=True))
    new = [
        Link(case=found, strand=strand, ref=ref, linked_at=now, linked_by=account_of(by)) for ref in dict.fromkeys(refs) if ref not in known
    ]
    Link.objects.bulk_create(new)
