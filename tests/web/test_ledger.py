"""The auditor's page: everything that was done, nobody's name that is not staff."""

import ast
from pathlib import Path

import pytest

import shouwang
from shouwang.trust.ledger.models import Entry
from shouwang.trust.ledger.policies import AREAS, SENTENCES
from shouwang.work.alerts.policies import EVENT_OF_MOVE
from shouwang.work.imports.policies import MOVES
from tests.web.busy_school import busy_school
from tests.worlds import client_for

pytestmark = pytest.mark.django_db


def body(response):
    return response.content.decode()


def kinds_in_code():
    """Every kind that is written down as such in a call of `record`."""
    for path in Path(shouwang.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = getattr(node, "func", None)
            named = getattr(called, "attr", getattr(called, "id", ""))
            if isinstance(node, ast.Call) and named == "record" and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def test_every_kind_has_its_sentence():
    made = {f"delivery.{move}" for move in MOVES} | {f"delivery.{what}_fetched" for what in ("report", "marked", "raw")}
    made |= {f"alerts.{event}" for event in EVENT_OF_MOVE.values()}
    made |= {f"people.{table}_projected" for table in ("unit", "term", "student", "guardian", "staff", "responsibility")}
    assert sorted((made | set(kinds_in_code())) - set(SENTENCES)) == []
    assert {kind.split(".")[0] for kind in SENTENCES} == set(AREAS)
    assert all(zh and en for zh, en in SENTENCES.values())


def test_the_auditor_reads_everything_and_no_name(data_folder):
    busy = busy_school(data_folder)
    client = client_for("方审计")
    client_for("林老师").post(f"/alerts/{busy.mine['alert']}/acknowledge/")
    page = body(client.get("/ledger/"))
    assert "林老师" in page and "确认收到预警" in page and f"alert:{busy.mine['alert']}" in page
    assert "小雨" not in page and "2024010101" not in page and "student:" not in page and "名学生" in page
    assert "确认收到预警" not in body(client.get("/ledger/?area=delivery"))
    about = body(client.get(f"/ledger/?about=alert:{busy.mine['alert']}"))
    assert "确认收到预警" in about and "接收了一份报送" not in about
    assert "没有记录" in body(client.get("/ledger/?about=alert:999999"))


def test_every_page_shows_older_entries(data_folder):
    busy_school(data_folder)
    client, seen, path = client_for("方审计"), 0, "/ledger/"
    while path:
        page = client.get(path)
        seen += len(page.context["rows"])
        path = "/ledger/" + page.context["pager"].next if page.context["pager"].next else ""
    assert seen == Entry.objects.count()
