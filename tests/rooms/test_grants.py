"""Rights for a time: they add to the reader's, never more than the matrix says, and end with the time, the cause or the role."""

from datetime import timedelta

import pytest

from shouwang.common.categories import Category
from shouwang.trust.access import grants, matrix, queries, readings, sharing, viewing
from shouwang.trust.access.models import Reading
from shouwang.trust.ledger.models import Entry
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Responsibility
from tests.worlds import NOW, account_of, reader_of, small_school

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HEALTH = int(Category.identity | Category.health)


def reader_at(name, now):
    return queries.reader(account_of(name), now.date(), now=now)


def give(world, name="孙外人", relationship="break_glass", categories=HEALTH, until=NOW + HOUR, whom="小雨"):
    account, student = account_of(name), world.students[whom]
    return grants.grant(
        account=account, relationship=relationship, categories=categories, student=student, ref="glass:1", until=until, by=None, now=NOW
    )


def test_a_grant_opens_exactly_one_student_in_exactly_these_categories():
    world = small_school()
    give(world)
    by = reader_at("孙外人", NOW)
    assert queries.categories(by, world.sid("小雨")) == HEALTH
    assert queries.categories(by, world.sid("刘班长")) == 0
    assert "紧急查看" in queries.grounds(by, world.sid("小雨"))[0]
    assert not queries.units(by).filter(code="XX").exists()


def test_it_ends_with_its_time_and_with_its_cause_and_with_the_role():
    world = small_school()
    give(world)
    sid = world.sid("小雨")
    assert queries.categories(reader_at("孙外人", NOW + HOUR - timedelta(seconds=1)), sid)
    assert not queries.categories(reader_at("孙外人", NOW + HOUR), sid), "time"
    assert grants.end(ref="glass:1", by=None, now=NOW + HOUR / 2) == 1
    assert not queries.categories(reader_at("孙外人", NOW + HOUR / 2), sid), "cause"
    give(world)
    for held in Responsibility.objects.filter(staff=world.staff["孙外人"], role="college_lead"):
        people.end_responsibility(responsibility=held, ends_on=NOW.date() - timedelta(days=1), by=None, now=NOW)
    assert not queries.categories(reader_at("孙外人", NOW), sid) & Category.psychological
    for held in Responsibility.objects.filter(staff=world.staff["孙外人"], role="homeroom_teacher"):
        people.end_responsibility(responsibility=held, ends_on=NOW.date() - timedelta(days=1), by=None, now=NOW)
    assert not queries.categories(reader_at("孙外人", NOW), sid), "role"


def test_duty_is_over_by_itself():
    world = small_school()
    give(world, "王宿管", "on_duty", int(Category.identity | Category.contact), NOW + 8 * HOUR, "石大山")
    sid = world.sid("石大山")
    assert queries.categories(reader_at("王宿管", NOW + 7 * HOUR), sid) == Category.identity | Category.contact
    assert queries.categories(reader_at("王宿管", NOW + 8 * HOUR), sid) == 0


def test_what_the_matrix_does_not_give_is_not_granted():
    world = small_school()
    with pytest.raises(grants.CannotGrant, match="不能以这种方式"):
        give(world, "钱管理员")
    with pytest.raises(grants.CannotGrant, match="24 小时"):
        give(world, until=NOW + 25 * HOUR)
    with pytest.raises(grants.CannotGrant, match="不能临时授予"):
        give(world, relationship="own_class")
    given = give(world, "王宿管", categories=int(Category.identity | Category.psychological), whom="石大山")
    assert not given.categories & Category.psychological


def test_a_table_that_contradicts_itself_is_refused(tmp_path):
    (tmp_path / "matrix.toml").write_text(
        '[outside]\nsee = ["identity"]\n[role.a]\nzh = "甲"\nen = "A"\n[role.a.own_class]\nsee = ["academic", "nonsense"]\nwrite = ["identity"]\n'
        '[role.a.none]\nsee = ["identity"]\n[role.a.break_glass]\nsee = ["identity"]\nexport = ["identity"]\n',
        encoding="utf-8",
    )
    with pytest.raises(matrix.BadMatrix) as refused:
        matrix.load(tmp_path)
    for reason in ("不认识的类别 nonsense", "看得到内容就须看得到是谁", "不能多于看", "没有关系就没有权利", "只能看"):
        assert reason in str(refused.value)


def test_every_cell_that_allows_has_its_ground_in_both_languages():
    table = matrix.load()
    for role in table.roles:
        for tie in matrix.RELATIONSHIPS:
            has = any(table.rights(role, tie))
            for lang in ("zh", "en"):
                assert bool(matrix.ground(role, tie, lang)) == has
                assert matrix.sentence(role, tie, lang)


class TestReadings:
    def test_once_an_hour_and_every_time_under_a_glass(self):
        world = small_school()
        sid = world.sid("小雨")
        for minute in (0, 5, 20):
            readings.note(by=reader_of("林老师"), sid=sid, now=NOW + timedelta(minutes=minute))
        readings.note(by=reader_of("林老师"), sid=sid, now=NOW + HOUR)
        assert Reading.objects.filter(student=sid).count() == 2
        give(world)
        for minute in (1, 2):
            readings.note(by=reader_at("孙外人", NOW), sid=sid, now=NOW + timedelta(minutes=minute))
        assert Reading.objects.filter(student=sid, kind="glass", ref="glass:1").count() == 2
        assert Entry.objects.filter(kind="access.glass_read").count() == 2

    def test_families_see_staff_and_grounds_and_not_other_families(self):
        world = small_school()
        sid = world.sid("小雨")
        readings.note(by=reader_of("林老师"), sid=sid, now=NOW)
        readings.note(by=reader_of("赵妈妈"), sid=sid, now=NOW)
        for name in ("赵妈妈", "宋小雨"):
            told = readings.of_student(reader_of(name), sid)
            assert [(one.name, one.role, one.ground) for one in told] == [("林老师", "班主任", "林老师是2024级软件1班的班主任")]
        assert readings.of_student(reader_of("林老师"), sid) == []
        assert readings.of_student(reader_of("赵妈妈"), world.sid("刘班长")) == []

    def test_guardians_do_not_hear_of_reports_cases_glasses_and_counsellors(self):
        """The father must not read that a counsellor opened a report about his child; his child may."""
        world = small_school()
        sid = world.sid("小雨")
        readings.note(by=reader_of("林老师"), sid=sid, now=NOW)
        for kind in ("incident", "case"):
            readings.note(by=reader_of("林老师"), sid=sid, now=NOW, kind=kind)
            readings.note(by=reader_of("周咨询师"), sid=sid, now=NOW, kind=kind)
        readings.note_many(by=reader_of("周咨询师"), sids=[sid], now=NOW, kind="incident", ref="incident:1")
        readings.note(by=reader_of("周咨询师"), sid=sid, now=NOW)
        give(world)
        readings.note(by=reader_at("孙外人", NOW), sid=sid, now=NOW)
        give(world, "王宿管", "case_team", int(Category.identity | Category.life))
        readings.note(by=reader_at("王宿管", NOW), sid=sid, now=NOW + HOUR)
        told = readings.of_student(reader_of("赵妈妈"), sid)
        assert {(one.name, one.kind) for one in told} == {("林老师", "page"), ("王宿管", "page")}, (
            "王宿管 by the dormitory, not by the case"
        )
        assert "个案" not in "".join(one.ground for one in told)
        own = {(one.name, one.kind) for one in readings.of_student(reader_of("宋小雨"), sid)}
        assert own >= {("周咨询师", "incident"), ("周咨询师", "page"), ("林老师", "case"), ("孙外人", "glass")}

    def test_a_page_read_for_a_case_alone_is_not_told_to_guardians(self):
        world = small_school()
        sid = world.sid("小雨")
        give(world, "孙外人", "case_team", int(Category.identity | Category.academic))
        readings.note(by=reader_at("孙外人", NOW), sid=sid, now=NOW)
        assert readings.of_student(reader_of("赵妈妈"), sid) == []
        assert [one.kind for one in readings.of_student(reader_of("宋小雨"), sid)] == ["page"]

    def test_an_adult_student_who_shares_nothing_tells_guardians_nothing(self):
        world = small_school()
        sid = world.sid("小雨")
        readings.note(by=reader_of("林老师"), sid=sid, now=NOW)
        readings.note(by=reader_of("王宿管"), sid=sid, now=NOW)
        sharing.set_sharing(by=reader_of("宋小雨"), names=["academic"], now=NOW)
        assert [one.name for one in readings.of_student(reader_of("赵妈妈"), sid)] == ["林老师"], "a dorm manager reads nothing of studies"
        sharing.set_sharing(by=reader_of("宋小雨"), names=[], now=NOW)
        assert readings.of_student(reader_of("赵妈妈"), sid) == []
        assert len(readings.of_student(reader_of("宋小雨"), sid)) == 2

    def test_a_stranger_leaves_no_reading(self):
        world = small_school()
        readings.note(by=reader_of("孙外人"), sid=world.sid("小雨"), now=NOW)
        assert not Reading.objects.exists()


class TestSharing:
    def test_an_adult_student_decides_what_guardians_see(self):
        world = small_school()
        sid = world.sid("小雨")
        assert queries.categories(reader_of("赵妈妈"), sid) & Category.academic
        sharing.set_sharing(by=reader_of("宋小雨"), names=["attendance", "psychological"], now=NOW)
        assert queries.categories(reader_of("赵妈妈"), sid) == Category.identity | Category.attendance
        assert sharing.state(reader_of("宋小雨")).categories == Category.identity | Category.attendance

    def test_a_minor_does_not(self):
        world = small_school()
        rows = [
            {
                "code": u.code,
                "name": u.name,
                "kind": "school" if u.code == "XX" else u.kind,
                "parent": "" if u.code == "XX" else u.parent.code,
            }
            for u in type(world.units["RJ"]).objects.filter(code__in=("XX", "RJ", "RJ2401")).select_related("parent")
        ]
        assert people.project("unit", rows, batch_id=5, now=NOW) is not None
        if sharing.is_adult(world.students["小雨"].__class__.objects.get(sid=world.sid("小雨"))):
            pytest.skip("the projection keeps the class below its college")
        with pytest.raises(sharing.CannotShare, match="未成年"):
            sharing.set_sharing(by=reader_of("宋小雨"), names=[], now=NOW)

    def test_nobody_decides_for_another(self):
        small_school()
        for name in ("林老师", "赵妈妈"):
            assert sharing.state(reader_of(name)) is None
            with pytest.raises(sharing.CannotShare):
                sharing.set_sharing(by=reader_of(name), names=["academic"], now=NOW)


class TestViewAs:
    def test_only_staff_and_never_oneself(self):
        world = small_school()
        by = reader_of("陈主任")
        names = {one.name for one in viewing.candidates(by, "")}
        assert "林老师" in names and not names & {"陈主任", "赵妈妈", "宋小雨"}
        with pytest.raises(viewing.CannotView):
            viewing.start(account=world.accounts["赵妈妈"].pk, by=by, now=NOW)
        with pytest.raises(viewing.CannotView, match="以他人身份查看"):
            viewing.start(account=world.accounts["王宿管"].pk, by=reader_of("林老师"), now=NOW)

    def test_both_ends_are_on_record(self):
        world = small_school()
        viewing.start(account=world.accounts["林老师"].pk, by=reader_of("陈主任"), now=NOW)
        viewing.end(account=world.accounts["林老师"].pk, by=world.accounts["陈主任"].pk, now=NOW + HOUR)
        kinds = Entry.objects.filter(by=world.accounts["陈主任"].pk).order_by("pk").values_list("kind", flat=True)
        assert list(kinds)[-2:] == ["access.view_as_started", "access.view_as_ended"]
