"""The homeroom teacher's page: slips for the own students and their guardians, and contacts that changed in the register."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.web.accounts.slips import slips as slips_of
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import accounts, actions, contacts, invitations

MOST = 60  # slips on one print: a class and its guardians come one after the other


@dataclass(frozen=True, slots=True)
class Line:
    key: str
    name: str
    under: str
    state: str
    good: bool
    can_invite: bool
    guardian: int | None = None
    waits: str = ""


@require_safe
@page("invite")
def board(request: PageRequest) -> HttpResponse:
    students = list(accounts.students_with_accounts(request.reader))
    guardians = list(contacts.guardians(request.reader))
    standings = contacts.standings(guardians)
    opened = accounts.guardian_accounts(guardians)
    shown = {
        "students": [_student(one) for one in students],
        "guardians": [_guardian(one, standings[one.pk], opened.get(one.pk)) for one in guardians],
        "waiting": [_guardian(one, standings[one.pk], opened.get(one.pk)) for one in guardians if standings[one.pk].waits],
        "most": MOST,
    }
    return render(request, "accounts/invitations.html", shown)


def _state(account: Any) -> tuple[str, bool]:
    if account is None:
        return pick("未开通", "No account"), False
    if not account.is_active:
        return pick("已停用", "Closed"), False
    return (pick("使用中", "Open"), True) if account.has_usable_password() else (pick("已开通，未设密码", "No password yet"), False)


def _student(one: Any) -> Line:
    state, good = _state(getattr(one, "account", None))
    return Line(f"s{one.sid}", one.name, one.number, state, good, not good)


def _guardian(one: Any, standing: contacts.Standing, account: Any) -> Line:
    state, good = _state(account)
    digits = "".join(sign for sign in one.phone if sign.isdigit())
    phone = pick(f"电话尾号 {digits[-4:]}", f"phone ends in {digits[-4:]}") if len(digits) >= 4 else pick("名册中没有电话", "no telephone")
    under = f"{one.student.name} · {one.get_relation_display()} · {phone}"
    why = pick(standing.why, standing.why_en) if standing.waits else ""
    return Line(f"g{one.pk}", one.name, under, state, good, not standing.waits and len(digits) >= 4, one.pk, why)


@require_POST
@never_cache
@page("invite")
def slips(request: PageRequest) -> HttpResponseBase:
    """Opens what is not open yet and shows the slips once."""
    chosen = request.POST.getlist("chosen")[:MOST]
    sids, keys = _numbers(chosen, "s"), _numbers(chosen, "g")
    by, now = request.reader.account_id, request.now
    try:
        people = [*_opened_students(request, sids), *_opened_guardians(request, keys)]
        if not people:
            messages.info(request, _("请先选择要发邀请的人。"))
            return redirect("accounts:invitations")
        words = invitations.invite(accounts=[account for _name, _line, account in people], by=by, now=now)
    except (actions.CannotOpen, invitations.CannotInvite) as reason:
        messages.warning(request, str(reason))
        return redirect("accounts:invitations")
    return render(request, "accounts/slips.html", {"slips": slips_of(request, people, words), "purpose": "open"})


def _numbers(chosen: list[str], kind: str) -> set[int]:
    return {int(key[1:]) for key in chosen if key[:1] == kind and key[1:].isascii() and key[1:].isdigit() and len(key) < 12}


def _opened_students(request: PageRequest, sids: set[int]) -> Iterator[tuple[str, str, Any]]:
    for student in accounts.students_with_accounts(request.reader).filter(sid__in=sids):
        yield student.name, student.number, accounts.open_student(student=student, by=request.reader.account_id, now=request.now)


def _opened_guardians(request: PageRequest, keys: set[int]) -> Iterator[tuple[str, str, Any]]:
    for guardian in contacts.guardians(request.reader).filter(pk__in=keys):
        yield (
            guardian.name,
            guardian.student.name,
            accounts.open_guardian(guardian=guardian, by=request.reader.account_id, now=request.now),
        )


@require_POST
@page("invite")
def confirm(request: PageRequest, pk: int) -> HttpResponseBase:
    """This is the guardian the school means, with this telephone."""
    guardian = contacts.guardians(request.reader).filter(pk=pk).first()
    if guardian is None:
        return missing(request)
    contacts.confirm(guardian=guardian, by=request.reader.account_id, now=request.now)
    messages.success(request, _("已确认，可以发邀请了。"))
    return redirect("accounts:invitations")
