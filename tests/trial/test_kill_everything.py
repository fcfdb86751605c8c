"""kill -9 of web, worker and scheduler at random moments, while people press buttons and limits run out. Together fifty kills.

What was committed is said, what was answered stands, nothing is done twice, a crisis is handed over within half a minute of a restart, and the
ledger holds: with one worker on SQLite, and with two on PostgreSQL.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests import gateways, postgres
from tests.college import ROOT
from tests.trial import killing
from tests.trial.people_at_work import AtWork
from tests.trial.product import Product, until

pytestmark = pytest.mark.trial
KILLS = 25  # on each database
WITHIN = 30.0
SERVED = 240.0  # twice the patience of one person


@pytest.fixture
def gate() -> Iterator[gateways.Gateway]:
    with gateways.gateway() as found:
        found.always = "slow:0.02"
        yield found


def environment(data: Path, gate: gateways.Gateway, url: str = "") -> dict[str, str]:
    """The virtual clock is the product's own: the demo's school day, from the moment at which the college was opened."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
        "SHOUWANG_DATA": str(data),
        "SHOUWANG_DEMO": "1",
        "SHOUWANG_SECRET_KEY": "only-for-the-trial",
        "SHOUWANG_DATABASE_URL": url,
        "SHOUWANG_LOG": "ERROR",
        "SHOUWANG_INTERNAL_HOSTS": "localhost",
        "SHOUWANG_SMS_URL": f"{gate.url}/sms",
        "SHOUWANG_SMS_BODY": '{"to": "{phone}", "say": "{text}", "id": "{key}"}',
        "SHOUWANG_WECOM_ROBOT": f"{gate.url}/robot?key=k",
    }


def child(job: str, data: Path, env: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.trial.everything_child", job, str(data)]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_everything_is_killed_with_one_worker_on_sqlite(tmp_path: Path, gate: gateways.Gateway) -> None:
    data = tmp_path / "school"
    _live_and_die(data, gate, environment(data, gate), workers=1)
    shutil.rmtree(data)


@pytest.mark.skipif(postgres.missing() is not None, reason=str(postgres.missing()))
def test_everything_is_killed_with_two_workers_on_postgresql(tmp_path: Path, gate: gateways.Gateway) -> None:
    with postgres.server() as url:
        data = tmp_path / "school"
        _live_and_die(data, gate, environment(data, gate, f"{url}/postgres"), workers=2)


def _live_and_die(data: Path, gate: gateways.Gateway, env: dict[str, str], workers: int) -> None:
    seed = killing.seed()
    built = child("build", data, env)
    opened = time.time()
    (data / "demo_opened").write_text(datetime.fromtimestamp(opened, UTC).isoformat())
    product = Product(env, data.with_suffix(".log"), workers)
    people = AtWork(product.port, built["sessions"], built["cases"], built["sids"], seed)
    try:
        product.await_web()
        product.await_workers()
        people.start()
        kinds = _kill(product, random.Random(seed))
        people.stop()
        _let_them_finish(product, people)
        standing = child("settle", data, env)
    finally:
        people.stopping.set()
        product.end()
    print(
        f"kills {dict(kinds)}; {people.asked} requests, {len(people.reports)} reports, {len(people.finished)} steps, {standing['climbs']} climbs"
    )
    assert sum(kinds.values()) == KILLS and standing["found"] == []
    _nothing_lost_nothing_twice(standing, people, gate)
    _crises_in_time(standing, gate, opened, product.began)
    audit = [sys.executable, "-m", "shouwang", "ledger", "audit"]
    done = subprocess.run(audit, env=env, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def _let_them_finish(product: Product, people: AtWork) -> None:
    """A server whose page processes were killed one after the other gives up moments later, so it is kept until the last answer."""

    def served() -> bool:
        product.keep_web()
        return people.served()

    until(served, SERVED, "somebody never got an answer")
    assert not people.despaired, people.despaired


def _kill(product: Product, dice: random.Random) -> Counter[str]:
    """At random moments of the work; one time in five already while something is still starting."""
    done: Counter[str] = Counter()
    ways: dict[str, Callable[[int], None]] = {
        "web": lambda n: product.kill_web(),
        "page": product.kill_page,
        "scheduler": product.kill_scheduler,
        "queue": product.kill_queue,
        "all": lambda n: product.kill_all(),
    }
    deck = [*("scheduler",) * 8, *("web",) * 5, *("page",) * 5, *("queue",) * 4, *("all",) * 3]
    assert len(deck) == KILLS
    dice.shuffle(deck)
    for kind in deck:
        if dice.random() < 0.8:
            product.await_web()
            product.await_workers()
        time.sleep(dice.uniform(0.05, 2.0))
        ways[kind](dice.randrange(1000))
        done[kind] += 1
    return done


def _nothing_lost_nothing_twice(standing: dict[str, Any], people: AtWork, gate: gateways.Gateway) -> None:
    assert not [one for one in people.broken if not one.endswith(" 404")], people.broken[:5]
    assert people.reports.items() <= standing["reports"].items(), "an answered report is missing"
    assert people.finished <= set(standing["finished"]), "an answered step is missing"
    assert len(people.reports) > 20 and len(people.finished) > 10 and standing["climbs"] > 60, "there was no load"
    said = Counter(one["body"]["id"] for one in gate.done if one["path"] == "/sms")
    own = {key for key, (channel, state, rank, *_) in standing["deliveries"].items() if channel == "sms" and state == "handed" and rank < 2}
    assert own <= set(said), "noted as said, but the gateway never heard it"
    assert set(said.values()) == {1}, "a gateway that knows keys says it once"
    before = [one for one in gate.done if one["path"] == "/sms" and one["at"] < standing["read_at"]]
    at_once = {one["body"]["id"] for one in before if "条新消息" not in one["body"]["say"]}
    assert at_once <= set(standing["deliveries"]), "something was said that was never committed"


def _crises_in_time(standing: dict[str, Any], gate: gateways.Gateway, opened: float, began: list[float]) -> None:
    """From the commit, or from the last restart before the hand-over, to the first hand-over of each crisis message to a gateway."""
    heard = {one["body"].get("id", ""): one["at"] for one in reversed(gate.asked)}
    first: dict[int, float] = {}
    sent: dict[int, float] = {}
    for key, (_, _, rank, turn, message, at) in standing["deliveries"].items():
        if rank == 0 and turn == 0 and key in heard:
            sent[message] = opened + at
            first[message] = min(heard[key], first.get(message, heard[key]))
    whole = sorted(first[message] - sent[message] for message in first)
    waits = sorted(at - max([sent[message], *(one for one in began if one <= at)]) for message, at in first.items())
    assert len(waits) > 20, "there were no crises"
    shown = ", ".join(
        f"{name} {values[int(len(values) * part)]:.1f} s" for name, values, part in (("p50", whole, 0.5), ("p99", whole, 0.99))
    )
    print(f"{len(waits)} crises: {shown}, longest {whole[-1]:.1f} s from the commit, {waits[-1]:.1f} s from the last restart before it")
    assert waits[-1] < WITHIN
