"""The door, from the raw file to the batch and back: through actions and the pipeline, as 李秘书 and 何数据 use it."""

import csv
import io
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shouwang.common.reader import Reader
from shouwang.front.pipeline import intake
from shouwang.trust.access import actions as access
from shouwang.trust.ledger.models import Entry
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Responsibility, Student
from shouwang.work.imports import actions, queries, raw
from shouwang.work.imports.models import Coverage, Delivery
from tests import worlds

pytestmark = pytest.mark.django_db
HEADINGS = ("学号", "姓名", "学年学期", "课程代码", "课程名称", "学分", "成绩")


@pytest.fixture(autouse=True)
def jobs_at_once(settings: Any) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "sync": True}


@pytest.fixture
def world() -> worlds.World:
    return worlds.small_school()


@pytest.fixture
def li(world: worlds.World) -> Reader:
    return worlds.reader_of("李秘书")


@pytest.fixture
def he(world: worlds.World) -> Reader:
    return worlds.reader_of("何数据")


def score_rows(world: worlds.World, score: Any = 80, college: str = "XX", course: str = "C1") -> list[tuple[Any, ...]]:
    path = world.units[college].path
    mine = sorted({s for s in world.students.values() if s.unit_path.startswith(path)}, key=lambda s: s.number)
    return [(s.number, s.name, "2024-2025-2", course, "高等数学", 4, score) for s in mine]


def csv_file(folder: Path, rows: list[tuple[Any, ...]], name: str = "成绩.csv", headings: tuple[str, ...] = HEADINGS) -> Path:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    path = folder / name
    path.write_bytes(text.getvalue().encode("gb18030"))
    return path


def deliver(path: Path, by: Reader | None, table: str = "score", **options: Any) -> Delivery:
    return intake.deliver(path, table, by=by, now=worlds.NOW, **options)


def test_a_file_goes_all_the_way(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    delivery = deliver(csv_file(tmp_path, score_rows(world)), li, table="")
    assert (delivery.state, delivery.table, delivery.department) == ("accepted", "score", "academic_affairs")
    assert (delivery.rows_total, delivery.rows_good, delivery.rows_bad, delivery.rows_new) == (12, 12, 0, 12)
    assert queries.live_batch_ids() == (delivery.pk,)
    snapshot = queries.live_snapshot()
    assert snapshot.of("score")[0].rows == 12 and not snapshot.verify()
    assert {row.path: row.students for row in Coverage.objects.filter(delivery=delivery)} == {
        world.units["RJ2401"].path: 6,
        world.units["WL2401"].path: 6,
    }
    kinds = list(Entry.objects.filter(about__subject=f"delivery:{delivery.pk}").order_by("pk").values_list("kind", flat=True))
    assert kinds == [f"delivery.{move}" for move in ("receive", "recognise", "check", "preview", "begin", "accept")]
    delivery.refresh_from_db()
    assert delivery.unit == world.units["XX"] and delivery.progress.job == ""


def test_the_raw_file_is_kept_for_its_owner_only(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    path = csv_file(tmp_path, score_rows(world))
    delivery = deliver(path, li)
    kept = queries.raw_path(delivery)
    assert queries.raw_stream(delivery).read() == path.read_bytes()
    assert kept.read_bytes().startswith(b"SWV1") and "高等数学".encode("gb18030") not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not list(raw.temporary_folder().glob("receive.*"))


def test_bad_rows_stay_out_and_are_counted_and_listed(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    rows = score_rows(world)
    rows[3] = (*rows[3][:-1], "一百分")
    rows[5] = ("99999999", "查无此人", *rows[5][2:])
    delivery = deliver(csv_file(tmp_path, rows), li, confirm=True)
    assert delivery.state == "accepted"
    assert (delivery.rows_good, delivery.rows_bad) == (10, 2)
    assert queries.live_snapshot().of("score")[0].rows == 10
    found = {(problem.row, problem.column, problem.value) for problem in queries.problems(delivery)}
    assert found == {(5, "result", "一百分"), (7, "student_no", "99999999")}
    assert sum(count.n for count in delivery.problem_counts.all()) == 2


def test_students_of_another_college_are_unknown_to_the_secretary(world: worlds.World, li: Reader, he: Reader, tmp_path: Path) -> None:
    foreign = score_rows(world, college="JD")
    delivery = deliver(csv_file(tmp_path, score_rows(world) + foreign), li)
    assert delivery.rows_bad == len(foreign)
    assert {problem.code for problem in queries.problems(delivery)} == {"unknown_student"}
    assert deliver(csv_file(tmp_path, foreign), he).state == "accepted"  # the data steward delivers for the whole school


def test_gates_need_a_second_confirmation(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    deliver(csv_file(tmp_path, score_rows(world)), li)
    fewer = csv_file(tmp_path, score_rows(world, 90)[:8])
    held = deliver(fewer, li)
    sentences = " ".join(gate.sentence for gate in held.gates.all())
    assert held.state == "previewed" and "4 行" in sentences and "8 行" in sentences
    with pytest.raises(actions.CannotAccept, match="需要再次确认"):
        actions.begin(delivery=held, confirmed=False, by=li, now=worlds.NOW)
    again = deliver(fewer, li, confirm=True)
    assert again.state == "accepted" and (again.rows_changed, again.rows_gone) == (8, 4)
    assert again.twin == held and again.confirmed_gates


def test_retracting_reads_as_if_it_had_not_come_and_the_history_shows_it(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    first = deliver(csv_file(tmp_path, score_rows(world, 50)), li)
    before = queries.live_snapshot().digest
    second = intake.deliver(csv_file(tmp_path, score_rows(world, 90)), "score", by=li, now=worlds.NOW + timedelta(hours=1), confirm=True)
    with pytest.raises(actions.CannotRetract, match="原因"):
        intake.retract(second, " ", by=li, now=worlds.NOW)
    intake.retract(second, "传错了学期", by=li, now=worlds.NOW + timedelta(hours=2))
    assert queries.live_snapshot().digest == before and queries.live_batch_ids() == (first.pk,)
    assert queries.live_batch_ids(at=worlds.NOW + timedelta(hours=1, minutes=30)) == (first.pk, second.pk)
    second.refresh_from_db()
    assert (second.state, second.retracted_reason) == ("retracted", "传错了学期")
    with pytest.raises(actions.CannotRetract):
        intake.retract(second, "再撤一次", by=li, now=worlds.NOW)


def test_nobody_delivers_what_is_not_theirs(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    path = csv_file(tmp_path, score_rows(world))
    for name in ("林老师", "孙外人", "周咨询师", "钱管理员", "赵妈妈"):
        with pytest.raises(actions.CannotReceive):
            deliver(path, worlds.reader_of(name))
    with pytest.raises(actions.CannotReceive, match="图书馆"):
        deliver(path, li, table="library_loan")
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("name", "content", "words"), [("成绩.pdf", b"%PDF", "不是电子表格"), ("成绩.xlsx", b"", "空文件")])
def test_what_is_no_table_is_not_kept(world: worlds.World, li: Reader, name: str, content: bytes, words: str) -> None:
    with pytest.raises(actions.CannotReceive, match=words):
        actions.receive(source=io.BytesIO(content), filename=name, by=li, now=worlds.NOW)
    assert not Delivery.objects.exists() and not list(raw.folder().iterdir())


def test_a_broken_workbook_says_why(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    path = tmp_path / "坏的.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    delivery = deliver(path, li)
    assert delivery.state == "failed" and "损坏" in delivery.trouble


def test_a_missing_column_waits_for_a_person_and_is_remembered(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    headings = ("学号", "姓名", "学年学期", "课程代码", "课程名称", "学分", "老师给的")
    delivery = deliver(csv_file(tmp_path, score_rows(world), headings=headings), li)
    assert delivery.state == "recognised" and "成绩" in delivery.trouble
    actions.map_columns(delivery=delivery, choices={(1, 6): "result"}, by=li, now=worlds.NOW)
    intake.examine(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "previewed" and delivery.rows_good == 12
    next_one = deliver(csv_file(tmp_path, score_rows(world, course="C2"), headings=headings), li)
    assert next_one.state == "accepted"


def test_a_file_nobody_can_tell_waits_for_its_table(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    delivery = deliver(csv_file(tmp_path, [("a", "b")], headings=("甲", "乙")), li, table="")
    assert delivery.state == "recognised" and delivery.table == "" and "请从列表中选择" in delivery.trouble
    with pytest.raises(actions.CannotChange):
        actions.choose_table(delivery=delivery, table="fee", by=li, now=worlds.NOW)


def test_master_tables_become_people_and_a_retraction_rebuilds_them(world: worlds.World, he: Reader, tmp_path: Path) -> None:
    headings = ("学号", "姓名", "班级", "学籍状态")
    rows = [("2024010101", "宋小雨", "2024级软件1班", "在籍"), ("2024010199", "新同学", "RJ2401", "在籍")]
    delivery = deliver(csv_file(tmp_path, rows, headings=headings), he, table="student", confirm=True)
    assert delivery.state == "accepted", delivery.trouble
    new = Student.objects.get(number="2024010199")
    assert new.is_current and new.class_unit.code == "RJ2401" and new.batch_id == delivery.pk
    assert queries.live_snapshot().of("student")[0].rows == 2
    intake.retract(delivery, "名单是旧的", by=he, now=worlds.NOW)
    new.refresh_from_db()
    assert not new.is_current


def test_recover_puts_back_what_was_half_done(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    rows = score_rows(world)
    delivery = deliver(csv_file(tmp_path, rows[:2] + [(*row[:-1], "坏") for row in rows[2:]]), li)
    actions.begin(delivery=delivery, confirmed=True, by=li, now=worlds.NOW)
    orphan = queries.store().root / "score" / f"{delivery.pk + 1}.parquet"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"left by a kill")
    told = actions.recover(now=worlds.NOW)
    delivery.refresh_from_db()
    assert delivery.state == "previewed" and "中断" in delivery.trouble and not orphan.exists() and told
    assert actions.recover(now=worlds.NOW) == []


def test_recover_leaves_living_work_alone(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    rows = score_rows(world)
    delivery = deliver(csv_file(tmp_path, rows[:2] + [(*row[:-1], "坏") for row in rows[2:]]), li)
    actions.begin(delivery=delivery, confirmed=True, by=li, now=worlds.NOW)
    with actions.working(delivery, "accept") as free:
        assert free
        actions.recover(now=worlds.NOW)
    delivery.refresh_from_db()
    assert delivery.state == "accepting"


def test_another_acceptance_in_between_is_noticed(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    """What was compared with one state of the facts is never committed to another."""
    rows = score_rows(world)
    waiting = deliver(csv_file(tmp_path, rows[:2] + [(*row[:-1], "坏") for row in rows[2:]]), li)
    deliver(csv_file(tmp_path, score_rows(world, 61)), li)
    with pytest.raises(actions.CannotAccept, match="重新预览"):
        intake.accept(waiting, confirmed=True, by=li, now=worlds.NOW)
    waiting.refresh_from_db()
    assert waiting.state == "previewed" and waiting.rows_changed == 2


def test_what_is_accepted_or_retracted_on_the_page_is_judged_at_once(
    world: worlds.World, li: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr("shouwang.front.pipeline.nightly.evaluate", lambda **given: asked.append((given["as_of"], given["by"])))
    with csv_file(tmp_path, score_rows(world)).open("rb") as source:
        delivery = intake.take(source, "成绩.csv", by=li, now=worlds.NOW)
    delivery.refresh_from_db()
    intake.accept(delivery, confirmed=False, by=li, now=worlds.NOW)
    assert asked == [(worlds.NOW.date(), li.account_id)]
    delivery.refresh_from_db()
    intake.retract(delivery, "重复上传", by=li, now=worlds.NOW)
    assert len(asked) == 2


def test_a_department_with_one_export_for_all_is_not_cut_to_its_people(world: worlds.World, tmp_path: Path) -> None:
    """王宿管 answers for one building; the gate's export holds them all."""
    rows = [(s.number, "2025-12-08 23:30:00", "进") for s in {*world.students.values()}]
    path = csv_file(tmp_path, rows, name="门禁.csv", headings=("学号", "通行时间", "方向"))
    delivery = deliver(path, worlds.reader_of("王宿管"), table="dorm_access")
    assert (delivery.state, delivery.rows_good) == ("accepted", 24)


def test_who_sees_which_delivery(world: worlds.World, li: Reader, he: Reader, tmp_path: Path) -> None:
    mine = deliver(csv_file(tmp_path, score_rows(world)), li)
    whole = deliver(csv_file(tmp_path, score_rows(world, college="JD")), he)
    assert queries.delivery(li, mine.pk) == mine and queries.delivery(li, whole.pk) is None
    assert queries.delivery(he, mine.pk) == mine and queries.delivery(he, whole.pk) == whole
    for name in ("林老师", "孙外人", "周咨询师", "钱管理员", "赵妈妈", "小雨"):
        assert queries.delivery(worlds.reader_of(name), mine.pk) is None


def _cannot_be_accepted(delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    """陈主任's office says yes to what the deliverer had left behind: nothing is written, and the page says who delivers it anew."""
    from shouwang.front import clock

    monkeypatch.setattr(clock, "now", lambda: worlds.NOW)
    intake.accept(delivery, confirmed=True, by=worlds.reader_of("何数据"), now=worlds.NOW)
    delivery.refresh_from_db()
    assert delivery.state == "failed" and not queries.live_batch_ids()
    assert "没有写入任何内容" in delivery.trouble and "教务处" in delivery.trouble and "重新上传" in delivery.trouble
    intake.examine_again(delivery)
    delivery.refresh_from_db()
    assert delivery.state == "failed", "looking again does not help: there is nobody in whose name to look"


def test_nothing_is_accepted_in_the_name_of_a_closed_account(
    world: worlds.World, li: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a deliverer the check would be the operator's, who may deliver everybody."""
    waiting = deliver(csv_file(tmp_path, score_rows(world) + score_rows(world, college="JD")), li)
    assert waiting.state == "previewed" and waiting.rows_bad == 12
    access.close_account(account=world.accounts["李秘书"], by=None, now=worlds.NOW)
    _cannot_be_accepted(waiting, monkeypatch)


def test_nothing_is_accepted_in_the_name_of_an_ended_role(
    world: worlds.World, li: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a delivering scope there would be no narrowing either."""
    waiting = deliver(csv_file(tmp_path, score_rows(world) + score_rows(world, college="JD")), li)
    for held in Responsibility.objects.filter(staff=world.staff["李秘书"]):
        people.end_responsibility(responsibility=held, ends_on=worlds.NOW.date() - timedelta(days=1), by=None, now=worlds.NOW)
    _cannot_be_accepted(waiting, monkeypatch)


def test_a_role_without_a_unit_delivers_nothing(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    """The college was dissolved, the secretary's role goes on: there is nothing to narrow the check by."""
    with pytest.raises(actions.CannotReceive, match="没有对应到"):
        deliver(csv_file(tmp_path, score_rows(world, college="JD")), replace(li, scopes=()))
    assert not queries.deliverable(replace(li, scopes=()))


def test_a_closed_account_is_not_taken_for_the_operator(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    access.close_account(account=world.accounts["李秘书"], by=None, now=worlds.NOW)
    with pytest.raises(actions.CannotReceive, match="账号"):
        intake.deliver(csv_file(tmp_path, score_rows(world)), "score", by=li.account_id, now=worlds.NOW)
    assert not Delivery.objects.exists()


def test_a_clash_is_told_in_words(world: worlds.World, he: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody retracts, another file is accepted: the page names the table as people do, and what to do."""
    delivery = deliver(csv_file(tmp_path, score_rows(world)), he)
    monkeypatch.setattr(queries, "heads", dict)
    with pytest.raises(actions.Stale, match="“课程成绩”") as clash:
        intake.retract(delivery, "重复", by=he, now=worlds.NOW)
    assert "再试一次" in str(clash.value) and "没有改变" in str(clash.value)


def test_what_the_preview_of_the_register_calls_gone_is_what_ends(world: worlds.World, he: Reader, tmp_path: Path) -> None:
    """The last counsellor is dropped from the whole school's file: the figure says one row, and that one row gives nothing any more."""
    headings = ("工号", "责任角色", "机构代码", "学号", "开始日期")
    rows = [
        (row["staff_no"], row["role"], row.get("unit", ""), row.get("student_no", ""), row["starts_on"].isoformat())
        for row in worlds.responsibility_rows()
    ]
    first = deliver(csv_file(tmp_path, rows, headings=headings), he, table="responsibility", confirm=True)
    assert (first.state, first.rows_good) == ("accepted", len(rows)), first.trouble
    before = set(Responsibility.objects.filter(is_current=True).values_list("pk", flat=True))
    fewer = [row for row in rows if row[1] != "counsellor"]
    second = deliver(csv_file(tmp_path, fewer, headings=headings), he, table="responsibility", confirm=True)
    after = set(Responsibility.objects.filter(is_current=True).values_list("pk", flat=True))
    assert (second.state, second.rows_gone, len(before - after), after - before) == ("accepted", 1, 1, set())
    assert not worlds.reader_of("周咨询师").scopes
    intake.retract(second, "删错了人", by=he, now=worlds.NOW)
    assert worlds.reader_of("周咨询师").scopes
