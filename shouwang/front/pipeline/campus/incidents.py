"""Reports of the demo college: what the last days brought up through the network, one that climbed last night, a drill of last week."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.incidents import actions, queries
from shouwang.work.incidents.actions import emergencies
from shouwang.work.incidents.actions.reporting import Given
from shouwang.work.incidents.queries import emergencies as boards

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = uuid.UUID("6f1d1c52-7f0a-4c4e-9f0e-5a5f0c1d2e30")


def open_incidents(now: datetime) -> None:
    """Through the real actions, in the order of time. Once: a college that has reports keeps them."""
    head = _reader("T1002", now)
    if head is None or queries.visible_incidents(head).exists():
        return
    _drill(now - timedelta(days=7))
    _appliances(_at(now, 6, 21, 10))
    _truancy(_at(now, 2, 9, 40))
    _distress(_at(now, 1, 15, 20))
    _night(_at(now, 1, 23, 35))
    _report(
        "2024011103", _at(now, 0, 9, 25), ("drinking", "urgent"), "昨晚有同学喝多了，今天没来上课，寝室里有酒瓶", "1 号公寓 101 室", nth=3
    )


def _at(now: datetime, days: int, hour: int, minute: int) -> datetime:
    """A moment some days ago."""
    return (timezone.localtime(now, ZONE) - timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def _reader(username: str, now: datetime) -> Reader | None:
    account = access.account(username)
    return access.reader(account, timezone.localdate(now), now=now) if account is not None else None


def _report(username: str, now: datetime, kind: tuple[str, str], what: str, where: str, *, nth: int) -> int:
    """In the name of one of the cast, about the nth student of their list; 0 when there is no such person."""
    by = _reader(username, now)
    if by is None:
        return 0
    about = list(access.students(by).values_list("sid", flat=True)[nth : nth + 1])
    given = Given(
        key=uuid.uuid5(NAMES, f"{username}/{kind[0]}/{now.isoformat()}"),
        category=kind[0],
        urgency=kind[1],
        what=what,
        where=where,
        numbers=tuple(about),
        happened_at=now - timedelta(minutes=10),
    )
    return actions.report(given=given, by=by, now=now).pk


def _appliances(now: datetime) -> None:
    """A floor cadre's report that was answered late and settled the next day."""
    pk = _report("2024011104", now, ("appliances", "urgent"), "寝室里在用电热锅，已劝阻，锅还在", "1 号公寓 1 层", nth=5)
    keeper, later = _reader("T1005", now), now + timedelta(hours=12, minutes=20)
    if pk and keeper is not None:
        actions.climb(now=now + timedelta(hours=2))
        actions.handle(incident=pk, by=keeper, now=later, note="已到寝室核实，电热锅代为保管")
        told = {"note": "与本人谈话，签了安全承诺，电热锅已收", "reply": "谢谢提醒，已经处理"}
        actions.resolve(incident=pk, outcome="talked", by=keeper, now=later + timedelta(hours=4), **told)


def _truancy(now: datetime) -> None:
    """The monitor's report; the class teacher has it and waits for the family."""
    pk = _report("2024011102", now, ("truancy", "routine"), "这周专业课三次没有来，问了也不说原因", "3 号教学楼", nth=8)
    teacher = _reader("T1001", now)
    if pk and teacher is not None:
        actions.handle(incident=pk, by=teacher, now=now + timedelta(minutes=50), note="已与本人约好下午谈话")
        actions.pause(incident=pk, reason="等家长今天下班后回电", until=now + timedelta(days=3), by=teacher, now=now + timedelta(hours=5))


def _distress(now: datetime) -> None:
    """A teacher's worry about somebody; the counsellor knows of it, and few others."""
    pk = _report("T1001", now, ("distress", "urgent"), "最近总说睡不着、没意思，课间一个人坐着", "教室", nth=2)
    counsellor = _reader("T1004", now)
    if pk and counsellor is not None and queries.incident(counsellor, pk) is not None:
        actions.add(incident=pk, note="今天下午三点可以来咨询中心，我先联系班主任", by=counsellor, now=now + timedelta(minutes=30))


def _night(now: datetime) -> None:
    """Last night: nobody answered below, it went up; the college's lead took it in the morning."""
    pk = _report("T1005", now, ("night_absence", "urgent"), "查寝时不在，室友说晚饭后出去，电话没人接", "1 号公寓", nth=12)
    lead, morning = _reader("T1009", now), now + timedelta(hours=8, minutes=10)
    if pk and lead is not None:
        for hours in (1, 2, 3):
            actions.climb(now=now + timedelta(hours=hours, minutes=5))
        if queries.incident(lead, pk) is not None:
            actions.handle(incident=pk, by=lead, now=morning, note="已联系上本人，在校外亲戚家，上午返校")


def _drill(now: datetime) -> None:
    """A fire drill of the whole school, stood down and reviewed."""
    leader = _reader("T1007", now)
    school = boards.places(leader).filter(kind="school").first() if leader is not None else None
    if leader is None or school is None:
        return
    found = emergencies.start(plan="fire", unit=school.pk, situation="1 号公寓消防演练", drill=True, by=leader, now=now)
    for at, task in enumerate(boards.tasks(found)):
        person = _reader(task.account.username, now) if task.account else None
        if person is not None and at != 4:  # one was not reached: the board and the review say so
            emergencies.do_task(task=task.pk, move="acknowledge", by=person, now=now + timedelta(minutes=1 + at))
            emergencies.do_task(task=task.pk, move="finish", by=person, now=now + timedelta(minutes=6 + at))
    emergencies.log(emergency=found.pk, note="全楼 6 分 40 秒疏散完毕", by=leader, now=now + timedelta(minutes=9))
    emergencies.stand_down(emergency=found.pk, ending="演练结束，人员清点无误", by=leader, now=now + timedelta(minutes=25))
    review = "疏散比上次快 50 秒；有一人没有确认任务，要核对手机号；集合点标识不够清楚，请后勤补上。"
    emergencies.review(emergency=found.pk, text=review, by=leader, now=now + timedelta(hours=3))
