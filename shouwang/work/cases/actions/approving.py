"""Somebody else's word: of the plan, of closing, or a second opinion. Nobody answers their own question."""

from datetime import datetime

from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import told
from shouwang.work.cases import policies, queries
from shouwang.work.cases.actions import calling_off, clocks
from shouwang.work.cases.actions.base import (
    Actor,
    CannotDo,
    account_of,
    join_team,
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
)
from shouwang.work.cases.actions.opening import above
from shouwang.work.cases.actions.team import _fit, out_of_it
from shouwang.work.cases.models import Approval, Case, Member
from shouwang.work.deadlines import actions as deadlines

ANSWER_WITHIN = "2 school days"


def ask_approval(*, case: Case | int, kind: str, words: str = "", outcome: str = "", by: Actor, now: datetime) -> Approval:
    """Asks the supervisor for the plan or for closing; with closing, the outcome that is proposed. CannotDo with the reason."""
    from shouwang.work.cases.actions.closing import check_ready

    with told():
        found = locked(case, by)
        who = queries.actors(by, found)
        may_move(policies.APPROVAL, "ask", "new", who, by)
        if kind not in ("plan", "closure"):
            raise CannotDo(pick(by, "请选择要请示的事项。", "Choose what is asked."))
        if kind == "closure":
            check_ready(found, outcome, by)
            found.state = may_move(policies.CASE, "ask_close", found.state, who, by)
        elif found.plan is None:
            raise CannotDo(pick(by, "请先写帮扶方案，再请审批。", "Write the plan first."))
        else:
            may_do("plan", found, by, who)
            found.plan_state = "asked"
        _must_have_supervisor(found, by, now)
        if found.supervisor_id is None or found.supervisor_id == account_of(by):
            raise CannotDo(
                pick(
                    by,
                    "这个个案还没有审批人，请先在“责任覆盖”中指定学院负责人。",
                    "The case has no supervisor; name a college lead (Coverage).",
                )
            )
        row = _ask(found, kind, found.supervisor_id, needed(words, by), outcome, by=by, now=now)
        found.save()
        clocks.keep(found, by, now)
    return row


def _must_have_supervisor(found: Case, by: Actor, now: datetime) -> None:
    """Whoever answers for the place today takes the part over from nobody, or from somebody whose account is closed."""
    if found.supervisor_id is not None and access.open_account(found.supervisor_id) is not None:
        return
    if (chosen := above(found.student, found.lead, now)) is not None:
        leave_team(list(Member.objects.filter(case=found, account=found.supervisor_id, part="A", until=None)), by, now)
        found.supervisor = chosen
        for strand in found.strands.filter(ended_at=None):
            join_team(found, chosen, "A", strand=strand, by=by, now=now)


def second_opinion(*, case: Case | int, of: Account | int, words: str, by: Actor, now: datetime) -> Approval:
    """Asks somebody else what they think. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_do("opinion", found, by)
        pk = of.pk if isinstance(of, Account) else of
        if pk == account_of(by):
            raise CannotDo(pick(by, "第二意见要请另一个人。", "A second opinion is somebody else's."))
        account = _fit(found, pk, by, now)
        join_team(found, account, "C", strand=strand_of(found, by), by=by, now=now)
        return _ask(found, "opinion", account.pk, needed(words, by), "", by=by, now=now)


def answer_approval(*, approval: Approval | int, agree: bool, words: str = "", by: Actor, now: datetime) -> Approval:
    """Agreed, or not agreed with the reason. Agreeing to closing closes the case. CannotDo with the reason."""
    from shouwang.work.cases.actions.closing import check_ready, close_now

    with told():
        row, found = _locked(approval, by)
        move = "agree" if agree else "refuse"
        row.state = may_move(policies.APPROVAL, move, row.state, queries.actors(by, found, approval=row), by)
        row.answer = needed(words, by) if words.strip() or not agree or row.kind == "opinion" else None
        row.answered_at = now
        row.save()
        deadlines.meet(ref=row.ref, by=by, now=now)
        tell("agreed" if agree else "refused", found, by, now, categories=row.categories, ref=row.ref, code=row.kind)
        send("case.answered", {row.asked_by_id}, found, by, now, key=f"{row.ref}:{row.state}")
        if row.kind == "plan":
            found.plan_state = row.state
            found.save()
        elif row.kind == "closure" and not agree:
            found.state = policies.CASE.moves[found.state, "refuse_close"]
            found.save()
            clocks.keep(found, by, now)
        elif row.kind == "closure":
            check_ready(found, row.outcome, by)
            found.state = policies.CASE.moves[found.state, "agree_close"]
            close_now(found, row.outcome, None, by, now)
    return row


approve = answer_approval


def withdraw_approval(*, approval: Approval | int, by: Actor, now: datetime) -> Approval:
    """Not asked any more. CannotDo with the reason."""
    with told():
        row, found = _locked(approval, by)
        may_move(policies.APPROVAL, "withdraw", row.state, queries.actors(by, found, approval=row), by)
        if row.kind == "closure":
            found.state = policies.CASE.moves[found.state, "call_off"]
        elif row.kind == "plan":
            found.plan_state = "withdrawn"
        found.save()
        calling_off.withdraw(row, found, by, now)
        if row.kind == "opinion":
            out_of_it(found, row.asked_of_id, row.asked_at, by, now)
        clocks.keep(found, by, now)
    return row


def _ask(found: Case, kind: str, of: int, words: str, outcome: str, *, by: Actor, now: datetime) -> Approval:
    if kind != "opinion" and Approval.objects.filter(case=found, kind=kind, state="asked").exists():
        raise CannotDo(pick(by, "已经请示过，正在等答复。", "It has been asked; the answer is awaited."))
    row = Approval.objects.create(
        case=found,
        categories=found.categories,
        kind=kind,
        outcome=outcome,
        words=words,
        asked_by_id=_person(by),
        asked_of_id=of,
        asked_at=now,
    )
    deadlines.start(
        ref=row.ref, kind="approval", owner=of, ladder="standard", within=ANSWER_WITHIN, unit_path=found.unit_path, dorm_path=found.dorm_path,
        student=found.student_id, url=found.url, by=by, now=now,
    )  # fmt: skip
    codes = {"plan": "asked_plan", "closure": "asked_closure", "opinion": "asked_opinion"}
    tell(codes[kind], found, by, now, categories=found.categories, account=of, ref=row.ref, code=outcome)
    send("case.asked", {of}, found, by, now, key=row.ref)
    return row


def _locked(approval: Approval | int, by: Actor) -> tuple[Approval, Case]:
    pk = approval.pk if isinstance(approval, Approval) else approval
    row = Approval.objects.filter(pk=pk).first()
    if row is None:
        missing(by)
    found = locked(row.case_id, by)
    row.case = found
    return row, found


def _person(by: Actor) -> int:
    """The account of whoever asks: a question has somebody behind it."""
    pk = account_of(by)
    if pk is None:
        raise CannotDo("请示须由人提出。")
    return pk
