"""people: the projection of master tables, opaque ids, and the proof that nobody is left out."""

from datetime import date

import pytest

from shouwang.trust.ledger.guard import OutsideAction
from shouwang.trust.people import actions, queries
from shouwang.trust.people.models import Guardian, Responsibility, Staff, Student, StudentNumber, Unit
from shouwang.trust.people.pinyin import readings
from shouwang.trust.people.policies import SLOT
from tests import cast, worlds
from tests.worlds import NOW, small_school

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def unit_rows(**parents):
    return [{"code": c, "name": n, "kind": k, "parent": parents.get(c, p)} for c, n, k, p in worlds.UNITS]


def test_the_small_school_stands():
    world = small_school()
    assert Student.objects.count() == 24
    xiaoyu = world.students["小雨"]
    assert xiaoyu.unit_path == world.units["RJ2401"].path
    assert xiaoyu.dorm_path == world.units["D1-101"].path
    assert world.units["RJ2401"].path.startswith(world.units["XX"].path)
    assert xiaoyu.pinyin == "songxiaoyu" and xiaoyu.initials == "sxy"


def test_sids_are_contiguous_in_class_order():
    small_school()
    by_class = list(Student.objects.order_by("unit_path", "number").values_list("sid", flat=True))
    assert by_class == list(range(1, 25))


def test_a_number_keeps_its_sid_whatever_comes():
    world = small_school()
    before = world.sid("小雨")
    rows = [row | {"unit": "WL2401"} if row["name"] == "宋小雨" else row for row in worlds.student_rows()]
    actions.project("student", rows, batch_id=7, now=NOW)
    moved = Student.objects.get(number="2024010101")
    assert moved.sid == before and moved.class_unit.code == "WL2401" and moved.unit_path == world.units["WL2401"].path
    assert actions.allocate_sids(["2024010101", "2099010101"], now=NOW) == {"2024010101": before, "2099010101": 25}


def test_projecting_twice_changes_nothing():
    small_school()
    before = list(Student.objects.order_by("sid").values())
    units = list(Unit.objects.order_by("pk").values())
    others = [list(table.objects.order_by("pk").values()) for table in (Staff, Guardian, Responsibility)]
    worlds.small_school()
    assert [list(table.objects.order_by("pk").values()) for table in (Staff, Guardian, Responsibility)] == others
    assert list(Student.objects.order_by("sid").values()) == before
    assert list(Unit.objects.order_by("pk").values()) == units
    assert StudentNumber.objects.count() == 24


def test_a_class_delivered_again_lets_the_missing_go_and_touches_no_other_class():
    small_school()
    rows = [row for row in worlds.student_rows() if row["unit"] == "RJ2401" and row["name"] != "马天乐"]
    done = actions.project("student", rows, batch_id=3, now=NOW)
    assert (done.rows, done.gone) == (5, 1)
    assert not Student.objects.get(name="马天乐").is_current
    assert Student.objects.filter(is_current=True).count() == 23


def test_a_refused_row_is_not_taken_for_gone():
    small_school()
    rows = [row for row in worlds.student_rows() if row["unit"] == "RJ2401" and row["name"] != "马天乐"]
    done = actions.project("student", rows, batch_id=3, now=NOW, keep=["2024010106"])
    assert done.gone == 0 and Student.objects.get(name="马天乐").is_current


def test_an_unknown_class_is_named_and_skipped():
    small_school()
    done = actions.project("student", [{"student_no": "2024010199", "name": "某某", "unit": "没有这个班"}], batch_id=3, now=NOW)
    assert done.rows == 0 and done.skipped == ["学生 2024010199：班级 没有这个班 不在组织机构中"]


def test_a_moved_major_takes_its_students_along():
    world = small_school()
    done = actions.project("unit", unit_rows(RJ="JD"), batch_id=4, now=NOW)
    moved = Unit.objects.get(code="RJ2401")
    assert moved.path.startswith(world.units["JD"].path) and moved.pk in done.moved
    xiaoyu = Student.objects.get(number="2024010101")
    assert xiaoyu.unit_path == moved.path
    assert len(set(Unit.objects.values_list("path", flat=True))) == Unit.objects.count()


def test_codes_come_as_words_or_as_numbers():
    small_school()
    rows = [row | {"kind": {"school": 2, "college": 3}.get(row["kind"], row["kind"])} for row in unit_rows()]
    assert actions.project("unit", rows, batch_id=4, now=NOW).skipped == []
    assert Unit.objects.get(code="XX").kind == "college"


@pytest.mark.parametrize(("code", "parent"), [("RJ2401", "没有"), ("XX", "RJ")])
def test_a_unit_without_a_place_is_named(code, parent):
    """An unknown parent, and a ring, never break the rest of the tree."""
    done = actions.project("unit", unit_rows(**{code: parent}), batch_id=1, now=NOW)
    assert any(code in sentence for sentence in done.skipped)
    assert Unit.objects.filter(code="JD").exists()


def test_a_retraction_is_rebuilt_from_what_still_lives():
    small_school()
    rows = worlds.student_rows()
    first = actions.Batch("student", 1, rows)
    second = actions.Batch("student", 2, [row | {"name": row["name"] + "改"} for row in rows[:6]])
    for batch in (first, second):
        actions.project("student", batch.rows, batch_id=batch.batch_id, now=NOW)
    assert Student.objects.get(sid=1).name == "宋小雨改"
    actions.rebuild([first], tables=["student"], now=NOW)
    assert Student.objects.get(sid=1).name == "宋小雨"
    assert Student.objects.filter(is_current=True).count() == 24
    actions.rebuild([], tables=["student"], now=NOW)
    assert not Student.objects.filter(is_current=True).exists()


def test_guardians_are_replaced_by_class():
    small_school()
    row = {"student_no": "2024010101", "name": "宋爸爸", "relation": 1, "phone": "13700000000"}
    done = actions.project("guardian", [row], batch_id=5, now=NOW)
    assert (done.rows, done.gone) == (1, 1)
    assert Guardian.objects.get(is_current=True, student__number="2024010101").relation == "father"
    assert Guardian.objects.filter(student__number="2024020101", is_current=True).exists()


def test_a_delivery_of_responsibilities_leaves_what_was_assigned_on_screen():
    world = small_school()
    unit = world.units["QC2501"]
    args = {"role": "homeroom_teacher", "staff": world.staff["孙外人"], "unit": unit, "starts_on": TODAY, "by": None, "now": NOW}
    given = actions.assign_responsible(**args)
    actions.project("responsibility", worlds.responsibility_rows(), batch_id=8, now=NOW)
    assert Responsibility.objects.get(pk=given.pk).is_current


def test_responsibilities_delivered_again_keep_their_rows():
    """Who is gone ends, who comes back is the same row, and a refused row is not taken for gone."""
    small_school()
    before = set(Responsibility.objects.values_list("pk", flat=True))
    rows = worlds.responsibility_rows()
    fewer = [row for row in rows if row["staff_no"] != cast.LIN.username]
    assert actions.project("responsibility", fewer, batch_id=8, now=NOW, keep=[cast.LIN.username]).gone == 0
    assert actions.project("responsibility", fewer, batch_id=8, now=NOW).gone == 2
    assert queries.uncovered_students(TODAY).count() == 18
    actions.project("responsibility", rows, batch_id=9, now=NOW)
    assert set(Responsibility.objects.values_list("pk", flat=True)) == before
    assert queries.uncovered_students(TODAY).count() == 6


def test_a_role_that_the_register_no_longer_names_ends():
    """The register is the whole school's: the last counsellor who is dropped from it keeps nothing, and what was assigned on screen stays."""
    world = small_school()
    held = Responsibility.objects.filter(role="counsellor", is_current=True)
    assert held.exists()
    given = actions.assign_responsible(
        role="crisis_team", staff=world.staff["周咨询师"], unit=world.units["YL"], starts_on=TODAY, by=None, now=NOW
    )
    rows = [row for row in worlds.responsibility_rows() if row["role"] != "counsellor"]
    assert actions.project("responsibility", rows, batch_id=8, now=NOW, keep=[cast.ZHOU.username]).gone == 0
    assert actions.project("responsibility", rows, batch_id=9, now=NOW).gone == 1
    assert not held.exists() and Responsibility.objects.get(pk=given.pk).is_current


def test_every_student_is_covered_or_named():
    world = small_school()
    bare = queries.uncovered_students(TODAY)
    assert {student.class_unit.code for student in bare} == {"QC2501"} and bare.count() == 6
    actions.assign_responsible(
        role="responsible", staff=world.staff["林老师"], student=world.students["丁香"], starts_on=TODAY, by=None, now=NOW
    )
    assert queries.uncovered_students(TODAY).count() == 5
    actions.assign_responsible(
        role="homeroom_teacher", staff=world.staff["孙外人"], unit=world.units["QC2501"], starts_on=TODAY, by=None, now=NOW
    )
    assert not queries.uncovered_students(TODAY).exists()


def test_covered_and_uncovered_are_everyone():
    small_school()
    bare = set(queries.uncovered_students(TODAY).values_list("sid", flat=True))
    for student in queries.enrolled():
        mine = [r for r in queries.responsible_for(student.sid, TODAY) if r.role in ("homeroom_teacher", "adviser", "responsible")]
        assert (student.sid in bare) == (not mine), student


def test_every_level_has_its_gaps_named():
    small_school()
    assert [(gap.unit.code, gap.slot.code) for gap in queries.gaps(TODAY)] == [
        ("JD", "college_secretary"),
        ("QC2501", "class_teacher"),
        ("D2", "building_manager"),
        ("D1-1", "floor_head"),
        ("D1-2", "floor_head"),
        ("D2-1", "floor_head"),
    ]


def test_a_responsibility_holds_from_its_first_to_its_last_day():
    world = small_school()
    held = Responsibility.objects.get(staff=world.staff["林老师"], unit=world.units["RJ2401"])
    actions.end_responsibility(responsibility=held, ends_on=TODAY, by=None, now=NOW)
    slot = SLOT["class_teacher"]
    assert world.units["RJ2401"] not in queries.uncovered_units(TODAY, slot)
    assert world.units["RJ2401"] in queries.uncovered_units(date(2025, 12, 11), slot)
    assert world.units["RJ2401"] in queries.uncovered_units(date(2025, 8, 31), slot)
    with pytest.raises(actions.CannotAssign, match="结束日期早于开始日期"):
        actions.end_responsibility(responsibility=held, ends_on=date(2025, 8, 1), by=None, now=NOW)


def test_a_person_who_left_covers_nobody():
    world = small_school()
    rows = [row for row in worlds.staff_rows() if row["staff_no"] != cast.LIN.username]
    actions.project("staff", rows, batch_id=9, now=NOW)
    assert not Staff.objects.get(name="林老师").is_current
    assert queries.uncovered_students(TODAY).count() == 18
    assert world.units["RJ2401"] in queries.uncovered_units(TODAY, SLOT["class_teacher"])


@pytest.mark.parametrize(
    ("role", "who", "where", "reason"),
    [
        ("homeroom_teacher", "student", "RJ2401", "学生只能担任学生干部"),
        ("cadre_class", "staff", "RJ2401", "由学生干部担任"),
        ("homeroom_teacher", "staff", "XX", "不用于这一级机构"),
        ("homeroom_teacher", "nobody", "RJ2401", "请选择一位责任人"),
    ],
)
def test_what_may_not_be_assigned_says_why(role, who, where, reason):
    world = small_school()
    holder = {"student": {"cadre": world.students["小雨"]}, "staff": {"staff": world.staff["林老师"]}, "nobody": {}}[who]
    with pytest.raises(actions.CannotAssign, match=reason):
        actions.assign_responsible(role=role, unit=world.units[where], starts_on=TODAY, by=None, now=NOW, **holder)


def test_nobody_writes_but_actions():
    world = small_school()
    with pytest.raises(OutsideAction):
        Student.objects.update(name="改")
    with pytest.raises(OutsideAction):
        world.students["小雨"].save()
    with pytest.raises(OutsideAction):
        Unit.objects.create(code="X", name="X", kind="class", tree="organisation", path="x")
    with pytest.raises(OutsideAction):
        Student.objects.all().delete()


def test_the_roster_knows_class_and_college():
    world = small_school()
    row = next(row for row in queries.roster() if row.number == "2024010101")
    assert (row.sid, row.name) == (1, "宋小雨")
    assert row.class_path == world.units["RJ2401"].path and row.college_path == world.units["XX"].path


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("林小雨", "linxiaoyu", "lxy"),
        ("曾一鸣", "zengyiming", "zym"),
        ("单田芳", "shantianfang", "stf"),
        ("尉迟恭", "yuchigong", "yg"),
        ("阿依古丽·买买提", "ayigulimaimaiti", "ayglmmt"),
        ("Anna Li", "annali", "al"),
    ],
)
def test_names_are_found_as_they_are_typed(name, pinyin, initials):
    assert readings(name)[0] == pinyin
    assert readings(name)[1][0] == initials[0]


def test_terms():
    small_school()
    term = queries.term_of(date(2025, 12, 10))
    assert term is not None and (term.code, term.name) == (20251, "2025-2026-1")
    assert queries.term_of(date(2025, 8, 1)).code == 20242
    assert queries.term_of(date(2024, 8, 1)) is None
