"""Acceptance: every cell of the matrix (role, category, relationship, action) is tried through HTTP, as page and as fragment.

One student, 小雨, of whom there is evidence of every category: an alert each, and facts where the data standard has a table. For each role
and relationship somebody stands in exactly that relationship to her and in no other; what they get to see, handle, take out and know of
must be what the matrix says, cell by cell.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.test import Client

from shouwang.common.categories import TITLES, Category
from shouwang.trust.access import actions as accounts
from shouwang.trust.access import grants, matrix
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import MAY
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Responsibility, Staff, Student, Unit
from shouwang.work.alerts.models import Alert, RuleVersion
from shouwang.work.cases.models import Case, Note, Strand
from shouwang.work.disclosures import actions as disclosures
from tests.web.busy_school import deliver
from tests.web.conftest import built, image  # noqa: F401  the same busy school
from tests.worlds import NOW, UNITS, reader_of, show_factor

pytestmark = [pytest.mark.trial, pytest.mark.django_db]
TABLE = matrix.load()
KINDS = [category for category in Category if category]
PLACE = {"own_class": "RJ2401", "own_college": "XX", "own_dorm": "D1", "own_school": "YL"}
GRANTED = ("case_team", "on_duty", "break_glass")
CADRES = ("cadre_class", "cadre_dorm", "cadre_safety")
# What only somebody who may know the category can have read off a page; a rule's title for what has no table yet.
FACTS = {
    Category.academic: "课程[0-4]",
    Category.attendance: "晨读甲",
    Category.conduct: "通报批评",
    Category.family: "国家助学金",
    Category.life: "夜间未归",
    Category.contact: "139202401010",
    Category.identity: "2024010101",
}
# A disclosure shows fields, not stories: these for each category.
FIELDS = {
    Category.identity: ("student.number",),
    Category.contact: ("student.phone",),
    Category.academic: ("score.course_name",),
    Category.attendance: ("attendance.course",),
    Category.family: ("aid.kind",),
}
tried = 0


@pytest.fixture(scope="module")
def probed(built, django_db_blocker) -> Iterator[Any]:
    """The busy school, another school beside it, and evidence of every category about 小雨."""
    from django.conf import settings

    kept, settings.DATA = settings.DATA, built.folder
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        from shouwang.front import clock

        patch.setattr(clock, "now", lambda: clock.DEMO_OPENS)
        with transaction.atomic():
            _facts(built)
            _other_school()
            _matters(built)
            yield {"busy": built, "alerts": _alerts(built)}
            transaction.set_rollback(True)
    settings.DATA = kept


def _facts(built: Any) -> None:
    temp = built.folder / "temp"
    deliver(temp / "奖惩.csv", CONDUCT[0], CONDUCT[1], "conduct", "何数据")
    deliver(temp / "资助.csv", AID[0], AID[1], "aid", "何数据")
    deliver(temp / "门禁.csv", DORM[0], DORM[1], "dorm_access", "何数据")


CONDUCT = (("学号", "类别", "事由类别", "日期"), [("2024010101", "通报批评", "旷课", "2025-11-03")])
AID = (("学号", "资助类型", "认定日期"), [("2024010101", "国家助学金", "2025-10-09")])
DORM = (("学号", "时间", "方向"), [("2024010101", "2025-12-08 23:30:00", "未归")])


def _other_school() -> None:
    rows = [{"code": code, "name": name, "kind": kind, "parent": parent} for code, name, kind, parent in UNITS]
    rows += [
        {"code": "ELSE", "name": "另一所学校", "kind": "school", "parent": ""},
        {"code": "ELSEX", "name": "另一所学校的学院", "kind": "college", "parent": "ELSE"},
        {"code": "ELSE1", "name": "另一所学校的班", "kind": "class", "parent": "ELSEX"},
        {"code": "ELSED", "name": "另一所学校的宿舍楼", "kind": "building", "parent": "ELSE"},
    ]
    rows = [row | {"parent": "YL"} if row["kind"] == "building" and not row["parent"] else row for row in rows]
    done = people.project("unit", rows, batch_id=90, now=NOW)
    assert not done.skipped, done.skipped


def _alerts(built: Any) -> dict[Category, int]:
    """One alert of each single category, each by a rule of its own."""
    old = Alert.objects.get(pk=built.mine["alert"])
    sid, found = built.mine["sid"], {}
    with told():
        for category in KINDS:
            code = f"probe-{category.name}"
            words = {"title": f"探针{category.name}", "condition": "absences_term >= 1", "level": 1, "weight": 0, "domain": old.domain}
            prints = {"fingerprint": "0" * 64, "text_fingerprint": "0" * 64, "published_at": NOW}
            rule = RuleVersion.objects.create(code=code, version=1, categories=int(category), **words, **prints)
            days = {"opened_on": NOW.date(), "last_fired_on": NOW.date(), "term": old.term, "run": old.run, "values_run": old.run}
            where = {"unit_path": old.unit_path, "dorm_path": Student.objects.get(sid=sid).dorm_path, "student_id": sid}
            given = {"rule_code": code, "rule_version": rule, "domain": old.domain, "level": 1, "weight": 0, "categories": int(category)}
            found[category] = Alert.objects.create(**given, **where, **days).pk
        ledger.record("tests.probes", by=None, about=[], now=NOW)
    return found


def _matters(built: Any) -> None:
    """In 小雨's case one matter of each single category, with a note that says which."""
    case = Case.objects.get(pk=built.mine["case"])
    with told():
        for category in KINDS:
            own = {"case": case, "categories": int(category)}
            strand = Strand.objects.create(**own, domain="safety", level=1, origin="person", opened_at=NOW)
            Note.objects.create(**own, strand=strand, words=f"案记{category.name}。", written_by=case.lead, written_at=NOW)
        ledger.record("tests.matters", by=None, about=[], now=NOW)


def read_in_case(client: Client, pk: int) -> tuple[set[Category], bool]:
    """(of which categories a note stands on the page of the case, whether the reader learns that there is one)."""
    response = client.get(f"/cases/{pk}/")
    said = text_of(response)
    return {category for category in KINDS if f"案记{category.name}。" in said}, response.status_code == 200


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def somebody(role: str, tie: str, probed: Any) -> Account:
    """An account in this role that stands in exactly this relationship to 小雨, as far as such a thing can exist."""
    world = probed["busy"].world
    if role == "student":
        near = {"own_record": "宋小雨", "own_class": "韩志远", "own_college": "许文静", "own_dorm": "金立冬"}
        return _account(student=world.students[near.get(tie, "石大山")])
    if role == "guardian":
        name = "赵妈妈" if tie == "own_child" else "石爸爸"
        number = "2024010101" if tie == "own_child" else "2024020101"
        return accounts.open_by_number(
            kind="guardian", number=number, guardian_name=name, password=None, by=None, now=NOW, username=f"g{number}"
        )
    if role in CADRES:
        holder = world.students["田小禾"]  # of another class, college and building
        account = _account(student=holder)
        _duty(role, tie, world, cadre=holder)
        return account
    with told():
        person = Staff.objects.create(number="P0001", name="甲老师", pinyin="jialaoshi", initials="jls", office=None)
        ledger.record("tests.person", by=None, about=[], now=NOW)
    account = _account(staff=person)
    _duty(role, tie, world, staff=person)
    if tie in GRANTED:
        student = Student.objects.get(sid=world.sid("小雨"))
        everything = sum(KINDS)
        with suppress(grants.CannotGrant):
            until = NOW + timedelta(hours=2)
            grants.grant(
                account=account, relationship=tie, categories=everything, student=student, ref="probe:1", until=until, by=None, now=NOW
            )
    return account


def _account(**person: Any) -> Account:
    return accounts.open_account(**person, password=None, by=None, now=NOW)


def _duty(role: str, tie: str, world: Any, **holder: Any) -> None:
    """The responsibility that makes the relationship; in the other school for every relationship that is not made by one."""
    where: dict[str, Any] = {"student_id": world.sid("小雨")} if tie == "own_student" else {}
    if tie in PLACE:
        where = {"unit": Unit.objects.get(code=PLACE[tie])}
    elif not where:
        where = {"unit": Unit.objects.get(code="ELSED" if matrix.load().roles[role].rights.keys() == {"own_dorm"} else "ELSE")}
    with told():
        Responsibility.objects.create(role=role, starts_on=NOW.date(), **where, **holder)
        ledger.record("tests.duty", by=None, about=[], now=NOW)


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    show_factor(client)
    return client


def text_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK":
        book = openpyxl.load_workbook(BytesIO(content))
        return " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)
    return str(content.decode())


def seen_in(said: str) -> set[Category]:
    """The categories of which there is evidence in a text."""
    found = {category for category in KINDS if f"探针{category.name}" in said}
    return found | {category for category, mark in FACTS.items() if re.search(mark, said)}


def looked(client: Client, sid: int) -> tuple[set[Category], set[Category]]:
    """(seen, known of) over every page about a student. Timeline and indicators are fragments as they are."""
    said = ""
    for path in (f"/students/{sid}/timeline/", f"/students/{sid}/indicators/"):
        said += text_of(client.get(path, headers={"HX-Request": "true"}))
    for path in (f"/students/{sid}/", "/alerts/?state=all"):
        page = text_of(client.get(path))
        assert seen_in(page) == seen_in(text_of(client.get(path, headers={"HX-Request": "true"}))), f"page and fragment differ at {path}"
        said += page
    known = {category for category in KINDS if re.search(rf"\d+ 条{TITLES[category][0]}记录，您不能查看", said)}
    return seen_in(said), known


def handled(client: Client, alerts: dict[Category, int]) -> set[Category]:
    with undone():
        client.post("/alerts/acknowledge/", {"chosen": list(alerts.values())})
        done = set(Alert.objects.filter(pk__in=alerts.values(), state="acknowledged").values_list("categories", flat=True))
    return {category for category in KINDS if int(category) in done}


def taken_out(client: Client) -> set[Category]:
    with undone():
        said = text_of(client.get("/alerts/export/?state=all"))
        return {category for category in KINDS if f"探针{category.name}" in said}


def disclosed(account: Account, role: str, probed: Any) -> set[Category]:
    """What this recipient reads of what the school may hand them; what it may not is refused when it is drafted."""
    found = set()
    for category in KINDS:
        fields = FIELDS.get(category)
        if fields is None:
            assert not TABLE.allows(role, category, "disclosure", "see"), "a category without fields cannot be disclosed"
            continue
        given = {"purpose": "duty", "basis": "duty", "recipient": account.pk, "outsider": "", "numbers": ("2024010101",)}
        wanted = disclosures.Wanted(**given, fields=fields, until=NOW.date())
        with suppress(disclosures.CannotDisclose):
            made = disclosures.disclose(wanted=wanted, by=reader_of("陈主任"), now=NOW)
            disclosures.send(disclosure=made.pk, by=reader_of("陈主任"), now=NOW)
            said = text_of(client_of(account).get(f"/disclosed/{made.pk}/"))
            others = {one for one in seen_in(said) if one is not category}
            assert not others, f"a sheet of {category.name} shows {others}"
            found |= seen_in(said)
    return found


@pytest.mark.parametrize("role", TABLE.roles)
def test_every_cell_of_a_role(probed, settings, role):
    global tried
    settings.DATA = probed["busy"].folder
    sid = probed["busy"].mine["sid"]
    for tie in matrix.RELATIONSHIPS:
        with undone():
            account = somebody(role, tie, probed)
            client = client_of(account)
            seen, known = looked(client, sid)
            result = {"see": seen, "know": known, "write": handled(client, probed["alerts"]), "export": taken_out(client)}
            in_case, there = read_in_case(client, probed["busy"].mine["case"])
            if tie == "disclosure":
                assert not seen, "a disclosure opens no page of the student"
                result["see"] = disclosed(account, role, probed)
        may = role in MAY["cases"] and tie != "disclosure"
        wanted = {category for category in KINDS if may and TABLE.allows(role, category, tie, "see")}
        assert in_case == wanted, f"{role} × {tie} reads in a case {in_case ^ wanted}"
        assert there == bool(wanted or (may and any(TABLE.allows(role, category, tie, "know") for category in KINDS)))
        for action in matrix.ACTIONS:
            for category in KINDS:
                allowed = TABLE.allows(role, category, tie, action)
                assert (category in result[action]) == allowed, f"{role} × {category.name} × {tie} × {action}: {allowed}"
                tried += 1


def test_no_cell_was_left_out(capsys):
    """How many were tried by this process; with several at work each tries whole roles, and every role has its test."""
    cells = sum(1 for _ in TABLE.cells())
    allowed = sum(1 for cell in TABLE.cells() if cell.allowed)
    with capsys.disabled():
        print(f"\n{tried:,} of {cells:,} cells of the matrix tried through HTTP by this process; {allowed:,} of them all allow")
    of_role = len(KINDS) * len(matrix.RELATIONSHIPS) * len(matrix.ACTIONS)
    assert cells == of_role * len(TABLE.roles) and tried % of_role == 0
