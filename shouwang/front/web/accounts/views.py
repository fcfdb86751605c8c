"""The administrator's page of accounts. Staff by name; students and guardians as counts, or one by the number somebody tells."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_q.tasks import async_task

from shouwang.front.web.accounts.slips import slips
from shouwang.front.web.kit import paging
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import accounts, actions, invitations


@require_safe
@page("accounts")
def board(request: PageRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:40]
    by = request.reader
    if text and (found := accounts.by_number(by, text.strip())) is not None and found.staff_id is None:
        return render(request, "accounts/board.html", {"q": text, "found": found, "kind": _kind(found)})
    rows = accounts.staff_accounts(by, text)
    after = paging.cursor(request)
    if after and len(after) == 2 and all(isinstance(part, str) for part in after):
        rows = rows.filter(pinyin__gte=after[0]).exclude(pinyin=after[0], number__lte=after[1])
    shown = list(rows[: paging.SIZE + 1])
    more, shown = len(shown) > paging.SIZE, shown[: paging.SIZE]
    key = [shown[-1].pinyin, shown[-1].number] if shown else None
    total = accounts.staff_accounts(by, text).count()
    classes = accounts.classes(by)
    context = {
        "q": text,
        "rows": [_row(one) for one in shown],
        "pager": paging.pager(request, shown, key=key, total=total, more=more),
        "classes": classes,
        "missing_staff": accounts.staff_accounts(by).filter(account=None).count(),
        "missing_students": sum(one.students - one.opened for one in classes),
    }
    return render(request, "accounts/board.html", context)


def _row(staff: Any) -> dict[str, Any]:
    account = getattr(staff, "account", None)
    state = pick("未开通", "No account") if account is None else pick("已停用", "Closed") if not account.is_active else ""
    if account is not None and account.is_active:
        invited = staff.is_invited and not account.has_usable_password()
        state = pick("已邀请", "Invited") if invited else pick("使用中", "Open")
    return {
        "pk": account.pk if account else None,
        "name": staff.name,
        "number": staff.number,
        "office": staff.office.name if staff.office else "",
        "state": state,
        "good": bool(account and account.is_active),
        "factor": staff.has_factor,
        "last": account.last_login if account else None,
    }


def _kind(account: Any) -> str:
    return pick("学生账号", "Student account") if account.student_id else pick("监护人账号", "Guardian account")


@require_POST
@page("accounts")
def open_all(request: PageRequest) -> HttpResponseBase:
    """Accounts for all of a kind that have none: they sign in by the campus, or get an invitation later."""
    try:
        made = accounts.open_in_bulk(kind=request.POST.get("kind", ""), by=request.reader.account_id, now=request.now)
    except actions.CannotOpen as reason:
        messages.warning(request, str(reason))
        return redirect("accounts:board")
    messages.success(request, _("开通了 %(count)s 个账号。") % {"count": made})
    return redirect("accounts:board")


@require_safe
@page("accounts")
def one(request: PageRequest, pk: int) -> HttpResponse:
    found = accounts.account(request.reader, pk)
    if found is None:
        return missing(request)
    staff = found.staff
    shown = {
        "account": found,
        "title": staff.name if staff else found.username,
        "kind": pick("教职工账号", "Staff account") if staff else _kind(found),
        "office": staff.office.name if staff and staff.office else "",
        "factors": [_factor(kind) for kind in accounts.factors(found)],
        "last": accounts.last_seen(found) or found.last_login,
        "reasons": [(code, pick(zh, en)) for code, (zh, en) in accounts.RESET_REASONS.items()],
        "self": found.pk == request.reader.account_id,
        "mail": bool(settings.MAIL and staff and staff.email),
    }
    return render(request, "accounts/one.html", shown)


def _factor(kind: str) -> str:
    return pick("手机验证器", "Authenticator app") if kind == "totp" else pick("通行密钥", "Passkey")


@require_POST
@never_cache
@page("accounts")
def move(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    """One deed on one account; what is not a deed is missing."""
    found = accounts.account(request.reader, pk)
    if found is None or move not in MOVES:
        return missing(request)
    return MOVES[move](request, found)


def _invite(request: PageRequest, account: Any) -> HttpResponseBase:
    purpose = "reset" if account.has_usable_password() else "open"
    reason = accounts.why_not_alone(account, by=request.reader.account_id, now=request.now) if _wiped(account, purpose) else None
    if reason is not None:
        messages.warning(request, reason)
        return redirect("accounts:one", account.pk)
    if request.POST.get("by") == "mail" and settings.MAIL and account.staff is not None:
        async_task("shouwang.front.pipeline.mailing.send_invitation", account.pk, purpose, request.reader.account_id)
        messages.success(request, _("邀请已发往名册中的邮箱。"))
        return redirect("accounts:one", account.pk)
    try:
        words = invitations.invite(accounts=[account], by=request.reader.account_id, now=request.now, purpose=purpose)
    except invitations.CannotInvite as reason:
        messages.warning(request, str(reason))
        return redirect("accounts:one", account.pk)
    staff = account.staff
    people = [(staff.name if staff else account.username, staff.office.name if staff and staff.office else "", account)]
    return render(request, "accounts/slips.html", {"slips": slips(request, people, words, purpose), "purpose": purpose})


def _wiped(account: Any, purpose: str) -> bool:
    """A new password for an account without second factor: the other half may be this administrator's own doing."""
    return purpose == "reset" and not accounts.factors(account)


def _close(request: PageRequest, account: Any) -> HttpResponseBase:
    if account.pk == request.reader.account_id:
        messages.warning(request, _("不能停用自己的账号，请另一位管理员来做。"))
    else:
        actions.close_account(account=account, by=request.reader.account_id, now=request.now)
        accounts.end_sessions(account=account, by=request.reader.account_id, now=request.now)
        messages.success(request, _("账号已停用，所有设备已退出。"))
    return redirect("accounts:one", account.pk)


def _reopen(request: PageRequest, account: Any) -> HttpResponseBase:
    accounts.reopen(account=account, by=request.reader.account_id, now=request.now)
    messages.success(request, _("账号已重新开通。"))
    return redirect("accounts:one", account.pk)


def _reset(request: PageRequest, account: Any) -> HttpResponseBase:
    """Another administrator does it: whoever holds one session of mine must not be able to take my factors away with it."""
    if account.pk == request.reader.account_id:
        messages.warning(request, _("不能重置自己的二次验证，请另一位管理员来做。"))
        return redirect("accounts:one", account.pk)
    if (why := accounts.why_not_alone(account, by=request.reader.account_id, now=request.now)) is not None:
        messages.warning(request, why)
        return redirect("accounts:one", account.pk)
    try:
        accounts.reset_factors(account=account, reason=request.POST.get("reason", ""), by=request.reader.account_id, now=request.now)
    except KeyError:
        messages.warning(request, _("请选择重置的原因。"))
    else:
        messages.success(request, _("二次验证已重置，所有设备已退出；下次登录时重新设置。"))
    return redirect("accounts:one", account.pk)


def _sign_out(request: PageRequest, account: Any) -> HttpResponseBase:
    keep = request.session.session_key or "" if account.pk == request.reader.account_id else ""
    accounts.end_sessions(account=account, by=request.reader.account_id, now=request.now, keep=keep)
    messages.success(request, _("所有设备已退出。"))
    return redirect("accounts:one", account.pk)


MOVES = {"invite": _invite, "close": _close, "reopen": _reopen, "reset": _reset, "sign-out": _sign_out}
