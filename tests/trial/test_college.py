"""The demo college as a whole: built by the real command, opened by every account, every alert reproduced; a changed byte is found."""

import re
import shutil
import sqlite3
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from shouwang.demo.cast import ACCOUNTS
from tests import college

pytestmark = pytest.mark.trial


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("college") / "data"
    college.prepare(folder)
    return folder


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    with college.opened(data) as at:
        yield at


def test_every_delivery_was_accepted(data: Path) -> None:
    with sqlite3.connect(data / "db.sqlite3") as database:
        states = dict(database.execute("SELECT state, COUNT(*) FROM imports_delivery GROUP BY state"))
    assert set(states) == {"accepted"} and states["accepted"] > 80


def test_about_a_sixth_has_an_alert_and_few_are_red(data: Path) -> None:
    with sqlite3.connect(data / "db.sqlite3") as database:
        levels = dict(database.execute("SELECT level, COUNT(*) FROM alerts_studentlevel GROUP BY level"))
    total = sum(levels.values())
    assert total == 3200
    assert 0.10 < 1 - levels[0] / total < 0.25, levels
    assert 0.005 < levels[4] / total < 0.03, levels


@pytest.mark.parametrize("person", ACCOUNTS, ids=lambda person: person.username)
def test_every_listed_account_signs_in_and_sees_its_own_today(address: str, person: object) -> None:
    page = _today(address, person.username)  # type: ignore[attr-defined]
    assert person.name in page, "the page names who is signed in"  # type: ignore[attr-defined]
    assert "<h1" in page and "今日" in page


def test_the_stories_appear_where_the_sign_in_page_says(address: str) -> None:
    assert "赵小雨" in _today(address, "T1001")
    assert "赵小雨" not in _today(address, "T1006")
    assert "赵小雨" not in _today(address, "T1027")


def test_every_alert_is_reproduced(data: Path) -> None:
    done = college.run(data, "reproduce", "--all")
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.search(r"复算一致：(\d+) 条预警逐位相同", done.stdout)
    assert found and int(found[1]) > 1000, done.stdout[-500:]
    print(found[0])


def test_one_changed_byte_is_found_and_named(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "copy"
    shutil.copytree(data, other)
    victim = max(
        (other / "facts" / "attendance").glob("*.parquet"), key=lambda path: (not path.name.endswith("tomb.parquet"), path.stat().st_size)
    )
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.chmod(0o600)
    victim.write_bytes(content)
    with sqlite3.connect(other / "db.sqlite3") as database:
        number = database.execute("SELECT MAX(id) FROM alerts_alert WHERE rule_code LIKE 'absen%'").fetchone()[0]
    done = college.run(other, "reproduce", str(number))
    assert done.returncode != 0
    assert victim.name in done.stderr and "复算不一致" in done.stderr, done.stderr[-2000:]


def test_evaluating_the_same_day_again_changes_nothing(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "copy"
    shutil.copytree(data, other)
    before = _counts(other)
    done = college.run(other, "evaluate", "--as-of", "2025-12-10")
    assert done.returncode == 0, done.stderr[-2000:]
    assert _counts(other) == before


def _counts(data: Path) -> list[int]:
    with sqlite3.connect(data / "db.sqlite3") as database:
        return [
            database.execute(f"SELECT COUNT(*) FROM alerts_{name}").fetchone()[0] for name in ("run", "alert", "alertevent", "alertvalue")
        ]


def _today(address: str, username: str) -> str:
    """Signs in as a browser does (token, cookie, form, the code that the demo fills in) and returns Today."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    at, page = _sent(browser, address + "/login/", "/login/", {"login": username, "password": college.PASSWORD})
    if at.endswith("/login/second/"):
        code = re.search(r'name="code"[^>]* value="(\d{6})"', page)
        assert code, "the demo did not fill the code in"
        at, page = _sent(browser, at, "/login/second/", {"code": code[1]})
    assert "/login" not in at, at
    return page


def _sent(browser: urllib.request.OpenerDirector, at: str, path: str, fields: dict[str, str]) -> tuple[str, str]:
    """The address and the text of the page that follows when the form of the page `at` is sent to `path`."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.open(at).read().decode())
    assert token
    to = at[: at.index("/login")] + path
    request = urllib.request.Request(to, urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode(), {"Referer": at})
    page = browser.open(request)
    assert page.status == 200
    return str(page.url), str(page.read().decode())
