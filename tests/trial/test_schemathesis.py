"""Schemathesis over every address: the permission table, written as an OpenAPI document, gives it the paths, the parameters and the forms.

It talks WSGI to the application itself, cookies and CSRF token included, as different readers. No answer may be a 5xx or show a trace.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from tests.web.busy_school import Busy
from tests.web.conftest import built, image, school  # noqa: F401  the same busy school
from tests.web.test_hostile import NAMES, no_limits  # noqa: F401  what is tried here is the page behind the limit
from tests.web.test_permissions import ROWS, leaks
from tests.worlds import client_for

pytestmark = [pytest.mark.trial, pytest.mark.django_db]
KINDS = {"int": {"type": "integer"}, "uuid": {"type": "string", "format": "uuid"}}
PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
TOKEN = "a" * 32
READERS = ("孙外人", "李秘书", "陈主任", "钱管理员", "赵妈妈")


def document() -> dict[str, Any]:
    """The permission table as OpenAPI 3.1: each address with its typed places, its query words, and the fields that forms send."""
    words = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in NAMES]
    fields = {"type": "object", "properties": {name: {"type": "string"} for name in NAMES}}
    paths: dict[str, Any] = {}
    for route, row in ROWS.items():
        places = [
            {"name": name, "in": "path", "required": True, "schema": KINDS.get(kind, {"type": "string"})}
            for kind, name in PLACE.findall(route)
        ]
        answer = {"responses": {"default": {"description": "any page"}}}
        entry: dict[str, Any] = {"parameters": places}
        if row.get is not None:
            entry["get"] = {"parameters": words, **answer}
        if row.post is not None:
            entry["post"] = {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": fields}}}, **answer}
        paths["/" + PLACE.sub(r"{\2}", route)] = entry
    return {"openapi": "3.1.0", "info": {"title": "守望", "version": "0"}, "paths": paths}


SCHEMA = schemathesis.openapi.from_dict(document())
OF_PATH = {"/" + PLACE.sub(r"{\2}", route): row for route, row in ROWS.items()}
OPERATIONS = {f"{found.ok().method.upper()} {found.ok().path}": found.ok() for found in SCHEMA.get_all_operations()}


def test_every_address_is_in_the_document():
    assert {operation.path for operation in OPERATIONS.values()} == {"/" + PLACE.sub(r"{\2}", route) for route in ROWS}
    assert len(OPERATIONS) > 120


@pytest.fixture
def cookies(school: Busy, no_limits: None) -> Iterator[dict[str, dict[str, str]]]:
    """reader → the cookies of a browser in which they are signed in."""
    name = django_settings.SESSION_COOKIE_NAME
    yield {reader: {name: client_for(reader).cookies[name].value, django_settings.CSRF_COOKIE_NAME: TOKEN} for reader in READERS}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_no_request_breaks_a_page(cookies, operation):
    application = get_wsgi_application()

    @settings(max_examples=8, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[operation].as_strategy())
    def ask(case: Any) -> None:
        for reader in READERS:
            case.headers = {**(case.headers or {}), "X-CSRFToken": TOKEN, "Referer": "http://localhost/"}
            with transaction.atomic():
                response = case.call(app=application, base_url="http://localhost", cookies=cookies[reader])
                transaction.set_rollback(True)
            case.validate_response(response, checks=[not_a_server_error])
            said = response.content.decode(errors="replace")
            assert "Traceback" not in said
            assert reader != "孙外人" or case.method.upper() == "POST" or not leaks(reader, said, OF_PATH[case.path])

    ask()
