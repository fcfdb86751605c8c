"""Trainings of the demo college: one that was held, with a quiz; one to come."""

from datetime import datetime, timedelta

from django.utils import timezone

from shouwang.trust.access import queries as access
from shouwang.work.trainings import actions, queries

HANDBOOK = "四级信息反馈网络操作要点：发现异常一分钟内上报；可以边处理边上报；紧急情况可以越级，同时打电话。\n"


def open_trainings(now: datetime) -> None:
    """What the pages of trainings show. Once."""
    account = access.account("T1002")
    if account is None:
        return
    by = access.reader(account, timezone.localdate(now), now=now)
    if queries.trainings(by).exists():
        return
    school = access.units(by, "organisation").filter(kind="school").first()
    assert school is not None
    then = now - timedelta(days=30)
    wanted = actions.Wanted("network", school.pk, then + timedelta(hours=6), 90, "大礼堂", "学生工作处 陈建国")
    held = actions.plan(wanted=wanted, by=by, now=then)
    actions.add_material(training=held.pk, filename="操作要点.txt", content=HANDBOOK.encode(), by=by, now=then)
    actions.invite(training=held.pk, by=by, now=then)
    presence, scores = {}, {}
    for at, row in enumerate(held.attendees.order_by("pk")):
        presence[row.pk] = "absent" if at % 9 == 4 else "excused" if at % 13 == 7 else "present"
        scores[row.pk] = 52 + (at * 17) % 48
    after = then + timedelta(hours=8)
    actions.note(training=held.pk, presence=presence, scores=scores, by=by, now=after)
    actions.hold(training=held.pk, by=by, now=after)
    coming = actions.Wanted("crisis", school.pk, now + timedelta(days=6, hours=4), 120, "行政楼报告厅", "心理中心 周敏")
    actions.invite(training=actions.plan(wanted=coming, by=by, now=now).pk, by=by, now=now)
