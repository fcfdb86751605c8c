"""Pausing, closing, reopening, joining two cases, taking a matter out of one. Whoever raised something hears when it is over."""

from collections.abc import Collection
from datetime import date, datetime

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student
from shouwang.trust.vault import queries as vault
from shouwang.work.cases import policies, queries
from shouwang.work.cases.actions import clocks
from shouwang.work.cases.actions.base import (
    Actor,
    CannotDo,
    account_of,
    hold_also,
    join_team,
    lang,
    leave_team,
    locked,
    locked_pair,
    may_do,
    may_move,
    missing,
    needed,
    pick,
    send,
    tell,
)
from shouwang.work.cases.actions.opening import open as open_case
from shouwang.work.cases.actions.stepping import add, cancel_steps, pause_clock, run_clock
from shouwang.work.cases.models import Approval, Case, CaseStep, Link, Member, Note, Referral
from shouwang.work.deadlines import actions as deadlines


def pause(*, case: Case | int, reason: str, until: date, by: Actor, now: datetime) -> Case:
    """Every clock that runs stands still until a day, for a reason; what begins meanwhile has its own. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        found.state = may_move(policies.CASE, "pause", found.state, queries.actors(by, found), by)
        if why := policies.why_not_pause(until=until, today=timezone.localdate(now), reason=reason, lang=lang(by)):
            raise CannotDo(why)
        found.paused_until, found.pause_reason = until, reason
        found.save()
        for step in found.steps.filter(state="open"):
            pause_clock(step.ref, reason, until, by, now)
        if clocks.is_kept(found):
            pause_clock(clocks.ref_of(found), reason, until, by, now)
        tell("paused", found, by, now, categories=found.categories, code=reason)
    return found


def resume(*, case: Case | int, by: Actor, now: datetime) -> Case:
    """The clocks run again. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        found.state = may_move(policies.CASE, "resume", found.state, queries.actors(by, found), by)
        found.paused_until, found.pause_reason = None, ""
        found.save()
        for step in found.steps.filter(state="open"):
            run_clock(step.ref, by, now)
        run_clock(clocks.ref_of(found), by, now)
        clocks.keep(found, by, now)
        tell("resumed", found, by, now, categories=found.categories)
    return found


def check_ready(found: Case, outcome: str, by: Actor) -> None:
    """Nothing under way, and an outcome named. CannotDo with what is left."""
    if outcome not in policies.OUTCOMES:
        raise CannotDo(pick(by, "请选择结果。", "Choose an outcome."))
    if left := found.steps.filter(state__in=policies.STEP_LIVE).count():
        raise CannotDo(
            pick(
                by,
                f"还有 {left} 步没有完成。请先完成，或写明不做的原因。",
                f"{left} steps are under way: finish them, or say why they are not done.",
            )
        )
    if Referral.objects.filter(case=found, state="sent").exists():
        raise CannotDo(pick(by, "还有转介在等答复，请等答复或先撤回。", "A referral waits for its answer; wait for it or withdraw it."))


def close(*, case: Case | int, outcome: str, words: str = "", by: Actor, now: datetime) -> Case:
    """Over, with its outcome. From orange on the supervisor decides: the lead asks first (`ask_approval`). CannotDo with the reason."""
    with told():
        found = locked(case, by)
        who = queries.actors(by, found)
        state = may_move(policies.CASE, "close", found.state, who, by)
        if queries.needs_approval(found) and "supervisor" not in who:
            raise CannotDo(
                pick(by, "这一级别的个案须经审批结案，请先“申请结案”。", "At this level the supervisor decides; ask to close it.")
            )
        check_ready(found, outcome, by)
        found.state = state
        close_now(found, outcome, needed(words, by), by, now)
    return found


def close_now(found: Case, outcome: str, words: str | None, by: Actor, now: datetime) -> None:
    """What closing does, once it is decided. Within a running action."""
    found.outcome, found.closed_at, found.closed_by = outcome, now, account_of(by)
    found.summary = words
    found.save()
    raised = {pk for pk in found.strands.values_list("raised_by_id", flat=True) if pk is not None}
    heard = set(Member.objects.filter(case=found, until=None).values_list("account_id", flat=True))
    _end_all(found, by, now)
    tell("closed", found, by, now, categories=found.categories, code=outcome)
    send("case.closed", heard - raised, found, by, now, key=f"{found.pk}:{now.isoformat()}", tier="routine")
    send("loop.closed", raised, found, by, now, key=f"{found.pk}:{now.isoformat()}", tier="routine", url="/cases/raised/")


def reopen(*, case: Case | int, words: str, by: Actor, now: datetime) -> Case:
    """Open again, with a first step for the lead: nothing is open without somebody who answers. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        state = may_move(policies.CASE, "reopen", found.state, queries.actors(by, found), by)
        reason = needed(words, by)
        if Case.objects.filter(student=found.student_id, closed_at=None).exists():
            raise CannotDo(pick(by, "这位同学已有进行中的个案，请在那个个案里继续。", "The student has an open case; go on in that one."))
        strand = found.strands.order_by("-ended_at", "-pk")[0]
        for text in (_summary(found), reason):
            if text:
                Note.objects.create(
                    case=found,
                    strand=strand,
                    categories=strand.categories,
                    words=text,
                    written_by_id=account_of(by) or found.lead_id,
                    written_at=now,
                )
        was, found.state, found.outcome, found.summary, found.closed_at, found.closed_by = found.outcome, state, "", None, None, None
        found.save()
        strand.ended_at = None
        strand.save()
        if found.supervisor_id is not None:
            join_team(found, found.supervisor_id, "A", strand=strand, by=by, now=now)
        tell("reopened", found, by, now, categories=found.categories, code=was)
        title, title_en = "重新评估，提出下一步安排", "Look at it again and say what comes next"
        add(
            found, strand, title=title, title_en=title_en, responsible=found.lead_id, within="1 school day", output="note", by=None, now=now
        )
        send("case.reopened", {found.lead_id, found.supervisor_id}, found, by, now, key=f"{found.pk}:{now.isoformat()}")
    return found


def merge(*, case: Case | int, into: Case | int, by: Actor, now: datetime) -> Case:
    """Two open cases of the same person under two numbers become one: what is under way goes on there. CannotDo with the reason."""
    with told():
        old, kept = locked_pair(case, into, by)
        if old.pk == kept.pk or not kept.is_open:
            raise CannotDo(pick(by, "请选择另一个进行中的个案。", "Choose another open case."))
        state = may_move(policies.CASE, "merge", old.state, queries.actors(by, old), by)
        may_do("add_step", kept, by)
        for strand in old.strands.filter(ended_at=None):
            open_case(
                student=kept.student_id, origin="referral", domain=strand.domain, level=strand.level, origin_ref=f"{old.ref}/{strand.pk}",
                raised_by=strand.raised_by_id, by=None, now=now,
            )  # fmt: skip
        _carry_steps(old, kept, by, now)
        known = set(kept.links.values_list("ref", flat=True))
        home = kept.strands.order_by("pk")[0]
        moved = [link.ref for link in old.links.all() if link.ref not in known]
        Link.objects.bulk_create([Link(case=kept, strand=home, ref=ref, linked_at=now, linked_by=account_of(by)) for ref in moved])
        old.state, old.merged_into, old.closed_at, old.closed_by, old.paused_until, old.pause_reason = (
            state,
            kept,
            now,
            account_of(by),
            None,
            "",
        )
        old.save()
        _end_all(old, by, now)
        tell("merged", old, by, now, categories=old.categories, ref=kept.ref)
        tell("merged", kept, by, now, categories=kept.categories, ref=old.ref)
        send("case.joined", {kept.lead_id, old.lead_id}, kept, by, now, key=f"{old.ref}:{kept.ref}")
    return kept


def split(*, case: Case | int, strand: int, student: Student | int, by: Actor, now: datetime) -> Case:
    """A matter was about somebody else: it ends here and begins in that student's case. CannotDo with the reason."""
    sid = student.sid if isinstance(student, Student) else student
    with told():
        hold_also(case, sid)
        found = locked(case, by)
        may_do("split", found, by)
        row = found.strands.filter(pk=strand, ended_at=None).select_related("playbook").first()
        if row is None or isinstance(by, Reader) and not queries.visible_strands(by).filter(pk=strand).exists():
            missing(by)
        if sid == found.student_id:
            raise CannotDo(pick(by, "请选择另一位同学。", "Choose another student."))
        other = open_case(
            student=sid, origin="split", domain=row.domain, level=row.level, playbook=row.playbook.code if row.playbook else "",
            origin_ref=f"{found.ref}/{row.pk}", raised_by=row.raised_by_id, by=by, now=now,
        )  # fmt: skip
        cancel_steps(row, by, now)
        row.ended_at = now
        row.save()
        leave_team(list(Member.objects.filter(case=found, strand=row, until=None)), by, now)
        tell("split", found, by, now, strand=row, ref=other.ref)
        if not found.strands.filter(ended_at=None).exists():
            title, title_en = "事项已拆分，确认是否结案", "The matter was split off: say whether this can be closed"
            row.ended_at = None
            row.save()
            add(
                found,
                row,
                title=title,
                title_en=title_en,
                responsible=found.lead_id,
                within="1 school day",
                output="note",
                by=None,
                now=now,
            )
    return other


def _carry_steps(old: Case, kept: Case, by: Actor, now: datetime) -> None:
    """What is under way in one case goes on in the other with its owner and its term; the old clocks stop."""
    for step in CaseStep.objects.filter(case=old, state__in=policies.STEP_LIVE).select_related("strand"):
        strand = kept.strands.filter(domain=step.strand.domain, ended_at=None).first() or kept.strands.order_by("pk")[0]
        same = ("title", "title_en", "output", "within", "clock", "ladder", "categories")
        add(kept, strand, responsible=step.responsible_id, by=by, now=now, origin=step.ref, **{name: getattr(step, name) for name in same})


def _end_all(found: Case, by: Actor, now: datetime) -> None:
    """Nothing of a case that is over runs on: no clock, no question, no right to read."""
    for strand in found.strands.all():
        cancel_steps(strand, by, now)
        if strand.ended_at is None:
            strand.ended_at = now
            strand.save()
    waiting: list[Referral | Approval] = [
        *Referral.objects.filter(case=found, state="sent"),
        *Approval.objects.filter(case=found, state="asked"),
    ]
    for row in waiting:
        row.state = "withdrawn"
        row.save()
        deadlines.cancel(ref=row.ref, by=by, now=now)
    clocks.keep(found, by, now)
    members: Collection[Member] = list(Member.objects.filter(case=found, until=None))
    leave_team(members, by, now)


def _summary(found: Case) -> str:
    try:
        return vault.open_text(found, "summary") if found.summary is not None else ""
    except vault.Erased:
        return ""
