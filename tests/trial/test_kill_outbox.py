"""kill -9 of the worker at random moments, under load: nothing that was committed is lost, nothing that was rolled back goes out.

A gateway that knows keys delivers everything exactly once; the group's robot knows none, and may hear something twice.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import gateways
from tests.trial import killing

pytestmark = pytest.mark.trial
KILLS = 12
SPAN = 3.0


def command(job: str, data: Path, *more: object) -> list[str]:
    return [sys.executable, "-m", "tests.trial.outbox_child", job, str(data), *map(str, more)]


@pytest.fixture(scope="module")
def gate() -> Iterator[gateways.Gateway]:
    with gateways.gateway() as found:
        found.always = "slow:0.02"
        yield found


@pytest.fixture(scope="module")
def environment(gate: gateways.Gateway) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "OUTBOX_BEGAN": str(time.time()),
        "SHOUWANG_LOG": "ERROR",
        "SHOUWANG_INTERNAL_HOSTS": "localhost",
        "SHOUWANG_SMS_URL": f"{gate.url}/sms",
        "SHOUWANG_SMS_BODY": '{"to": "{phone}", "say": "{text}", "id": "{key}"}',
        "SHOUWANG_WECOM_ROBOT": f"{gate.url}/robot?key=k",
    }


def last(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def test_killed_anywhere_everybody_hears_of_everything(tmp_path: Path, gate: gateways.Gateway, environment: dict[str, str]) -> None:
    data = tmp_path / "school"
    subprocess.run(command("build", data), env=environment, capture_output=True, timeout=600, check=True)  # a busy machine takes its time
    kills, slowest = 0, 0.0
    for after in killing.moments(killing.seed(), KILLS, SPAN):
        kills += killing.kill_after(command("work", data, 60), environment, 0.05 + after)
        done = last(killing.output_of(command("finish", data), environment))
        assert done["left"] == 0, after
        slowest = max(slowest, done["crises"])
    assert kills == KILLS
    assert slowest < 30, "crises go out within thirty seconds of a restart"
    standing = last(killing.output_of(command("check", data), environment))
    assert standing["found"] == []
    _compare(standing["rows"], gate)
    shutil.rmtree(data)


def _compare(rows: dict[str, list[Any]], gate: gateways.Gateway) -> None:
    """What the gateways did against what stands in the outbox."""
    by_sms = Counter(one["body"]["id"] for one in gate.done if one["path"] == "/sms")
    told = {key for key, (channel, _, rank) in rows.items() if channel == "sms" and rank < 2}
    assert len(told) > 50, "there was no load"
    assert told <= set(by_sms), "lost"
    assert set(by_sms.values()) == {1}, "a gateway that knows keys delivers once"
    assert not any("今日关注：666" in str(one["body"]) for one in gate.asked), "what was rolled back was never said"
    groups = [key for key, (channel, _, _) in rows.items() if channel == "wecom_robot"]
    heard = [one for one in gate.done if one["path"] == "/robot"]
    assert len(groups) <= len(heard) <= len(groups) + KILLS * 16, "each at least once, and twice only what was in hand at a kill"
    assert {state for _, state, _ in rows.values()} == {"handed"}
