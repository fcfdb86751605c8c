"""Acceptance: every id-bearing address, every method, with the ids of the other college: as missing as an id that does not exist, byte for byte."""

import pytest

from shouwang.trust.ledger.models import Entry
from tests.web.test_permissions import METHODS, ROWS, address, ask, busy, gone, here, same_page, text_of, undone
from tests.worlds import client_for

pytestmark = pytest.mark.django_db
__all__ = ["busy", "here"]  # fixtures of the permission table
# Whoever in one college has most rights, by what the address is for; the ids are the other college's.
STRANGERS = {"孙外人": "mine", "高院长": "theirs", "李秘书": "theirs", "林老师": "theirs"}
OBJECTS = [route for route, row in ROWS.items() if row.args and not row.shared]


def test_there_are_objects_to_try():
    assert len(OBJECTS) >= 25


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("route", OBJECTS, ids=[f"/{route}" for route in OBJECTS])
def test_the_other_colleges_objects_are_missing(here, route, name):
    row, place = ROWS[route], getattr(here, STRANGERS[name])
    path, nowhere = address(route, row.args(place)), gone(route, here)
    client, before = client_for(name), Entry.objects.count()
    for method in METHODS:
        for headers in ({}, {"HX-Request": "true"}):
            with undone():
                there = ask(client, method, path, row, place, **headers)
                missing = ask(client, method, nowhere, row, place, **headers)
                said, expected = (same_page(text_of(one)).replace(address_, "") for one, address_ in ((there, path), (missing, nowhere)))
                assert there.status_code == missing.status_code and there.status_code in (404, 405), f"{method} {path}"
                assert said == expected, f"{method} {path}"
                assert Entry.objects.count() == before, f"{method} {path} left a trace"
