"""The demo college comes to life: files are written, delivered through the real door, and evaluated day by day for the last weeks."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from shouwang.analysis.standard import load
from shouwang.common.calendar import national_days
from shouwang.common.reader import Reader
from shouwang.demo import Delivered, cast, write
from shouwang.demo.college import SCHOOL as SCHOOL_CODE
from shouwang.front.clock import DEMO_OPENS
from shouwang.front.pipeline import intake, nightly, opening, tidying
from shouwang.front.pipeline.campus import cases, duty, incidents, letters, meetings, notifications, trainings
from shouwang.trust.access import actions as access
from shouwang.trust.access import queries as reading
from shouwang.trust.access.policies import departments

SCHOOL = "云岭职业技术学院"
ZONE = ZoneInfo("Asia/Shanghai")
FIRST_EVALUATION = date(2025, 9, 19)  # weekly from here, so that every chart has a past
DAILY_FROM = date(2025, 11, 17)
EVALUATED_AT = time(6, 30)
Say = Callable[[str], object]


def build(folder: Path, say: Say, *, students: int = 3200) -> int:
    """Writes, delivers and evaluates; returns how many files were delivered. The caller has migrated an empty database."""
    say("正在生成各部门的数据文件……")
    files = sorted(write(folder, students=students), key=lambda delivered: delivered.delivered_at)
    admin = next(person for person in cast.ACCOUNTS if person.role == "administrator")
    opened = opening.install(
        school=SCHOOL, code=SCHOOL_CODE, username=admin.username, name=admin.name, password=cast.PASSWORD, preset="higher",
        now=files[0].delivered_at - timedelta(days=1),
    )  # fmt: skip
    evaluations = [*_evaluations()]
    for count, delivered in enumerate(files, 1):
        while evaluations and evaluations[0] <= delivered.delivered_at:
            _evaluate(evaluations.pop(0), opened.account_id)
        if state := _deliver(delivered, opened.account_id):
            say(f"{delivered.path.name}：{state}")
        if count % 10 == 0 or count == len(files):
            say(f"已导入 {count}/{len(files)} 个文件")
    _open_accounts(opened.account_id)
    opening.hand_over(username=admin.username, on=DEMO_OPENS.date() - timedelta(days=1), now=DEMO_OPENS)
    for moment in evaluations:
        _evaluate(moment, opened.account_id)
    say("各部门开始协同处置：个案、值班、反馈、通知单、会议……")
    work_together(DEMO_OPENS)
    tidying.learn()
    return len(files)


def work_together(now: datetime) -> None:
    """What people have done about it until this morning, by their own actions. What is there already stays as it is."""
    duty.open_duty(now)
    cases.open_cases(now)
    incidents.open_incidents(now)
    letters.open_letters(now)
    meetings.open_meetings(now)
    trainings.open_trainings(now)
    notifications.open_notifications(now)


def _deliver(delivered: Delivered, administrator: int) -> str:
    """Through the same door as every file, in the name of whoever delivers it; before the register exists, in the administrator's.

    Returns the state of a file that was not accepted and why, else ''.
    """
    reader = _reader(delivered, administrator)
    known = reader is not None and load().tables[delivered.table].owner in departments(reader)
    by = reader if known else administrator
    delivery = intake.deliver(delivered.path, delivered.table, by=by, now=delivered.delivered_at, confirm=True)
    return "" if delivery.state == "accepted" else f"{delivery.get_state_display()} {delivery.trouble}"


def _reader(delivered: Delivered, administrator: int) -> Reader | None:
    """Who hands the file in; an account is opened with the first file. None before the register knows them."""
    account = reading.account(delivered.staff_no)
    if account is None:
        try:
            account = access.open_by_number(
                kind="staff", number=delivered.staff_no, password=cast.PASSWORD, by=administrator, now=delivered.delivered_at
            )
        except access.CannotOpen:
            return None
    return reading.reader(account, delivered.delivered_at.date())


def _evaluations() -> Iterator[datetime]:
    """Mornings of school days: Fridays at first, every day of the last weeks, and today."""
    for day, kind in national_days(FIRST_EVALUATION, DEMO_OPENS.date()):
        if kind in {"school", "makeup"} and (day >= DAILY_FROM or day.weekday() == 4):
            yield datetime.combine(day, EVALUATED_AT, ZONE)
    yield DEMO_OPENS  # this morning's files were accepted after the first run of the day


def _evaluate(moment: datetime, by: int) -> None:
    nightly.evaluate(as_of=moment.date(), by=by, now=moment)


def _open_accounts(by: int) -> None:
    for person in cast.ACCOUNTS:
        kind = "guardian" if person.role == "guardian" else "student" if person.student_no else "staff"
        access.open_by_number(
            kind=kind, number=person.student_no or person.username, username=person.username, guardian_name=person.name,
            password=cast.PASSWORD, by=by, now=DEMO_OPENS,
        )  # fmt: skip
