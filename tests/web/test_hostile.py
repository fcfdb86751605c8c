"""Hostile inputs, and thousands of generated ones, at every address: no 5xx, no name that is not the reader's to read."""

import re

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.campus import offer_cas
from tests.web import hostile
from tests.web.busy_school import Busy
from tests.web.test_permissions import ROWS, leaks, text_of
from tests.worlds import client_for

pytestmark = pytest.mark.django_db
WHO = ("孙外人", None)  # of another college, with many duties there; and nobody


def test_there_are_enough_of_them():
    assert len(hostile.HOSTILE) >= 100 and len(hostile.FILES) >= 25


@pytest.fixture(autouse=True)
def no_limits(monkeypatch):
    """What is tried here is the page behind the limit."""
    from shouwang.front.web.account import limits

    for name in limits.LIMITS:
        monkeypatch.setitem(limits.LIMITS, name, limits.Limit(10**9, 10**9))


def place_of(school: Busy) -> dict[str, object]:
    return school.mine | {"foreign": school.mine["waiting"]}


@pytest.mark.parametrize("what", hostile.HOSTILE)
def test_hostile_inputs_break_nothing_and_bring_out_nothing(school, settings, what):
    offer_cas(settings)
    for name in WHO:
        client = client_for(name) if name else Client()
        client.raise_request_exception = False
        with transaction.atomic():
            response = hostile.HOSTILE[what](client, place_of(school))
            said = text_of(response) if not response.headers.get("Content-Type", "").startswith("image") else ""
            transaction.set_rollback(True)
        assert response.status_code < 500, said[:2000]
        assert not leaks(name, re.sub(r"next=\S+", "", said))  # what nobody typed comes back to nobody
        assert "Traceback" not in said and "root:x:0" not in said
        assert "evil.example" not in response.headers.get("Location", "") and "x" not in response.cookies
        assert "<script>alert" not in said


@pytest.mark.parametrize("digit", hostile.DIGITS.values(), ids=hostile.DIGITS)
def test_digits_that_are_no_numbers_break_no_page(school, digit):
    """On the pages that the strangers above never reach."""
    place = place_of(school)
    asked = [
        ("方审计", "get", f"/ledger/proof/consistency/?old={digit}&new={digit}", {}),
        ("陈主任", "post", "/playbooks/new/", {"steps": digit}),
        ("陈主任", "post", "/cases/desk/rehand/", {"chosen": ["1", digit], "to": digit}),
        ("李秘书", "post", f"/imports/{place['waiting']}/columns/", {f"c-{digit}-0": "student_no"}),
        ("李秘书", "post", f"/imports/{place['waiting']}/columns/", {f"c-0-{digit}": "student_no"}),
        ("林老师", "get", f"/students/?unit={digit}", {}),
    ]
    for name, method, path, body in asked:
        client = client_for(name)
        client.raise_request_exception = False
        with transaction.atomic():
            response = getattr(client, method)(path, body)
            said = text_of(response)
            transaction.set_rollback(True)
        assert response.status_code in (200, 302, 400, 422), (name, path[:60], response.status_code, said[:500])


# ---- generated --------------------------------------------------------------------------------------------------------------
# Beside schemathesis (tests/trial/test_schemathesis.py), which knows types: values of every shape for each part of the address, the query, the
# form and the headers, also where the type would refuse them.
TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e309",
            "NaN",
            "true",
            "null",
            "[]",
            "{}",
            "../..",
            "%00",
            "\x00",
            "'--",
            "<b>",
            "=1+1",
            "2025-13-45",
            "９",
            "²",
            "٣",
        ]
    ),
    st.integers().map(str),
)
NAMES = sorted(
    {
        "q",
        "after",
        "level",
        "state",
        "group",
        "sort",
        "page",
        "term",
        "table",
        "about",
        "area",
        "role",
        "category",
        "next",
        "part",
        "status",
    }
    | {"login", "password", "chosen", "reason", "confirmed", "move", "starts_on", "staff", "kind", "code", "credential", "name", "number"}
    | {"password1", "password2", "tail", "language", "scheme", "when", "session", "oldpassword", "account", "by", "HX"}
)
ROUTES = sorted(ROWS)


def filled(route: str, values: list[str], known: list[object]) -> str:
    """The address with a generated or a real value in each place; a converter that refuses the value makes it missing, which is fine."""
    from urllib.parse import quote

    parts = iter(range(len(values)))

    def put(match: re.Match[str]) -> str:
        at = next(parts, 0)
        return quote(str(known[at % len(known)] if at % 2 else values[at]), safe="")

    return "/" + re.sub(r"<[^>]+>", put, route)


@settings(max_examples=350, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    route=st.sampled_from(ROUTES),
    values=st.lists(TEXT, min_size=3, max_size=3),
    query=st.dictionaries(st.sampled_from(NAMES), TEXT, max_size=4),
    body=st.dictionaries(st.sampled_from(NAMES), st.one_of(TEXT, st.lists(TEXT, max_size=3)), max_size=5),
    method=st.sampled_from(["GET", "GET", "POST", "HEAD", "PUT"]),
    name=st.sampled_from(["孙外人", "李秘书", "陈主任", "钱管理员", "赵妈妈", None]),
    fragment=st.booleans(),
    real=st.booleans(),
)
def test_generated_requests_break_nothing(school, route, values, query, body, method, name, fragment, real):
    place = place_of(school)
    known = list(place.values()) if real else values
    client = client_for(name) if name else Client()
    client.raise_request_exception = False
    headers = {"HX-Request": "true"} if fragment else {}
    with transaction.atomic():
        path = filled(route, values, known)
        response = (
            client.post(path, body, query_params=query, headers=headers)
            if method == "POST"
            else client.generic(method, path, query_params=query, headers=headers)
        )
        said = text_of(response) if method != "HEAD" else ""
        transaction.set_rollback(True)
    assert response.status_code < 500, (method, path, query, body, said[:2000])
    typed = {*values, *query.values(), *(one for value in body.values() for one in (value if isinstance(value, list) else [value]))}
    if name == "孙外人" and not real and not any(re.search(r"[0-9A-Za-z㐀-鿿]", one) for one in typed):
        assert not leaks(name, said, ROWS[route])
