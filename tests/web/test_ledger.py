"""The auditor's page: everything that was done, nobody's name that is not staff."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

import shouwang
from shouwang.front.pipeline import proving
from shouwang.trust.ledger import queries
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


def test_the_auditor_proves_and_verifies(data_folder, tmp_path, monkeypatch):
    busy = busy_school(data_folder)
    client = client_for("方审计")
    client_for("林老师").post(f"/alerts/{busy.mine['alert']}/acknowledge/")
    number = Entry.objects.get(kind="alerts.acknowledged").pk
    page = body(client.get(f"/ledger/entries/{number}/"))
    assert "还没有签名的树头覆盖" in page and "确认收到预警" in page and "proof.json" not in page
    assert client.get(f"/ledger/entries/{number}/proof.json").status_code == 302
    assert "已签名，短码" in body(client.post("/ledger/proof/sign/", follow=True))
    page = body(client.get(f"/ledger/entries/{number}/"))
    assert "下载证明" in page and "预警经过" in page and "小雨" not in page and "student:" not in page
    proof, script = client.get(f"/ledger/entries/{number}/proof.json"), client.get("/ledger/proof/verify_ledger.py")
    assert "student:" not in body(proof)
    (tmp_path / "proof.json").write_bytes(proof.content)
    (tmp_path / "verify_ledger.py").write_bytes(script.content)
    command = [sys.executable, "-I", "-S", "verify_ledger.py", "proof.json", "--code", queries.code_of(queries.latest_head())]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "证明成立" in done.stdout
    client.post("/ledger/proof/sign/")
    old, new = queries.signed_heads().order_by("pk")
    assert "shouwang-ledger-consistency-v1" in body(client.get(f"/ledger/proof/consistency/?old={new.pk}&new={old.pk}"))
    assert queries.code_of(old) in body(client.get(f"/ledger/heads/{old.pk}/"))


def test_an_audit_runs_as_a_job_and_names_what_it_found(data_folder, monkeypatch):
    busy_school(data_folder)
    queued = []
    monkeypatch.setattr("django_q.tasks.async_task", lambda *what, **how: queued.append(what))
    client = client_for("方审计")
    assert "还没有核验过" in body(client.get("/ledger/proof/"))
    client.post("/ledger/proof/audit/")
    assert "排队等候" in body(client.get("/ledger/proof/"))
    number = queued[0][1]
    assert client.get(f"/ledger/proof/audits/{number}/").status_code == 200
    assert proving.run_audit(number) == 0
    assert client.get(f"/ledger/proof/audits/{number}/").status_code == 204
    assert "没有发现改动" in body(client.get("/ledger/proof/"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM alerts_alertevent WHERE id=(SELECT MIN(id) FROM alerts_alertevent)")
    client.post("/ledger/proof/audit/")
    assert proving.run_audit(queued[1][1]) == 1
    page = body(client.get("/ledger/proof/"))
    assert "发现 1 处" in page and "预警经过（alerts_alertevent）" in page and "被删除" in page
    client.cookies["django_language"] = "en"
    assert "alert events" in body(client.get("/ledger/proof/"))
