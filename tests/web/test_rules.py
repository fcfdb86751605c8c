"""The rule pages: list, one rule, live check in Chinese, new versions, presets; who may only look may not write."""

import re

import pytest

from shouwang.front.web.rules.presenting import checked
from shouwang.work.alerts import actions, queries
from shouwang.work.alerts.models import RuleVersion
from tests.facts_world import FactsWorld
from tests.worlds import NOW, client_for, reader_of, small_school

pytestmark = pytest.mark.django_db
FORM = {"title": "缺课两天", "when": "absent_days_running >= 2", "level": "2", "weight": "20", "domain": "attendance", "source": "学工会议"}


def body(response):
    return response.content.decode()


@pytest.fixture
def school():
    world = small_school()
    actions.install_presets(preset="higher", by=None, now=NOW)
    return world


def test_the_list_reads_like_sentences(school):
    page = body(client_for("陈主任").get("/rules/"))
    assert "课程不及格" in page and "“本学期不及格门数”为 3 至 4 门" in page and "新建规则" in page
    only = body(client_for("陈主任").get("/rules/?domain=economic"))
    assert "学费逾期" in only and "课程不及格" not in only and "条不符合筛选" in only
    red = body(client_for("陈主任").get("/rules/?level=4"))
    assert "为 3 至 4 门" not in red and "达到 5 门" in red


def test_an_empty_list_leads_to_the_presets():
    small_school()
    page = body(client_for("陈主任").get("/rules/"))
    assert "还没有规则在用" in page and "/rules/presets/" in page


def test_one_rule_and_its_history(school):
    client = client_for("陈主任")
    page = body(client.get("/rules/courses-failed-yellow/"))
    assert "“本学期不及格门数”等于 2 门" in page and "courses_failed_term = 2" in page and "平台预设" in page
    assert client.get("/rules/no-such-rule/").status_code == 404
    response = client.post(
        "/rules/courses-failed-yellow/edit/", FORM | {"when": "courses_failed_term in (1, 2)", "version": "1"}, follow=True
    )
    page = body(response)
    assert (
        "第 2 版" in page
        and "<del>courses_failed_term = 2</del>" in page
        and "<ins>courses_failed_term = 1 OR courses_failed_term = 2</ins>" in page
    )
    assert "陈主任" in page
    row = queries.current("courses-failed-yellow")
    assert (row.version, row.preset, row.playbook) == (2, "", "academic-warning")


def test_an_edit_of_an_old_version_is_stopped_and_nothing_typed_is_lost(school):
    client = client_for("陈主任")
    client.post("/rules/lates-blue/edit/", FORM | {"version": "1"})
    late = client.post("/rules/lates-blue/edit/", FORM | {"title": "又改了一次", "version": "1"})
    assert late.status_code == 422 and "已有第 2 版" in body(late) and "又改了一次" in body(late)
    assert queries.current("lates-blue").version == 2


def test_a_new_rule_with_its_own_sentence(school):
    client = client_for("陈主任")
    says = {"says_zh": ["已缺课 {absent_days_running} 天（线 {absent_days_running:line}）", ""], "says_en": ["", ""], "says_when": ["", ""]}
    page = body(client.post("/rules/new/", FORM | says, follow=True))
    assert "已发布“缺课两天”第 1 版" in page and "已缺课 {absent_days_running} 天" in page
    row = RuleVersion.objects.get(title="缺课两天")
    assert row.condition == "absent_days_running >= 2" and row.categories == 8 and row.source == "学工会议"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"when": "absent_days_runing >= 2"}, "是不是“absent_days_running”"),
        ({"when": "absent_days_running + 1 >= 2"}, "规则里不能做加减乘除"),
        ({"title": ""}, "名称"),
        ({"weight": "101"}, "权重"),
        ({"level": "5"}, "等级"),
        ({"says_zh": "缺课 {nothing} 天", "says_en": "", "says_when": ""}, "{nothing} 不是指标"),
        ({"says_zh": "缺课", "says_en": "", "says_when": "nothing > 1"}, "第 1 句的条件"),
    ],
)
def test_what_is_wrong_is_said_and_kept(school, given, said):
    response = client_for("陈主任").post("/rules/new/", FORM | given)
    page = body(response)
    assert response.status_code == 422 and said in page
    assert given.get("when", "absent_days_running").split(" ")[0] in page


def test_live_check_underlines_the_place(school):
    page = body(client_for("陈主任").post("/rules/check/", {"when": "absent_days_runing ≥ 2"}))
    assert "<mark>absent_days_runing</mark> &gt;= 2" in page and "<html" not in page
    page = body(client_for("陈主任").post("/rules/check/", FORM | {"when": "连续缺勤 >= 2 AND <script>"}))
    assert "<script>" not in page
    good = body(client_for("陈主任").post("/rules/check/", {"when": "absent_days_running >= 2"}))
    assert "“目前连续缺勤教学日”达到 2 个教学日" in good and "还没有评估过" in good and "考勤" in good


def test_retiring_and_coming_back(school):
    client = client_for("陈主任")
    page = body(client.post("/rules/lates-blue/retire/", follow=True))
    assert "已停用" in page and "修改并启用" in page
    assert "停用的规则 1 条" in body(client.get("/rules/"))
    assert client.post("/rules/no-such-rule/retire/").status_code == 404


def test_presets_can_be_put_in_force(school):
    client = client_for("陈主任")
    page = body(client.get("/rules/presets/"))
    assert "武汉纺织大学" in page and "皖南医学院" in page
    assert "3 条规则已在用" in body(client.post("/rules/presets/wuhan-textile/install/", follow=True))
    assert queries.current("wuhan-textile-red").level == 4
    assert client.post("/rules/presets/nowhere/install/").status_code == 404


def test_who_may_look_may_not_write(school):
    secretary = client_for("李秘书")
    page = body(secretary.get("/rules/courses-failed-red/"))
    assert "达到 5 门" in page and "修改" not in re.sub("<[^>]*>", "", page).replace("修改规则", "")
    assert secretary.get("/rules/courses-failed-red/edit/").status_code == 404
    for path in ("/rules/new/", "/rules/check/", "/rules/courses-failed-red/retire/", "/rules/presets/higher/install/"):
        assert secretary.post(path, FORM).status_code == 404
    assert client_for("赵妈妈").get("/rules/").status_code == 404
    assert client_for(None).get("/rules/").status_code == 302


def test_a_check_counts_only_my_students(school):
    found = checked(reader_of("陈主任"), "absent_days_running >= 2", None)
    assert found.effect is None and found.stored == "absent_days_running >= 2"


def test_counts_are_for_those_who_may_know(school, data_folder):
    """教务处 reads no family circumstances: it may write such a rule, but trying it tells no numbers, not even by college."""
    evaluate(school, data_folder)
    family, results = "fee_owed IS NULL", "courses_failed_term >= 0"
    wu, chen, lin = reader_of("吴教务"), reader_of("陈主任"), reader_of("林老师")
    found = checked(chen, family, None)
    assert (found.effect.flagged, found.effect.share) == ("24 名", "100 %(24/24)") and not found.why_not
    assert checked(wu, family, None).effect is None and "您看不到" in checked(wu, family, None).why_not
    assert checked(wu, results, None).effect.unknown == "24"
    assert checked(lin, family, None).effect.share == "100 %(12/12)", "only the two classes of 林老师"
    page = body(client_for("吴教务").get("/rules/"))
    row = re.search(r"fee-late-blue.*?</tr>", page, re.DOTALL)[0]
    assert "无法判断" in row and not re.search(r"\d 名", row)
    assert re.search(r"\d 名", re.search(r"courses-failed-red.*?</tr>", page, re.DOTALL)[0])


def evaluate(school, folder):
    """One evaluation of the bare register; no other data."""
    facts = FactsWorld(folder)
    facts.students(*(student.sid for student in set(school.students.values())), status="enrolled")
    actions.evaluate(as_of=NOW.date(), by=None, now=NOW, snapshot=facts.snapshot)
