"""The small school at work: files delivered by both colleges, alerts raised in both, for the permission table.

The students' opaque ids begin at 700001, so that an id that leaks into a page cannot be mistaken for another number.
"""

import base64
import csv
import io
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone

from shouwang.common.categories import Category
from shouwang.front.pipeline import intake, nightly, opening
from shouwang.trust.access import invitations
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Guardian, Student, StudentNumber
from shouwang.work.alerts import actions as alerts
from shouwang.work.alerts.models import Alert
from shouwang.work.cases import actions as cases
from shouwang.work.disclosures import actions as disclosures
from shouwang.work.duty import actions as duty
from shouwang.work.imports.models import Delivery
from shouwang.work.incidents import actions as incidents
from shouwang.work.incidents.actions import emergencies, own, reporting
from shouwang.work.notifications import actions as notifications
from shouwang.work.playbooks import actions as playbooks
from shouwang.work.playbooks.reading import shipped
from tests.passkeys import key_of
from tests.web.paper_school import papers
from tests.worlds import NOW, TERMS, World, account_of, reader_of, small_school, student_rows

FIRST_SID = 700_001
ONE_PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
SCORES = ("学号", "姓名", "学年学期", "课程代码", "课程名称", "学分", "成绩")
ATTENDANCE = ("学号", "姓名", "日期", "节次", "课程名称", "考勤状态")
MONDAYS = ("2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04", "2025-12-05", "2025-12-08", "2025-12-09")


@dataclass(frozen=True, slots=True)
class Busy:
    """`mine` belong to 信息工程学院, `theirs` to 机电工程学院 (孙外人's)."""

    world: World
    mine: dict[str, int]
    theirs: dict[str, int]
    folder: Path


def busy_school(folder: Path) -> Busy:
    with told():
        StudentNumber.objects.create(sid=FIRST_SID - 1, number="nobody")
        ledger.record("tests.first_sid", by=None, about=[], now=NOW)
    world = small_school()
    # 孙外人 may do in the other college whatever may be done there: only the scope stands between him and 小雨.
    sun = {"staff": world.staff["孙外人"], "starts_on": NOW.date(), "by": None, "now": NOW}
    people.assign_responsible(role="teaching_secretary", unit=world.units["JD"], **sun)
    _masters(folder / "temp")
    alerts.install_presets(preset="higher", by=None, now=NOW)
    own.add(title="私接网线", title_en="", urgency="routine", departments=[], skips=False, mask=0, by=reader_of("陈主任"), now=NOW)
    deliveries = {college: _deliveries(world, college, who, folder) for college, who in (("XX", "李秘书"), ("JD", "孙外人"))}
    deliver(folder / "temp" / "考勤.csv", ATTENDANCE, _absences(world), "attendance", "陈主任")
    nightly.evaluate(as_of=NOW.date(), by=None, now=NOW)
    playbooks.publish(procedure=shipped()["absence-three-days"], by=None, now=NOW)
    given = {
        college: _given(world, name, who, discloser)
        for college, name, who, discloser in (("XX", "小雨", "林老师", "陈主任"), ("JD", "石大山", "孙外人", "孙外人"))
    }
    return Busy(
        world=world,
        mine=_places(world, "小雨", "RJ2401", "XX", deliveries["XX"])
        | given["XX"]
        | _ways_in(world, "小雨", "林老师")
        | _cased(world, "小雨", "林老师", "高院长")
        | _reported(world, "小雨", "王宿管", "高院长", "XX")
        | _on_duty(world, "XX", "高院长", "林老师", "李秘书")
        | papers(world, "小雨", "XX", "李秘书", "林老师", "高院长"),
        theirs=_places(world, "石大山", "SK2401", "JD", deliveries["JD"])
        | given["JD"]
        | _ways_in(world, "石大山", "孙外人")
        | _cased(world, "石大山", "孙外人", "陈主任")
        | _reported(world, "石大山", "孙外人", "孙外人", "JD")
        | _on_duty(world, "JD", "孙外人", "吴教务", "孙外人")
        | papers(world, "石大山", "JD", "孙外人", "孙外人", "孙外人"),
        folder=folder,
    )


def _given(world: World, name: str, asker: str, discloser: str) -> dict[str, int]:
    """A break-glass that is open and a disclosure with consent that is in force; 唐社工 receives 小雨's, somebody outside 石大山's."""
    number = world.students[name].number
    why = "夜里联系不上本人，需要知道是否有过往病史"
    glass = disclosures.ask(number=number, categories=int(Category.health), reason=why, hours=2, by=reader_of(asker), now=NOW)
    wanted = disclosures.Wanted(
        purpose="visit",
        basis="consent",
        recipient=account_of("唐社工").pk if name == "小雨" else None,
        outsider="" if name == "小雨" else "街道办 马干事",
        numbers=(number,),
        fields=("student.name", "student.phone", "attendance.status"),
        until=NOW.date() + timedelta(days=30),
        consent_by="guardian",
        consent_how="paper",
        consent_on=NOW.date(),
    )
    made = disclosures.disclose(wanted=wanted, by=reader_of(discloser), now=NOW)
    disclosures.send(disclosure=made.pk, by=reader_of(discloser), now=NOW)
    consent = made.students.get().consent_id
    assert consent is not None
    return {"glass": glass.pk, "disclosure": made.pk, "consent": consent}


def _cased(world: World, name: str, lead: str, other: str) -> dict[str, int]:
    """A case with a step, a file, a referral that waits and a question that waits."""
    by = reader_of(lead)
    found = cases.open(student=world.sid(name), origin="person", level=3, playbook="absence-three-days", by=by, now=NOW)
    cases.note(case=found, words="室友说他夜里不在", by=by, now=NOW)
    document = cases.add_document(case=found, name="说明.png", stream=io.BytesIO(ONE_PIXEL), size=len(ONE_PIXEL), by=by, now=NOW)
    referral = cases.refer(case=found, role="student_affairs", words="请协助联系", by=by, now=NOW)
    approval = cases.second_opinion(case=found, of=account_of(other), words="请看看这样安排是否合适", by=by, now=NOW)
    step = found.steps.earliest("pk")
    return {"case": found.pk, "case_step": step.pk, "document": document.pk, "referral": referral.pk, "approval": approval.pk}


def _reported(world: World, name: str, by: str, lead: str, college: str) -> dict[str, int]:
    """A report about somebody with a photograph, and an emergency that the college's lead has started."""
    given = reporting.Given(
        key=uuid.uuid4(), category="drinking", urgency="urgent", what="夜里醉酒，已扶回寝室", where="楼下", numbers=(world.sid(name),)
    )
    photos = [reporting.Photo("png", ONE_PIXEL)]
    found = incidents.report(given=given, by=reader_of(by), now=NOW, photos=photos)
    started = emergencies.start(plan="violence", unit=world.units[college].pk, situation="操场有人打架", by=reader_of(lead), now=NOW)
    return {"incident": found.pk, "emergency": started.pk, "task": started.tasks.filter(account=account_of(lead)).earliest("pk").pk}


def _on_duty(world: World, college: str, lead: str, who: str, asked: str) -> dict[str, Any]:
    """A roster of the college with somebody on duty, their hand-over note, a question to swap, and a calendar address."""
    planner, person = reader_of(lead), reader_of(who)
    roster = duty.make_roster(code=f"night-{college.lower()}", title=f"{college} 夜班", unit=world.units[college], by=planner, now=NOW)
    starts, hour = NOW - timedelta(hours=1), timedelta(hours=1)
    shift = duty.add_shift(roster=roster, account=account_of(who).pk, starts_at=starts, ends_at=NOW + 6 * hour, by=planner, now=NOW)
    note = duty.hand_over(shift=shift.pk, note="三楼有同学发烧，已联系家长", by=person, now=NOW)
    swap = duty.ask_swap(shift=shift.pk, of=account_of(asked).pk, by=person, now=NOW)
    token = duty.make_feed(by=person, now=NOW)
    return {"roster": roster.pk, "shift": shift.pk, "note": note.pk, "swap": swap.pk, "feed": token}


def _masters(folder: Path) -> None:
    """The register, the terms and the calendar as deliveries: facts know only what came through the door."""
    rows = [
        (r["student_no"], r["name"], r["unit"], r["major_code"], r["entry_year"], "在籍", r["room"], r["phone"]) for r in student_rows()
    ]
    headings = ("学号", "姓名", "班级代码", "专业代码", "入学年份", "学籍状态", "宿舍房间", "手机号")
    deliver(folder / "学生.csv", headings, rows, "student", "何数据")
    terms = [(f"{code // 10}-{code // 10 + 1}-{code % 10}", starts.isoformat(), ends.isoformat()) for code, starts, ends in TERMS]
    deliver(folder / "学期.csv", ("学年学期", "开始日期", "结束日期"), terms, "term", "何数据")
    opening.deliver_calendar(by=account_of("何数据").pk, now=NOW)


def _ways_in(world: World, name: str, who: str) -> dict[str, Any]:
    """What sign-in has objects of: an account, a passkey, an invitation, a guardian."""
    account = world.accounts[who]
    words = invitations.invite(accounts=[account], by=None, now=timezone.now(), purpose="reset")
    guardian = Guardian.objects.get(student=world.sid(name))
    TOTP.activate(account, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    mine = {"account": account.pk, "key": key_of(account).pk, "token": words[account.pk], "guardian": guardian.pk}
    return mine | {"message": _told(world, name, account.pk)}


def _told(world: World, name: str, account: int) -> int:
    """A crisis message about somebody, to one person."""
    about = f"student:{world.sid(name)}"
    said = notifications.send(kind="notifications.test", tier="crisis", to=[account], ref=about, url="/alerts/", by=None, now=NOW)
    assert said is not None
    return said.pk


def _places(world: World, name: str, class_code: str, college: str, deliveries: list[Delivery]) -> dict[str, int]:
    alert = Alert.objects.filter(student=world.sid(name)).order_by("-level", "pk").first()
    assert alert is not None, f"no alert for {name}"
    accepted, waiting = deliveries
    return {
        "sid": world.sid(name),
        "class": world.units[class_code].pk,
        "college": world.units[college].pk,
        "alert": alert.pk,
        "accepted": accepted.pk,
        "waiting": waiting.pk,
        "staff": world.staff["林老师" if college == "XX" else "孙外人"].pk,
    }


def _students(world: World, college: str) -> list[Student]:
    path = world.units[college].path
    return sorted({s for s in world.students.values() if s.unit_path.startswith(path)}, key=lambda student: student.number)


def _deliveries(world: World, college: str, who: str, folder: Path) -> list[Delivery]:
    """One accepted, one that waits for its deliverer: it has a bad cell and a gate or a problem to show."""
    students = _students(world, college)
    good = [(s.number, s.name, "2024-2025-2", f"C{n}", f"课程{n}", 4, 45 + n) for s in students for n in range(5)]
    accepted = deliver(folder / "temp" / f"成绩-{college}.csv", SCORES, good, "score", who)
    bad = [(s.number, s.name, "2025-2026-1", "C9", "实训", 2, "八十分" if s is students[0] else 71) for s in students]
    waiting = deliver(folder / "temp" / f"本学期-{college}.csv", SCORES, bad, "score", who, confirm=False, state="previewed")
    return [accepted, waiting]


def _absences(world: World) -> list[tuple[object, ...]]:
    everyone = [*_students(world, "XX"), *_students(world, "JD")]
    return [(s.number, s.name, day, "1-2", "晨读甲", "旷课") for s in everyone for day in MONDAYS]


def deliver(
    path: Path,
    headings: tuple[str, ...],
    rows: list[tuple[object, ...]],
    table: str,
    who: str,
    confirm: bool = True,
    state: str = "accepted",
) -> Delivery:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(headings)
        writer.writerows(rows)
    if state == "previewed":
        delivery = intake.take(path.open("rb"), path.name, by=reader_of(who), now=NOW, table=table)
        intake.examine(delivery.pk)
    else:
        delivery = intake.deliver(path, table, by=reader_of(who), now=NOW, confirm=confirm)
    delivery.refresh_from_db()
    assert delivery.state == state, (delivery.state, delivery.trouble)
    return delivery


def secrets_of(student: Student) -> tuple[str, ...]:
    """What must not stand in a page for readers outside: name, number, id, phone, guardians."""
    guardians = Guardian.objects.filter(student=student)
    family = [text for guardian in guardians for text in (guardian.name, guardian.phone)]
    return (student.name, student.number, str(student.sid), student.phone, *family)
