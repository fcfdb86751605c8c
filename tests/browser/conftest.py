"""Stories run in Debian's chromium against the demo college, served as it is served to people."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests import college

CHROMIUM = "/usr/bin/chromium"
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}
SCREENS = college.ROOT / "docs" / "screens"
KEEP = bool(os.environ.get("SHOUWANG_SCREENS"))
KEPT = {
    ("desktop", "light"),
    ("phone", "light"),
    ("phone", "dark"),
}  # a dark desk differs from a dark telephone in nothing worth its megabytes
expect.set_options(timeout=20_000)  # a busy machine is no fault of the page
WIDER = """() => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 3).map((e) => e.outerHTML.slice(0, 90)).join(" ")"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    missing = pytest.mark.skip(reason="没有 chromium：apt-get install chromium fonts-noto-cjk")
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists() and not shutil.which("chromium"):
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    flags = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
    )
    return {"executable_path": CHROMIUM, "args": flags.split()}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the prepared demo college. Each file of stories has its own: what one leaves behind never meets another."""
    data = tmp_path_factory.mktemp("college") / "data"
    college.prepare(data)
    return data


@pytest.fixture(scope="module")
def address(school: Path) -> Iterator[str]:
    with college.opened(school) as at:
        yield at


@pytest.fixture
def sign_in(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """sign_in(username, width="desktop", scheme="light") -> a page on that person's Today; without a name, the sign-in page.

    The test fails when a request leaves the server or the browser reports a fault. `misses` lets pages be missing or forms be refused.
    """
    contexts: list[BrowserContext] = []
    strangers: list[str] = []
    faults: list[str] = []

    def enter(username: str = "", *, width: str = "desktop", scheme: str = "light", misses: bool = False) -> Page:
        across, down = WIDTHS[width]
        context = browser.new_context(
            base_url=address, viewport={"width": across, "height": down}, color_scheme=scheme, locale="zh-CN", timezone_id="Asia/Shanghai",
            reduced_motion="reduce", has_touch=width == "phone",
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error" and not (misses and any(word in message.text for word in ("404", "422", "ERR_FAILED"))):
                faults.append(f"{page.url}: {message.text}")

        page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else strangers.append(request.url))
        page.on("console", heard)
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.goto("/login/")
        if username:
            page.locator("#id_login").fill(username)
            page.locator("#id_password").fill(college.PASSWORD)
            page.locator("#id_password").press("Enter")
            page.wait_for_url(lambda url: not url.endswith("/login/"))
            if "/login/second/" in page.url:  # the demo fills the code in
                page.get_by_role("button", name=re.compile("^(登录|Sign in)$")).click()
            page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not strangers, f"requests left the server: {strangers}"
    assert not faults, f"the browser reported: {faults}"


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """shoot(page, name): nothing scrolls sideways in either width. With a name, `make screens` keeps pictures in docs/screens."""

    def take(page: Page, name: str) -> None:
        before = page.viewport_size
        for width, (across, down) in WIDTHS.items():
            page.set_viewport_size({"width": across, "height": down})
            for scheme in ("light", "dark") if KEEP else ("light",):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(150 if KEEP else 50)
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= across, f"{name or page.url} at {across} px scrolls sideways: {wide} px: {page.evaluate(WIDER)}"
                if KEEP and name and (width, scheme) in KEPT:
                    page.screenshot(path=SCREENS / f"{name}-{width}-{scheme}.jpg", type="jpeg", quality=34)
        page.emulate_media(color_scheme="light")
        if before:
            page.set_viewport_size(before)

    return take


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """accessible(page): axe finds nothing serious or critical, in light and in dark."""

    def check(page: Page) -> None:
        grave = []
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            grave += [
                f"{scheme}: {violation['id']} ({violation['impact']}): {violation['nodes'][0]['html'][:160]}"
                for violation in Axe().run(page).response["violations"]
                if violation["impact"] in {"serious", "critical"}
            ]
        assert not grave, f"{page.url}: " + "; ".join(grave)

    return check


@pytest.fixture
def judged(shoot: Callable[[Page, str], None], accessible: Callable[[Page], None]) -> Callable[[Page, str], None]:
    """judged(page, name): both of the above, for a page a story has come to."""

    def judge(page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        shoot(page, name)
        accessible(page)

    return judge
