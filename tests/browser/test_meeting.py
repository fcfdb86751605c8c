"""陈主任 holds the meeting: a decision becomes a step of the case, the notice is printed."""

import io
import re
from collections.abc import Callable

import pypdf
from playwright.sync_api import Page, expect

CHEN, LI = "T1002", "T1003"
Judge = Callable[[Page, str], None]


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).replace("\n", "")


def fetched(page: Page, name: str) -> bytes:
    """What a link to a file gives, with the session of the page."""
    address = page.get_by_role("link", name=name).get_attribute("href")
    assert address is not None
    return page.request.get(address).body()


def test_a_decision_becomes_a_step_and_the_notice_is_printed(sign_in: Callable[..., Page], judged: Judge) -> None:
    page = sign_in(CHEN)
    page.goto("/meetings/")
    judged(page, "meetings")
    page.get_by_role("link", name=re.compile("联席会")).first.click()
    expect(page.get_by_role("heading", name="议程")).to_be_visible()
    judged(page, "meeting-agenda")
    page.get_by_role("button", name="开始会议").click()
    expect(page.get_by_label("讨论了什么")).to_be_visible()
    judged(page, "meeting-hold")
    point = page.locator("#point-title a")
    case = point.get_attribute("href")
    assert case is not None and case.startswith("/cases/")
    page.get_by_label("讨论了什么").fill("已与本人谈过，愿意补考前参加辅导。")
    page.get_by_label("做什么").fill("安排期末前的答疑，每周两次")
    page.get_by_role("button", name="定下这一项工作").click()
    expect(page.get_by_text("安排期末前的答疑，每周两次")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="结束会议").click()
    expect(page.get_by_text("已结束").first).to_be_visible()
    judged(page, "meeting-closed")
    said = text_of(fetched(page, "纪要（PDF）"))
    assert "安排期末前的答疑" in said and "签名" in said
    page.goto(case)
    expect(page.get_by_text("安排期末前的答疑，每周两次").first).to_be_visible()


def test_the_notice_is_drafted_looked_at_issued_and_printed(sign_in: Callable[..., Page], judged: Judge) -> None:
    page = sign_in(LI)
    page.goto("/letters/")
    judged(page, "letters")
    page.get_by_role("link", name="拟通知书").click()
    page.get_by_label(re.compile("^考勤提醒通知单")).check()
    page.get_by_label(re.compile("近 30 天")).check()
    page.get_by_label("预警级别从").select_option("4")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("img", name=re.compile("预览图")).first).to_be_visible()
    judged(page, "letters-preview")
    page.get_by_role("button", name=re.compile("^发出 ")).click()
    page.locator("#issue").get_by_role("button", name="发出").click()
    printing = page.get_by_role("link", name="打印全部（PDF）")
    expect(printing).to_be_visible(timeout=60_000)
    said = text_of(fetched(page, "打印全部（PDF）"))
    assert "考勤提醒通知单" in said and "签收回执" in said and re.search(r"回执编号：25\d{8}", said)
    page.locator("table a.cell").first.click()
    expect(page.get_by_role("button", name="登记回执")).to_be_visible()
    judged(page, "letter")
