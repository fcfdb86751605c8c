"""A web process keeps one DuckDB connection with one thread, whatever pages it answers: as many processes as cores already use them all."""

import os

import duckdb
import granian
import pytest

from shouwang.analysis.engine import duck
from shouwang.front.commands import processes
from shouwang.work.alerts.models import Alert
from shouwang.work.alerts.queries.computing import engine
from tests.worlds import client_for


@pytest.mark.django_db
def test_every_page_reads_through_one_connection_and_one_thread(school, monkeypatch):
    made = []
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda *args, **named: made.append(args) or connect(*args, **named))
    duck._engine.cache_clear()
    lin = client_for("林老师")
    alert = Alert.objects.filter(student__class_unit__code="RJ2401").first()
    pages = ["/", "/alerts/", f"/alerts/{alert.pk}/", f"/students/{alert.student_id}/", "/students/", "/rules/"]
    assert [lin.get(page).status_code for page in pages] == [200] * len(pages)
    assert lin.post(f"/alerts/{alert.pk}/reproduce/").status_code == 200
    assert len(made) == 1
    assert engine().read("SELECT current_setting('threads') AS n") == [{"n": 1}]


def test_the_server_runs_a_process_a_core_with_one_thread_each(settings, tmp_path, monkeypatch):
    settings.STATIC_ROOT = tmp_path / "static"
    seen = {}

    class Served:
        interrupt_signal = True

        def __init__(self, target: str, **named: object) -> None:
            seen.update(named)

        def serve(self) -> None: ...

    monkeypatch.setattr(granian, "Granian", Served)
    monkeypatch.setattr(processes.connections, "close_all", lambda: None)
    processes.serve(host="127.0.0.1", port=0)
    assert (seen["workers"], seen["blocking_threads"], settings.ENGINE_THREADS) == (os.cpu_count() or 1, 1, 1)
