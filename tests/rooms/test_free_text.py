"""Free text of delivered files: kept for each student under their own key, counted as the delivery counts, found nowhere in the data folder."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from shouwang.front.pipeline import intake
from shouwang.trust.ledger.models import Entry
from shouwang.trust.vault import actions as vault
from shouwang.work.imports import actions, queries
from shouwang.work.imports.models import FreeText
from tests import worlds

pytestmark = pytest.mark.django_db
MARKER = "外婆病危要赶回老家"
LEAVE = ("学号", "姓名", "请假类型", "开始时间", "结束时间", "请假天数", "是否批准", "请假事由")
CONDUCT = ("学号", "姓名", "类别", "事由类别", "日期", "情况说明")


@pytest.fixture(autouse=True)
def jobs_at_once(settings: Any) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "sync": True}


@pytest.fixture
def world() -> worlds.World:
    return worlds.small_school()


def file_of(folder: Path, name: str, headings: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    path = folder / name
    path.write_bytes(text.getvalue().encode("gb18030"))
    return path


def leave_of(world: worlds.World, folder: Path, *, name: str = "请假.csv") -> Path:
    some = sorted(set(world.students.values()), key=lambda one: one.number)[:8]
    rows = [
        (s.number, s.name, "事假", "2026-03-02 08:00", "2026-03-03 18:00", 2, "是", f"{MARKER}{s.number}" if at % 2 else "")
        for at, s in enumerate(some)
    ]
    xiaoyu = world.students["小雨"]
    return file_of(
        folder,
        name,
        LEAVE,
        [*rows, (xiaoyu.number, xiaoyu.name, "病假", "2026-03-05 08:00", "2026-03-06 18:00", 2, "是", f"{MARKER}，小雨")],
    )


def deliver(path: Path, table: str) -> Any:
    done = intake.deliver(path, table, by=worlds.reader_of("何数据"), now=worlds.NOW, confirm=True)
    assert done.state == "accepted", done.trouble or list(queries.problems(done))
    return done


def test_words_are_kept_under_the_students_own_key(world: worlds.World, tmp_path: Path) -> None:
    delivery = deliver(leave_of(world, tmp_path), "leave")
    kept = FreeText.objects.filter(delivery=delivery)
    assert kept.count() == 5
    assert len({bytes(row.text).split(b"|")[2] for row in kept}) == kept.values("sid").distinct().count()
    assert all(MARKER.encode() not in bytes(row.text) for row in kept)
    adviser = worlds.reader_of("林老师")
    found = queries.read_texts(adviser, world.sid("小雨"), now=worlds.NOW)
    words = [text.words for text in found]
    health = [column for column in queries.load().table("leave").columns if column.name == "reason"][0].sensitivity
    allowed = queries.access.categories(adviser, world.sid("小雨")) & queries.Category[health]
    assert words == ([f"{MARKER}，小雨"] if allowed else [])


def test_who_lacks_the_category_reads_nothing_and_who_reads_is_on_record(world: worlds.World, tmp_path: Path) -> None:
    xiaoyu = world.students["小雨"]
    path = file_of(tmp_path, "处分.csv", CONDUCT, [(xiaoyu.number, xiaoyu.name, "违纪", "晚归", "2026-03-02", MARKER)])
    deliver(path, "conduct")
    sid = world.sid("小雨")
    found = queries.read_texts(worlds.reader_of("林老师"), sid, now=worlds.NOW)
    assert [(text.table, text.column, text.row, text.words) for text in found] == [("conduct", "description", 2, MARKER)]
    assert Entry.objects.filter(kind="delivery.texts_read", about__subject=f"student:{sid}").count() == 1
    for stranger in ("孙外人", "王宿管"):
        reader = worlds.reader_of(stranger)
        if not queries.access.categories(reader, sid) & queries.Category.conduct:
            assert queries.read_texts(reader, sid, now=worlds.NOW) == []
    assert Entry.objects.filter(kind="delivery.texts_read").count() == 1


def test_words_count_as_their_delivery_does(world: worlds.World, tmp_path: Path) -> None:
    xiaoyu, lin = world.students["小雨"], worlds.reader_of("林老师")
    path = file_of(tmp_path, "处分.csv", CONDUCT, [(xiaoyu.number, xiaoyu.name, "违纪", "晚归", "2026-03-02", MARKER)])
    delivery = deliver(path, "conduct")
    assert queries.read_texts(lin, xiaoyu.sid, now=worlds.NOW)
    intake.retract(delivery, "传错了文件", by=worlds.reader_of("何数据"), now=worlds.NOW)
    assert queries.read_texts(lin, xiaoyu.sid, now=worlds.NOW) == []


def test_words_of_an_acceptance_that_did_not_happen_are_dropped(world: worlds.World, tmp_path: Path) -> None:
    delivery = intake.deliver(leave_of(world, tmp_path), "leave", by=worlds.reader_of("何数据"), now=worlds.NOW, confirm=False)
    delivery.refresh_from_db()
    if delivery.state == "accepted":
        intake.retract(delivery, "再来", by=None, now=worlds.NOW)
    second = actions.receive(source=io.BytesIO(b"x"), filename="x.csv", by=None, now=worlds.NOW)
    actions.keep_texts(delivery=second, texts=[(world.sid("小雨"), 1, 2, "reason", MARKER)], now=worlds.NOW)
    assert any("文字" in line for line in actions.recover(now=worlds.NOW))
    assert not FreeText.objects.filter(delivery=second).exists()


def test_doing_it_again_begins_anew(world: worlds.World, tmp_path: Path) -> None:
    delivery = deliver(leave_of(world, tmp_path), "leave")
    texts = [(world.sid("小雨"), 1, 2, "reason", "新的")]
    for _ in range(2):
        assert actions.keep_texts(delivery=delivery, texts=texts, now=worlds.NOW) == 1
    assert FreeText.objects.filter(delivery=delivery).count() == 1


def test_after_erasure_the_words_are_gone_for_everybody(world: worlds.World, tmp_path: Path) -> None:
    xiaoyu = world.students["小雨"]
    path = file_of(tmp_path, "处分.csv", CONDUCT, [(xiaoyu.number, xiaoyu.name, "违纪", "晚归", "2026-03-02", MARKER)])
    deliver(path, "conduct")
    vault.erase(f"student:{xiaoyu.sid}", by=None, now=worlds.NOW)
    assert queries.read_texts(worlds.reader_of("林老师"), xiaoyu.sid, now=worlds.NOW) == []


def test_the_students_page_offers_them_and_only_opening_is_on_record(world: worlds.World, tmp_path: Path) -> None:
    xiaoyu = world.students["小雨"]
    deliver(file_of(tmp_path, "处分.csv", CONDUCT, [(xiaoyu.number, xiaoyu.name, "违纪", "晚归", "2026-03-02", MARKER)]), "conduct")
    opened = Entry.objects.filter(kind="delivery.texts_read")
    lin, here = worlds.client_for("林老师"), f"/students/{xiaoyu.sid}/"
    page = lin.get(here).content.decode()
    assert "各部门写的说明" in page and MARKER not in page and not opened.exists()
    assert MARKER in lin.get(f"{here}words/").content.decode() and opened.count() == 1
    for name in ("小雨", "赵妈妈"):  # families hear it from people
        assert "各部门写的说明" not in worlds.client_for(name).get(here).content.decode()
        assert worlds.client_for(name).get(f"{here}words/").status_code == 404
    assert opened.count() == 1
