"""The counts of sign-in hold over two real worker processes: whoever tries at both of them at once gets no more tries."""

import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests import college

pytestmark = pytest.mark.trial
PASSWORD = "青山常在-2025-abc"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    data = tmp_path_factory.mktemp("school") / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    environment |= {"SHOUWANG_DATA": str(data), "SHOUWANG_PASSWORD": PASSWORD}
    for arguments in (("install", "--school", "云岭中学", "--username", "A1"), ("accounts", "A1")):
        command = [sys.executable, "-m", "shouwang", *arguments]
        done = subprocess.run(command, env=environment, cwd=college.ROOT, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    password = done.stdout.split("\t")[1].strip()
    with college.served(data, data.parent / "server.log", SHOUWANG_DEMO="0", SHOUWANG_DATABASE_URL="") as at:
        yield at.replace("localhost", "127.0.0.1"), password, data.parent / "server.log"


def attempt(address: str, login: str, password: str, forwarded: str = "") -> str:
    """One browser of its own: the page, its token, the form."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{address}/login/", timeout=30) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[1]
    form = urllib.parse.urlencode({"login": login, "password": password, "csrfmiddlewaretoken": token}).encode()
    request = urllib.request.Request(f"{address}/login/", form, headers={"X-Forwarded-For": forwarded} if forwarded else {})
    try:
        with browser.open(request, timeout=30) as answer:
            return "in" if "/login/" not in answer.url else "page"
    except urllib.error.HTTPError as refused:
        said = refused.read().decode()
        return "locked" if "尝试次数过多" in said else "wrong" if "不对" in said else str(refused.code)


def workers(log: Path) -> int:
    return len(set(re.findall(r"Spawning worker-\d+ with PID: (\d+)", log.read_text())))


def test_two_workers_count_together(address):
    at, password, log = address
    if (os.cpu_count() or 1) > 1:
        assert workers(log) >= 2
    with ThreadPoolExecutor(8) as pool:
        tries = Counter(pool.map(lambda _: attempt(at, "A1", "不对的密码"), range(24)))
    assert tries["wrong"] <= 5 and tries["locked"] >= 19, tries
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: attempt(at, "A1", password), range(4))) == {"locked"}, (
            "locked at every worker, also with the right one"
        )


def test_a_forged_address_opens_nothing(address):
    """Nobody stands in front of this server, so what a client says of its address does not count."""
    at, _password, _log = address
    tries = Counter(attempt(at, "A2", "不对的密码", forwarded=f"203.0.113.{n}") for n in range(8))
    assert tries["wrong"] == 5 and tries["locked"] == 3, tries


def test_others_are_not_locked_out_with_them(address):
    at, _password, _log = address
    assert attempt(at, "A3", "不对的密码") == "wrong"
