"""Another department is asked to take something on: accepted, declined with a reason, or given back with an answer; with a deadline."""

from datetime import datetime

from django.utils import timezone

from shouwang.trust.access import matrix
from shouwang.trust.access.answering import answering
from shouwang.trust.ledger.guard import told
from shouwang.work.cases import policies, queries
from shouwang.work.cases.actions import clocks
from shouwang.work.cases.actions.base import (
    Actor,
    CannotDo,
    account_of,
    join_team,
    lang,
    locked,
    may_move,
    missing,
    needed,
    pick,
    send,
    strand_of,
    tell,
)
from shouwang.work.cases.actions.stepping import add, leave_if_done
from shouwang.work.cases.actions.team import out_of_it
from shouwang.work.cases.models import Case, CaseStep, Referral
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.playbooks.policies import answering_roles, reach

ANSWER_WITHIN = "1 school day"


def refer(
    *, case: Case | int, role: str, words: str, within: str = ANSWER_WITHIN, strand: int | None = None, by: Actor, now: datetime
) -> Referral:
    """Asks the department that holds `role` for this student. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_move(policies.REFERRAL, "refer", "new", _askers(found, by), by)
        if reason := policies.why_not_do("note", state=found.state, actors=("lead",), lang=lang(by)):
            raise CannotDo(reason)
        chosen = strand_of(found, by, strand)
        to = _receiver(found, role, chosen.categories, by, now)
        if Referral.objects.filter(case=found, role=role, state="sent").exists():
            raise CannotDo(pick(by, "已经转介给这个部门，正在等答复。", "This department has been asked and has not answered yet."))
        row = Referral.objects.create(
            case=found,
            strand=chosen,
            categories=chosen.categories,
            role=role,
            to_id=to,
            words=needed(words, by),
            asked_by_id=account_of(by),
            asked_at=now,
        )
        join_team(found, to, "C", strand=chosen, by=by, now=now)
        deadlines.start(
            ref=row.ref, kind="referral", owner=to, ladder="standard", within=within, unit_path=found.unit_path, dorm_path=found.dorm_path,
            student=found.student_id, url=found.url, by=by, now=now,
        )  # fmt: skip
        clocks.keep(found, by, now)
        tell("referred", found, by, now, strand=chosen, account=to, ref=row.ref, code=role)
        send("case.referred", {to}, found, by, now, key=row.ref, url="/cases/queue/")
    return row


def accept(*, referral: Referral | int, within: str = "3 school days", by: Actor, now: datetime) -> CaseStep:
    """Taken on: it is now a step of whoever accepts. CannotDo with the reason."""
    with told():
        row, found = _locked(referral, by)
        row.state = may_move(policies.REFERRAL, "accept", row.state, queries.actors(by, found, referral=row), by)
        me = account_of(by) or row.to_id
        zh, en = matrix.load().roles[row.role].zh, matrix.load().roles[row.role].en
        step = add(
            found, row.strand, title=f"{zh}办理转介事项", title_en=f"{en}: take care of the referral", responsible=me, within=within, output="note",
            by=by, now=now, origin=row.ref,
        )  # fmt: skip
        row.answered_by, row.answered_at, row.step = me, now, step
        row.save()
        if me != row.to_id:
            out_of_it(found, row.to_id, row.asked_at, by, now)
        deadlines.meet(ref=row.ref, by=by, now=now)
        tell("referral_accepted", found, by, now, strand=row.strand, ref=row.ref, code=row.role)
        send("case.answered", {row.asked_by_id, found.lead_id}, found, by, now, key=f"{row.ref}:accepted", tier="routine")
    return step


def decline(*, referral: Referral | int, words: str, by: Actor, now: datetime) -> Referral:
    """Not taken on, with the reason and what is advised instead. CannotDo with the reason."""
    return _answer("decline", referral, words, by, now)


def return_(*, referral: Referral | int, words: str, by: Actor, now: datetime) -> Referral:
    """Given back with an answer: what was done, what is left to the lead. CannotDo with the reason."""
    return _answer("return", referral, words, by, now)


def withdraw_referral(*, referral: Referral | int, by: Actor, now: datetime) -> Referral:
    """No answer is needed any more. CannotDo with the reason."""
    with told():
        row, found = _locked(referral, by)
        row.state = may_move(policies.REFERRAL, "withdraw", row.state, queries.actors(by, found, referral=row), by)
        row.save()
        deadlines.cancel(ref=row.ref, by=by, now=now)
        out_of_it(found, row.to_id, row.asked_at, by, now)
        clocks.keep(found, by, now)
        tell("referral_withdrawn", found, by, now, strand=row.strand, ref=row.ref, code=row.role)
        send("case.withdrawn", {row.to_id}, found, by, now, key=row.ref, tier="routine")
    return row


def _answer(move: str, referral: Referral | int, words: str, by: Actor, now: datetime) -> Referral:
    with told():
        row, found = _locked(referral, by)
        row.state = may_move(policies.REFERRAL, move, row.state, queries.actors(by, found, referral=row), by)
        row.answer, row.answered_by, row.answered_at = needed(words, by), account_of(by), now
        row.save()
        deadlines.meet(ref=row.ref, by=by, now=now)
        if row.step is not None and row.step.is_open:
            row.step.state, row.step.skipped = policies.STEP.moves[row.step.state, "skip"], "not_needed"
            row.step.save()
            deadlines.cancel(ref=row.step.ref, by=by, now=now)
            leave_if_done(found, row.strand, row.step.responsible_id, by, now)
        out_of_it(found, row.to_id, row.asked_at, by, now)
        tell(f"referral_{row.state}", found, by, now, strand=row.strand, ref=row.ref, code=row.role)
        send("case.answered", {row.asked_by_id, found.lead_id}, found, by, now, key=f"{row.ref}:{row.state}")
        # Whatever comes back needs somebody: the lead says what is done instead.
        title, title_en = "转介没有办成，另作安排", "The referral came back: arrange something else"
        add(
            found,
            row.strand,
            title=title,
            title_en=title_en,
            responsible=found.lead_id,
            within="1 school day",
            output="note",
            by=None,
            now=now,
            origin=row.ref,
        )
    return row


def _askers(found: Case, by: Actor) -> frozenset[str]:
    mine = queries.actors(by, found)
    return mine | {"owner"} if "member" in mine else mine


def _receiver(found: Case, role: str, categories: int, by: Actor, now: datetime) -> int:
    if role not in answering_roles():
        raise CannotDo(pick(by, "请选择接收的部门。", "Choose a department."))
    known = answering_roles()[role]
    on = timezone.localdate(now)
    around = answering(role, unit_path=found.unit_path, dorm_path=found.dorm_path, sid=found.student_id, on=on)
    holders = [one.pk for one in around if one.pk != account_of(by)]
    if not holders:
        raise CannotDo(
            pick(
                by,
                f"没有人在“{known.zh}”一职上负责这位同学，请先在“责任覆盖”中指定。",
                f"Nobody is {known.en.lower()} for this student; name one first (Coverage).",
            )
        )
    if categories & ~reach(role):
        raise CannotDo(
            pick(
                by,
                f"{known.zh}不能接触这类内容，请转介给对口的部门，或先另开一项事项。",
                f"{known.en} may not see this kind of matter; choose another department.",
            )
        )
    return holders[0]


def _locked(referral: Referral | int, by: Actor) -> tuple[Referral, Case]:
    pk = referral.pk if isinstance(referral, Referral) else referral
    row = Referral.objects.select_related("strand", "step").filter(pk=pk).first()
    if row is None:
        missing(by)
    found = locked(row.case_id, by)
    if account_of(by) not in (row.to_id, row.asked_by_id):
        strand_of(found, by, row.strand_id)  # somebody else's, of a matter one may not read, is not there
    row.case = found
    if found.state not in policies.CASE_LIVE:
        raise CannotDo(policies.why_not_do("note", state=found.state, actors=(), lang=lang(by)) or "")
    return row, found
