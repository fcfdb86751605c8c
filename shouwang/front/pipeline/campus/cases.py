"""The demo college at work on its cases: opened by the morning's run, some done, one referred, one waiting for the supervisor's word."""

from datetime import datetime, timedelta

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.front.pipeline import casework
from shouwang.trust.access import accounts
from shouwang.trust.access import queries as access
from shouwang.work.cases import actions, queries

YESTERDAY = timedelta(days=1, hours=-1)
SAID = "已电话联系上本人，人在家中，情绪平稳，答应明天返校；已告知监护人。"


def open_cases(now: datetime) -> None:
    """Two days of work: the cases began the day before yesterday's end, so that some terms are over by this morning."""
    casework.install(now=now)
    accounts.open_in_bulk(kind="staff", by=None, now=now)
    began = now - YESTERDAY
    casework.open_due(now=began)
    lin, secretary = _reader("T1001", now), _reader("T1003", now)
    if lin is None or secretary is None:
        return
    for step in list(queries.my_steps(lin)[:3]):
        plan = actions.plan_of(step)
        decision = plan.decisions[0].code if plan and plan.decisions else ""
        _try(actions.finish_step, step=step.pk, output=SAID, decision=decision, by=lin, now=now - timedelta(minutes=50))
    late = list(queries.desk(secretary, queries.Filters(late=True), now)[:3])
    actions.remind(steps=[step.pk for step in late], by=secretary, now=now - timedelta(minutes=20))
    led = queries.visible_cases(lin).filter(lead=lin.account_id, closed_at=None).order_by("pk").first()
    if led is not None:
        _work_on(led.pk, lin, now)


def _work_on(case: int, lin: Reader, now: datetime) -> None:
    """One case with everything a case can hold."""
    plan = "一、两周内到课稳定；二、英语和数学由同组同学结对补习，每周二、四晚自习；三、每周五与班主任谈十分钟。"
    _try(actions.write_plan, case=case, words=plan, by=lin, now=now - timedelta(minutes=40))
    _try(actions.set_goal, case=case, words="连续两周没有旷课", due_on=timezone.localdate(now) + timedelta(days=14), by=lin, now=now)
    _try(actions.note, case=case, words="室友反映最近晚上睡得很晚，白天起不来；没有别的异常。", by=lin, now=now - timedelta(minutes=35))
    _try(
        actions.refer, case=case, role="student_affairs", words="同学提到家里最近开支紧张，请学生处了解是否需要临时补助。", by=lin, now=now
    )


def _reader(number: str, now: datetime) -> Reader | None:
    account = access.account(number)
    return access.reader(account, timezone.localdate(now), now=now) if account is not None else None


def _try(act: object, **given: object) -> None:
    try:
        act(**given)  # type: ignore[operator]
    except actions.CannotDo:
        return  # the demo's data decide which alerts there are; what does not apply is left out
