"""The object store over its real protocol: moto speaks the S3 API on loopback, in a process of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow.fs import S3FileSystem

from shouwang.analysis.facts import Bucket, BucketTrouble, MissingBatch, Store
from shouwang.work.alerts.queries import computing
from shouwang.work.imports import queries
from tests import college, worlds
from tests.rooms.test_imports import csv_file, deliver, jobs_at_once, li, score_rows, world
from tests.unit.test_bucket import ROWS, written

__all__ = ["jobs_at_once", "li", "world"]  # fixtures
MOTO = college.ROOT / ".tools" / "objects"
pytestmark = [
    pytest.mark.trial,
    pytest.mark.django_db,
    pytest.mark.skipif(not (MOTO / "moto").exists(), reason="没有 moto：bash scripts/objects.sh"),
]


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """Where the server listens; it holds one bucket, `school`."""
    port, patch = college.free_port(), pytest.MonkeyPatch()
    patch.setenv("AWS_ACCESS_KEY_ID", "who")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    environment = os.environ | {"PYTHONPATH": str(MOTO)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(60):
            try:
                S3FileSystem(endpoint_override=f"127.0.0.1:{port}", scheme="http", allow_bucket_creation=True).create_dir("school")
                break
            except OSError:
                time.sleep(0.5)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)
        patch.undo()


@pytest.fixture
def address(host: str, request: pytest.FixtureRequest) -> str:
    return f"s3://school/{request.node.name}?endpoint_override={host}&scheme=http"


def test_batches_travel_between_two_machines(address: str, tmp_path: Path) -> None:
    here, there = (Store(tmp_path / name, Bucket(address, "ours")) for name in ("here", "there"))
    written(here, 1)
    written(here, 2, [{**ROWS[0], "result": 80}])
    snapshot = there.snapshot([1, 2])
    assert snapshot.digest == here.snapshot([1, 2]).digest and snapshot.of("score")[1].tombs == 1 and not snapshot.verify()
    with pytest.raises(MissingBatch, match="没有批次 3 的文件"):
        there.snapshot([1, 2, 3])
    with pytest.raises(BucketTrouble, match="属于另一套守望"):
        written(Store(tmp_path / "third", Bucket(address, "another")), 1)


def test_a_school_whose_facts_lie_there(address: str, world: worlds.World, li: Any, tmp_path: Path, settings: Any) -> None:
    settings.FACTS_BUCKET = address
    delivery = deliver(csv_file(tmp_path, score_rows(world)), li)
    assert delivery.state == "accepted" and queries.store().bucket.held() == {delivery.pk}
    engine = computing.engine()
    with engine.open(queries.live_snapshot(), worlds.NOW.date()) as session:
        before = session.rows("SELECT * FROM score ORDER BY sid")
    shutil.rmtree(queries.store().root)
    with engine.open(queries.live_snapshot(), worlds.NOW.date()) as session:
        assert session.rows("SELECT * FROM score ORDER BY sid") == before and len(before) == 12
