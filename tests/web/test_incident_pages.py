"""The pages of the network: the form, the receipt, one report, the live board, the figures. Rights are the permission table's business."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shouwang.work.incidents.models import Incident
from tests.web.busy_school import ONE_PIXEL
from tests.worlds import client_for

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


def sent(school, **changes):
    given = {"key": str(uuid.uuid4()), "category": "night_absence", "urgency": "urgent", "sid": school.mine["sid"], "what": "一直没有回来"}
    return given | changes


def test_the_form_leads_to_the_receipt_and_twice_to_the_same(school):
    wang, given = client_for("王宿管"), sent(school)
    assert "data-draft" in text(wang.get("/report/"))
    first = wang.post("/report/", given)
    again = wang.post("/report/", given)
    assert first.status_code == again.status_code == 302 and first.url == again.url
    receipt = text(wang.get(first.url))
    assert "林老师" in receipt and "一直没有回来" in receipt and given["key"] in receipt


def test_what_was_typed_stays_when_it_is_refused(school):
    given = sent(school, category="", what="写了很久的一段话")
    response = client_for("王宿管").post("/report/", given)
    assert response.status_code == 422
    page = text(response)
    assert "写了很久的一段话" in page and given["key"] in page and "宋小雨" in page and "什么事" in page


def test_a_photograph_is_kept_and_anything_else_refused(school):
    wang = client_for("王宿管")
    bad = SimpleUploadedFile("x.jpg", b"GIF89a", content_type="image/jpeg")
    assert wang.post("/report/", sent(school, photo=bad)).status_code == 422
    good = SimpleUploadedFile("x.png", ONE_PIXEL, content_type="image/png")
    assert wang.post("/report/", sent(school, photo=good)).status_code == 302
    found = Incident.objects.latest("pk")
    response = client_for("林老师").get(f"/incidents/{found.pk}/photos/1/")
    assert response["Content-Type"] == "image/png" and response["Cache-Control"] == "no-store" and response.content.startswith(b"\x89PNG")


def test_search_finds_by_pinyin_within_reach_and_lists_a_class(school):
    monitor = client_for("刘班长")
    assert "宋小雨" in text(monitor.get("/report/students/?q=song"))
    assert "石大山" not in text(monitor.get("/report/students/?q=shi"))
    place = re.search(r'<option value="(\d+)">2024级软件1班', text(monitor.get("/report/")))[1]
    assert "韩志远" in text(monitor.get(f"/report/students/?place={place}"))


def test_it_is_acknowledged_handled_and_resolved_on_the_page(school):
    lin, pk = client_for("林老师"), school.mine["incident"]
    assert "等您处理" in text(lin.get("/incidents/"))
    lin.post(f"/incidents/{pk}/handle/", {"note": "已联系室友"})
    page = text(lin.get(f"/incidents/{pk}/"))
    assert "处理中" in page and "已联系室友" in page and "处理期限" in page
    refused = lin.post(f"/incidents/{pk}/resolve/", {"outcome": "safe", "note": ""}, follow=True)
    assert "写明原因" in text(refused)
    lin.post(f"/incidents/{pk}/resolve/", {"outcome": "safe", "note": "人已返校，平安", "reply": "谢谢，已经回来"})
    assert Incident.objects.get(pk=pk).state == "resolved"
    receipt = text(client_for("王宿管").get(f"/report/{pk}/"))
    assert "谢谢，已经回来" in receipt and "人已返校，平安" not in receipt and "人已平安" in receipt


def test_the_board_is_live_until_it_is_stood_down(school):
    gao, pk = client_for("高院长"), school.mine["emergency"]
    assert 'hx-trigger="every 5s"' in text(gao.get(f"/emergencies/{pk}/board/"))
    gao.post(f"/emergencies/tasks/{school.mine['task']}/acknowledge/")
    assert "task-acknowledged" in text(gao.get(f"/emergencies/{pk}/board/"))
    gao.post(f"/emergencies/{pk}/stand_down/", {"note": "双方已经分开，无人受伤"})
    assert "every 5s" not in text(gao.get(f"/emergencies/{pk}/board/"))


def test_figures_open_their_rows(school):
    chen = client_for("陈主任")
    page = text(chen.get("/accountability/"))
    url = re.search(r'href="(/accountability/rows/\?[^"]+figure=asked[^"]*)"', page)[1].replace("&amp;", "&")
    assert f"#{school.mine['incident']}" in text(chen.get(url))


def test_the_telephones_bar_has_reporting_for_whoever_may(school):
    assert 'href="/report/"' in text(client_for("王宿管").get("/")).partition('class="bottom')[2]
    assert 'href="/report/"' not in text(client_for("钱管理员").get("/"))
