"""Server time of every page of the demo college, signed in as those who use it: in process, no browser, one request after the other."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import college

TARGET_MS = 100
START_S = 10
ROUNDS = 30
READERS = {"T1003": "李秘书", "T1001": "林老师", "T1002": "陈主任", "T1005": "王宿管"}


def run() -> list[dict[str, object]]:
    """One row a reader: the slowest page's p95 in milliseconds. The college is built first, by the real command."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        college.prepare(data)
        command = [sys.executable, "-m", "bench.pages"]
        done = subprocess.run(command, env=college.environment(data), cwd=college.ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        started = time.perf_counter()
        with college.opened(data):
            taken = time.perf_counter() - started
        what = "second start: from the command until the sign-in page answers"
        rows: list[dict[str, object]] = [
            {"what": what, "measured": f"{taken:.1f} s", "target": f"< {START_S} s", "reached": taken < START_S}
        ]
        for reader, pages in json.loads(done.stdout.splitlines()[-1]).items():
            slowest = max(pages, key=lambda page: pages[page])
            listed = ", ".join(f"{page} {ms:.0f}" for page, ms in pages.items())
            what = f"{READERS[reader]}: p95 of {len(pages)} pages ({listed}), ms"
            rows.append(
                {
                    "what": what,
                    "measured": f"{pages[slowest]:.0f} ms ({slowest})",
                    "target": f"< {TARGET_MS} ms",
                    "reached": pages[slowest] < TARGET_MS,
                }
            )
        return rows


def _measure() -> dict[str, dict[str, float]]:
    """reader → page → p95 in milliseconds, after one warm-up request each."""
    import django

    django.setup()
    from django.test import Client

    from shouwang.trust.access import queries as access

    measured: dict[str, dict[str, float]] = {}
    for username in READERS:
        client = Client(HTTP_HOST="localhost")
        client.force_login(access.account(username))
        measured[username] = {}
        for page in _addresses(username):
            if client.get(page).status_code != 200:
                continue
            times = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                client.get(page)
                times.append((time.perf_counter() - started) * 1000)
            measured[username][page] = statistics.quantiles(times, n=20)[-1]
    return measured


def _addresses(username: str) -> list[str]:
    """The pages of the frame, and the first student, alert, delivery, unit and rule that this reader sees."""
    from django.utils import timezone

    from shouwang.front import clock
    from shouwang.trust.access import queries as access
    from shouwang.work.alerts import queries as alerts
    from shouwang.work.imports import queries as imports

    reader = access.reader(access.account(username), timezone.localdate(clock.now()))
    pages = ["/", "/students/", "/alerts/", "/imports/", "/freshness/", "/rules/", "/coverage/", "/units/", "/settings/", "/format/"]
    pages += [f"/students/{sid}/" for sid in access.students(reader).values_list("sid", flat=True)[:1]]
    pages += [f"/alerts/{pk}/" for pk in alerts.alerts(reader).values_list("pk", flat=True)[:1]]
    pages += [f"/imports/{pk}/" for pk in imports.deliveries(reader).values_list("pk", flat=True)[:1]]
    pages += [f"/units/{pk}/" for pk in access.units(reader).values_list("pk", flat=True)[:1]]
    return pages


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "shouwang.config.settings"
    print(json.dumps(_measure()))
