"""林老师, 陈主任 and 王宿管 do a morning's work."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

Judge = Callable[[Page, str], None]
Enter = Callable[..., Page]


def test_lin_reads_about_xiaoyu_and_acknowledges(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1001")
    judged(page, "teacher-today")
    # The case that the night's run opened comes first; from there to her file.
    page.locator(".work-row a[href^='/cases/']", has_text="赵小雨").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("赵小雨")
    judged(page, "case")
    page.locator("main a[href^='/students/']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("赵小雨")
    expect(page.locator(".multiple").first).to_be_visible()
    judged(page, "student")
    page.locator(".student-alerts a", has_text="连续").first.click()
    expect(page.locator("main")).to_contain_text("课堂考勤")
    judged(page, "alert")
    page.get_by_role("link", name="复算").or_(page.get_by_role("button", name="复算")).first.click()
    expect(page.locator("main")).to_contain_text("复算一致")
    judged(page, "alert-reproduced")
    page.get_by_role("button", name="暂缓").click()
    judged(page, "")
    page.get_by_role("dialog").get_by_role("button", name="先不").click()
    page.get_by_role("button", name="确认收到").click()
    expect(page.locator("main .page-head")).to_contain_text("已确认")
    expect(page.get_by_role("button", name="确认收到")).to_have_count(0)
    page.goto("/alerts/?state=acknowledged")
    expect(page.locator("main")).to_contain_text("赵小雨")


def test_chen_drills_down_and_fills_a_gap(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1002")
    judged(page, "affairs-today")
    page.get_by_role("navigation").get_by_role("link", name="看板").first.click()
    expect(page.locator(".chart svg")).to_be_visible()
    judged(page, "units")
    for place in ("信息工程学院", "计算机应用技术专业", "计算机应用技术2401班"):
        page.locator("main table a", has_text=place).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(place)
    judged(page, "units-class")
    page.goto("/coverage/")
    judged(page, "coverage")
    gap = page.locator("section[aria-labelledby=gaps] tbody tr").first
    place = gap.locator("td").first.inner_text()
    gap.get_by_role("link", name="指定责任人").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(place)
    judged(page, "coverage-fill")
    if not page.get_by_role("button", name=re.compile("^任")).count():
        page.locator("main input[name=q]").fill("林静")
        page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name=re.compile("^任")).first.click()
    expect(page).to_have_url(re.compile("/coverage/"))
    expect(page.locator("section[aria-labelledby=gaps]").get_by_text(place)).to_have_count(0)


def test_wang_sees_her_building(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1005")
    judged(page, "dorm-today")
    expect(page.locator("main")).to_contain_text(re.compile("晚归|未归"))
    page.get_by_role("navigation").get_by_role("link", name="学生").first.click()
    judged(page, "")
    page.get_by_role("navigation").get_by_role("link", name="预警").first.click()
    expect(page.locator("main")).not_to_contain_text("不及格")
    page.locator(".work-row a").first.click()
    judged(page, "dorm-alert")


def test_a_rule_is_tried_before_it_is_published(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1002")
    page.get_by_role("navigation").get_by_role("link", name="规则").first.click()
    judged(page, "rules")
    page.locator("main tbody a", has_text="连续缺课").first.click()
    judged(page, "rule")
    page.get_by_role("link", name="修改", exact=True).click()
    page.locator("#id_when").fill("absent_days_runing >= 2")
    expect(page.locator("#checked")).to_contain_text("absent_days_running")
    judged(page, "rule-edit-refused")
    page.locator("#id_when").fill("absent_days_running >= 2")
    expect(page.locator("#checked")).to_contain_text(re.compile(r"\d+ 名"))
    judged(page, "rule-edit")
    page.goto("/rules/presets/")
    judged(page, "")
