"""Who leads, and who takes part."""

from datetime import datetime

from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account
from shouwang.trust.ledger.guard import told
from shouwang.work.cases import policies, queries
from shouwang.work.cases.actions import clocks
from shouwang.work.cases.actions.base import Actor, CannotDo, join_team, lang, leave_team, locked, may_do, pick, send, strand_of, tell
from shouwang.work.cases.actions.stepping import rehand_step
from shouwang.work.cases.models import Case, Member


def hand_over(*, case: Case | int, to: Account | int, by: Actor, now: datetime) -> Case:
    """Another leads from now on, and takes over what the old lead still had to do. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_do("hand_over", found, by)
        pk = to.pk if isinstance(to, Account) else to
        if pk in (found.lead_id, found.supervisor_id):
            raise CannotDo(pick(by, "请选另一位：这位已经主责或负责审批。", "Choose somebody else: they lead or supervise it already."))
        account = _fit(found, pk, by, now)
        before = found.lead_id
        found.lead = account
        found.save()
        for strand in found.strands.filter(ended_at=None):
            join_team(found, account, "R", strand=strand, by=by, now=now)
        for step in found.steps.filter(responsible=before, state__in=policies.STEP_LIVE):
            rehand_step(step=step, to=account, by=None, now=now)
        clocks.keep(found, by, now)
        leave_team(list(Member.objects.filter(case=found, account=before, part="R", until=None)), by, now)
        tell("handed_over", found, by, now, categories=found.categories, account=account.pk)
        send("case.handed_over", {account.pk, before}, found, by, now, key=f"{found.pk}:{now.isoformat()}")
    return found


def add_member(*, case: Case | int, account: Account | int, part: str, by: Actor, now: datetime, strand: int | None = None) -> Member:
    """On the team of one matter. CannotDo with the reason."""
    with told():
        found = locked(case, by)
        may_do("team", found, by)
        if part not in ("R", "C", "I"):
            raise CannotDo(pick(by, "请选择职责。", "Choose a part."))
        chosen = strand_of(found, by, strand)
        who = _fit(found, account.pk if isinstance(account, Account) else account, by, now)
        made = join_team(found, who, part, strand=chosen, by=by, now=now)
        tell("team_changed", found, by, now, strand=chosen, account=who.pk, code=part)
        send("case.member", {who.pk}, found, by, now, key=f"{made.pk}")
    return made


def remove_member(*, member: int, by: Actor, now: datetime) -> None:
    """Off the team, and with it out of what that let them read. CannotDo while they still have a step."""
    with told():
        row = Member.objects.filter(pk=member, until=None).first()
        found = locked(row.case_id if row else 0, by)
        assert row is not None
        if row.strand_id is not None:
            strand_of(found, by, row.strand_id)
        may_do("team", found, by)
        if row.account_id in (found.lead_id, found.supervisor_id):
            raise CannotDo(pick(by, "主责和审批人不能移出小组，请先移交。", "Lead and supervisor stay on the team; hand it over first."))
        if found.steps.filter(responsible=row.account_id, strand=row.strand_id, state__in=policies.STEP_LIVE).exists():
            raise CannotDo(pick(by, "还有没完成的步骤，请先改派。", "They still have a step; hand it to somebody else first."))
        leave_team([row], by, now)
        tell("team_changed", found, by, now, strand=row.strand, categories=found.categories, account=row.account_id, code="out")


def out_of_it(found: Case, account: int, asked_at: datetime, by: Actor, now: datetime) -> None:
    """Whoever was asked, and is asked no more, reads no further: the part ends that the question gave them, and no other."""
    leave_team(list(Member.objects.filter(case=found, account=account, part="C", since=asked_at, until=None)), by, now)


def _fit(found: Case, pk: int, by: Actor, now: datetime) -> Account:
    account = access.open_account(pk)
    if account is None:
        raise CannotDo(pick(by, "没有这个账号，请重新选择。", "There is no such account; choose again."))
    if why := queries.why_not_member(account, found, None, now, lang(by)):
        raise CannotDo(why)
    return account
