"""Breaking the glass takes two people; a mother sees who looked; the matrix and a disclosure read well on both widths."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

Judge = Callable[[Page, str], None]
Enter = Callable[..., Page]
NUMBER = "2024011101"  # 赵小雨
WHY = "宿舍同学说她这几天没有回来，也不接电话，需要知道心理中心是否了解情况"


def test_the_psychological_file_takes_two_people(sign_in: Enter, judged: Judge) -> None:
    song = sign_in("T1010")
    song.goto("/break-glass/new/")
    judged(song, "")
    song.locator("#id_number").fill(NUMBER)
    song.get_by_label(re.compile("^心理")).check()
    song.locator("#id_reason").fill(WHY)
    song.get_by_role("button", name="申请").click()
    expect(song.locator("main")).to_contain_text("等第二人同意")
    judged(song, "")
    address = song.url

    chen = sign_in("T1002")
    expect(chen.locator(".work-group", has_text="紧急查看").first).to_contain_text("等您同意")
    judged(chen, "glass-today")
    chen.goto(address)
    expect(chen.locator("main")).to_contain_text(WHY)
    chen.get_by_role("button", name="同意打开").click()
    expect(chen.locator("main")).to_contain_text("已打开")

    song.reload()
    song.get_by_role("link", name="查看档案").click()
    expect(song.get_by_role("heading", level=1)).to_contain_text("赵小雨")
    expect(song.locator(".grounds")).to_contain_text("紧急查看已打开")
    song.goto(address)
    song.get_by_role("button", name="现在结束").click()
    expect(song.locator("main")).to_contain_text("已结束")
    judged(song, "")

    steward = sign_in("T1025")
    steward.goto(address)
    steward.get_by_role("button", name="知悉").click()
    steward.get_by_label("有正当理由").check()
    steward.locator("#note").fill("两位老师都在场，联系上之后已结束")
    steward.evaluate("scrollTo(0, 0)")
    judged(steward, "glass-review")
    steward.get_by_role("button", name="完成复核").click()
    expect(steward.locator("main")).to_contain_text("有正当理由")
    steward.goto("/break-glass/")
    judged(steward, "")


def test_a_mother_sees_who_looked(sign_in: Enter, judged: Judge) -> None:
    lin = sign_in("T1001")
    lin.goto(f"/students/?q={NUMBER}")
    lin.locator("main tbody a").first.click()
    expect(lin.get_by_role("heading", level=1)).to_contain_text("赵小雨")
    mother = sign_in("P2024011101")
    mother.goto("/my/readings/")
    # Other stories share the college: she may have read the evidence of an alert as well.
    expect(mother.locator(".readings li", has_text="林静").filter(has_text="看了档案").first).to_be_visible()
    judged(mother, "who-looked")


def test_the_matrix_reads_well(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1026")
    page.get_by_role("navigation").get_by_role("link", name="权限表").first.click()
    judged(page, "matrix")
    page.locator("select[name=role]").select_option("counsellor")
    expect(page.get_by_role("heading", level=1)).to_contain_text("心理咨询师")
    judged(page, "")
    page.goto("/access/?category=psychological")
    expect(page.locator("main tbody")).to_contain_text("心理咨询师")
    judged(page, "")


def test_exactly_these_fields_go_out(sign_in: Enter, judged: Judge) -> None:
    chen = sign_in("T1002")
    chen.goto("/disclosures/new/")
    judged(chen, "disclosure-new")
    expect(chen.locator("#id_consent_by")).to_be_hidden()  # asked only when consent is the basis
    chen.get_by_label("家访与社区帮扶").check()
    chen.locator("#id_recipient").select_option(chen.locator("#id_recipient option", has_text="贾春生").get_attribute("value"))
    chen.locator("#id_numbers").fill(NUMBER)
    chen.get_by_label("姓名", exact=True).check()
    chen.get_by_label("学生电话").check()
    chen.get_by_label("取得同意").check()
    chen.locator("#id_consent_by").select_option("guardian")
    chen.locator("#id_consent_how").select_option("paper")
    chen.locator("#id_consent_on").fill("2025-12-09")
    chen.locator("#id_until").fill("2026-01-10")
    chen.get_by_role("button", name="存草稿并预览").click()
    expect(chen.locator(".disclosed")).to_contain_text("赵*")
    judged(chen, "disclosure-preview")
    chen.get_by_role("button", name="发出").click()
    worker = sign_in("T1023")
    worker.goto("/disclosed/")
    worker.locator(".work-row a").first.click()
    expect(worker.locator(".disclosed")).to_contain_text("赵小雨")
    judged(worker, "disclosed")
    chen.reload()
    expect(chen.locator("main")).to_contain_text("贾春生")
    judged(chen, "")


def test_looking_through_somebody_elses_eyes(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1002")
    page.goto("/access/view-as/?q=林静")
    judged(page, "")
    page.get_by_role("button", name="以其身份查看").first.click()
    expect(page.locator(".view-as")).to_contain_text("林静")
    judged(page, "")
    page.get_by_role("button", name="结束查看").click()
    expect(page.locator(".view-as")).to_have_count(0)
