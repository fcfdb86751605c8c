"""Pages of letters, meetings and trainings: the way through them, and what others see of it."""

import io

import pypdf
import pytest

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.letters.models import Batch, Letter
from shouwang.work.meetings.models import Decision, Item, Meeting
from tests.letters_world import GOOD, KIND, word_file
from tests.worlds import NOW, client_for

pytestmark = pytest.mark.django_db


def test_from_an_alert_to_the_signed_slip(school):
    """李秘书 drafts, looks, issues and prints; 林老师 enters the slip."""
    li, lin = client_for("李秘书"), client_for("林老师")
    assert f"/letters/new/?alert={school.mine['alert']}" in li.get(f"/alerts/{school.mine['alert']}/").content.decode()
    form = {"kind": KIND, "alert": school.mine["alert"], "again": "1"}
    page = li.post("/letters/new/", form)
    assert page.status_code == 302
    batch = Batch.objects.latest("pk")
    shown = li.get(page["Location"]).content.decode()
    assert "发出 1 份" in shown and "data:image/png;base64," in shown and Letter.objects.get(batch=batch).number is None
    assert li.post(f"/letters/batches/{batch.pk}/issue/").status_code == 302
    row = Letter.objects.get(batch=batch)
    assert row.state == "issued" and row.number == 2
    pdf = li.get(f"/letters/batches/{batch.pk}/file/")
    assert pdf["Content-Type"] == "application/pdf" and "no-store" in pdf["Cache-Control"]
    assert row.receipt in pypdf.PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    page = lin.post("/letters/receipts/", {"numbers": f"{row.receipt}\n1234567890", "on": "2025-12-10"})
    assert page.status_code == 422 and "1234567890" in page.content.decode()
    assert Letter.objects.get(pk=row.pk).state == "returned"
    assert "回执已收" in lin.get(f"/letters/{row.pk}/").content.decode()


def test_the_case_shows_the_letters_that_went_out_from_it(school):
    li, case = client_for("李秘书"), school.mine["case"]
    assert "通知书</h2>" not in li.get(f"/cases/{case}/").content.decode()
    page = li.post("/letters/new/", {"kind": KIND, "alert": school.mine["alert"], "case": case, "again": "1"})
    li.post(f"{page['Location']}issue/")
    shown = li.get(f"/cases/{case}/").content.decode()
    assert "通知书</h2>" in shown and f"/letters/{Letter.objects.latest('pk').pk}/" in shown


def test_numbers_that_are_not_mine_are_named(school):
    page = client_for("李秘书").post("/letters/new/", {"kind": "talk-notice", "numbers": "2024020101", "remark": "周四面谈"})
    assert page.status_code == 422 and "您的范围内没有这些学号：2024020101" in page.content.decode()


def test_a_template_is_checked_tried_and_put_in_use(school):
    from django.core.files.uploadedfile import SimpleUploadedFile

    chen = client_for("陈主任")
    bad = SimpleUploadedFile("x.docx", word_file(*GOOD, "{{ 密码 }}"))
    page = chen.post("/letters/templates/", {"kind": "talk-notice", "file": bad})
    assert page.status_code == 422 and "不认识的占位符：密码" in page.content.decode()
    good = SimpleUploadedFile("谈话.docx", word_file(*GOOD))
    assert chen.post("/letters/templates/", {"kind": "talk-notice", "file": good}).status_code == 302
    assert "谈话.docx" in chen.get("/letters/templates/").content.decode()


def test_the_meeting_goes_point_by_point_and_ends_in_minutes(school):
    """李秘书 holds it; 林老师 reads it and answers; a task is given and done."""
    li, lin, pk = client_for("李秘书"), client_for("林老师"), school.mine["meeting"]
    item = Item.objects.get(meeting=pk, kind="topic")
    shown = li.get(f"/meetings/{pk}/hold/").content.decode()
    assert "期末口径" in shown and "讨论了什么" in shown
    owner = Decision.objects.get(item=item).owner_id
    given = {"discussed": "统一口径", "agreed": "发一份说明", "owner": owner, "days": 5, "go": item.pk}
    assert li.post(f"/meetings/{pk}/items/{item.pk}/decide/", given).status_code == 302
    assert Decision.objects.filter(item=item).count() == 2
    assert lin.get(f"/meetings/{pk}/hold/").status_code == 404 and "统一口径" in lin.get(f"/meetings/{pk}/").content.decode()
    assert li.post(f"/meetings/{pk}/close/").status_code == 302 and Meeting.objects.get(pk=pk).state == "closed"
    pdf = li.get(f"/meetings/{pk}/minutes.pdf").content
    said = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
    assert "统一口径" in said and "发一份说明" in said and "签名" in said and "李秘书（T1003）" in said
    assert li.post(f"/meetings/decisions/{Decision.objects.filter(item=item).first().pk}/done/").status_code == 302
    assert Decision.objects.filter(item=item, state="done").count() == 1


def test_a_full_agenda_says_how_many_matters_did_not_fit(school):
    pk = school.mine["meeting"]
    assert "排不下" not in client_for("李秘书").get(f"/meetings/{pk}/").content.decode()
    with told():
        Meeting.objects.filter(pk=pk).update(left_out=7)
        ledger.record("people.rebuilt", by=None, about=[], now=NOW)
    assert "按规则还有 7 件应当上会，本次排不下" in client_for("李秘书").get(f"/meetings/{pk}/").content.decode()


def test_english_pages(school):
    for who, address in (
        ("李秘书", "/letters/"),
        ("李秘书", "/meetings/"),
        ("高院长", "/trainings/coverage/"),
        ("李秘书", "/letters/new/"),
    ):
        assert client_for(who, accept_language="en").get(address).status_code == 200


def test_the_rule_of_a_series_is_changed_on_its_page(school):
    li, place = client_for("李秘书"), f"/meetings/series/{school.mine['series']}/"
    page = li.get(f"{place}edit/").content.decode()
    assert f"{place}edit/" in li.get(place).content.decode() and "从下一次会议起适用" in page
    from shouwang.work.meetings.models import Series

    found = Series.objects.get(pk=school.mine["series"])
    given = {
        "title": "学业联席会", "unit": found.unit_id, "every_weeks": 2, "weekday": 4, "at": "15:30", "minutes": 90, "place": "行政楼 305",
        "least_level": 2, "silent_days": 21,
    }  # fmt: skip
    wrong = li.post(f"{place}edit/", given | {"minutes": 5})
    assert wrong.status_code == 422 and 'value="学业联席会"' in wrong.content.decode()
    assert "已保存" in li.post(f"{place}edit/", given, follow=True).content.decode()
    found.refresh_from_db()
    assert (found.title, found.weekday, found.every_weeks, found.least_level) == ("学业联席会", 4, 2, 2)
    assert client_for("林老师").get(f"{place}edit/").status_code == 404
