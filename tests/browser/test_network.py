"""王宿管 reports a night absence on her telephone; nobody answers and it climbs; the duty officer takes it; a case opens. And when the
network drops, nothing typed is lost and nothing is stored twice."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests import college

Judge = Callable[[Page, str], None]
Enter = Callable[..., Page]
DUTY = "T1010"  # 宋佳, adviser
WORDS = "查寝时不在，室友说傍晚出门后一直没有回来，电话关机"
# Tonight somebody is on duty for the whole school; then the worker's tick at ten minutes past eleven.
TONIGHT = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from shouwang.front import clock
from shouwang.front.pipeline import casework, tick
from shouwang.trust.access import queries as access
from shouwang.work.duty import actions as duty
from shouwang.work.duty import queries as on_duty
now = clock.now()
night = timezone.localtime(now).replace(hour=23, minute=10, second=0)
casework.install(now=now)
head = access.reader(access.account("T1002"), timezone.localdate(now), now=now)
roster = duty.make_roster(code="story-night", title="学校夜间值班", unit=access.unit_of("YL"), by=head, now=now)
duty.add_shift(roster=roster, account=access.account("T1010").pk, starts_at=now + timedelta(seconds=1), ends_at=night + timedelta(hours=8), by=head, now=now)
tick.tick(night)
tick.tick(night + timedelta(seconds=1))
print([one.username for one in on_duty.on_duty(night)])
"""


def later(school: Path) -> str:
    """The evening of the demo's day comes: what is late climbs."""
    environment = college.environment(school) | {"DJANGO_SETTINGS_MODULE": "shouwang.config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", TONIGHT], env=environment, cwd=college.ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def fill(page: Page) -> None:
    page.goto("/report/")
    page.locator("label.tile", has_text="夜不归宿").click()
    expect(page.locator("input[name=urgency][value=urgent]")).to_be_checked()
    page.get_by_label("姓名、拼音或学号").last.fill("zhaoxiaoyu")
    page.locator(".found-one", has_text="赵小雨").click()
    page.get_by_label("在哪里").fill("1 号公寓 101 室")
    page.get_by_label("发生了什么").fill(WORDS)


def test_a_night_absence_from_the_telephone_to_the_case(sign_in: Enter, judged: Judge, school: Path) -> None:
    page = sign_in("T1005", width="phone")
    page.locator(".bottom").get_by_role("link", name="上报").click()
    judged(page, "report")
    fill(page)
    page.get_by_role("button", name="发出").click()
    page.wait_for_url(re.compile(r"/report/\d+/"))
    expect(page.locator("main")).to_contain_text("已收到")
    expect(page.locator("main .climb")).to_contain_text("班级")
    judged(page, "report-receipt")
    number = re.search(r"/report/(\d+)/", page.url)[1]
    page.goto("/report/")
    expect(page.get_by_label("发生了什么")).to_have_value("")  # what was sent is not kept

    assert DUTY in later(school)

    officer = sign_in(DUTY, width="phone", scheme="dark")
    officer.goto(f"/incidents/{number}/")
    expect(officer.locator("main .climb")).to_contain_text("无人确认，已上报")
    expect(officer.locator("main .climb")).to_contain_text("值班")
    expect(officer.locator("main")).to_contain_text(WORDS)
    judged(officer, "incident")
    officer.get_by_role("button", name="我来处理").click()
    expect(officer.locator("main .page-head")).to_contain_text("处理中")
    officer.get_by_role("button", name="转为个案").click()
    officer.get_by_role("link", name="打开个案").click()
    expect(officer.locator("main")).to_contain_text("赵小雨")

    page.goto(f"/report/{number}/")
    expect(page.locator("main .page-head")).to_contain_text("处理中")


def test_when_the_network_drops_nothing_is_lost_and_nothing_is_stored_twice(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1005", width="phone", misses=True)
    page.goto("/report/mine/")
    before = page.locator(".work-row").count()
    fill(page)
    expect(page.locator("[data-saved]")).to_contain_text("已保存")
    page.route("**/report/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name="发出").click()
    expect(page.locator("[data-waiting]")).to_be_visible()
    judged(page, "report-offline")
    page.reload()  # the page is closed and opened again
    expect(page.locator("[data-restored]")).to_be_visible()
    expect(page.get_by_label("发生了什么")).to_have_value(WORDS)
    expect(page.locator("[data-chosen]")).to_contain_text("赵小雨")
    page.unroute("**/report/")
    page.evaluate("localStorage.setItem('kept', Object.entries(localStorage).find(([key]) => key.startsWith('sw-draft:'))[1])")
    page.get_by_role("button", name="发出").click()
    page.wait_for_url(re.compile(r"/report/\d+/"))
    first = page.url.partition("?")[0]
    page.evaluate("""() => { const key = 'sw-draft:' + document.querySelector('[data-draft-sent]').dataset.draftSent;
      localStorage.setItem(key, localStorage.getItem('kept')); localStorage.removeItem('kept'); }""")
    page.goto("/report/")  # as if the answer had been lost on the way: the same report goes out once more
    page.get_by_role("button", name="发出").click()
    page.wait_for_url(re.compile(r"/report/\d+/"))
    assert page.url.partition("?")[0] == first
    page.goto("/report/mine/")
    assert page.locator(".work-row").count() == before + 1


def test_signing_out_leaves_no_draft_on_the_telephone(sign_in: Enter) -> None:
    page = sign_in("2024011102", width="phone")
    page.goto("/report/")
    page.get_by_label("发生了什么").fill("写到一半")
    expect(page.locator("[data-saved]")).to_contain_text("已保存")
    page.evaluate("document.querySelector('form[action=\"/logout/\"]').requestSubmit()")
    page.wait_for_url(re.compile("/login/"))
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('sw-draft:')).length") == 0


def test_a_leader_starts_a_plan_and_watches_the_board(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1007")
    page.goto("/emergencies/new/missing-student/")
    judged(page, "emergency-new")
    page.get_by_label("情况").fill("一名同学昨晚起联系不上")
    page.get_by_role("button", name="立即启动").click()
    expect(page.locator("#board")).to_contain_text("未确认")
    board = page.url
    guard = sign_in("T1014", width="phone")
    guard.goto(board)
    guard.get_by_role("button", name="确认任务").click()
    expect(page.locator("#board .task-acknowledged", has_text="彭卫东")).to_be_visible()  # by itself
    judged(page, "emergency")
    page.get_by_role("button", name="解除").click()
    page.get_by_role("dialog").get_by_label("结果").fill("人已找到，平安")
    page.get_by_role("dialog").get_by_role("button", name="解除").click()
    expect(page.locator("main .page-head")).to_contain_text("已解除")
    page.goto("/accountability/")
    judged(page, "accountability")
