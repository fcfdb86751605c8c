"""Meetings of the demo college: last week's, with decisions that are under way; today's, to be held at two o'clock. After the cases are open."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.meetings import actions, queries

MEMBERS = ("T1003", "T1009", "T1010", "T1001", "T1004", "T1008", "T1005")
SAID = (
    ("已与本人谈话，愿意参加周末补习；家里支持。", "安排数学补习，每周一次，期末前评估", 10),
    ("出勤有好转，仍需关注早课。", "班主任每周核对一次考勤", 5),
    ("经济上有困难，本人未申请资助。", "协助填写困难认定申请", 3),
)


def open_meetings(now: datetime) -> None:
    """What the pages of meetings show. Once: a college that has a series keeps it."""
    chair = _reader("T1002", now)
    if chair is None or queries.series_of(chair).exists():
        return
    then = now - timedelta(days=7)
    school = access.units(chair, "organisation").filter(kind="school").first()
    assert school is not None
    rule = actions.Rule("学业预警与学生帮扶联席会", school.pk, 2, 1, time(14, 0), 60, "行政楼 201", least_level=4)
    series = actions.set_up(rule=rule, by=chair, now=then)
    for username in MEMBERS:
        account = access.account(username)
        if account is not None:
            part = "minutes" if username == "T1003" else "member"
            actions.seat(series=series.pk, account=account.pk, part=part, by=chair, now=then)
    _held(series.pk, chair, then)
    planned = actions.plan(
        series=series.pk, starts_at=timezone.localtime(now).replace(hour=14, minute=0, second=0, microsecond=0), by=chair, now=now
    )
    actions.invite(meeting=planned.pk, by=chair, now=now)
    for username in MEMBERS[:3]:
        member = _reader(username, now)
        if member is not None:
            actions.answer(meeting=planned.pk, coming=True, by=member, now=now)


def _held(series: int, chair: Reader, then: datetime) -> None:
    """Last week's sitting: three matters were spoken of, something was agreed about each."""
    begins = timezone.localtime(then).replace(hour=14, minute=0, second=0, microsecond=0)
    found = actions.plan(series=series, starts_at=begins, by=chair, now=begins - timedelta(hours=4))
    then = begins + timedelta(minutes=2)
    actions.open_meeting(meeting=found.pk, by=chair, now=then)
    for row, (said, agreed, days) in zip(queries.visible_items(chair, found), SAID, strict=False):
        actions.note(meeting=found.pk, item=row.pk, discussed=said, by=chair, now=then)
        strand = queries.strand_of(row) if row.kind == "case" else None
        if strand is not None:
            actions.decide(meeting=found.pk, item=row.pk, agreed=agreed, owner=strand.case.lead_id, days=days, by=chair, now=then)
    actions.close(meeting=found.pk, by=chair, now=then + timedelta(minutes=48))


def _reader(username: str, now: datetime) -> Reader | None:
    account = access.account(username)
    return access.reader(account, timezone.localdate(now), now=now) if account is not None else None
