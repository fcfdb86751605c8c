"""Steps: begun by the procedure or by hand, finished, skipped, done again, handed on. Each has one owner and one deadline at every moment."""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import cast

from django.utils import timezone

from shouwang.common.categories import mask
from shouwang.common.reader import Reader
from shouwang.common.schooltime import Clock, Within
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import told
from shouwang.work.cases import policies, queries
from shouwang.work.cases.actions import calling_off, clocks
from shouwang.work.cases.actions.base import (
    Actor,
    CannotDo,
    account_of,
    hold,
    join_team,
    lang,
    leave_team,
    locked,
    may_do,
    may_move,
    missing,
    needed,
    pick,
    send,
    strand_of,
    tell,
    together,
)
from shouwang.work.cases.models import Case, CaseStep, Member, Strand
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.playbooks import queries as playbooks
from shouwang.work.playbooks.models import PlaybookVersion
from shouwang.work.playbooks.procedure import OUTPUTS, StepPlan
from shouwang.work.playbooks.queries import Assigned, People

# What was said, seen or decided has to be written down; a form or a file speaks for itself.
WORDS_FOR = ("talk", "visit", "note", "decision")


def begin_first(
    found: Case, strand: Strand, version: PlaybookVersion | None, people: People, *, is_new: bool = False, by: Actor, now: datetime
) -> None:
    """The first steps of a procedure; without one, the lead looks into it within a school day."""
    if version is None:
        title, title_en = "了解情况，提出下一步安排", "Look into it and say what comes next"
        add(
            found, strand, title=title, title_en=title_en, responsible=found.lead_id, within="1 school day", output="note", keep=not is_new,
            by=by, now=now,
        )  # fmt: skip
    else:
        for plan in playbooks.procedure(version).first:
            _begin_planned(found, strand, people.by_step[plan.code], by, now, round=1, keep=not is_new)


def add_step(
    *,
    case: Case | int,
    title: str,
    responsible: Account | int,
    within: str,
    output: str,
    by: Actor,
    now: datetime,
    clock: str = "service",
    ladder: str = "standard",
    origin: str = "",
    strand: int | None = None,
) -> CaseStep:
    """A further step by hand, or agreed in a meeting (`origin`). CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_do("add_step", found, by)
        chosen = strand_of(found, by, strand)
        owner = responsible.pk if isinstance(responsible, Account) else responsible
        _check(title, within, output, by)
        account = _member(found, chosen, owner, by, now)
        if chosen.ended_at is not None:
            chosen.ended_at = None
            chosen.save()
        return add(
            found, chosen, title=title.strip(), responsible=account.pk, within=within, output=output, clock=clock, ladder=ladder, origin=origin,
            by=by, now=now,
        )  # fmt: skip


def add(
    found: Case, strand: Strand, *, title: str, responsible: int, within: str, output: str, by: Actor, now: datetime, title_en: str = "",
    clock: str = "service", ladder: str = "standard", origin: str = "", code: str = "", categories: int | None = None, round: int = 0,
    keep: bool = True,
) -> CaseStep:  # fmt: skip
    """The row with its owner on the team, its deadline running, and its owner told. Within a running action.

    `round`: which time it is, where the caller knows; else it is counted. `keep`: the case itself may have a limit that ends with this.
    """
    calling_off.closing(found, by, now)
    round = round or (CaseStep.objects.filter(strand=strand, code=code).count() if code else 0) + 1
    step = CaseStep.objects.create(
        case=found, strand=strand, categories=strand.categories if categories is None else categories, code=code, round=round,
        title=title, title_en=title_en, output=output, origin=origin, responsible_id=responsible, within=within, clock=clock, ladder=ladder,
        begun_at=now, begun_by=account_of(by),
    )  # fmt: skip
    join_team(found, responsible, "R", strand=strand, by=by, now=now)
    _start(step, found, by, now)
    tell("step_begun", found, by, now, strand=strand, categories=step.categories, account=responsible, ref=step.ref, code=code)
    send("case.step", {responsible}, found, by, now, key=f"{step.pk}", url=f"{found.url}#step-{step.pk}")
    if keep:
        clocks.keep(found, by, now)
    return step


def finish_step(*, step: CaseStep | int, output: str = "", decision: str = "", by: Actor, now: datetime) -> CaseStep:
    """Its output (a text) and, where the procedure asks, the decision; what follows begins. CannotDo with the reason."""
    with told(), together(by, now):
        row, found = _locked(step, by)
        state = may_move(policies.STEP, "finish", row.state, queries.actors(by, found, step=row), by)
        plan = plan_of(row)
        if plan is not None and plan.decisions and decision not in {one.code for one in plan.decisions}:
            raise CannotDo(pick(by, "请选择决定。", "Choose a decision."))
        row.words = needed(output, by) if row.output in WORDS_FOR or output.strip() else None
        row.state, row.decision, row.done_at, row.done_by = state, decision, now, account_of(by)
        row.save()
        deadlines.meet(ref=row.ref, by=by, now=now)
        tell("step_finished", found, by, now, strand=row.strand, categories=row.categories, ref=row.ref, code=decision)
        send("case.step_finished", {found.lead_id}, found, by, now, key=row.ref, tier="routine")
        _go_on(row, found, by, now)
    return row


def skip_step(*, step: CaseStep | int, reason: str, by: Actor, now: datetime) -> CaseStep:
    """It will not be done, for a reason; what follows it without a decision begins. CannotDo with the reason."""
    with told():
        row, found = _locked(step, by)
        state = may_move(policies.STEP, "skip", row.state, queries.actors(by, found, step=row), by)
        if reason not in policies.SKIP_REASONS:
            raise CannotDo(pick(by, "请选择不做这一步的原因。", "Choose why it is not done."))
        row.state, row.skipped = state, reason
        row.save()
        deadlines.cancel(ref=row.ref, by=by, now=now)
        tell("step_skipped", found, by, now, strand=row.strand, categories=row.categories, ref=row.ref, code=reason)
        _go_on(row, found, by, now)
    return row


def redo_step(*, step: CaseStep | int, by: Actor, now: datetime) -> CaseStep:
    """Once more: a new round stands beside the one that was finished. CannotDo with the reason."""
    with told():
        row, found = _locked(step, by)
        may_move(policies.STEP, "redo", row.state, queries.actors(by, found, step=row), by)
        if row.strand.ended_at is not None:
            row.strand.ended_at = None
            row.strand.save()
        same = ("title", "title_en", "within", "clock", "ladder", "output", "code", "categories")
        again = add(
            found, row.strand, responsible=row.responsible_id, by=by, now=now, origin=row.ref, **{name: getattr(row, name) for name in same}
        )
        tell("step_redone", found, by, now, strand=row.strand, categories=row.categories, ref=row.ref)
    return again


def rehand_step(*, step: CaseStep | int, to: Account | int, by: Actor, now: datetime) -> CaseStep:
    """Somebody else answers for it; the clock goes on where it stood. CannotDo with the reason."""
    with told():
        row, found = _locked(step, by)
        row.state = may_move(policies.STEP, "rehand", row.state, queries.actors(by, found, step=row), by)
        pk = to.pk if isinstance(to, Account) else to
        if pk == row.responsible_id:
            raise CannotDo(pick(by, "这一步已经由这位老师负责。", "They answer for it already."))
        account = _member(found, row.strand, pk, by, now)
        before, row.responsible = row.responsible_id, account
        row.save()
        join_team(found, account, "R", strand=row.strand, by=by, now=now)
        leave_if_done(found, row.strand, before, by, now)
        deadlines.rehand(ref=row.ref, owner=account.pk, by=by, now=now)
        tell("step_rehanded", found, by, now, strand=row.strand, categories=row.categories, account=account.pk, ref=row.ref)
        send("case.step", {account.pk}, found, by, now, key=f"{row.pk}:{account.pk}:{now.isoformat()}", url=f"{found.url}#step-{row.pk}")
    return row


def wait_step(*, step: CaseStep | int, reason: str, until: date, by: Actor, now: datetime) -> CaseStep:
    """Its clock stands still until a day, for a reason. CannotDo with the reason."""
    with told():
        row, found = _locked(step, by)
        state = may_move(policies.STEP, "wait", row.state, queries.actors(by, found, step=row), by)
        if why := policies.why_not_pause(until=until, today=timezone.localdate(now), reason=reason, lang=lang(by)):
            raise CannotDo(why)
        row.state = state
        row.save()
        try:
            pause_clock(row.ref, reason, until, by, now)
        except deadlines.CannotSet as refused:  # it stands still already: the whole case is paused
            raise CannotDo(str(refused)) from refused
        tell("step_waits", found, by, now, strand=row.strand, categories=row.categories, ref=row.ref, code=reason)
    return row


def go_on_step(*, step: CaseStep | int, by: Actor, now: datetime) -> CaseStep:
    """Its clock runs again. CannotDo with the reason."""
    with told():
        row, found = _locked(step, by)
        row.state = may_move(policies.STEP, "go_on", row.state, queries.actors(by, found, step=row), by)
        row.save()
        run_clock(row.ref, by, now)
        tell("step_goes_on", found, by, now, strand=row.strand, categories=row.categories, ref=row.ref)
    return row


def remind(*, steps: Collection[int], by: Actor, now: datetime) -> tuple[int, int]:
    """Tells the owners once a day each. (how many were told, how many were not: not theirs, done, or reminded today already)."""
    today = timezone.localdate(now)
    wanted = sorted(set(steps))
    done = 0
    for pk in wanted:
        try:
            with told():
                row, found = _locked(pk, by)
                may_do("remind", found, by)
                is_new = not found.events.filter(kind="reminded", ref=row.ref, at__gte=_midnight(today)).exists()
                if not is_new or not row.is_open:
                    raise CannotDo(pick(by, "今天已经提醒过了。", "They were reminded today."))
                tell("reminded", found, by, now, strand=row.strand, categories=row.categories, account=row.responsible_id, ref=row.ref)
                send("case.reminded", {row.responsible_id}, found, by, now, key=f"{row.pk}:{today}", url=f"{found.url}#step-{row.pk}")
        except CannotDo:
            continue
        done += 1
    return done, len(wanted) - done


def rehand_many(*, steps: Collection[int], to: int, by: Actor, now: datetime) -> tuple[int, list[str]]:
    """Re-routes what can be re-routed. (how many, why the others were not)."""
    done, reasons = 0, []
    for pk in sorted(set(steps)):
        try:
            rehand_step(step=pk, to=to, by=by, now=now)
            done += 1
        except CannotDo as refused:
            reasons.append(str(refused))
    return done, list(dict.fromkeys(reasons))


def plan_of(step: CaseStep) -> StepPlan | None:
    """What the procedure says of the step; None for a step by hand."""
    if not step.code or step.strand.playbook is None:
        return None
    return playbooks.procedure(step.strand.playbook).by_code.get(step.code)


def cancel_steps(strand: Strand, by: Actor, now: datetime) -> int:
    """Everything under way in a strand ends undone: the matter goes on elsewhere. Within a running action."""
    live = list(strand.steps.filter(state__in=policies.STEP_LIVE))
    for row in live:
        row.state = policies.STEP.moves[row.state, "cancel"]
        row.save()
        deadlines.cancel(ref=row.ref, by=by, now=now)
    return len(live)


def pause_clock(ref: str, reason: str, until: date, by: Actor, now: datetime) -> None:
    zh, en = policies.PAUSE_REASONS[reason]
    deadlines.pause(ref=ref, reason=pick(by, zh, en), until=_midnight(until), by=by, now=now)


def run_clock(ref: str, by: Actor, now: datetime) -> None:
    """A pause that is over has ended by itself: then there is nothing to do."""
    try:
        deadlines.resume(ref=ref, by=by, now=now)
    except deadlines.CannotSet:
        return


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(0)))


def _locked(step: CaseStep | int, by: Actor) -> tuple[CaseStep, Case]:
    pk = step.pk if isinstance(step, CaseStep) else step
    rows = CaseStep.objects.all()
    mine = queries.visible_steps(by, pk).order_by() if isinstance(by, Reader) else rows.filter(pk=pk)
    if not hold(Case.objects.filter(pk__in=mine.values("case"))):
        missing(by)
    row = rows.select_related("strand__playbook", "responsible__staff", "case__student", "case__lead__staff").get(pk=pk)
    found = row.case
    if found.state not in policies.CASE_LIVE:
        raise CannotDo(policies.why_not_do("note", state=found.state, actors=(), lang=lang(by)) or "")
    return row, found


def _check(title: str, within: str, output: str, by: Actor) -> None:
    if not 2 <= len(title.strip()) <= 120:
        raise CannotDo(pick(by, "请写明要做什么，120 字以内。", "Say what is to be done, in at most 120 characters."))
    try:
        Within.parse(within)
    except ValueError:
        raise CannotDo(pick(by, "请选择期限。", "Choose a term.")) from None
    if output not in OUTPUTS:
        raise CannotDo(pick(by, "请选择产出。", "Choose an output."))


def _member(found: Case, strand: Strand, pk: int, by: Actor, now: datetime) -> Account:
    """An account that may take part. CannotDo with the reason."""
    account = access.open_account(pk)
    if account is None:
        raise CannotDo(pick(by, "没有这个账号，请重新选择。", "There is no such account; choose again."))
    if why := queries.why_not_member(account, found, strand, now, lang(by)):
        raise CannotDo(why)
    return account


def leave_if_done(found: Case, strand: Strand, account: int, by: Actor, now: datetime) -> None:
    """Whoever has nothing left to do in a strand, and neither leads nor answers for it, is off its team."""
    if account in (found.lead_id, found.supervisor_id) or strand.steps.filter(responsible=account, state__in=policies.STEP_LIVE).exists():
        return
    leave_team(list(Member.objects.filter(case=found, strand=strand, account=account, part="R", until=None)), by, now)


def _begin_planned(found: Case, strand: Strand, given: Assigned, by: Actor, now: datetime, *, round: int = 0, keep: bool = True) -> None:
    """A step of the procedure. Where nobody holds the role any more, the lead answers: nothing is ever without an owner."""
    plan, owner = given.step, given.account.pk if given.account is not None else found.lead_id
    own = mask(plan.kinds) | 1 if plan.kinds else strand.categories
    same = ("title", "title_en", "within", "output", "clock", "ladder", "code")
    step = add(
        found,
        strand,
        responsible=owner,
        categories=own,
        round=round,
        keep=keep,
        by=by,
        now=now,
        **{name: getattr(plan, name) for name in same},
    )
    for part, accounts in (("C", given.consulted), ("I", given.informed)):
        for account in accounts:
            if account.pk != owner:
                join_team(found, account, part, strand=strand, by=by, now=now)
    heard = {one.pk for one in (*given.consulted, *given.informed)} - {owner}
    send("case.informed", heard, found, by, now, key=f"{step.pk}", tier="routine")


def _start(step: CaseStep, found: Case, by: Actor, now: datetime) -> None:
    deadlines.start(
        ref=step.ref, kind="step", owner=step.responsible_id, ladder=step.ladder, within=step.within, clock=cast(Clock, step.clock),
        unit_path=found.unit_path, dorm_path=found.dorm_path, student=found.student_id, url=f"{found.url}#step-{step.pk}", is_new=True, by=by,
        now=now,
    )  # fmt: skip


def _go_on(row: CaseStep, found: Case, by: Actor, now: datetime) -> None:
    """What comes next begins; a strand with nothing left is over, and when all are the lead is asked whether the case can be closed."""
    version, due = row.strand.playbook, []
    if version is not None and row.code:
        given = playbooks.procedure(version)
        known = list(row.strand.steps.exclude(code="").values_list("pk", "code", "state", "decision"))
        due = policies.due_steps(given, known)
        if due:
            people = playbooks.people_for(given, found.student, timezone.localdate(now))
            for code in due:
                round = 1 + sum(before == code for _, before, *_ in known)
                _begin_planned(found, row.strand, people.by_step[code], by, now, round=round, keep=False)  # a step was under way until now
    if due or row.strand.steps.filter(state__in=policies.STEP_LIVE).exists():
        return
    row.strand.ended_at = now
    row.strand.save()
    if not found.steps.filter(state__in=policies.STEP_LIVE).exists():
        send("case.ready", {found.lead_id}, found, by, now, key=f"{found.pk}:{row.pk}")
    clocks.keep(found, by, now)
