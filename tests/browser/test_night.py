"""One night and the morning after, from the telephone to the paper: 王宿管 reports, nobody answers and it climbs by itself, the officer on duty
takes it, a case opens, 李秘书 routes it, 陈主任 holds the meeting about it, and the notice is printed. The worker runs; only its clock is moved on."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdf
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from shouwang.front.clock import DEMO_OPENS
from tests import college

Judge = Callable[[Page, str], None]
Enter = Callable[..., Page]
WANG, GUO, LI, CHEN = "T1005", "T1009", "T1003", "T1002"
QIN = "秦佳"  # lives in 1号公寓103室, has no case yet
WORDS = "22:30 查寝不在，室友说晚饭后出门，电话关机"
MEETING = "夜间安全碰头会"


def at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2025, 12, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A college of its own, in which it is night: the demo counts from the moment it was opened."""
    data = tmp_path_factory.mktemp("night") / "data"
    college.prepare(data)
    be(data, at(10, 22, 40))
    return data


@pytest.fixture(scope="module")
def address(school: Path) -> Iterator[str]:
    with college.opened(school) as where:
        yield where


def be(data: Path, moment: datetime) -> None:
    """From now on it is `moment`, for the pages and for the worker."""
    (data / "demo_opened").write_text((timezone.now() - (moment - DEMO_OPENS)).isoformat())


def wait_for(page: Page, words: str, *, within: timedelta = timedelta(seconds=60)) -> None:
    """Looks at the page again until the worker has done its part."""
    end = timezone.now() + within
    while words not in page.locator("main").inner_text() and timezone.now() < end:
        page.wait_for_timeout(700)
        page.reload()
    expect(page.locator("main")).to_contain_text(words)


def test_a_night_from_the_telephone_to_the_paper(sign_in: Enter, judged: Judge, school: Path) -> None:
    manager = sign_in(WANG, width="phone")
    number = reported(manager, judged)
    be(school, at(10, 23, 50))
    wait_for(manager, "无人确认，已上报")
    judged(manager, "night-climbed")

    officer = sign_in(GUO, width="phone", scheme="dark")
    case = taken(officer, judged, number)
    manager.goto(f"/report/{number}/")
    expect(manager.locator("main .page-head")).to_contain_text("处理中")

    be(school, at(11, 8, 20))
    routed(sign_in(LI), judged, case)
    head = sign_in(CHEN)
    head.goto("/cases/queue/")
    judged(head, "night-queue")
    head.locator(".work-row", has_text=QIN).get_by_role("button", name="接收").click()
    expect(head.locator("main")).to_contain_text("已接收")
    held(head, judged, case)
    printed(sign_in(LI), judged, case)


def reported(page: Page, judged: Judge) -> str:
    page.locator(".bottom").get_by_role("link", name="上报").click()
    page.locator("label.tile", has_text="夜不归宿").click()
    page.get_by_label("姓名、拼音或学号").last.fill("qinjia")
    page.locator(".found-one", has_text=QIN).first.click()
    page.get_by_label("在哪里").fill("1 号公寓 103 室")
    page.get_by_label("发生了什么").fill(WORDS)
    judged(page, "night-report")
    page.get_by_role("button", name="发出").click()
    page.wait_for_url(re.compile(r"/report/\d+/"))
    expect(page.locator("main")).to_contain_text("已收到")
    return re.search(r"/report/(\d+)/", page.url)[1]


def taken(page: Page, judged: Judge, number: str) -> str:
    """The officer finds it first on their Today, takes it, and a case opens from it."""
    page.goto("/")
    expect(page.locator("main")).to_contain_text("夜不归宿")
    judged(page, "night-today")
    page.goto(f"/incidents/{number}/")
    expect(page.locator("main")).to_contain_text(WORDS)
    page.get_by_role("button", name="我来处理").click()
    expect(page.locator("main .page-head")).to_contain_text("处理中")
    judged(page, "night-incident")
    page.get_by_role("button", name="转为个案").click()
    page.get_by_role("link", name="打开个案").click()
    page.wait_for_url(re.compile(r"/cases/\d+/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(QIN)
    judged(page, "night-case")
    return re.search(r"(/cases/\d+/)", page.url)[1]


def routed(page: Page, judged: Judge, case: str) -> None:
    """The secretary sees it among everything that is open, and refers it to another department."""
    page.goto("/cases/desk/")
    row = page.locator(".work-row", has_text=QIN).first
    expect(row).to_be_visible()
    judged(page, "night-desk")
    row.get_by_role("link", name=QIN).click()
    page.wait_for_url(re.compile(case))
    page.get_by_role("button", name="转介").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("部门").select_option("student_affairs")
    dialog.get_by_label("请对方做什么").fill("本学期第三起夜不归宿，请学生处开会研究，并协调门禁记录。")
    dialog.get_by_role("button", name="转介").click()
    expect(page.locator("#asked")).to_contain_text("等接收")
    judged(page, "night-routed")


def held(page: Page, judged: Judge, case: str) -> None:
    """A meeting is set up and held; what it decides becomes a step of the case."""
    page.goto("/meetings/series/new/")
    page.get_by_label("会议名称").fill(MEETING)
    page.get_by_label("哪个单位的事").select_option(label="信息工程学院")
    page.get_by_label("地点").fill("行政楼 203")
    page.get_by_role("button", name="设立").click()
    for who in ("李文慧", "郭海涛"):
        page.get_by_label("查找参会人").fill(who)
        page.get_by_role("button", name="查找").click()
        page.locator("tr", has_text=who).get_by_role("button", name="请来参加").click()
    page.get_by_role("button", name="安排下一次").click()
    page.get_by_role("dialog").get_by_label("开始").fill("2025-12-11T09:00")
    page.get_by_role("dialog").get_by_role("button", name="安排并列出议程").click()
    expect(page.get_by_role("heading", name="议程")).to_be_visible()
    page.get_by_role("button", name="通知参会人").click()
    judged(page, "night-agenda")
    page.get_by_role("button", name="开始会议").click()
    page.locator(".hold-list a", has_text=QIN).first.click()
    expect(page.locator("#point-title a")).to_have_attribute("href", re.compile(case))
    page.get_by_label("讨论了什么").fill("人已安全返校。夜里外出没有说明原因，由班主任了解。")
    page.get_by_label("做什么").fill("班主任与本人谈话，约定外出报备")
    page.get_by_role("button", name="定下这一项工作").click()
    expect(page.locator(".point-agreed li", has_text="班主任与本人谈话，约定外出报备")).to_contain_text(
        "林静"
    )  # who leads the case is proposed
    judged(page, "night-meeting")
    page.get_by_role("button", name="结束会议").click()
    expect(page.get_by_text("已结束").first).to_be_visible()
    assert "班主任与本人谈话" in text_of(fetched(page, "纪要（PDF）"))
    page.goto(case)
    expect(page.locator(".step-card", has_text="班主任与本人谈话，约定外出报备")).to_be_visible()


def printed(page: Page, judged: Judge, case: str) -> None:
    """The notice goes out from the case: looked at, issued with its number, on paper with the slip."""
    page.goto(case)
    page.locator("summary", has_text="更多").last.click()
    page.get_by_role("link", name="发通知书").click()
    page.get_by_label(re.compile("^谈话通知")).check()
    page.get_by_label("补充说明").fill(
        "请于 12 月 12 日 16:00 到信息工程学院办公室谈话。"
    )  # 秦佳 has no alert that could be written into it
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("img", name=re.compile("预览图")).first).to_be_visible()
    page.get_by_role("button", name=re.compile("^发出 ")).click()
    page.locator("#issue").get_by_role("button", name="发出").click()
    expect(page.get_by_role("link", name="打印全部（PDF）")).to_be_visible(timeout=60_000)
    page.locator("table a.cell").first.click()
    shown = re.search(r"信息工程学院〔2025〕\s*\d+\s*号", page.locator("main").inner_text())
    assert shown is not None
    judged(page, "night-letter")
    said = text_of(fetched(page, "打印（PDF）"))
    assert QIN in said and "到信息工程学院办公室谈话" in said and "签收回执" in said and "".join(shown[0].split()) in "".join(said.split())


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).replace("\n", "")


def fetched(page: Page, name: str) -> bytes:
    """What a link to a file gives, with the session of the page."""
    address = page.get_by_role("link", name=name).get_attribute("href")
    assert address is not None
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    return answer.body()
