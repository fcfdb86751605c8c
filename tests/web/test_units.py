"""Dashboards: figures that agree with the rows behind them, changes only where there is a before, honest where there is nothing."""

import io
import json
import re
from datetime import timedelta

import openpyxl
import pytest

from shouwang.front.pipeline import nightly
from shouwang.front.web.units import present
from shouwang.work.alerts.models import Alert, Run
from shouwang.work.desk import levels
from tests.worlds import NOW, client_for, reader_of

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def body(who: str, address: str, status: int = 200) -> str:
    reply = client_for(who).get(address)
    assert reply.status_code == status, (who, address)
    return reply.content.decode()


def test_before_the_first_run_the_board_says_so():
    from tests.worlds import small_school

    small_school()
    assert not Run.objects.exists()
    assert "还没有评估过" in body("陈主任", "/units/")


def test_the_figures_are_the_rows_behind_them(school):
    row = levels.of_units([school.world.units["XX"]])[0]
    listed = client_for("陈主任").get(f"/students/?unit={school.mine['college']}&level=any").context["rows"]
    assert sum(row.counts) == 12 and sum(row.counts[1:]) == len(listed)
    children = levels.of_units(levels.children(reader_of("陈主任"), school.world.units["XX"]))
    assert [sum(counts) for counts in zip(*(child.counts for child in children), strict=True)] == list(row.counts)


def test_ones_own_unit_comes_first_and_leads_down_to_classes(school):
    page = body("高院长", "/units/")
    assert "<h1>信息工程学院</h1>" in page and "软件技术" in page and "机电" not in page
    major = school.world.units["RJ"].pk
    assert f"/units/{major}/" in page
    assert "2024级软件1班" in body("高院长", f"/units/{major}/")
    klass = body("高院长", f"/units/{school.mine['class']}/")
    assert f"/students/?unit={school.mine['class']}" in klass
    assert "云岭职业技术学院" in body("陈主任", "/units/")


def test_another_college_is_missing(school):
    for path in ("", "export/"):
        body("高院长", f"/units/{school.theirs['college']}/{path}", 404)
        body("林老师", f"/units/{school.mine['college']}/{path}", 404)


def test_no_change_is_claimed_without_a_week_before_and_no_line_drawn_through_one_point(school):
    page = body("陈主任", "/units/")
    assert "较一周前" in page and "无数据" in page
    assert "评估满两周之后" in page and "data-chart" not in page


def test_with_weeks_behind_it_the_change_is_said_and_drawn(school):
    for weeks in (1, 2):
        nightly.evaluate(as_of=TODAY - timedelta(weeks=weeks), by=None, now=NOW)
    row = levels.of_units([school.world.units["XX"]])[0]
    before = levels.run_before(levels.latest_run())
    then = levels.counts(before, [school.world.units["XX"]])[school.world.units["XX"].pk]
    assert row.change == tuple(now - old for now, old in zip(row.counts, then, strict=True)) and sum(row.change) == 0
    page = body("陈主任", "/units/")
    drawn = json.loads(re.search(r'<script id="weeks" type="application/json">(.*?)</script>', page).group(1))
    assert len(drawn["labels"]) == 3 and all(len(one["values"]) == 3 for one in drawn["series"])
    assert [one["level"] for one in drawn["series"]] == [4, 3, 2, 1]


def test_a_week_that_was_not_counted_is_a_gap():
    weeks = [
        levels.Week(TODAY - timedelta(weeks=2), (9, 1, 0, 0, 0)),
        levels.Week(TODAY - timedelta(weeks=1), None),
        levels.Week(TODAY, (8, 1, 1, 0, 0)),
    ]
    drawn = present.chart(weeks, "信息工程学院")
    assert [one["values"] for one in drawn["series"]][2] == [0, None, 1]
    assert present.chart(weeks[1:], "信息工程学院") is None


def test_causes_count_what_the_reader_may_see(school):
    college = school.world.units["XX"]
    causes = levels.causes(reader_of("高院长"), college, TODAY)
    expected = Alert.objects.filter(unit_path__startswith=college.path, state="open")
    assert sum(cause.n for cause in causes) == expected.count()
    assert f"/alerts/?rule={causes[0].code}&amp;unit={college.pk}" in body("高院长", "/units/")


def test_rules_without_data_are_named(school):
    silent = levels.silences(reader_of("高院长"))
    assert silent and all(0.2 <= one.share <= 1 for one in silent)
    assert len({one.title for one in silent}) == len(silent)
    page = body("高院长", "/units/")
    assert "无法判断" in page and silent[0].title in page


def test_the_export_repeats_the_table(school):
    reply = client_for("陈主任").get(f"/units/{school.mine['college']}/export/")
    rows = list(openpyxl.load_workbook(io.BytesIO(reply.content)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:4]] == ["信息工程学院", "软件技术", "计算机网络技术"]
    assert all(sum(row[2:7]) == row[1] for row in rows[1:4])
