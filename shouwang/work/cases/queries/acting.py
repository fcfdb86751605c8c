"""Who a reader is to a case, and to whom something can be handed."""

from datetime import date, datetime

from django.utils import timezone

from shouwang.common.reader import Reader, acting
from shouwang.trust.access import grants, matrix
from shouwang.trust.access import queries as access
from shouwang.trust.access.answering import Place, holders
from shouwang.trust.access.models import Account
from shouwang.work.cases.models import Approval, Case, CaseStep, Member, Referral, Strand
from shouwang.work.cases.queries.seeing import visible_strands
from shouwang.work.playbooks.policies import answering_roles

GRAVE = 3  # from orange on, closing takes two


def actors(
    by: Reader | int | None,
    found: Case,
    *,
    step: CaseStep | None = None,
    referral: Referral | None = None,
    approval: Approval | None = None,
) -> frozenset[str]:
    """In which parts the reader stands before a case (policies.ACTORS). What is no reader is the platform itself."""
    if not isinstance(by, Reader):
        return frozenset({"machine"})
    if by.is_read_only or not access.may(by, "cases_act"):
        return frozenset({"reader"})
    mine = {"reader"}
    mine |= {"lead"} if found.lead_id == by.account_id else set()
    mine |= {"supervisor"} if found.supervisor_id == by.account_id else set()
    if Member.objects.filter(case=found, account=by.account_id, until=None).exclude(part="I").exists():
        mine.add("member")
    if access.may(by, "cases_route") and visible_strands(acting(by, "write")).filter(case=found).exists():
        mine.add("hub")
    if step is not None and step.responsible_id == by.account_id:
        mine.add("owner")
    if referral is not None:
        mine |= {"asker"} if referral.asked_by_id == by.account_id else set()
        mine |= {"asked"} if referral.to_id == by.account_id or _holds(by, referral) else set()
    if approval is not None:
        mine |= {"asker"} if approval.asked_by_id == by.account_id else set()
        mine |= {"asked"} if approval.asked_of_id == by.account_id else set()
    return frozenset(mine)


def _holds(by: Reader, referral: Referral) -> bool:
    """Whether the reader is of the department that was asked, for this student."""
    covering = access.covering(by, referral.case.student_id)
    return any(scope.role == referral.role and not scope.ref for scope in covering)


def needs_approval(found: Case) -> bool:
    """Whether closing takes the supervisor's word: by level, or because a procedure says so."""
    return found.level >= GRAVE or found.strands.filter(level__gte=GRAVE).exists() or found.strands.filter(playbook__approval=True).exists()


def assignable(found: Case, on: date, categories: int | None = None) -> list[tuple[Account, str]]:
    """(account, role) of everybody who answers for the student in some role and may read this kind of matter; nearest first, once each."""
    bits = found.categories if categories is None else categories
    roles = [code for code, role in answering_roles().items() if not bits & ~(role.any(matrix.SEE) | role.of("case_team").see)]
    place = Place(found.unit_path, found.dorm_path, found.student_id)
    around = holders(roles, [place], on)
    role_of: dict[int, str] = {}
    for role in roles:
        for pk in around.of_place(place, (role,)):
            role_of.setdefault(pk, role)
    accounts = Account.objects.select_related("staff", "student").in_bulk(list(role_of))
    return [(accounts[pk], role_of[pk]) for pk in around.of_place(place, roles) if accounts[pk].staff is not None]


def why_not_member(account: Account, found: Case, strand: Strand | None, now: datetime, lang: str = "zh") -> str | None:
    """None when the account may take part: their own duties, or membership itself, let them read this kind of matter."""
    bits = strand.categories if strand is not None else found.categories
    own = access.reader_of(account.pk, timezone.localdate(now), now)
    if own is None or account.staff is None:
        return "这个账号已停用或不是教职工，请另选一位。" if lang == "zh" else "This account is closed or not of staff; choose another."
    mine = access.categories(own, found.student_id)  # nobody is let in who has no duty towards the student at all
    if not mine or bits & ~(mine | grants.possible(grants.roles_of(account, now), "case_team")):
        if lang != "zh":
            return f"The roles of {account.name} do not allow this kind of matter; choose somebody else."
        return f"{account.name}的职责不能接触这类内容，请另选一位，或请对口部门接收。"
    return None
