"""The coverage board: gaps are listed, one click fills them, the ledger is told, the export carries its reader."""

import uuid
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest

from shouwang.trust.access import queries as access
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger import guard
from shouwang.trust.ledger.models import Entry
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Responsibility, Student
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.incidents import actions as incidents
from shouwang.work.incidents.actions import reporting
from shouwang.work.incidents.models import Ask
from tests.worlds import NOW, account_of, client_for, reader_of, small_school

pytestmark = pytest.mark.django_db


def body(response):
    return response.content.decode()


def test_gaps_and_bare_students_are_listed():
    small_school()
    page = body(client_for("陈主任").get("/coverage/"))
    for gap in ("2025级汽修1班", "2号宿舍楼", "1号楼1层", "机电工程学院"):
        assert gap in page
    assert "6 名学生还没有责任人" in page and "金立冬" in page and "宋小雨" not in page
    assert "75 %(18/24)" in page


def test_a_college_sees_its_own_gaps_only():
    small_school()
    page = body(client_for("高院长").get("/coverage/"))
    assert "2025级汽修1班" not in page and "2号宿舍楼" not in page and "金立冬" not in page
    assert "每名学生都有责任人" in page
    page = body(client_for("孙外人").get("/coverage/"))
    assert "2025级汽修1班" in page and "金立冬" in page and "信息工程学院" not in page


def test_who_answers_for_each_class():
    small_school()
    page = body(client_for("李秘书").get("/coverage/?level=class"))
    assert "林老师（班主任）" in page and "孙外人" not in page and "指定责任人" not in page


def test_one_click_fills_the_gap_and_is_told():
    world = small_school()
    client = client_for("孙外人")
    unit = world.units["QC2501"]
    path = f"/coverage/fill/class_teacher/{unit.pk}/"
    assert "孙外人" in body(client.get(path))  # suggested: same college
    assert "林老师" in body(client.get(path + "?q=lin"))
    response = client.post(path, {"staff": world.staff["孙外人"].pk, "role": "adviser"}, follow=True)
    assert "已指定 孙外人 负责 2025级汽修1班" in body(response) and "每名学生都有责任人" in body(response)
    given = Responsibility.objects.get(role="adviser")
    assert (given.unit_id, given.assigned_by, given.batch_id) == (unit.pk, world.accounts["孙外人"].pk, None)
    entry = Entry.objects.get(kind="people.responsible_assigned")
    assert {about.subject for about in entry.about.all()} == {f"responsibility:{given.pk}", f"unit:{unit.pk}"}


def test_who_fills_a_place_of_a_level_comes_back_to_the_level():
    world = small_school()
    chen, fill = client_for("陈主任"), f"/coverage/fill/class_teacher/{world.units['QC2501'].pk}/"
    link = f"{fill}?next=%2Fcoverage%2F%3Flevel%3Dclass"
    assert f'href="{link}"' in body(chen.get("/coverage/?level=class"))
    form = body(chen.get(link))
    assert 'href="/coverage/?level=class"' in form and 'name="next" value="/coverage/?level=class"' in form
    given = {"staff": world.staff["孙外人"].pk, "next": "/coverage/?level=class"}
    assert chen.post(fill, given).url == "/coverage/?level=class"
    assert chen.post(fill, given | {"next": "//example.org/coverage/"}).url == "/coverage/"


def test_twice_is_once():
    world = small_school()
    client = client_for("陈主任")
    for _ in range(2):
        client.post(f"/coverage/fill/class_teacher/{world.units['QC2501'].pk}/", {"staff": world.staff["孙外人"].pk})
    assert Responsibility.objects.filter(unit=world.units["QC2501"]).count() == 1


def test_one_student_gets_a_responsible_person():
    world = small_school()
    client = client_for("陈主任")
    path = f"/coverage/students/{world.sid('丁香')}/"
    assert client.get(path).status_code == 200
    client.post(path, {"staff": world.staff["吴教务"].pk})
    assert Responsibility.objects.get(student=world.students["丁香"]).role == "responsible"
    assert "5 名学生还没有责任人" in body(client.get("/coverage/"))


@pytest.mark.parametrize("posted", [{}, {"staff": "999999"}, {"staff": "x"}, {"staff": "１"}, {"staff": "1", "role": "administrator"}])
def test_a_wrong_choice_changes_nothing(posted):
    world = small_school()
    before = Responsibility.objects.count()
    response = client_for("陈主任").post(f"/coverage/fill/class_teacher/{world.units['QC2501'].pk}/", posted, follow=True)
    assert "请重新选择" in body(response) and Responsibility.objects.count() == before


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("孙外人", "/coverage/fill/class_teacher/{RJ2401}/"),
        ("陈主任", "/coverage/fill/class_teacher/{XX}/"),
        ("陈主任", "/coverage/fill/no_such_slot/{RJ2401}/"),
        ("陈主任", "/coverage/fill/class_teacher/999999/"),
        ("李秘书", "/coverage/fill/class_teacher/{RJ2401}/"),
        ("林老师", "/coverage/"),
        ("钱管理员", "/coverage/"),
    ],
)
def test_what_is_not_theirs_is_missing(name, path):
    world = small_school()
    path = path.format(**{code: unit.pk for code, unit in world.units.items()})
    client = client_for(name)
    assert client.get(path).status_code == 404
    assert client.post(path, {"staff": world.staff["孙外人"].pk}).status_code in (404, 405)
    assert not Responsibility.objects.filter(batch_id=None).exists()


def test_the_export_holds_the_register_and_names_its_reader():
    small_school()
    response = client_for("孙外人").get("/coverage/export/")
    book = openpyxl.load_workbook(BytesIO(response.content))
    register = [[cell.value for cell in row] for row in book["责任覆盖"].iter_rows()]
    assert ["班级", "2024级数控1班", "机电工程学院 / 数控技术", "班主任或辅导员", "孙外人（班主任）"] in register
    assert ["班级", "2025级汽修1班", "机电工程学院 / 汽车检测与维修技术", "班主任或辅导员", "缺"] in register
    text = str(register) + str([[cell.value for cell in row] for row in book["无责任人的学生"].iter_rows()])
    assert "金立冬" in text and "孙外人（" in text and "导出" in text and "信息工程" not in text and "宋小雨" not in text
    assert Entry.objects.filter(kind="access.exported").count() == 1


def test_the_board_costs_the_same_for_many(django_assert_max_num_queries):
    small_school()
    client = client_for("陈主任")
    with django_assert_max_num_queries(40):
        client.get("/coverage/")


class TestStuck:
    """Late matters of which nobody hears because nobody holds the roles left on their ladder: how many and whom to name, never which."""

    LINE = "1 件逾期的事没有人可以提醒：缺校领导"

    @pytest.fixture
    def stuck(self):
        student = small_school().students["小雨"]
        place = {"unit_path": student.unit_path, "dorm_path": student.dorm_path, "student": student.sid}
        deadlines.start(
            ref="case:1", kind="case_step", owner=account_of("林老师").pk, ladder="standard", within="2h", clock="service", **place,
            url="/", by=None, now=NOW - timedelta(days=30),
        )  # fmt: skip
        with guard.told():
            Responsibility.objects.filter(role="school_leader").update(is_current=False)
            ledger.record("people.rebuilt", by=None, about=[], now=NOW)
        for days in range(28, 0, -1):
            deadlines.watch(now=NOW - timedelta(days=days))

    def test_the_board_names_the_missing_role_and_nothing_of_the_matter(self, stuck):
        for name in ("陈主任", "高院长"):
            page = body(client_for(name).get("/coverage/"))
            assert self.LINE in page and "宋小雨" not in page and "case:1" not in page and "2024级软件1班" not in page
        assert "请在下面指定责任人" in body(client_for("陈主任").get("/coverage/"))
        secretary = body(client_for("李秘书").get("/coverage/"))
        assert self.LINE in secretary and "请在下面指定责任人" not in secretary

    def test_another_college_hears_nothing_of_it(self, stuck):
        assert "没有人可以提醒" not in body(client_for("孙外人").get("/coverage/"))

    def test_without_trouble_the_line_is_not_there(self):
        small_school()
        assert "没有人可以提醒" not in body(client_for("陈主任").get("/coverage/"))

    def test_the_line_costs_a_few_questions_whatever_the_number(self, stuck, django_assert_max_num_queries):
        client = client_for("陈主任")
        with django_assert_max_num_queries(40):
            assert self.LINE in body(client.get("/coverage/"))


class TestEnding:
    """What one click gave, one click takes back: who may name somebody for a place may also end it, and it ends at once."""

    def test_the_wrong_namesake_loses_the_class_at_once(self):
        world = small_school()
        chen, unit, wrong = client_for("陈主任"), world.units["RJ2401"], world.staff["孙外人"]
        fill, xiaoyu = f"/coverage/fill/class_teacher/{unit.pk}/", world.sid("小雨")
        assert not access.grounds(reader_of("孙外人"), xiaoyu)
        chen.post(fill, {"staff": wrong.pk, "role": "homeroom_teacher"})
        assert access.grounds(reader_of("孙外人"), xiaoyu)
        given = Responsibility.objects.get(staff=wrong, unit=unit)
        page = body(chen.get(fill))
        assert f'action="/coverage/end/{given.pk}/"' in page and "结束 孙外人 的职责" in page
        done = chen.post(f"/coverage/end/{given.pk}/", {"next": fill}, follow=True)
        assert "已结束 孙外人" in body(done) and f"/coverage/end/{given.pk}/" not in body(done)
        assert not access.grounds(reader_of("孙外人"), xiaoyu)
        assert client_for("孙外人").get(f"/students/{xiaoyu}/").status_code == 404
        entry = Entry.objects.get(kind="people.responsible_ended")
        assert (entry.by, {about.subject for about in entry.about.all()}) == (
            world.accounts["陈主任"].pk,
            {f"responsibility:{given.pk}", f"unit:{unit.pk}"},
        )

    def test_what_the_register_says_ends_too_and_the_page_says_that_the_next_one_may_bring_it_back(self):
        world = small_school()
        chen, unit = client_for("陈主任"), world.units["RJ2401"]
        held = Responsibility.objects.get(staff=world.staff["林老师"], unit=unit)
        page = body(chen.get(f"/coverage/fill/class_teacher/{unit.pk}/"))
        assert f"/coverage/end/{held.pk}/" in page and "下一次报送里如果还有，会重新生效" in page
        chen.post(f"/coverage/end/{held.pk}/")
        held.refresh_from_db()
        assert held.is_current and held.ends_on == NOW.date() - timedelta(days=1), "the row stays as history"
        assert not access.grounds(reader_of("林老师"), world.sid("小雨"))

    @pytest.mark.parametrize("name", ["李秘书", "林老师", "孙外人", "钱管理员", None])
    def test_too_little_and_the_other_college(self, name):
        world = small_school()
        held = Responsibility.objects.get(staff=world.staff["林老师"], unit=world.units["RJ2401"])
        answer = client_for(name).post(f"/coverage/end/{held.pk}/")
        assert answer.status_code == (302 if name is None else 404)
        held.refresh_from_db()
        assert held.ends_on is None and held.is_current and not Entry.objects.filter(kind="people.responsible_ended").exists()

    def test_a_college_ends_its_own_and_nobody_ends_what_is_not_named_here(self):
        world = small_school()
        held = Responsibility.objects.get(staff=world.staff["林老师"], unit=world.units["RJ2401"])
        assert client_for("高院长").post(f"/coverage/end/{held.pk}/").url == "/coverage/"
        held.refresh_from_db()
        assert held.ends_on is not None
        for role in ("counsellor", "administrator"):
            other = Responsibility.objects.filter(role=role).first()
            assert client_for("陈主任").post(f"/coverage/end/{other.pk}/").status_code == 404, role

    def test_a_student_keeps_no_person_who_was_named_by_mistake(self):
        world = small_school()
        chen, sid = client_for("陈主任"), world.sid("小雨")
        chen.post(f"/coverage/students/{sid}/", {"staff": world.staff["孙外人"].pk})
        given = Responsibility.objects.get(student=world.students["小雨"], staff=world.staff["孙外人"])
        assert f"/coverage/end/{given.pk}/" in body(chen.get(f"/coverage/students/{sid}/"))
        link = f'href="/coverage/students/{sid}/"'
        assert link in body(chen.get(f"/students/{sid}/")) and link not in body(client_for("林老师").get(f"/students/{sid}/"))
        chen.post(f"/coverage/end/{given.pk}/")
        assert not access.grounds(reader_of("孙外人"), sid)

    def test_a_duty_may_be_given_until_a_day(self):
        world = small_school()
        chen, unit, sun = client_for("陈主任"), world.units["QC2501"], world.staff["孙外人"]
        fill, last = f"/coverage/fill/class_teacher/{unit.pk}/", NOW.date() + timedelta(days=9)
        assert 'name="ends_on"' in body(chen.get(fill))
        for wrong in ("2025-12-09", "x", "９"):
            assert "请" in body(chen.post(fill, {"staff": sun.pk, "ends_on": wrong}, follow=True)), wrong
        assert not Responsibility.objects.filter(unit=unit).exists()
        for _ in range(2):
            done = chen.post(fill, {"staff": sun.pk, "role": "homeroom_teacher", "ends_on": last.isoformat()}, follow=True)
        assert "到 2025-12-19 为止" in body(done)
        assert Responsibility.objects.get(unit=unit).ends_on == last
        first, after = (reader_of("孙外人", day) for day in (last, last + timedelta(days=1)))
        assert "homeroom_teacher" in {scope.role for scope in access.covering(first, world.sid("丁香"))}
        assert "homeroom_teacher" not in {scope.role for scope in access.covering(after, world.sid("丁香"))}

    def test_a_day_for_what_has_none_is_not_swallowed(self):
        """Who holds the place without end is not told that it ends on a day."""
        world = small_school()
        chen, unit, lin = client_for("陈主任"), world.units["RJ2401"], world.staff["林老师"]
        given = {"staff": lin.pk, "role": "homeroom_teacher", "ends_on": "2025-12-19"}
        done = body(chen.post(f"/coverage/fill/class_teacher/{unit.pk}/", given, follow=True))
        assert "请先结束" in done and Responsibility.objects.filter(unit=unit, staff=lin).count() == 1


class TestNetwork:
    """Security groups and liaison pairs. In the small school 刘班长 is cadre of his class, whose teacher is 林老师."""

    def test_gaps_come_first_and_pairs_are_named(self):
        small_school()
        page = body(client_for("陈主任").get("/coverage/network/"))
        assert page.index("缺教职工") < page.index("刘班长（班级干部）")
        assert "学校安全小组" in page and "楼层联络" in page and "安全员上报：保卫处、学生处 → 校领导" in page.replace("\n", "")
        only = body(client_for("陈主任").get("/coverage/network/?kind=class"))
        row = next(one for one in only.split("<tr") if "2024级软件1班" in one and "班级联络" in one)
        assert "林老师（班主任）" in row and "刘班长（班级干部）" in row and "tag-warn" not in row
        bare = next(one for one in only.split("<tr") if "2025级汽修1班" in one)
        assert "缺教职工、缺学生干部" in bare

    def test_a_group_is_filled_with_one_click_and_its_reports_go_there_first(self):
        world = small_school()
        college = world.units["XX"]
        chen = client_for("陈主任")
        assert "学院安全小组" in body(chen.get(f"/coverage/fill/security_college/{college.pk}/"))
        chen.post(f"/coverage/fill/security_college/{college.pk}/", {"staff": world.staff["李秘书"].pk, "role": "security"})
        page = body(chen.get("/coverage/network/?kind=college"))
        row = next(one for one in page.split("<tr data-row")[1:] if "学院安全小组" in one and "信息工程学院" in one.split("</td>")[0])
        assert "李秘书（保卫处" in row and "tag-warn" not in row
        xiaoyu, monitor = (Student.objects.get(name=name) for name in ("宋小雨", "刘班长"))
        people.assign_responsible(role="cadre_safety", unit=world.units["RJ2401"], cadre=xiaoyu, starts_on=NOW.date(), by=None, now=NOW)
        given = reporting.Given(
            key=uuid.uuid4(), category="appliances", urgency="routine", what="寝室用电炉", where="101", numbers=(monitor.sid,)
        )
        found = incidents.report(given=given, by=reader_of("宋小雨"), now=NOW)
        asked = {ask.account.name for ask in Ask.objects.filter(incident=found, part="answer")}
        assert found.channel == "security" and "李秘书" in asked and "陈主任" in asked

    def test_who_fills_a_group_comes_back_to_the_groups(self):
        world = small_school()
        chen, fill = client_for("陈主任"), f"/coverage/fill/security_college/{world.units['XX'].pk}/"
        link = f"{fill}?next=%2Fcoverage%2Fnetwork%2F%3Fkind%3Dcollege"
        assert f'href="{link}"' in body(chen.get("/coverage/network/?kind=college"))
        form = body(chen.get(link))
        assert form.count('name="next" value="/coverage/network/?kind=college"') > 1, "searching keeps it too"
        given = {"staff": world.staff["李秘书"].pk, "role": "security", "next": "/coverage/network/?kind=college"}
        refused = chen.post(fill, given | {"staff": "0"})
        assert refused.status_code == 302 and "next=%2Fcoverage%2Fnetwork" in refused.url
        assert chen.post(fill, given).url == "/coverage/network/?kind=college"
        outside = given | {"staff": world.staff["林老师"].pk, "next": "https://example.org/coverage/"}
        assert chen.post(fill, outside).url == "/coverage/"

    def test_in_english_names_are_listed_as_english_lists_them(self):
        world = small_school()
        for who in ("林老师", "李秘书"):
            unit, person = world.units["QC2501"], world.staff[who]
            people.assign_responsible(role="homeroom_teacher", unit=unit, staff=person, starts_on=NOW.date(), by=None, now=NOW)
        chen = client_for("陈主任")
        chen.cookies["django_language"] = "en"
        for path in ("/coverage/network/", "/coverage/?level=class"):
            page = body(chen.get(path)).split("<main")[1]
            assert "林老师 (" in page and "), " in page and not set("、（）") & set(page.split("<tbody", 1)[1].split("card-foot")[0]), path
        for path in ("/coverage/network/export/", "/coverage/export/"):
            sheet = openpyxl.load_workbook(BytesIO(chen.get(path).content)).worksheets[0]
            cells = [str(cell.value) for line in list(sheet.iter_rows(min_row=2))[:-1] for cell in line if cell.value]
            assert any("), " in one for one in cells) and not any(set("、（）") & set(one) for one in cells), path

    def test_a_college_sees_its_own(self):
        small_school()
        page = body(client_for("孙外人").get("/coverage/network/"))
        assert "2025级汽修1班" in page and "信息工程学院" not in page and "刘班长" not in page

    def test_the_export_names_everybody_and_is_told(self):
        small_school()
        response = client_for("陈主任").get("/coverage/network/export/")
        sheet = openpyxl.load_workbook(BytesIO(response.content)).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert rows[0][3] == "小组" and any(row[5] == "刘班长（班级干部）" for row in rows)
        assert Entry.objects.filter(kind__contains="export").exists()
