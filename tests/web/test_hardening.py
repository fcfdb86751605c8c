"""Headers, cookies, limits, logs: what every answer carries and what the log never says."""

import io
import json
import logging
import re
import threading
import time

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.urls import get_resolver

from shouwang.front import logs
from shouwang.front.web.account import limits
from shouwang.trust.access import allowances
from tests import cast
from tests.worlds import account_of, client_for, small_school

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def routes(found=None, before=""):
    for pattern in (found or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, route)
        else:
            yield route


# ---- headers and cookies ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/", "/login/", "/no/such/page/", "/settings/", "/students/export/", "/login/forgotten/"])
def test_every_answer_carries_the_headers(path):
    small_school()
    for client in (Client(), client_for("陈主任")):
        response = client.get(path)
        assert "default-src 'none'" in response["Content-Security-Policy"] and "unsafe" not in response["Content-Security-Policy"]
        assert response["X-Frame-Options"] == "DENY" and response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin" and response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin" and "camera=()" in response["Permissions-Policy"]
        assert re.fullmatch(r"[0-9a-f]{16}", response["X-Request-ID"])


def test_pages_about_people_are_kept_by_nobody():
    small_school()
    assert client_for("林老师").get("/students/")["Cache-Control"] == "no-store"
    assert "no-store" in Client().get("/login/")["Cache-Control"]


def test_cookies_are_closed(settings):
    small_school()
    client = Client()
    response = client.post("/login/", {"login": "T1001", "password": cast.PASSWORD})
    session = response.cookies["sessionid"]
    assert session["httponly"] and session["samesite"] == "Lax" and not session["max-age"] and not session["expires"]
    before = client.session.session_key
    client.post("/login/", {"login": "T1001", "password": cast.PASSWORD})
    assert before == client.session.session_key or before is not None


def test_the_session_changes_with_the_sign_in():
    small_school()
    client = Client()
    client.get("/login/")
    client.cookies["sessionid"] = "a" * 32  # somebody planted this one
    client.post("/login/", {"login": "T1001", "password": cast.PASSWORD})
    assert client.cookies["sessionid"].value != "a" * 32


def test_hsts_when_there_is_https():
    with override_settings(SECURE_HSTS_SECONDS=31536000):
        assert "max-age=31536000" in Client().get("/login/", secure=True)["Strict-Transport-Security"]


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:80@evil.example", "", "a" * 300])
def test_other_hosts_are_not_answered(host):
    response = Client().get("/login/", headers={"Host": host})
    assert response.status_code == 400 and "evil" not in response.content.decode()


def test_an_error_shows_a_number_and_no_trace(monkeypatch):
    small_school()
    monkeypatch.setattr("shouwang.front.web.account.views.queries.duties", lambda *given: 1 / 0)
    client = client_for("林老师")
    client.raise_request_exception = False
    response = client.get("/settings/")
    said = response.content.decode()
    assert response.status_code == 500 and response["X-Request-ID"] in said
    assert "ZeroDivision" not in said and "Traceback" not in said and "林老师" not in said


# ---- limits -----------------------------------------------------------------------------------------------------------------
def test_limited_addresses_exist():
    assert {route for _method, route in limits.ROUTES} <= set(routes())
    assert set(limits.ROUTES.values()) <= set(limits.LIMITS)


# One document of one matter, or no student's: as cheap as a page.
SINGLE = {
    "letters/<int:pk>/file/",
    "format/<str:table>/template.xlsx",
    "settings/security/codes/file/",
}


def test_every_export_and_every_search_of_people_is_limited():
    """By how addresses are named here: a new one that takes many out, or looks for people, has a limit or stands above with its reason."""
    limited = {route for _method, route in limits.ROUTES}
    exports = {route for route in routes() if re.search(r"(export|file)/$|\.xlsx$", route)}
    searches = {route for route in routes() if re.search(r"(search|students)/$", route)} - {"students/"}
    assert exports >= {"students/export/", "cases/export/", "imports/<int:pk>/file/", "disclosures/<int:pk>/sheet.xlsx"}
    assert searches >= {"students/search/", "report/students/", "incidents/students/"}
    assert not (exports | searches) - limited - SINGLE
    assert SINGLE & limited == set()


@pytest.mark.parametrize(
    ("name", "limit", "path"),
    [
        ("李秘书", "export", "/cases/export/"),
        ("李秘书", "export", "/letters/export/"),
        ("陈主任", "export", "/coverage/network/export/"),
        ("林老师", "search", "/report/students/?q=s"),
        ("林老师", "search", "/incidents/students/?q=s"),
    ],
)
def test_the_limit_refuses_there_as_well(monkeypatch, name, limit, path):
    small_school()
    monkeypatch.setitem(limits.LIMITS, limit, limits.Limit(1, 100))
    client = client_for(name)
    assert [client.get(path).status_code for _ in range(2)] == [200, 429]


def test_costly_addresses_are_limited_by_account(monkeypatch):
    small_school()
    monkeypatch.setitem(limits.LIMITS, "search", limits.Limit(3, 100))
    client = client_for("林老师")
    assert [client.get("/students/search/?q=s").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/students/search/?q=s")
    assert 0 < int(refused["Retry-After"]) <= 60 and "请稍等" in refused.content.decode()
    assert client_for("李秘书").get("/students/search/?q=s").status_code == 200


def test_costly_addresses_are_limited_by_address(monkeypatch):
    small_school()
    monkeypatch.setitem(limits.LIMITS, "export", limits.Limit(100, 2))
    statuses = [client_for(name).get("/students/export/").status_code for name in ("林老师", "李秘书", "陈主任")]
    assert statuses == [200, 200, 429]


def test_the_address_behind_trusted_proxies_counts(monkeypatch):
    small_school()
    monkeypatch.setitem(limits.LIMITS, "export", limits.Limit(100, 1))
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        for last, status in (("203.0.113.5", 200), ("203.0.113.6", 200), ("203.0.113.5", 429)):
            forged = {"X-Forwarded-For": f"1.2.3.4, {last}"}  # what the client wrote itself does not count
            assert client_for("林老师").get("/students/export/", headers=forged).status_code == status
    forged = {"X-Forwarded-For": "203.0.113.77"}
    assert client_for("林老师").get("/students/export/", headers=forged).status_code == 200
    assert client_for("林老师").get("/students/export/", headers=forged | {"X-Forwarded-For": "203.0.113.78"}).status_code == 429


def test_an_allowance_is_counted_in_one_statement():
    assert [allowances.take("k", most=2, seconds=60, now=1_000_000) for _ in range(3)] == [0, 0, 20]
    assert allowances.take("k", most=2, seconds=60, now=1_000_020) == 0, "a new stretch of time"
    assert allowances.forget(1_000_020 + 90_000) == 1


@pytest.mark.django_db(transaction=True)
def test_threads_never_share_the_last_turn():
    granted: list[int] = []

    def ask() -> None:
        mine = 0
        while mine < 10:
            try:
                granted.append(allowances.take("shared", most=15, seconds=3600, now=7_200_000))
                mine += 1
            except OperationalError:
                time.sleep(0.01)  # the tests' database lies in memory, where a locked table does not wait
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert granted.count(0) == 15 and len(granted) == 40


# ---- logs -------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def written():
    """What the handlers of the product would write."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.formatter(json=True))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


SECRETS = ("宋小雨", "2024010101", "林老师", "T1001", cast.PASSWORD, "13711112222", "石大山", "一个秘密", "abcdef-token")


def test_logs_carry_ids_and_no_names(written, monkeypatch):
    small_school()
    client = client_for("林老师")
    client.get("/students/?q=宋小雨")
    client.get("/students/99999999/?name=宋小雨&token=abcdef-token")
    client.get("/login/invitation/abcdef-token/")
    Client().post("/login/", {"login": "T1001", "password": cast.PASSWORD})
    Client().post("/login/", {"login": "T1001", "password": "一个秘密"})
    Client(enforce_csrf_checks=True).post("/login/", {"login": "T1001"})
    monkeypatch.setattr(
        "shouwang.front.web.account.views.queries.duties", lambda *given: (_ for _ in ()).throw(ValueError("宋小雨 2024010101 坏了"))
    )
    client.raise_request_exception = False
    broken = client.get("/settings/")
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    said = written.getvalue()
    assert not [secret for secret in SECRETS if secret in said], said
    assert any(line.get("kind") == "ValueError" and "views.py" in line.get("where", "") for line in lines)
    assert any(line["request_id"] == broken["X-Request-ID"] for line in lines)
    words = {line["account"] for line in lines if line.get("account")}
    assert len(words) == 2 and all(re.fullmatch(r"[0-9a-f]{12}", word) for word in words)
    assert str(account_of("林老师").pk) not in words
    assert {"sign-in refused", "page broken"} <= {line["event"] for line in lines}
    assert {"students/", "login/invitation/<str:token>/"} <= {line.get("route") for line in lines}


@pytest.mark.parametrize(
    "text",
    [
        "password='geheim123'",
        "Authorization: Bearer abc.def.ghi",
        "smtp://user:pw@host token=xyz",
        "DETAIL: Key (number)=(2024010101) already exists",
        "GET /students/?q=宋小雨",
        "lin@school.example wrote",
        "/login/invitation/abcdef-token/",
        "secret: 'JBSWY3DPEHPK3PXP'",
    ],
)
def test_scrubbing(text):
    scrubbed = logs.scrub(text)
    for secret in ("geheim123", "2024010101", "宋小雨", "lin@", "abcdef-token", "abc.def", "JBSWY3DPEHPK3PXP", "xyz", "pw@host"):
        assert secret not in scrubbed
