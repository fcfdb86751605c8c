"""The import pages as people meet them: the refusal beside the success, and nothing of another's file in any body."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shouwang.front.pipeline import intake
from shouwang.work.imports.models import Delivery
from tests import worlds
from tests.rooms.test_imports import HEADINGS, csv_file, score_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def jobs_at_once(settings: Any) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "sync": True}


@pytest.fixture
def world() -> worlds.World:
    return worlds.small_school()


@pytest.fixture
def li(world: worlds.World) -> Client:
    return worlds.client_for("李秘书")


def upload(client: Client, *paths: Path, table: str = "") -> Any:
    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in paths]
    return client.post("/imports/new/", {"files": files, "table": table})


def body(response: Any) -> str:
    return str(response.content.decode())


def test_a_file_with_errors_is_uploaded_understood_and_accepted(world: worlds.World, li: Client, tmp_path: Path) -> None:
    rows = score_rows(world)
    rows[2] = (*rows[2][:-1], "忘了登")
    answer = upload(li, csv_file(tmp_path, rows))
    delivery = Delivery.objects.get()
    assert answer.status_code == 302 and answer.url == f"/imports/{delivery.pk}/"
    page = body(li.get(answer.url))
    for words in ("课程成绩", "接收 11 行", "不是成绩", "忘了登", "12 行中有 1 行"):
        assert words in page, words
    refused = li.post(f"/imports/{delivery.pk}/accept/", follow=True)
    assert "需要再次确认" in body(refused) and Delivery.objects.get().state == "previewed"
    li.post(f"/imports/{delivery.pk}/accept/", {"confirmed": "1"})
    assert Delivery.objects.get().state == "accepted"
    assert "已接收 11 行，1 行没有接收" in body(li.get("/imports/"))


def test_the_problem_cells_and_the_marked_workbook(world: worlds.World, li: Client, tmp_path: Path) -> None:
    rows = score_rows(world)
    rows[2] = (*rows[2][:-1], "忘了登")
    upload(li, csv_file(tmp_path, rows))
    pk = Delivery.objects.get().pk
    cells = body(li.get(f"/imports/{pk}/problems/?code=not_score&column=result"))
    assert "忘了登" in cells and ">4<" in cells
    book = openpyxl.load_workbook(io.BytesIO(li.get(f"/imports/{pk}/marked.xlsx").content))
    comments = [cell.comment.text for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    assert any("不是成绩" in text for text in comments)
    raw = b"".join(li.get(f"/imports/{pk}/file/").streaming_content)
    assert raw == (tmp_path / "成绩.csv").read_bytes()


def test_many_files_at_once_become_a_queue(world: worlds.World, li: Client, tmp_path: Path) -> None:
    files = [csv_file(tmp_path, score_rows(world, course=f"C{n}"), name=f"成绩{n}.csv") for n in range(3)]
    strange = csv_file(tmp_path, [("甲", "乙")], name="看不懂.csv", headings=("子", "丑"))
    picture = tmp_path / "照片.png"
    picture.write_bytes(b"\x89PNG")
    answer = upload(li, *files, strange, picture)
    assert answer.url == "/imports/"
    page = body(li.get("/imports/"))
    assert Delivery.objects.count() == 4 and "需要您处理" in page and "成绩2.csv" in page and "请从列表中选择" in page
    assert "照片.png”不是电子表格" in page


def test_choosing_the_table_and_the_columns(world: worlds.World, li: Client, tmp_path: Path) -> None:
    headings = (*HEADINGS[:-1], "老师给的")
    upload(li, csv_file(tmp_path, score_rows(world), headings=headings), table="score")
    pk = Delivery.objects.get().pk
    page = body(li.get(f"/imports/{pk}/"))
    assert "还缺必填的列" in page and 'name="c-1-6"' in page
    li.post(f"/imports/{pk}/columns/", {"c-1-6": "result"})
    assert Delivery.objects.get().state == "previewed"
    li.post(f"/imports/{pk}/table/", {"table": "fee"})
    assert Delivery.objects.get().table == "score"  # finance's table is not hers to choose


def test_sending_back_needs_a_reason_and_retracting_too(world: worlds.World, li: Client, tmp_path: Path) -> None:
    upload(li, csv_file(tmp_path, score_rows(world)))
    pk = Delivery.objects.get().pk
    assert "请写明退回的原因" in body(li.post(f"/imports/{pk}/refuse/", {"reason": ""}, follow=True))
    li.post(f"/imports/{pk}/accept/")
    assert "请写明撤回的原因" in body(li.post(f"/imports/{pk}/retract/", {"reason": ""}, follow=True))
    li.post(f"/imports/{pk}/retract/", {"reason": "重复上传"})
    assert "已撤回：重复上传" in body(li.get("/imports/"))
    assert "不能退回" in body(li.post(f"/imports/{pk}/refuse/", {"reason": "晚了"}, follow=True))


@pytest.mark.parametrize("name", ["林老师", "孙外人", "周咨询师", "钱管理员", "赵妈妈", "小雨", "王宿管"])
def test_a_delivery_of_others_looks_missing(world: worlds.World, li: Client, tmp_path: Path, name: str) -> None:
    upload(li, csv_file(tmp_path, score_rows(world)))
    pk = Delivery.objects.get().pk
    other = worlds.client_for(name)
    for path in ("", "progress/", "problems/", "marked.xlsx", "file/"):
        answer = other.get(f"/imports/{pk}/{path}")
        absent = other.get(f"/imports/{pk + 99}/{path}")
        assert answer.status_code == absent.status_code == 404
        assert "成绩.csv" not in body(answer) and "许文静" not in body(answer)
    for move in ("table", "columns", "again", "accept", "refuse", "retract"):
        assert other.post(f"/imports/{pk}/{move}/", {"reason": "x", "confirmed": "1"}).status_code == 404
        assert other.get(f"/imports/{pk}/{move}/").status_code in (404, 405)
    assert Delivery.objects.get().state == "previewed"


def test_progress_ends_by_reloading(world: worlds.World, li: Client, tmp_path: Path) -> None:
    upload(li, csv_file(tmp_path, score_rows(world)))
    delivery = Delivery.objects.get()
    assert li.get(f"/imports/{delivery.pk}/progress/").headers["HX-Refresh"] == "true"
    delivery.progress.__class__.objects.filter(pk=delivery.pk).update(job="examine", step="正在逐格检查")
    assert "正在逐格检查" in body(li.get(f"/imports/{delivery.pk}/progress/"))


def test_the_freshness_board_tells_who_is_late(world: worlds.World, li: Client, tmp_path: Path) -> None:
    intake.deliver(csv_file(tmp_path, score_rows(world)), "score", by=worlds.reader_of("李秘书"), now=worlds.NOW)
    page = body(li.get("/freshness/"))
    for words in ("课程成绩", "已报送", "李秘书", "50 %(12/24)", "迟报", "课堂考勤", "从未报送"):
        assert words in page, words
    assert "/imports/new/?table=score" in page and "/imports/new/?table=fee" not in page
    assert "宋小雨" not in page
    assert f"/imports/{Delivery.objects.get().pk}/" in page
    assert f"/imports/{Delivery.objects.get().pk}/" not in body(worlds.client_for("陈主任").get("/freshness/"))
    assert worlds.client_for("赵妈妈").get("/freshness/").status_code == 404


def test_the_format_is_public(world: worlds.World) -> None:
    nobody = worlds.client_for(None)
    page = nobody.get("/format/")
    assert page.status_code == 200 and "课程成绩" in body(page) and "XH" in body(page)
    template = nobody.get("/format/score/template.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(template.content)).worksheets[0].cell(1, 1).value.startswith("学号")
    assert nobody.get("/format/datapackage.json").json()["name"] == "shouwang-data-standard"
    assert nobody.get("/format/nothing/template.xlsx").status_code == 404
    assert nobody.get("/imports/").status_code == 302
