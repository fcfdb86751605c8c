"""Those who may see little, those who see nothing, and what everybody can do: language, darkness, keyboard."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

Judge = Callable[[Page, str], None]
Enter = Callable[..., Page]
CHINESE = re.compile(r"[一-鿿]+")


def page_of_xiaoyu(sign_in: Enter) -> str:
    page = sign_in("T1001")
    page.goto("/students/?q=赵小雨")
    return str(page.locator("main tbody a").first.get_attribute("href"))


def test_the_sign_in_page(sign_in: Enter, judged: Judge) -> None:
    page = sign_in(misses=True)
    judged(page, "sign-in")
    page.locator("#id_login").fill("T1001")
    page.locator("#id_password").fill("不是这个")
    page.locator("#id_password").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator(".sign-in-people button", has_text="林静").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("今日")


def test_xiaoyus_mother_sees_her_child(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("P2024011101", width="phone")
    expect(page.locator("main")).to_contain_text("赵小雨")
    expect(page.locator("main")).not_to_contain_text("红色")
    judged(page, "guardian-today")
    page.get_by_role("link", name="全部记录").click()
    judged(page, "guardian-child")


def test_sun_finds_nothing(sign_in: Enter, judged: Judge) -> None:
    hers = page_of_xiaoyu(sign_in)
    page = sign_in("T1006", misses=True)
    page.keyboard.press("/")
    page.keyboard.type("赵小雨")
    expect(page.locator("#found")).to_contain_text("没有找到")
    judged(page, "outsider-search")
    page.goto("/students/?q=赵小雨")
    expect(page.locator("main tbody tr")).to_have_count(0)
    judged(page, "students-none")
    page.goto(hers)
    forbidden = page.locator("main").inner_text()
    judged(page, "missing")
    page.goto("/students/99999999/")
    assert page.locator("main").inner_text() == forbidden and "赵小雨" not in forbidden


def test_the_administrator_sees_no_student(sign_in: Enter, judged: Judge) -> None:
    hers = page_of_xiaoyu(sign_in)
    page = sign_in("T1027", misses=True)
    judged(page, "administrator-today")
    page.goto("/backups/")
    judged(page, "")  # before the first backup
    expect(page.get_by_role("navigation").first.get_by_role("link", name="学生")).to_have_count(0)
    for path in ("/students/", hers, "/alerts/"):
        page.goto(path)
        expect(page.locator("main")).not_to_contain_text("赵小雨")


def test_settings_switch_language_and_darkness(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1007")
    page.goto("/settings/")
    judged(page, "settings")
    page.get_by_role("button", name="深色").last.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme || getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.get_by_role("button", name="自动").last.click()
    page.get_by_role("button", name="English").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    for path, name in (
        ("/", "english-today"),
        ("/units/", "english-units"),
        ("/alerts/", "english-alerts"),
        ("/freshness/", ""),
    ):
        page.goto(path)
        for part in (".side .nav", "main .actions", "main h2"):
            for text in page.locator(part).all_inner_texts():
                assert not CHINESE.search(text), (path, part, text)
        judged(page, name)
    page.goto("/alerts/")
    page.locator(".work-row a").first.click()
    judged(page, "")
    page.goto("/settings/")
    page.get_by_role("button", name="中文").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("设置")  # it is the person's own, wherever they sign in next


def test_the_keyboard(sign_in: Enter, judged: Judge) -> None:
    page = sign_in("T1003")
    page.goto("/students/")
    judged(page, "students")
    page.goto("/alerts/")
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(page.locator("[data-row]").nth(at)).to_have_class(re.compile(r"\bat\b"))
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("1")
    judged(page, "alerts-selected")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    who = page.locator("[data-row].at [data-open]").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(who)
    page.keyboard.press("/")
    page.keyboard.type("zhaoxiaoyu")
    expect(page.locator("#found a").first).to_contain_text("赵小雨")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("赵小雨")
