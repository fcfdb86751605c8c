"""What people do in a case: one action per address, then back to where they were. Refusals are sentences."""

import re
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from shouwang.front.web.cases import present, views
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries as access
from shouwang.work.cases import actions, queries

Move = Callable[[PageRequest, int], Any]
PAGE = re.compile(r"/cases/(\d{1,11})/(?:[#?]|$)")
DIALOGS = {"step": "add-step"} | {
    one: one
    for one in (
        "refer", "hand-over", "member", "opinion", "plan", "ask-plan", "goal", "pause", "ask-close", "close", "reopen", "merge", "split",
    )
}  # fmt: skip


def _text(request: PageRequest, key: str = "words") -> str:
    return request.POST.get(key, "")


def _number(request: PageRequest, key: str) -> int:
    text = request.POST.get(key, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _day(request: PageRequest, key: str) -> Any:
    found = present.day_of(request.POST.get(key, ""))
    if found is None:
        raise actions.CannotDo(pick("请选择日期。", "Choose a day."))
    return found


def _student(request: PageRequest) -> Any:
    """Somebody on the reader's list, by number."""
    found = access.students(request.reader).filter(number=_text(request, "number").strip()).first()
    if found is None:
        raise actions.CannotDo(pick("您的名单里没有这个学号，请核对。", "There is no such number on your list; check it."))
    return found


def _file(request: PageRequest, pk: int) -> Any:
    given = request.FILES.get("file")
    if given is None or given.file is None:
        raise actions.CannotAttach(pick("请选择文件。", "Choose a file."))
    return actions.add_document(
        case=pk, name=given.name or "", stream=cast(BinaryIO, given.file), size=given.size or 0, by=request.reader, now=request.now
    )


def _who(request: PageRequest) -> dict[str, Any]:
    return {"by": request.reader, "now": request.now}


def _remind(request: PageRequest, pk: int) -> None:
    if not queries.visible_steps(request.reader, pk).exists():
        raise actions.NoSuchCase
    if not actions.remind(steps=[pk], **_who(request))[0]:
        raise actions.CannotDo(pick("今天已经提醒过了，或这一步不由您提醒。", "They were reminded today, or it is not yours to remind."))


DEEDS: dict[str, tuple[Move, tuple[str, str]]] = {
    "note": (lambda r, pk: actions.note(case=pk, words=_text(r), strand=_number(r, "strand") or None, **_who(r)), ("已写入记录", "Noted")),
    "plan": (lambda r, pk: actions.write_plan(case=pk, words=_text(r), **_who(r)), ("方案已保存", "The plan is kept")),
    "goal": (lambda r, pk: actions.set_goal(case=pk, words=_text(r), due_on=_day(r, "due_on"), **_who(r)), ("目标已定", "The goal is set")),
    "judge": (lambda r, pk: actions.judge_goal(goal=_number(r, "goal"), state=_text(r, "state"), **_who(r)), ("已评价", "Judged")),
    "document": (_file, ("文件已加密保存", "The file is kept, encrypted")),
    "step": (
        lambda r, pk: actions.add_step(
            case=pk, title=_text(r, "title"), responsible=_number(r, "to"), within=_text(r, "within"), output=_text(r, "output"),
            strand=_number(r, "strand") or None, **_who(r),
        ),
        ("已加一步并通知责任人", "The step is added and its owner told"),
    ),
    "hand-over": (lambda r, pk: actions.hand_over(case=pk, to=_number(r, "to"), **_who(r)), ("已移交", "Handed over")),
    "member": (lambda r, pk: actions.add_member(case=pk, account=_number(r, "to"), part=_text(r, "part"), **_who(r)), ("已加入小组", "On the team now")),
    "leave": (lambda r, pk: actions.remove_member(member=_number(r, "member"), **_who(r)), ("已移出小组", "Off the team now")),
    "refer": (lambda r, pk: actions.refer(case=pk, role=_text(r, "role"), words=_text(r), **_who(r)), ("已转介，等对方答复", "Referred; the answer is awaited")),
    "opinion": (lambda r, pk: actions.second_opinion(case=pk, of=_number(r, "to"), words=_text(r), **_who(r)), ("已发出请求", "Asked")),
    "ask-plan": (lambda r, pk: actions.ask_approval(case=pk, kind="plan", words=_text(r), **_who(r)), ("已请审批", "Approval is asked")),
    "ask-close": (
        lambda r, pk: actions.ask_approval(case=pk, kind="closure", words=_text(r), outcome=_text(r, "outcome"), **_who(r)),
        ("已申请结案", "Closing is asked"),
    ),
    "close": (lambda r, pk: actions.close(case=pk, outcome=_text(r, "outcome"), words=_text(r), **_who(r)), ("已结案，反映情况的人会收到回复", "Closed; whoever raised it hears")),
    "pause": (lambda r, pk: actions.pause(case=pk, reason=_text(r, "reason"), until=_day(r, "until"), **_who(r)), ("已暂停", "Paused")),
    "resume": (lambda r, pk: actions.resume(case=pk, **_who(r)), ("已恢复", "Resumed")),
    "reopen": (lambda r, pk: actions.reopen(case=pk, words=_text(r), **_who(r)), ("已重新开启", "Reopened")),
    "merge": (lambda r, pk: actions.merge(case=pk, into=_number(r, "into"), **_who(r)), ("已合并", "Merged")),
    "split": (
        lambda r, pk: actions.split(case=pk, strand=_number(r, "strand"), student=_student(r), **_who(r)),
        ("已拆分，那位同学的个案已经开启", "Split; the other student's case is open"),
    ),
}  # fmt: skip
STEPS: dict[str, tuple[Move, tuple[str, str]]] = {
    "finish": (
        lambda r, pk: actions.finish_step(step=pk, output=_text(r), decision=_text(r, "decision"), **_who(r)),
        ("已完成，下一步已经分派", "Done; what follows is assigned"),
    ),
    "skip": (lambda r, pk: actions.skip_step(step=pk, reason=_text(r, "reason"), **_who(r)), ("已记下不做的原因", "The reason is kept")),
    "redo": (lambda r, pk: actions.redo_step(step=pk, **_who(r)), ("已要求重做", "It will be done again")),
    "rehand": (lambda r, pk: actions.rehand_step(step=pk, to=_number(r, "to"), **_who(r)), ("已改派并通知", "Handed on and told")),
    "wait": (lambda r, pk: actions.wait_step(step=pk, reason=_text(r, "reason"), until=_day(r, "until"), **_who(r)), ("计时已暂停", "The clock is stopped")),
    "go-on": (lambda r, pk: actions.go_on_step(step=pk, **_who(r)), ("继续计时", "The clock runs")),
    "remind": (_remind, ("已提醒", "Reminded")),
}  # fmt: skip
REFERRALS: dict[str, tuple[Move, tuple[str, str]]] = {
    "accept": (lambda r, pk: actions.accept(referral=pk, **_who(r)), ("已接收，成为您的一步", "Accepted; it is now a step of yours")),
    "decline": (lambda r, pk: actions.decline(referral=pk, words=_text(r), **_who(r)), ("已答复", "Answered")),
    "return": (lambda r, pk: actions.return_(referral=pk, words=_text(r), **_who(r)), ("已退回", "Given back")),
    "withdraw": (lambda r, pk: actions.withdraw_referral(referral=pk, **_who(r)), ("已撤回", "Withdrawn")),
}
APPROVALS: dict[str, tuple[Move, tuple[str, str]]] = {
    "agree": (lambda r, pk: actions.answer_approval(approval=pk, agree=True, words=_text(r), **_who(r)), ("已答复：同意", "Agreed")),
    "refuse": (
        lambda r, pk: actions.answer_approval(approval=pk, agree=False, words=_text(r), **_who(r)),
        ("已答复：不同意", "Not agreed"),
    ),
    "withdraw": (lambda r, pk: actions.withdraw_approval(approval=pk, **_who(r)), ("已撤回", "Withdrawn")),
}


@require_POST
@page("cases_act")
def case(request: PageRequest, pk: int, deed: str) -> HttpResponseBase:
    if queries.case(request.reader, pk) is None:  # before anything of the form is read: a case one may not know of has no opinion of it
        return missing(request)
    return _do(request, DEEDS, deed, pk, f"/cases/{pk}/")


@require_POST
@page("cases_act")
def step(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    if not queries.visible_steps(request.reader, pk).exists():
        return missing(request)
    return _do(request, STEPS, move, pk, "/cases/")


@require_POST
@page("cases_act")
def referral(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    return _do(request, REFERRALS, move, pk, "/cases/queue/")


@require_POST
@page("cases_act")
def approval(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    return _do(request, APPROVALS, move, pk, "/cases/queue/")


def _do(request: PageRequest, table: dict[str, tuple[Move, tuple[str, str]]], move: str, pk: int, home: str) -> HttpResponseBase:
    """The action, and back. A refusal on the page of a case shows the page again with what was typed, in its form or beside the reason."""
    if move not in table:
        return missing(request)
    act, done = table[move]
    try:
        act(request, pk)
    except actions.NoSuchCase:
        return missing(request)
    except actions.CannotDo as refused:
        if (found := _case_of(request, home)) is not None:
            return views.show(request, found, _typed(request, move, pk, str(refused)))
        messages.error(request, str(refused))
    else:
        messages.success(request, pick(*done))
    back = request.POST.get("next", "")
    safe = back and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else home)


def _case_of(request: PageRequest, home: str) -> Any:
    """The case on whose page the form stood, when the reader may still see it."""
    at = PAGE.match(request.POST.get("next", "") or home)
    return queries.case(request.reader, int(at[1])) if at else None


def _typed(request: PageRequest, move: str, pk: int, why: str) -> dict[str, Any]:
    """What the form held; `dialog`: the one to open again; `kind`: of whom `pk` is the number, as in the address."""
    kept = {name: request.POST.get(name, "") for name in ("words", "title", "number", "decision", "until", "due_on")}
    kind = request.path.split("/")[2]
    return kept | {"why": why, "move": move, "pk": pk, "kind": kind, "dialog": DIALOGS.get(move, "")}


@require_GET
@page("cases")
def document(request: PageRequest, pk: int) -> HttpResponseBase:
    """The file, as a download; on record."""
    try:
        name, pieces = actions.open_document(document=pk, by=request.reader, now=request.now)
    except actions.NoSuchCase:
        return missing(request)
    response = StreamingHttpResponse(pieces, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
