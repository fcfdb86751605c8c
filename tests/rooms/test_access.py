"""access: who may see whom, why, and that the set and the single check never disagree."""

import re
from datetime import date

import pytest

from shouwang.common.categories import EVERYTHING, Category
from shouwang.trust.access import actions, policies, queries
from shouwang.trust.access.policies import MAY, ROLE_CATEGORIES, ROLE_TREE, ROLES, why_not
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Responsibility, Staff, Student, Unit
from tests import cast
from tests.worlds import CLASSES, NOW, account_of, reader_of, small_school, student_rows

pytestmark = pytest.mark.django_db
XX = CLASSES["RJ2401"][1] + CLASSES["WL2401"][1]
JD = CLASSES["SK2401"][1] + CLASSES["QC2501"][1]
IN_D1 = [name for code in ("RJ2401", "WL2401", "QC2501") for name in CLASSES[code][1][:5]]

SEES = [
    ("林老师", XX),
    ("陈主任", XX + JD),
    ("李秘书", XX),
    ("周咨询师", XX + JD),
    ("王宿管", IN_D1),
    ("孙外人", JD),
    ("高院长", XX),
    ("钱管理员", ()),
    ("何数据", XX + JD),
    ("方审计", ()),
    ("郑校长", XX + JD),
    ("吴教务", XX + JD),
    ("唐社工", ("宋小雨",)),
    ("赵妈妈", ("宋小雨",)),
    ("宋小雨", ("宋小雨",)),
    ("刘班长", CLASSES["RJ2401"][1]),
]


def test_the_whole_cast_is_tried():
    assert [name for name, _ in SEES] == [actor.name for actor in cast.EVERYBODY]


@pytest.mark.parametrize(("name", "whom"), SEES)
def test_each_sees_exactly_their_students(name, whom):
    world = small_school()
    by = reader_of(name)
    assert sorted(student.name for student in queries.students(by)) == sorted(whom)
    for student in set(world.students.values()):
        seen = student.name in whom
        assert (queries.student(by, student.sid) is not None) == seen
        assert bool(queries.grounds(by, student.sid)) == seen
        assert bool(queries.categories(by, student.sid)) == seen
        assert queries.responsible(by, student.sid, NOW.date()).exists() <= seen


@pytest.mark.parametrize(
    ("name", "ground", "ground_en"),
    [
        ("林老师", "林老师是2024级软件1班的班主任", "林老师 is homeroom teacher of 2024级软件1班"),
        ("李秘书", "李秘书是信息工程学院的教学秘书", "李秘书 is teaching secretary of 信息工程学院"),
        ("王宿管", "王宿管是1号宿舍楼的宿舍管理员", "王宿管 is dorm manager of 1号宿舍楼"),
        ("赵妈妈", "赵妈妈是宋小雨的母亲", "赵妈妈 is the mother of 宋小雨"),
        ("唐社工", "唐社工是宋小雨的社区工作者", "唐社工 is community worker of 宋小雨"),
        ("宋小雨", "宋小雨本人", "宋小雨's own record"),
        ("刘班长", "刘班长是2024级软件1班的班级干部", "刘班长 is class cadre of 2024级软件1班"),
    ],
)
def test_grounds_are_sentences(name, ground, ground_en):
    world = small_school()
    assert queries.grounds(reader_of(name), world.sid("小雨")) == [ground]
    account = account_of(name)
    actions.set_preferences(account=account, language="en", by=account.pk, now=NOW)
    assert queries.grounds(reader_of(name), world.sid("小雨")) == [ground_en]


def test_missing_and_forbidden_are_alike():
    world = small_school()
    by = reader_of("孙外人")
    assert queries.student(by, world.sid("小雨")) is None and queries.student(by, 999_999) is None
    assert queries.grounds(by, world.sid("小雨")) == queries.grounds(by, 999_999) == []
    assert queries.categories(by, world.sid("小雨")) == queries.categories(by, 999_999) == 0
    assert list(queries.search(by, "宋小雨")) == list(queries.search(by, "没有此人")) == []


def test_grounds_end_by_themselves():
    world = small_school()
    held = Responsibility.objects.get(staff=world.staff["林老师"], unit=world.units["RJ2401"])
    people.end_responsibility(responsibility=held, ends_on=NOW.date(), by=None, now=NOW)
    assert queries.student(reader_of("林老师"), world.sid("小雨")) is not None
    assert queries.student(reader_of("林老师", date(2025, 12, 11)), world.sid("小雨")) is None
    assert queries.student(reader_of("林老师", date(2025, 8, 31)), world.sid("小雨")) is None


def test_a_class_that_moves_takes_its_readers_along():
    world = small_school()
    rows = [
        {"code": u.code, "name": u.name, "kind": u.kind, "parent": u.parent.code if u.parent else ""}
        for u in Unit.objects.select_related("parent")
    ]
    rows = [row | {"parent": "JD"} if row["code"] == "RJ" else row for row in rows]
    people.project("unit", rows, batch_id=1, now=NOW)
    assert queries.student(reader_of("孙外人"), world.sid("小雨")) is not None
    assert queries.student(reader_of("李秘书"), world.sid("小雨")) is None
    assert queries.student(reader_of("林老师"), world.sid("小雨")) is not None


@pytest.mark.parametrize("text", ["宋小雨", "小雨", "songxiaoyu", "songxi", "sxy", "2024010101", "20240101", " Song Xiao"])
def test_search_finds_by_name_pinyin_initials_and_number(text):
    world = small_school()
    assert world.students["小雨"] in queries.search(reader_of("林老师"), text)
    assert world.students["小雨"] not in queries.search(reader_of("孙外人"), text)


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "'; drop table", "xiaoyu%", "𠀀", "\x00"])
def test_search_takes_no_wildcards(text):
    small_school()
    assert list(queries.search(reader_of("陈主任"), text)) == []


@pytest.mark.parametrize("text", ["o'brien", "a\\", "宋%", "宋_雨"])
def test_search_survives_odd_text(text):
    small_school()
    assert list(queries.search(reader_of("陈主任"), text)) == []


class TestVisible:
    """Rows that carry categories: all of a row's categories by one same scope that covers it. Tried on students with their entry year as mask."""

    def rows(self, by, mask):
        return set(queries.visible(by, Student.objects.all(), sid="sid", mask="entry_year").values_list("name", flat=True))

    def mask_all(self, value):
        rows = [row | {"entry_year": int(value)} for row in student_rows()]
        people.project("student", rows, batch_id=1, now=NOW)

    @pytest.mark.parametrize(
        ("name", "mask", "whom"),
        [
            ("林老师", Category.academic | Category.attendance, XX),
            ("林老师", Category.psychological, ()),
            ("林老师", Category.academic | Category.health, ()),
            ("周咨询师", Category.psychological | Category.academic, XX + JD),
            ("王宿管", Category.life, tuple(IN_D1)),
            ("王宿管", Category.life | Category.attendance, ()),
            ("王宿管", Category.academic, ()),
            ("刘班长", Category.attendance, ("刘班长",)),  # their own, nobody else's
            ("钱管理员", Category.public, ()),
            ("方审计", Category.public, ()),
            ("赵妈妈", Category.academic, ("宋小雨",)),
            ("赵妈妈", Category.psychological, ()),
            ("唐社工", Category.academic, ()),
        ],
    )
    def test_by_category(self, name, mask, whom):
        small_school()
        self.mask_all(mask)
        assert sorted(self.rows(reader_of(name), mask)) == sorted(whom)

    def test_two_scopes_do_not_add_up_for_one_row(self):
        """Dorm manager of D1 and course teacher of 软件1班: a row that needs both kinds of knowledge is seen through neither."""
        world = small_school()
        wang = world.staff["王宿管"]
        given = {"staff": wang, "starts_on": NOW.date(), "by": None, "now": NOW}
        people.assign_responsible(role="course_teacher", unit=world.units["RJ2401"], **given)
        self.mask_all(Category.life | Category.academic)
        assert self.rows(reader_of("王宿管"), 0) == set()
        self.mask_all(Category.academic)
        assert self.rows(reader_of("王宿管"), 0) == set(CLASSES["RJ2401"][1])
        assert (
            queries.categories(reader_of("王宿管"), world.sid("小雨")) & (Category.life | Category.academic)
            == Category.life | Category.academic
        )


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("林老师", {"RJ2401", "WL2401"}),
        ("王宿管", {"D1", "D1-1", "D1-2", "D1-101", "D1-102", "D1-201"}),
        ("孙外人", {"JD", "SK", "QC", "SK2401", "QC2501"}),
        ("钱管理员", set()),
        ("赵妈妈", set()),
    ],
)
def test_units(name, codes):
    small_school()
    assert set(queries.units(reader_of(name)).values_list("code", flat=True)) == codes


def test_scopes_are_index_ranges():
    """Set-based: one statement, no list of students in it, and the index on unit_path serves it."""
    small_school()
    sql = str(queries.students(reader_of("林老师")).query)
    assert sql.count("SELECT") == 1 and "unit_path" in sql
    plan = queries.students(reader_of("李秘书")).explain()
    assert "unit_path" in plan and re.search(r"using index|index scan", plan, re.IGNORECASE)


def test_a_reader_costs_a_fixed_number_of_queries(django_assert_max_num_queries):
    small_school()
    account = account_of("林老师")
    with django_assert_max_num_queries(2):
        queries.reader(account, NOW.date())


@pytest.mark.parametrize("name", [actor.name for actor in cast.EVERYBODY])
def test_a_refusal_has_a_reason_in_both_languages(name):
    small_school()
    by = reader_of(name)
    for ability, holders in MAY.items():
        reason = why_not(by, ability)
        assert (reason is None) == queries.may(by, ability) == bool(holders is policies.EVERYONE or by.roles & holders)
        assert reason is None or "您的角色" in reason


def test_unknown_abilities_are_loud():
    small_school()
    with pytest.raises(KeyError):
        queries.may(reader_of("陈主任"), "no_such_ability")


def test_the_tables_are_complete():
    from shouwang.analysis.standard import load

    assert set(ROLE_CATEGORIES) == set(ROLE_TREE) == set(ROLES)
    assert all(0 <= bits <= EVERYTHING for bits in ROLE_CATEGORIES.values())
    assert all(holders <= set(ROLES) for holders in MAY.values())
    assert set(MAY) == set(policies._ABILITY_TITLES)
    assert set(policies.DELIVERS) == {role for role in ROLES if role in MAY["import"]}
    assert set().union(*policies.DELIVERS.values()) == set(load().departments)
    delivered = {code.code for code in load().table("responsibility").column("role").codes}
    assert delivered == set(ROLES) - {"student", "guardian"}


def test_some_know_nothing():
    """The administrator runs the system and sees no student; psychological and health data stay with the counsellor."""
    for role in ("administrator", "auditor", "logistics", "library", "finance"):
        assert ROLE_CATEGORIES[role] == 0
    assert {role for role, tree in ROLE_TREE.items() if tree == "none"} == {"administrator", "auditor", "logistics"}
    private = Category.psychological | Category.health
    assert [role for role, bits in ROLE_CATEGORIES.items() if bits & private] == ["counsellor"]
    for role in ("cadre_class", "cadre_dorm", "cadre_safety", "data_steward", "company_mentor"):
        assert ROLE_CATEGORIES[role] == Category.identity
    for ability in ("alerts", "students", "search", "dashboards", "coverage", "export"):
        assert not MAY[ability] & {"administrator", "auditor"}
    assert not MAY["alerts"] & {"guardian", "student", "cadre_class", "cadre_dorm", "cadre_safety"}


class TestAccounts:
    def test_one_person_one_account(self):
        world = small_school()
        again = actions.open_account(staff=world.staff["林老师"], password="另一个密码-2025", by=None, now=NOW)
        assert again.pk == account_of("林老师").pk and again.check_password("另一个密码-2025")

    def test_a_username_belongs_to_one_person(self):
        world = small_school()
        with pytest.raises(actions.CannotOpen, match="已属于另一个人"):
            actions.open_account(staff=world.staff["王宿管"], username="T1001", password="x", by=None, now=NOW)
        with pytest.raises(actions.CannotOpen, match="只属于一个人"):
            actions.open_account(password="x", by=None, now=NOW)

    def test_a_closed_account_sees_nothing(self):
        small_school()
        account = account_of("林老师")
        actions.close_account(account=account, by=None, now=NOW)
        by = queries.reader(account, NOW.date())
        assert not by.roles and not queries.students(by).exists() and queries.account("T1001") is None

    def test_someone_who_left_sees_nothing(self):
        small_school()
        rows = [{"staff_no": "T1002", "name": "陈主任"}]
        people.project("staff", rows, batch_id=1, now=NOW)
        assert not Staff.objects.get(number="T1001").is_current
        assert not queries.students(reader_of("林老师")).exists()

    def test_a_student_who_left_is_seen_by_nobody(self):
        world = small_school()
        rows = [row for row in student_rows() if row["unit"] == "RJ2401" and row["name"] != "宋小雨"]
        people.project("student", rows, batch_id=1, now=NOW)
        for actor in cast.EVERYBODY:
            assert queries.student(reader_of(actor.name), world.sid("小雨")) is None, actor.name
            assert queries.grounds(reader_of(actor.name), world.sid("小雨")) == []

    def test_preferences(self):
        small_school()
        account = account_of("林老师")
        actions.set_preferences(account=account, language="en", scheme="dark", by=account.pk, now=NOW)
        account.refresh_from_db()
        assert (account.language, account.scheme) == ("en", "dark")
        with pytest.raises(ValueError):
            actions.set_preferences(account=account, language="fr", by=account.pk, now=NOW)
