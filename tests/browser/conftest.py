"""Stories run in Debian's chromium against the demo college, served as it is served to people."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests import college

CHROMIUM = "/usr/bin/chromium"
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}
SCREENS = college.ROOT / "docs" / "screens"


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


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("college") / "data"
    college.prepare(data)
    with college.opened(data) as at:
        yield at


@pytest.fixture
def sign_in(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """sign_in(username, width="desktop", scheme="light") -> a page on that person's Today. Fails the test on a request that leaves the server."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []
    faults: list[str] = []

    def enter(username: str, *, width: str = "desktop", scheme: str = "light") -> Page:
        across, down = WIDTHS[width]
        context = browser.new_context(
            base_url=address, viewport={"width": across, "height": down}, color_scheme=scheme, locale="zh-CN", timezone_id="Asia/Shanghai",
            reduced_motion="reduce", has_touch=width == "phone",
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else strangers.append(request.url))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto("/login/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", college.PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not strangers, f"requests left the server: {strangers}"
    assert not faults, f"the browser reported: {faults}"


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """shoot(page, name): the page in both widths and schemes. `make screens` keeps them in docs/screens; otherwise they are only taken."""

    def take(page: Page, name: str) -> None:
        before = page.viewport_size
        for width, (across, down) in WIDTHS.items():
            page.set_viewport_size({"width": across, "height": down})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(150)
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= across, f"{name} at {across} px scrolls sideways: {wide} px"
                kept = os.environ.get("SHOUWANG_SCREENS")
                path = SCREENS / f"{name}-{width}-{scheme}.jpg" if kept else None
                page.screenshot(path=path, type="jpeg", quality=62)
        page.emulate_media(color_scheme="light")
        if before:
            page.set_viewport_size(before)

    return take


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """accessible(page): axe finds nothing serious or critical."""

    def check(page: Page) -> None:
        found = Axe().run(page).response["violations"]
        grave = [
            f"{violation['id']} ({violation['impact']}): {violation['nodes'][0]['html'][:160]}"
            for violation in found
            if violation["impact"] in {"serious", "critical"}
        ]
        assert not grave, f"{page.url}: " + "; ".join(grave)

    return check
