"""The list, the search and the page of a student: what a reader may know, and nothing else."""

import io
import re

import openpyxl
import pytest

from shouwang.trust.access import queries as access
from shouwang.work.profile import measures, queries, stories
from tests.web.busy_school import secrets_of
from tests.worlds import NOW, client_for, reader_of

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def body(who: str, address: str, status: int = 200) -> str:
    reply = client_for(who).get(address)
    assert reply.status_code == status, (who, address, reply.status_code)
    return re.sub(r'(RFToken":"|csrfmiddlewaretoken" value=")\w+', r"\1", reply.content.decode())


def test_the_list_holds_ones_own_students_in_class_order_and_can_be_narrowed(school):
    page = body("林老师", "/students/")
    assert "宋小雨" in page and "石大山" not in page
    assert page.index("宋小雨") < page.index("刘班长") < page.index("许文静"), "class by class, by number"
    assert "宋小雨" in body("林老师", "/students/?q=sxy")
    assert "宋小雨" in body("林老师", "/students/?q=20240101")
    narrowed = body("林老师", "/students/?level=any")
    assert "宋小雨" in narrowed and "许文静" in narrowed
    assert "没有符合条件的同学" in body("林老师", "/students/?q=石大山")
    assert "没有符合条件的同学" in body("林老师", f"/students/?unit={school.theirs['class']}")
    for nonsense in ("?level=9", "?unit=x", "?after=%25%25", "?status=alien", "?q=%00"):
        body("林老师", f"/students/{nonsense}")


def test_a_level_counts_whom_it_lists(school):
    for name in ("陈主任", "林老师", "孙外人"):
        by, found = reader_of(name), []
        for level in range(5):
            listed, counted = (list(queries.at_level(by, access.students(by), level, to_count=way)) for way in (False, True))
            assert listed == counted
            found += listed
        assert len(found) == len(set(found)) and set(found) == set(access.students(by)), "everybody stands at one level"


def test_many_that_fit_are_found_like_few(school, monkeypatch):
    few = [list(access.search(reader_of("陈主任"), text)) for text in ("20", "sxy", "s")]
    monkeypatch.setattr(access, "FEW", 0)
    assert few == [list(access.search(reader_of("陈主任"), text)) for text in ("20", "sxy", "s")] and all(few)


def test_pages_follow_one_another_without_loss(school, monkeypatch):
    from shouwang.front.web.kit import paging

    monkeypatch.setattr(paging, "SIZE", 5)
    client, address, seen = client_for("陈主任"), "/students/", []
    while address:
        reply = client.get(address)
        seen += [row.name for row in reply.context["rows"]]
        following = reply.context["pager"].next
        address = f"/students/{following}" if following else ""
    everyone = list(access.students(reader_of("陈主任")).values_list("name", flat=True))
    assert seen == everyone and len(seen) == 24


def test_the_search_answers_to_names_pinyin_and_numbers_within_the_scope_only(school):
    for text in ("小雨", "songxiaoyu", "sxy", "2024010101"):
        assert "宋小雨" in body("林老师", f"/students/search/?q={text}")
        assert "宋小雨" not in body("孙外人", f"/students/search/?q={text}")
    assert body("林老师", "/students/search/?q=").strip() == ""
    assert "没有找到" in body("林老师", "/students/search/?q=无此人")


def test_the_export_holds_the_list_as_it_is_filtered(school):
    reply = client_for("林老师").get("/students/export/?q=小雨")
    rows = list(openpyxl.load_workbook(io.BytesIO(reply.content)).active.iter_rows(values_only=True))
    assert rows[0][:3] == ("学号", "姓名", "班级")
    assert [row[1] for row in rows[1:2]] == ["宋小雨"]
    assert rows[1][0] == "2024010101"


def test_a_student_page_tells_the_story_and_leads_to_alerts_and_people(school):
    page = body("林老师", f"/students/{school.mine['sid']}/") + body("林老师", f"/students/{school.mine['sid']}/timeline/")
    for expected in (
        "宋小雨",
        "2024010101",
        "2024级软件1班",
        "旷课",
        "课程0 45 分",
        "林老师",
        "0871-1001",
        "tel:",
        f"/alerts/{school.mine['alert']}/",
    ):
        assert expected in page, expected
    assert "考勤.csv · 第" in page, "every entry names the row of the file it came from"
    assert "方审计" not in page and "钱管理员" not in page, "whoever answers for the student, not the whole school"


def test_another_colleges_student_is_as_missing_as_nobody(school):
    for path in ("", "timeline/", "indicators/"):
        theirs = body("林老师", f"/students/{school.theirs['sid']}/{path}", 404)
        nobody = body("林老师", f"/students/999999/{path}", 404)
        assert theirs == nobody.replace("999999", str(school.theirs["sid"]))
        for secret in secrets_of(school.world.students["石大山"]):
            assert secret not in theirs.replace(f"/students/{school.theirs['sid']}/", "")


def test_a_timeline_is_narrowed_and_continues_further_back(school):
    reader, sid = reader_of("林老师"), school.mine["sid"]
    whole = queries.timeline(reader, sid, today=TODAY)
    days = [entry.day for entry in whole.entries]
    assert days == sorted(days, reverse=True)
    only = queries.timeline(reader, sid, today=TODAY, group="attendance")
    assert {entry.group for entry in only.entries} == {"attendance"}
    assert len(only.entries) == whole.counts["attendance"] == 7
    seen, before = [], None
    while True:
        part = queries.timeline(reader, sid, today=TODAY, before=before, size=3)
        seen += part.entries
        before = part.before
        if before is None:
            break
    assert seen == whole.entries, "page by page it is the same story"
    fragment = body("林老师", f"/students/{sid}/timeline/?kind=attendance")
    assert "旷课" in fragment and "课程0 45 分" not in fragment and "<html" not in fragment


def test_what_a_role_may_not_know_is_not_even_read(school):
    sid = school.mine["sid"]
    told = queries.timeline(reader_of("王宿管"), sid, today=TODAY)
    assert not {"study", "attendance", "family", "conduct"} & told.counts.keys()
    page = body("王宿管", f"/students/{sid}/") + body("王宿管", f"/students/{sid}/timeline/")
    assert "45 分" not in page and "旷课" not in page
    assert "学业记录，您不能查看" not in page, "the matrix does not let a dorm manager know even that much"
    tables = {story.table for story in stories.allowed(access.categories(reader_of("王宿管"), sid))}
    assert tables == {"activity_points", "platform_activity", "dorm_access", "library_loan"}


def test_indicators_show_their_line_and_why_there_is_none(school):
    found = measures.panels(reader_of("林老师"), school.mine["sid"])
    known = {measure.indicator.name: measure for panel in found.areas for measure in panel.known}
    silent = {measure.indicator.name for panel in found.areas for measure in panel.silent}
    assert known["absences_term"].value == 7
    assert known["absent_days_running"].is_over
    assert "dorm" not in {measure.indicator.area for measure in known.values()}
    assert "nights_out_14d" in silent, "nothing was delivered: unknown, never zero"
    assert not known.keys() & silent
    page = body("林老师", f"/students/{school.mine['sid']}/indicators/")
    assert "越线" in page and "无数据" in page and "spark" not in page.split("无数据")[-1]


def test_families_see_what_happened_but_no_level_and_no_classmates(school):
    sid = school.mine["sid"]
    for who in ("赵妈妈", "宋小雨"):
        assert client_for(who).get("/students/").headers["Location"] == f"/students/{sid}/"
        page = body(who, f"/students/{sid}/") + body(who, f"/students/{sid}/timeline/")
        assert "旷课" in page and "林老师" in page
        assert "/alerts/" not in page and 'class="level level-' not in page
        multiples = body(who, f"/students/{sid}/indicators/")
        assert "班级中位" not in multiples and "越线" not in multiples
        body(who, f"/students/{school.theirs['sid']}/", 404)


def test_every_table_about_a_student_has_a_story_or_is_about_who_they_are():
    from shouwang.analysis.standard import load

    about = {name for name, table in load().tables.items() if table.subject == "student"}
    assert about - stories.BY_TABLE.keys() <= {"student", "guardian", "responsibility"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_story_can_be_told_of_an_empty_row(lang):
    row = dict.fromkeys(("code", "mark", "a", "b", "n", "m", "until", "batch_id", "sheet_no", "row_no"))
    for story in stories.STORIES:
        title, detail, tone = story.tell(row | {"day": TODAY, "kind": story.table}, lang)
        assert isinstance(title, str) and isinstance(detail, str) and tone in {"plain", "good", "worse"}
