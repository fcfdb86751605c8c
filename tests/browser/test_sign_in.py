"""Signing in end to end, in a real browser: an authenticator app, a passkey, CAS, OpenID Connect."""

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import college, idp
from tests.campus import FakeCas, campus

Judge = Callable[[Page, str], None]
Open = Callable[[], Page]


@pytest.fixture(scope="module")
def cas() -> Iterator[FakeCas]:
    with campus() as fake:
        yield fake


@pytest.fixture(scope="module")
def oidc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """(address of the provider, port of the product): the provider must know where the product will be."""
    at, ours = college.free_port(), college.free_port()
    callback = f"http://localhost:{ours}/login/campus/openid_connect/back/"
    command = [sys.executable, "-m", "tests.idp", str(at), str(tmp_path_factory.mktemp("idp")), callback]
    process = subprocess.Popen(command, cwd=college.ROOT, env={"PATH": "/usr/bin:/bin"})
    address = f"http://localhost:{at}"
    try:
        for _ in range(120):
            assert process.poll() is None, "the provider ended by itself"
            try:
                urllib.request.urlopen(f"{address}/.well-known/openid-configuration", timeout=2).close()
                break
            except OSError:
                time.sleep(0.25)
        yield address, str(ours)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def place(school: Path, cas: FakeCas, oidc: tuple[str, str]) -> Iterator[str]:
    """The college's web server with both campus sign-ins set up."""
    more = {"SHOUWANG_CAS_URL": cas.address, "SHOUWANG_CAS_NAME": "校园 CAS", "SHOUWANG_INTERNAL_HOSTS": "localhost"}
    more |= {"SHOUWANG_OIDC_URL": oidc[0], "SHOUWANG_OIDC_CLIENT": idp.CLIENT, "SHOUWANG_OIDC_SECRET": idp.SECRET}
    with college.served(school, school.parent / "campus.log", port=oidc[1], **more) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, place: str) -> Iterator[Open]:
    """A fresh browser at the sign-in page; the policy of the page must not have been violated by the end."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def begin() -> Page:
        context = browser.new_context(base_url=place, viewport={"width": 1440, "height": 900}, locale="zh-CN", reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto("/login/")
        return page

    yield begin
    for context in contexts:
        context.close()
    assert not faults, faults


def password(page: Page, username: str) -> None:
    page.locator("#id_login").fill(username)
    page.locator("#id_password").fill(college.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def virtual_key(page: Page) -> None:
    """A device with a screen lock, as Chromium simulates it; it holds no key yet."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_out(page: Page) -> None:
    page.locator("summary", has=page.locator(".avatar")).click()
    page.get_by_role("button", name="退出").first.click()
    page.wait_for_url("**/login/")


def today(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("今日")


def test_an_authenticator_app_is_set_up_and_used(open_page: Open, judged: Judge) -> None:
    page = open_page()
    password(page, "T1011")
    today(page)
    page.goto("/settings/security/")
    judged(page, "security")
    page.locator("section", has_text="手机验证器").get_by_role("link", name="设置").click()
    judged(page, "")
    secret = page.locator("#secret").text_content() or ""
    page.locator("#id_code").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.get_by_role("button", name="启用").click()
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes li").first.inner_text()
    judged(page, "")
    sign_out(page)
    password(page, "T1011")
    expect(page.get_by_role("heading", level=1)).to_have_text("二次验证")
    page.locator("#id_code").fill("000000")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("#id_code_error")).to_be_visible()
    page.locator("#id_code").fill(recovery)
    page.get_by_role("button", name="登录", exact=True).click()
    today(page)


def test_the_demos_codes_take_two_clicks(open_page: Open, judged: Judge) -> None:
    page = open_page()
    page.locator(".sign-in-people button", has_text="周敏").click()
    expect(page.locator("#id_code")).to_have_value(re.compile(r"^\d{6}$"))
    judged(page, "second-factor")
    page.get_by_role("button", name="登录", exact=True).click()
    today(page)


def test_a_passkey_signs_in_without_a_password(open_page: Open, judged: Judge) -> None:
    page = open_page()
    virtual_key(page)
    password(page, "T1012")
    today(page)
    page.goto("/settings/security/keys/add/")
    judged(page, "")
    page.locator("#id_name").fill("办公室电脑")
    page.get_by_role("button", name="增加").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.goto("/settings/security/")
    expect(page.locator("main")).to_contain_text("办公室电脑")
    sign_out(page)
    page.get_by_role("button", name="用通行密钥登录").click()
    today(page)
    expect(page.locator(".me-name")).to_have_text("沈国栋")
    sign_out(page)
    password(page, "T1012")
    page.get_by_role("button", name="用通行密钥").click()  # as the second factor
    today(page)


def test_without_a_key_the_page_says_what_else_there_is(open_page: Open) -> None:
    page = open_page()
    virtual_key(page)
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.locator("[data-passkey-error]")).to_be_visible()


def test_cas_signs_in(open_page: Open, judged: Judge) -> None:
    page = open_page()
    judged(page, "")
    page.get_by_role("button", name="校园 CAS").click()
    page.get_by_label("number").fill("T1003")
    page.get_by_role("button", name="campus").click()
    today(page)
    expect(page.locator(".me-name")).to_have_text("李文慧")


def test_cas_of_a_stranger_says_what_to_do(open_page: Open, judged: Judge) -> None:
    page = open_page()
    page.get_by_role("button", name="校园 CAS").click()
    page.get_by_label("number").fill("X9999")
    page.get_by_role("button", name="campus").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("还没有您的账号")
    judged(page, "")


def test_openid_connect_signs_in(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="统一身份认证").click()
    page.locator("input[name=login]").fill("T1010")
    page.locator("input[name=password]").fill(idp.PASSWORD)
    page.locator("button[type=submit]").first.click()
    today(page)
    expect(page.locator(".me-name")).to_have_text("宋佳")


def test_openid_connect_of_a_stranger_says_what_to_do(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="统一身份认证").click()
    page.locator("input[name=login]").fill("X9999")
    page.locator("input[name=password]").fill(idp.PASSWORD)
    page.locator("button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("还没有您的账号")


def test_a_guardian_comes_in_by_the_teachers_slip(open_page: Open, judged: Judge) -> None:
    """From the register to the child's page: the teacher prints, the mother opens with the telephone the school has, and signs in."""
    teacher = open_page()
    password(teacher, "T1001")
    today(teacher)
    teacher.goto("/invitations/")
    judged(teacher, "invitations")
    row = (
        teacher.locator("section[aria-labelledby=guardians] tbody tr", has_text="未开通").filter(has=teacher.locator("input:enabled")).first
    )
    tail = re.search(r"(\d{4})", row.inner_text())
    assert tail is not None
    row.locator("input").check()
    teacher.get_by_role("button", name="打印邀请单").click()
    expect(teacher.locator(".slip")).to_have_count(1)
    judged(teacher, "")
    address = teacher.locator(".slip .mono.break").inner_text()
    username = teacher.locator(".slip b.mono").inner_text()
    guardian = open_page()
    guardian.goto(address)
    judged(guardian, "")
    new = "松风水月明月松间-2026"
    guardian.locator("#id_tail").fill("0000" if tail[1] != "0000" else "1111")
    guardian.locator("#id_password1").fill(new)
    guardian.locator("#id_password2").fill(new)
    guardian.get_by_role("button", name="设好密码").click()
    expect(guardian.locator("#id_tail_error")).to_be_visible()
    guardian.locator("#id_tail").fill(tail[1])
    guardian.locator("#id_password1").fill(new)
    guardian.locator("#id_password2").fill(new)
    guardian.get_by_role("button", name="设好密码").click()
    guardian.wait_for_url("**/login/")
    guardian.locator("#id_login").fill(username)
    guardian.locator("#id_password").fill(new)
    guardian.get_by_role("button", name="登录", exact=True).click()
    today(guardian)
    guardian.goto(address)
    expect(guardian.get_by_role("heading", level=1)).to_have_text("链接已失效")


def test_the_administrator_keeps_accounts_and_sees_no_student(open_page: Open, judged: Judge) -> None:
    page = open_page()
    page.locator(".sign-in-people button", has_text="侯立伟").click()
    page.get_by_role("button", name="登录", exact=True).click()
    today(page)
    page.goto("/accounts/?q=周敏")
    judged(page, "accounts")
    page.locator("main tbody a", has_text="周敏").click()
    judged(page, "account")
    page.get_by_label("换了手机或密钥").check()
    page.get_by_role("button", name="重置", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("二次验证已重置")
    page.locator("form[action$='/invite/'] button").first.click()
    expect(page.get_by_role("status")).to_contain_text("另一位管理员")
    page.goto("/accounts/?q=2024011101")
    expect(page.locator("main")).to_contain_text("学生账号")
    expect(page.locator("main")).not_to_contain_text("赵小雨")
