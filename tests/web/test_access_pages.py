"""View as, who looked, what guardians see, breaking the glass and disclosures, as pages."""

from datetime import timedelta

import pytest

from shouwang.front import clock
from shouwang.trust.access import matrix, readings
from shouwang.trust.ledger.models import Entry
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Unit
from shouwang.work.alerts.models import Alert
from shouwang.work.disclosures import actions as disclosures
from tests.worlds import NOW, account_of, client_for, reader_of

pytestmark = pytest.mark.django_db


class TestViewAs:
    def begin(self, viewer="陈主任", whom="王宿管"):
        client = client_for(viewer)
        assert client.post("/access/view-as/", {"account": account_of(whom).pk}).headers["Location"] == "/"
        return client

    def test_every_page_says_so_and_shows_what_both_may_see(self, school):
        client = self.begin()
        for path in ("/", "/students/", "/alerts/", f"/students/{school.mine['sid']}/"):
            assert "陈主任 正以 王宿管 的身份查看" in client.get(path).content.decode()
        said = client.get("/students/").content.decode()
        assert "宋小雨" in said and "石大山" not in said, "石大山 lives in the other building"
        assert client.get("/coverage/").status_code == 404, "王宿管 may not"

    def test_nothing_can_be_changed_or_taken_out(self, school):
        client, alert = self.begin(whom="林老师"), school.mine["alert"]
        before = Alert.objects.get(pk=alert).state
        assert client.post(f"/alerts/{alert}/acknowledge/").headers["Location"] == "/"
        assert Alert.objects.get(pk=alert).state == before
        for path in ("/students/export/", "/alerts/export/", "/coverage/", "/break-glass/new/", "/access/view-as/"):
            assert client.get(path).status_code == 404, path
        assert client.post("/settings/preferences/", {"language": "en"}).headers["Location"] == "/"

    def test_it_ends_by_the_button_and_by_its_time(self, school, monkeypatch):
        client = self.begin()
        client.post("/access/view-as/end/")
        assert "的身份查看" not in client.get("/").content.decode()
        client = self.begin()
        monkeypatch.setattr(clock, "now", lambda: clock.DEMO_OPENS + timedelta(minutes=31))
        assert "的身份查看" not in client.get("/").content.decode()
        assert Entry.objects.filter(kind="access.view_as_ended", by=account_of("陈主任").pk).count() == 2

    def test_an_administrator_sees_no_student_through_anybody(self, school):
        client = self.begin("钱管理员", "林老师")
        assert "宋小雨" not in client.get("/").content.decode()
        assert client.get(f"/students/{school.mine['sid']}/").status_code == 404

    def test_readings_are_in_the_name_of_whoever_looks(self, school):
        client = self.begin(whom="林老师")
        client.get(f"/students/{school.mine['sid']}/")
        assert "陈主任" in client_for("赵妈妈").get("/my/readings/").content.decode()


def test_a_mother_sees_who_looked_and_withdraws_a_consent(school):
    client_for("林老师").get(f"/students/{school.mine['sid']}/")
    mother = client_for("赵妈妈")
    said = mother.get("/my/readings/").content.decode()
    assert "林老师是2024级软件1班的班主任" in said and "看了档案" in said
    reader = client_for("唐社工")
    assert reader.get(f"/disclosed/{school.mine['disclosure']}/").status_code == 200
    mother.post(f"/consents/{school.mine['consent']}/withdraw/")
    assert reader.get(f"/disclosed/{school.mine['disclosure']}/").status_code == 404


def test_a_mother_does_not_read_that_a_counsellor_opened_a_report(school):
    readings.note_many(by=reader_of("周咨询师"), sids=[school.mine["sid"]], now=NOW, kind="incident", ref="incident:1")
    readings.note_many(by=reader_of("林老师"), sids=[school.mine["sid"]], now=NOW, kind="incident", ref="incident:1")
    said = client_for("赵妈妈").get("/my/readings/").content.decode()
    assert "周咨询师" not in said and "心理" not in said and "反馈" not in said.partition("<main")[2]
    assert "只列出与您可以看到的内容有关的查看" in said and "还没有人看过" not in said
    assert "看了一件关于这位同学的反馈" in client_for("宋小雨").get("/my/readings/").content.decode()


def test_a_student_decides_what_guardians_see(school):
    client_for("宋小雨").post("/my/sharing/", {"category": ["attendance"]})
    said = client_for("赵妈妈").get(f"/students/{school.mine['sid']}/timeline/").content.decode()
    assert "晨读甲" in said and "课程1" not in said


def test_a_break_glass_from_asking_to_the_verdict(school, monkeypatch):
    gao, chen, he = client_for("高院长"), client_for("陈主任"), client_for("何数据")
    asked = {"number": "2024010101", "categories": ["psychological"], "reason": "同学说她整夜没有回来，电话不接", "hours": "1"}
    address = gao.post("/break-glass/new/", asked).headers["Location"]
    assert "等第二人同意" in gao.get(address).content.decode()
    gao.post(f"{address}agree/")
    assert "已打开" not in gao.get(address).content.decode(), "nobody agrees with themselves"
    assert "等您同意" in chen.get("/").content.decode()
    chen.post(f"{address}agree/")
    gao.get(f"/students/{school.mine['sid']}/")
    said = he.get(address).content.decode()
    assert "高院长" in said and "同学说她整夜没有回来" in said and "2025-12-10 10:00" in said
    assert client_for("孙外人").get(address).status_code == 404
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=5))
    assert "复核已逾期" in he.get("/").content.decode()
    he.post(f"{address}review/", {"verdict": "justified", "note": "核对过值班记录"})
    assert "有正当理由" in he.get(address).content.decode()


def test_a_request_that_lapsed_says_so(school, monkeypatch):
    asked = {"number": "2024010101", "categories": ["psychological"], "reason": "同学说她整夜没有回来，电话不接", "hours": "1"}
    address = client_for("高院长").post("/break-glass/new/", asked).headers["Location"]
    monkeypatch.setattr(clock, "now", lambda: clock.DEMO_OPENS + timedelta(hours=49))
    for name in ("高院长", "陈主任"):
        client = client_for(name)
        assert "已失效，无人同意" in client.get("/break-glass/").content.decode()
        said = client.get(address).content.decode()
        assert "仍然需要时，请申请人写明现在的原因" in said and f"{address}agree/" not in said
    assert "等您同意" not in client_for("陈主任").get("/").content.decode()


def test_a_recipient_sees_the_fields_and_nothing_else(school):
    said = client_for("唐社工").get(f"/disclosed/{school.mine['disclosure']}/").content.decode()
    assert "宋小雨" in said and "139202401010" in said and "旷课" in said
    assert "晨读甲" not in said and "2024010101" not in said and "课程1" not in said


def test_a_second_office_neither_previews_nor_downloads_what_it_may_not_take_out(school):
    """The fields of the drafted sheet are 学生处's; 德育处 sees that it is there, and why it does not get it."""
    people.assign_responsible(
        role="moral_education",
        staff=account_of("何数据").staff,
        unit=Unit.objects.get(kind="school", path=account_of("陈主任").staff.responsibilities.first().unit.path),
        starts_on=NOW.date(),
        by=None,
        now=NOW,
    )
    drafted = {"purpose": "visit", "basis": "duty", "recipient": None, "outsider": "街道 马干事", "numbers": ("2024010101",)}
    wanted = disclosures.Wanted(**drafted, fields=("student.name", "score.result"), until=NOW.date() + timedelta(days=9))
    made = disclosures.disclose(wanted=wanted, by=reader_of("陈主任"), now=NOW)
    address = f"/disclosures/{made.pk}/"
    moral, chen = client_for("何数据"), client_for("陈主任")
    said = moral.get(address).content.decode()
    assert "您自己不能导出：学业" in said and "宋**" not in said and f"{address}send/" not in said
    assert "宋**" in chen.get(address).content.decode()
    moral.post(f"{address}send/")
    assert "未发出" in chen.get(address).content.decode()
    chen.post(f"{address}send/")
    refused = moral.get(f"{address}sheet.xlsx")
    assert refused.headers["Location"] == address and "您自己不能导出：学业" in moral.get(address).content.decode()
    assert chen.get(f"{address}sheet.xlsx").headers["Content-Type"].endswith("sheet")


def test_the_matrix_page_says_every_sentence(school):
    client = client_for("方审计")
    for code in matrix.load().roles:
        said = client.get(f"/access/?role={code}").content.decode()
        for tie, rights in matrix.load().roles[code].rights.items():
            assert not any(rights) or matrix.sentence(code, tie) in said


def test_closed_records_say_how_many_and_whom_to_ask_only_to_those_who_may_know(school):
    from shouwang.common.categories import Category
    from shouwang.trust.ledger import actions as ledger
    from shouwang.trust.ledger.guard import told

    with told():
        Alert.objects.filter(pk=school.mine["alert"]).update(categories=int(Category.psychological))
        ledger.record("tests.mask", by=None, about=[], now=NOW)
    path = f"/students/{school.mine['sid']}/indicators/"
    assert "1 条心理记录，您不能查看 · 周咨询师" in client_for("林老师").get(path).content.decode()
    assert "心理记录" not in client_for("李秘书").get(path).content.decode()
    assert "心理记录" not in client_for("赵妈妈").get(path).content.decode()
