"""Whatever is accepted or retracted is judged the same day, whatever else was going on or was killed just then."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from shouwang.common.reader import Reader
from shouwang.front.pipeline import intake, nightly, rounds
from shouwang.trust.ledger.models import Entry
from shouwang.work.alerts.models import Alert, Run
from shouwang.work.imports import actions as imports
from shouwang.work.imports.models import Delivery, Progress
from tests import worlds
from tests.rooms.test_alerts import publish
from tests.rooms.test_imports import csv_file, score_rows

pytestmark = pytest.mark.django_db
Rows = list[tuple[Any, ...]]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What waits for the worker, as (job, delivery)."""
    waiting: list[tuple[str, int]] = []
    monkeypatch.setattr("django_q.tasks.async_task", lambda job, pk, cluster: waiting.append((job.rsplit(".", 1)[1], pk)))
    return waiting


@pytest.fixture
def world(queue: list[tuple[str, int]], tmp_path: Path) -> worlds.World:
    """The register and the terms have been delivered and judged; who fails a course gets an alert."""
    made = worlds.small_school()
    students = [(row["student_no"], row["name"], row["unit"], "在籍") for row in worlds.student_rows()]
    _delivered(tmp_path / "学生.csv", "student", ("学号", "姓名", "班级代码", "学籍状态"), students)
    terms = [(f"{code // 10}-{code // 10 + 1}-{code % 10}", starts, ends) for code, starts, ends in worlds.TERMS]
    _delivered(tmp_path / "学期.csv", "term", ("学年学期", "开始日期", "结束日期"), terms)
    _delivered(csv_file(tmp_path, score_rows(made)), "score")
    publish("failed", when="courses_failed_total >= 1")
    nightly.evaluate(as_of=worlds.NOW.date(), by=None, now=worlds.NOW)
    assert not Alert.objects.exists() and not queue
    return made


@pytest.fixture
def li(world: worlds.World) -> Reader:
    return worlds.reader_of("李秘书")


def _delivered(path: Path, table: str, headings: tuple[str, ...] = (), rows: Rows | None = None) -> Delivery:
    """Through the door, without a word to whoever judges."""
    if rows is not None:
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([headings, *rows])
    delivery = intake.deliver(path, table, by=None, now=worlds.NOW, confirm=True)
    assert delivery.state == "accepted", delivery.trouble
    return delivery


def failing(world: worlds.World, folder: Path, course: str = "C7") -> Path:
    """Three students who failed a course."""
    return csv_file(folder, score_rows(world, 40, course=course)[:3], name=f"{course}.csv")


def take(path: Path, by: Reader) -> Delivery:
    with path.open("rb") as source:
        return intake.take(source, path.name, by=by, now=worlds.NOW, table="score")


def work(queue: list[tuple[str, int]]) -> list[str]:
    """The worker does what waits, the oldest first, until nothing does. Which jobs it did."""
    done = []
    while queue:
        job, pk = queue.pop(0)
        intake.JOBS[job](pk)
        done.append(job)
    return done


def opened() -> int:
    return Alert.objects.filter(rule_code="failed", state="open").count()


def accept(delivery: Delivery, li: Reader) -> None:
    delivery.refresh_from_db()
    intake.accept(delivery, confirmed=True, by=li, now=worlds.NOW)


def test_an_acceptance_while_another_file_waits_is_judged_after_that_one_was_looked_at(
    world: worlds.World, li: Reader, queue: list[tuple[str, int]], tmp_path: Path
) -> None:
    first = take(failing(world, tmp_path), li)
    assert work(queue) == ["examine"], "nothing came yet that no run has seen"
    second = take(failing(world, tmp_path, "C8"), worlds.reader_of("何数据"))
    accept(first, li)
    queue.reverse()  # two workers: the acceptance comes first, the other file still waits
    assert work(queue) == ["finish", "examine", "judge"]
    run = Run.objects.first()
    assert run and run.is_partial and run.started_by_id == li.account_id and opened() == 3
    second.refresh_from_db()
    assert second.state == "previewed"


def test_a_retraction_while_another_file_waits_is_judged_too(
    world: worlds.World, li: Reader, queue: list[tuple[str, int]], tmp_path: Path
) -> None:
    mine = _delivered(failing(world, tmp_path), "score")
    nightly.catch_up()
    take(failing(world, tmp_path, "C8"), li)
    intake.retract(mine, "重复上传", by=li, now=worlds.NOW)
    queue.reverse()
    assert work(queue) == ["judge", "examine", "judge"]
    assert list(Alert.objects.values_list("false_runs", flat=True)) == [1, 1, 1]


def test_what_a_retracted_delivery_alone_had_raised_goes_with_it_on_the_same_day(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    mine = _delivered(failing(world, tmp_path), "score")
    nightly.catch_up()
    assert opened() == 3
    again = _delivered(failing(world, tmp_path, "C8"), "score")  # of the same students: their alerts began before it
    nightly.catch_up()
    intake.retract(again, "重复上传", by=li, now=worlds.NOW)
    nightly.catch_up()
    assert opened() == 3
    intake.retract(mine, "传错了学期", by=li, now=worlds.NOW)
    nightly.catch_up()
    assert opened() == 0
    assert {one.events.latest("pk").get_kind_display() for one in Alert.objects.all()} == {"依据的数据已撤回，撤下"}
    last = Run.objects.first()
    _delivered(failing(world, tmp_path), "score")
    nightly.catch_up()
    assert opened() == 3 and Run.objects.first() != last, "delivered anew, they open again"


def test_a_kill_between_the_commit_and_the_asking_loses_nothing(
    world: worlds.World, li: Reader, queue: list[tuple[str, int]], tmp_path: Path
) -> None:
    """The queue gives the job out again; the delivery is accepted already and still marked as being worked on."""
    delivery = _delivered(failing(world, tmp_path), "score")
    Progress.objects.filter(delivery=delivery).update(job="accept", step="正在写入")
    intake.finish(delivery.pk)
    assert work(queue) == ["judge"] and opened() == 3
    intake.finish(delivery.pk)
    assert not queue and Run.objects.filter(is_partial=True).count() == 1


def test_a_file_imported_by_command_is_judged_by_the_worker(world: worlds.World, queue: list[tuple[str, int]], tmp_path: Path) -> None:
    call_command("import", "score", str(failing(world, tmp_path)), "--yes")
    assert work(queue) == ["judge"] and opened() == 3


def test_the_round_catches_up_with_what_nobody_judged(world: worlds.World, li: Reader, tmp_path: Path) -> None:
    delivery = _delivered(failing(world, tmp_path), "score")
    with imports.working(delivery, "examine"):
        assert nightly.catch_up() == "" and opened() == 0, "the last one asks"
    assert "新开 3" in nightly.catch_up() and opened() == 3
    delivery.refresh_from_db()
    with pytest.MonkeyPatch.context() as killed:
        killed.setattr(intake, "later", lambda job, pk: None)
        intake.retract(delivery, "重复上传", by=li, now=worlds.NOW)
    assert nightly.catch_up() and list(Alert.objects.values_list("false_runs", flat=True)) == [1, 1, 1]


def test_a_killed_import_keeps_nobody_elses_data_from_being_judged(
    world: worlds.World, li: Reader, queue: list[tuple[str, int]], tmp_path: Path
) -> None:
    """`shouwang import` was killed while it wrote. The next file is judged at once; the round lets go of the killed one, without a restart."""
    killed = take(failing(world, tmp_path, "C8"), li)
    work(queue)
    accept(killed, li)
    queue.clear()
    Progress.objects.filter(delivery=killed).update(job="accept", step="正在写入")
    call_command("import", "score", str(failing(world, tmp_path)), "--yes")
    assert work(queue) == ["judge"] and opened() == 3
    nightly.catch_up()
    killed.refresh_from_db()
    assert (killed.state, killed.progress.job) == ("previewed", "") and "中断" in killed.trouble
    assert Entry.objects.filter(kind="delivery.recover").count() == 1


def test_the_round_leaves_living_and_waiting_jobs_alone(
    world: worlds.World, li: Reader, queue: list[tuple[str, int]], tmp_path: Path
) -> None:
    waiting, living = (take(failing(world, tmp_path, course), li) for course in ("C8", "C9"))
    work(queue)
    accept(waiting, li)
    with imports.working(living, "examine"):
        nightly.catch_up()
        assert Progress.objects.get(delivery=living).job == "examine"
    waiting.refresh_from_db()
    assert (waiting.state, waiting.progress.job) == ("accepting", Progress.QUEUED)
    nightly.catch_up()
    assert work(queue) == ["finish", "judge"] and opened() == 3


def test_a_round_without_news_costs_nothing(
    world: worlds.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    """After a whole run and after a partial one: no run, no ledger entry, nothing computed, no fact read."""
    for _ in range(2):
        before = Run.objects.count(), Entry.objects.count()
        with monkeypatch.context() as computing, django_assert_max_num_queries(5):
            computing.setattr(nightly, "evaluate_touched_and_open", lambda **given: pytest.fail("judged without news"))
            computing.setattr("shouwang.work.imports.queries.store", lambda: pytest.fail("read the facts without news"))
            assert nightly.catch_up() == ""
        assert before == (Run.objects.count(), Entry.objects.count())
        _delivered(failing(world, tmp_path), "score")
        nightly.catch_up()
    assert Run.objects.filter(is_partial=True).exists()


def test_news_about_no_student_leave_no_run(world: worlds.World, tmp_path: Path) -> None:
    _delivered(tmp_path / "教职工.csv", "staff", ("工号", "姓名"), [("T1003", "李秘书")])
    before = Run.objects.count(), Entry.objects.count()
    assert "没有任何改变" in nightly.catch_up()
    assert before == (Run.objects.count(), Entry.objects.count())


def test_the_round_runs_beside_the_imports_every_ten_minutes() -> None:
    from django_q.models import Schedule

    rounds.schedule()
    rounds.schedule()
    made = Schedule.objects.get(func="shouwang.front.pipeline.nightly.catch_up")
    assert (made.schedule_type, made.minutes, made.cluster, made.repeats) == (Schedule.MINUTES, 10, "long", -1)
