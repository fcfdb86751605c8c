"""Small schools for tests, built through actions. `small_school(now)` has two colleges, four classes, two buildings, 24 students and the cast."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client

from shouwang.common.reader import Reader
from shouwang.trust.access import actions as access_actions
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Guardian, Staff, Student, Unit
from tests import cast

NOW = datetime(2025, 12, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
STARTS = date(2025, 9, 1)

UNITS = [
    ("YL", "云岭职业技术学院", "school", ""),
    ("XG", "学生工作处", "office", "YL"),
    ("JW", "教务处", "office", "YL"),
    ("XX", "信息工程学院", "college", "YL"),
    ("JD", "机电工程学院", "college", "YL"),
    ("RJ", "软件技术", "major", "XX"),
    ("WL", "计算机网络技术", "major", "XX"),
    ("SK", "数控技术", "major", "JD"),
    ("QC", "汽车检测与维修技术", "major", "JD"),
    ("RJ2401", "2024级软件1班", "class", "RJ"),
    ("WL2401", "2024级网络1班", "class", "WL"),
    ("SK2401", "2024级数控1班", "class", "SK"),
    ("QC2501", "2025级汽修1班", "class", "QC"),
    ("D1", "1号宿舍楼", "building", ""),
    ("D2", "2号宿舍楼", "building", ""),
    ("D1-1", "1号楼1层", "floor", "D1"),
    ("D1-2", "1号楼2层", "floor", "D1"),
    ("D2-1", "2号楼1层", "floor", "D2"),
    ("D1-101", "1号楼101室", "room", "D1-1"),
    ("D1-102", "1号楼102室", "room", "D1-1"),
    ("D1-201", "1号楼201室", "room", "D1-2"),
    ("D2-101", "2号楼101室", "room", "D2-1"),
]
# Class → (number prefix, names); the first class is 林老师's, the last two are the other college's.
CLASSES = {
    "RJ2401": ("20240101", ("宋小雨", "刘班长", "韩志远", "曾一鸣", "欧阳雪", "马天乐")),
    "WL2401": ("20240102", ("许文静", "黄子轩", "罗思琪", "梁浩然", "叶知秋", "邓佳怡")),
    "SK2401": ("20240201", ("石大山", "范冬梅", "彭海涛", "蒋云飞", "汪雨桐", "田小禾")),
    "QC2501": ("20250201", ("金立冬", "崔明月", "姚建国", "谭紫薇", "陆一帆", "丁香")),
}
ROOMS = {"RJ2401": "D1-101", "WL2401": "D1-102", "SK2401": "D2-101", "QC2501": "D1-201"}
TERMS = [
    (20241, date(2024, 9, 2), date(2025, 1, 17)),
    (20242, date(2025, 2, 17), date(2025, 7, 4)),
    (20251, date(2025, 9, 1), date(2026, 1, 16)),
]


@dataclass(frozen=True, slots=True)
class World:
    """What tests want to lay their hands on, by the names people use (小雨 is 宋小雨)."""

    now: datetime
    students: dict[str, Student]
    staff: dict[str, Staff]
    units: dict[str, Unit]
    accounts: dict[str, Account]

    def sid(self, name: str) -> int:
        return self.students[name].sid

    def outside(self, college: str = "XX") -> Iterator[Student]:
        """The students who do not belong to a college."""
        path = self.units[college].path
        return (student for student in set(self.students.values()) if not student.unit_path.startswith(path))


def student_rows() -> list[dict[str, Any]]:
    return [
        {
            "student_no": f"{prefix}{place + 1:02d}",
            "name": name,
            "gender": "female" if place % 2 == 0 else "male",
            "unit": code,
            "major_code": code[:2],
            "entry_year": int(prefix[:4]),
            "status": "enrolled",
            "room": ROOMS[code] if place < 5 else "",
            "phone": f"139{prefix}{place}",
        }
        for code, (prefix, names) in CLASSES.items()
        for place, name in enumerate(names)
    ]


def staff_rows() -> list[dict[str, Any]]:
    offices = {actor.username: actor.place for actor in cast.STAFF if actor.place in ("XX", "JD")}
    return [
        {"staff_no": actor.username, "name": actor.name, "office": offices.get(actor.username, "XG"), "phone": f"0871-{actor.username[1:]}"}
        for actor in cast.STAFF
    ]


def responsibility_rows() -> list[dict[str, Any]]:
    """The cast in their roles. Nobody answers for 2025级汽修1班 and for the floors: coverage has something to find."""
    rows = [{"staff_no": actor.username, "role": actor.role, "unit": actor.place} for actor in cast.STAFF if actor is not cast.TANG]
    rows += [
        {"staff_no": cast.LIN.username, "role": "homeroom_teacher", "unit": "WL2401"},
        {"staff_no": cast.SUN.username, "role": "homeroom_teacher", "unit": "SK2401"},
        {"staff_no": cast.LIU.username, "role": "cadre_class", "unit": "RJ2401"},
        {"staff_no": cast.TANG.username, "role": "community_worker", "student_no": cast.XIAOYU.username},
    ]
    return [row | {"starts_on": STARTS} for row in rows]


def small_school(now: datetime = NOW) -> World:
    """Everything through actions, as an import would do it. Needs the database (pytest.mark.django_db)."""
    rows: dict[str, list[dict[str, Any]]] = {
        "unit": [{"code": code, "name": name, "kind": kind, "parent": parent} for code, name, kind, parent in UNITS],
        "term": [{"term": code, "starts_on": starts, "ends_on": ends} for code, starts, ends in TERMS],
        "student": student_rows(),
        "staff": staff_rows(),
        "responsibility": responsibility_rows(),
        "guardian": [
            {"student_no": cast.XIAOYU.username, "name": "赵妈妈", "relation": "mother", "phone": "13711112222", "legal": True},
            {"student_no": "2024020101", "name": "石爸爸", "relation": "father", "phone": "13733334444", "legal": True},
        ],
    }
    for table, listed in rows.items():
        done = people.project(table, listed, batch_id=0, now=now)  # delivered before the test begins
        assert not done.skipped, done.skipped
    students = {student.name: student for student in Student.objects.select_related("class_unit", "room")}
    world = World(
        now=now,
        students=students | {"小雨": students["宋小雨"]},
        staff={person.name: person for person in Staff.objects.all()},
        units={unit.code: unit for unit in Unit.objects.all()},
        accounts={},
    )
    for actor in cast.EVERYBODY:
        world.accounts[actor.name] = _account(actor, world)
    world.accounts["小雨"] = world.accounts["宋小雨"]
    return world


def _account(actor: cast.Actor, world: World) -> Account:
    if actor.role == "guardian":
        guardian = Guardian.objects.get(name=actor.name)
        return access_actions.open_account(guardian=guardian, username=actor.username, password=cast.PASSWORD, by=None, now=world.now)
    if actor.name in world.students:
        return access_actions.open_account(student=world.students[actor.name], password=cast.PASSWORD, by=None, now=world.now)
    return access_actions.open_account(staff=world.staff[actor.name], password=cast.PASSWORD, by=None, now=world.now)


def account_of(name: str) -> Account:
    found = access.account(cast.BY_NAME[name].username)
    assert found is not None, f"{name} is not in this world; call small_school first"
    return found


def reader_of(name: str, on: date | None = None) -> Reader:
    """The reader a request of this person would have."""
    return access.reader(account_of(name), on or NOW.date())


def client_for(name: str | None, **headers: str) -> Client:
    """A browser in which this person is signed in; nobody for None."""
    client = Client(headers=headers or None)
    if name is not None:
        client.force_login(account_of(name), backend="django.contrib.auth.backends.ModelBackend")
        show_factor(client)
    return client


def show_factor(client: Client) -> None:
    """As after a sign-in with a second factor, for the roles that need one."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
