"""Every page of the rooms in which people work together, looked at by the role that uses it: on a desk by day, on a telephone by night, in
Chinese and in English. Nothing scrolls sideways, every button is as big as a thumb, axe finds nothing, no other language leaks in."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests import college
from tests.browser.conftest import KEEP, SCREENS, WIDER, WIDTHS

Enter = Callable[..., Page]
TEACHER, AFFAIRS, SECRETARY, DORM, LEADER, ADVISER, ADMIN, CADRE = (
    "T1001",
    "T1002",
    "T1003",
    "T1005",
    "T1007",
    "T1010",
    "T1027",
    "2024011102",
)
# Who looks; the name of the picture, the address, and which links to follow from there (the first of each).
PAGES: dict[str, list[tuple[str, str, str]]] = {
    TEACHER: [
        ("today", "/", ""), ("risk", "/today/risk/", ""), ("cases", "/cases/", ""), ("case", "/cases/", ".case-row a.work-who"),
        ("case-raised", "/cases/raised/", ""), ("case-new", "/students/?q=沈嘉怡", "main tbody a >> a[href^='/cases/new/']"), ("inbox", "/notices/", ""),
        ("message", "/notices/", "a.work-who"), ("receiving", "/settings/notices/", ""), ("paper", "/notices/paper/", ""),
        ("paper-sheet", "/notices/paper/sheet/", ""), ("incidents", "/incidents/", ""),
    ],
    AFFAIRS: [
        ("case-queue", "/cases/queue/", ""), ("procedures", "/playbooks/", ""), ("procedure", "/playbooks/night-absence/", ""),
        ("procedure-edit", "/playbooks/night-absence/edit/", ""), ("procedure-new", "/playbooks/new/", ""), ("incident-kinds", "/incidents/categories/", ""),
        ("duty", "/duty/", ""), ("duty-new", "/duty/new/", ""), ("duty-roster", "/duty/", ".card-head h2 a"), ("duty-plan", "/duty/1/plan/", ""),
        ("duty-notes", "/duty/1/notes/", ""), ("letter-templates", "/letters/templates/", ""), ("meetings", "/meetings/", ""),
        ("meeting", "/meetings/", "a.work-who"), ("meeting-series", "/meetings/", 'a[href^="/meetings/series/"][data-open]'),
        ("meeting-series-new", "/meetings/series/new/", ""), ("meeting-calendar", "/meetings/calendar/", ""), ("trainings", "/trainings/", ""),
        ("training", "/trainings/", "table a.cell"), ("training-new", "/trainings/new/", ""), ("training-coverage", "/trainings/coverage/", ""),
    ],
    SECRETARY: [
        ("case-desk", "/cases/desk/", ""), ("caseload", "/cases/caseload/", ""), ("letters", "/letters/?state=all", ""),
        ("letter", "/letters/?state=all", "table a.cell"), ("letter-new", "/letters/new/", ""), ("letter-receipts", "/letters/receipts/", ""),
    ],
    DORM: [("report", "/report/", ""), ("reports", "/report/mine/", ""), ("report-receipt", "/report/mine/", "a.work-who")],
    LEADER: [
        ("emergencies", "/emergencies/", ""), ("emergency-new", "/emergencies/new/fire/", ""), ("emergency", "/emergencies/", "a.work-who"),
        ("accountability", "/accountability/", ""), ("accountability-rows", "/accountability/rows/?figure=asked", ""),
    ],
    ADVISER: [("shift", "/duty/", "#mine ~ * a.cell, a.cell[href^='/duty/shifts/']"), ("duty-calendar", "/duty/calendar/", "")],
    ADMIN: [("channels", "/channels/", "")],
    CADRE: [("cadre-report", "/report/", "")],
}  # fmt: skip
SMALL = """() => [...document.querySelectorAll("main a.btn, main button, main select, main .chip, main summary.btn, .bottom a, .bottom button")]
  .filter((e) => e.checkVisibility() && !e.closest("dialog:not([open])") && !e.matches(".btn-link, .btn-quiet, .sr"))
  .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => `${e.tagName} ${e.innerText.slice(0, 20)}`)"""
CHINESE = re.compile(r"[一-鿿]{2,}")
SCHOOLS_OWN = re.compile("【演练】|演示数据，均为虚构|信息工程学院晚值班|[一二三四]号楼值班|学校总值班")  # names it gave itself
RAW = re.compile(r"\b(None|True|False|[a-z]+_[a-z_]+|\{\{|%\()\b")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A college of its own: what other stories have finished (the meeting is over, the letter is back) is still to be seen here."""
    data = tmp_path_factory.mktemp("rooms") / "data"
    college.prepare(data)
    with college.opened(data) as at:
        yield at


@pytest.mark.parametrize("username", PAGES)
def test_the_rooms_by_day_and_by_night(sign_in: Enter, username: str) -> None:
    desk, phone = sign_in(username), sign_in(username, width="phone", scheme="dark")
    trouble: list[str] = []
    for name, path, follow in PAGES[username]:
        for page, width, scheme in ((desk, "desktop", "light"), (phone, "phone", "dark")):
            go(page, path, follow)
            trouble += faults_of(page, width)
            if KEEP:
                page.screenshot(path=SCREENS / f"room-{name}-{width}-{scheme}.jpg", type="jpeg", quality=34)
    assert not trouble, "\n".join(trouble)


def go(page: Page, path: str, follow: str) -> None:
    page.goto(path)
    for link in filter(None, follow.split(" >> ")):
        page.goto(str(page.locator(link).first.get_attribute("href")))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("main .empty h1").count() == 0, page.url
    page.wait_for_load_state("networkidle")


def faults_of(page: Page, width: str) -> list[str]:
    where = f"{page.url} ({width})"
    found = [
        f"{where}: {one['id']}: {one['nodes'][0]['html'][:140]}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
    across = WIDTHS[width][0]
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > across:
        found.append(f"{where}: scrolls sideways, {wide} px: {page.evaluate(WIDER)}")
    if width == "phone" and (small := page.evaluate(SMALL)):
        found.append(f"{where}: smaller than a thumb: {small[:6]}")
    if raw := RAW.search(page.locator("main").inner_text()):
        found.append(f"{where}: says {raw[0]}")
    return found


@pytest.mark.parametrize("username", [TEACHER, AFFAIRS, SECRETARY, LEADER])
def test_the_same_in_english(sign_in: Enter, username: str) -> None:
    """Headings, buttons, labels and states are English; names of people, places and what the school wrote itself stay as they are."""
    page = sign_in(username)
    page.goto("/settings/")
    page.get_by_role("button", name="English").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    trouble = []
    for name, path, follow in PAGES[username]:
        go(page, path, follow)
        for part in (
            ".side .nav",
            "main .actions .btn",
            "main .btn",
            "main label > b",
            "main .card-head h2",
            "main th",
            "main dt",
            "main .empty",
        ):
            trouble += [
                f"{page.url}: {part}: {text}" for text in page.locator(part).all_inner_texts() if CHINESE.search(SCHOOLS_OWN.sub("", text))
            ]
        if KEEP and name in ("today", "case", "case-desk", "procedure"):
            page.screenshot(path=SCREENS / f"room-{name}-english-desktop-light.jpg", type="jpeg", quality=34)
    page.goto("/settings/")
    page.get_by_role("button", name="中文").last.click()
    assert not trouble, "\n".join(trouble)
