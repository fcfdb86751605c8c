"""Pages over a million students and 200,000 alerts: `python -m bench.crowd_pages FOLDER` (built by bench.crowd; SHOUWANG_DATABASE_URL for PostgreSQL).

Processor time of each page in process, at the beginning and far down; then sixteen readers at once against the real server.
"""

import html
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.crowd import DONE
from tests import college

CROWD = college.ROOT / "data" / "bench" / "crowd"
READERS, ROUNDS = 16, 12
SERVER_MS, P95_MS = 10, 100
NEXT = re.compile(r'href="(\?[^"]*)" rel="next"')
DEEP = 60  # pages turned before the deep one is measured


def run(folder: Path = CROWD) -> list[dict[str, object]]:
    """Rows of what, measured, target, reached. The database is built when it is not there."""
    if not (folder / DONE).exists():
        subprocess.run([sys.executable, "-m", "bench.crowd", str(folder)], cwd=college.ROOT, check=True)
    command = [sys.executable, "-m", "bench.crowd_pages", str(folder), "inside"]
    done = subprocess.run(command, cwd=college.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    rows: list[dict[str, object]] = []
    for who, pages in found["pages"].items():
        told = ", ".join(f"{page} {ms:.0f}" for page, ms in pages.items())
        slowest = max(pages.values())
        what = f"{who}: processor ms of a page, median ({told}); {found['students']:,} students, {found['alerts']:,} alerts, {found['database']}"
        rows.append({"what": what, "measured": f"{slowest:.0f} ms", "target": f"≤ {SERVER_MS} ms", "reached": slowest <= SERVER_MS})
    p95, rate = _together(folder, found["cookie"])
    what = f"the list of alerts, {READERS} readers at once ({rate:.0f} pages a second, {found['database']})"
    rows.append({"what": what, "measured": f"p95 {p95:.0f} ms", "target": f"< {P95_MS} ms", "reached": p95 < P95_MS})
    return rows


def _together(folder: Path, cookie: str) -> tuple[float, float]:
    """p95 in milliseconds and pages a second of READERS readers who each turn pages without a pause."""
    more = {name: value for name, value in os.environ.items() if name == "SHOUWANG_DATABASE_URL"}
    times: list[float] = []
    wrong: list[int] = []
    with tempfile.TemporaryDirectory() as logs, college.served(folder, Path(logs) / "log", SHOUWANG_DEMO="0", **more) as address:
        host = address.removeprefix("http://")

        def read() -> None:
            link = http.client.HTTPConnection(host)
            for _ in range(ROUNDS):
                started = time.perf_counter()
                link.request("GET", "/alerts/", headers={"Cookie": cookie})
                answer = link.getresponse()
                answer.read()
                wrong.extend([answer.status] * (answer.status != 200))
                times.append((time.perf_counter() - started) * 1000)

        read()
        times.clear()
        began = time.perf_counter()
        crowd = [threading.Thread(target=read) for _ in range(READERS)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()
        taken = time.perf_counter() - began
    assert not wrong and len(times) == READERS * ROUNDS, wrong  # here: what fails in a thread fails nothing
    return statistics.quantiles(times, n=20)[-1], len(times) / taken


def _inside() -> dict[str, Any]:
    """Measured in this process: reader → page → median processor milliseconds."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from shouwang.trust.people.models import Student
    from shouwang.work.alerts.models import Alert
    from tests.worlds import client_for

    settings.ALLOWED_HOSTS = ["*"]
    pages: dict[str, dict[str, float]] = {}
    for who in ("陈主任", "李秘书", "林老师"):
        client = client_for(who)
        deep = {path: _deep(client.get, path) for path in ("/alerts/", "/alerts/?group=student", "/students/")}
        wanted = {"/": "/", "/alerts/": "/alerts/", "grouped": "/alerts/?group=student", "/students/": "/students/"}
        wanted |= {f"{path} deep": there for path, there in deep.items() if there}
        wanted |= {
            "by name": "/students/search/?q=雨欣",
            "by pinyin": "/students/search/?q=wangyu",
            "by number": "/students/search/?q=900050",
            "filtered": "/students/?level=4",
        }
        pages[who] = {title: _measured(client.get, path) for title, path in wanted.items()}
    cookie = f"{settings.SESSION_COOKIE_NAME}={client_for('陈主任').session.session_key}"
    counts = {"students": Student.objects.count(), "alerts": Alert.objects.count()}
    return {"pages": pages, "cookie": cookie, "database": connection.vendor} | counts


def _deep(get: Callable[[str], Any], path: str) -> str:
    """The address of a page far down, reached as a reader would."""
    here = path
    for _ in range(DEEP):
        found = NEXT.search(get(here).content.decode())
        if found is None:
            break
        here = path.partition("?")[0] + html.unescape(found[1])
    return here if here != path else ""


def _measured(get: Callable[[str], Any], path: str) -> float:
    times = []
    for _ in range(7):
        started = time.process_time()
        answer = get(path)
        times.append((time.process_time() - started) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
    return statistics.median(times[1:])


if __name__ == "__main__":
    place = Path(sys.argv[1]).resolve()
    if sys.argv[2:] == ["inside"]:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "shouwang.config.settings", "SHOUWANG_DATA": str(place)}
        print(json.dumps(_inside()))
    else:
        for row in run(place):
            print(f"| {row['what']} | {row['measured']} | {row['target']} | {'yes' if row['reached'] else '**no**'} |")
