"""Facts once more in an object store: accepted only when they lie there, read from there by a machine that lost its copy."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from shouwang.analysis.facts import Bucket
from shouwang.front.pipeline import compacting, safekeeping
from shouwang.work.imports import queries
from tests import worlds
from tests.rooms.test_imports import csv_file, deliver, jobs_at_once, li, score_rows, world

__all__ = ["jobs_at_once", "li", "world"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(tmp_path: Path, settings: Any) -> Path:
    settings.FACTS_BUCKET = (tmp_path / "shelf").as_uri()
    return tmp_path / "shelf"


def test_accepted_facts_are_read_by_a_machine_that_has_none(shelf: Path, world: worlds.World, li: Any, tmp_path: Path) -> None:
    delivery = deliver(csv_file(tmp_path, score_rows(world)), li)
    before = queries.live_snapshot().digest
    assert delivery.state == "accepted" and (shelf / "score" / f"{delivery.pk}.json").exists()
    shutil.rmtree(queries.store().root)
    assert queries.live_snapshot().digest == before and not queries.live_snapshot().verify()


def test_nothing_is_accepted_while_the_store_is_out_of_reach(shelf: Path, world: worlds.World, li: Any, tmp_path: Path) -> None:
    shelf.write_text("not a folder")
    delivery = deliver(csv_file(tmp_path, score_rows(world)), li)
    assert delivery.state == "previewed" and queries.live_batch_ids() == ()
    assert "没有写入任何内容。对象存储" in delivery.trouble
    shelf.unlink()
    assert deliver(csv_file(tmp_path, score_rows(world)), li).state == "accepted"


def test_what_was_accepted_before_there_was_a_store_follows_at_night(world: worlds.World, li: Any, tmp_path: Path, settings: Any) -> None:
    delivery = deliver(csv_file(tmp_path, score_rows(world)), li)
    settings.FACTS_BUCKET = (tmp_path / "shelf").as_uri()
    said: list[str] = []
    compacting.merge(now=worlds.NOW, tell=said.append)
    assert said == ["对象存储：取回 0 个批次，补存 1 个批次"]
    assert queries.store().bucket.held() == {delivery.pk}
    said.clear()
    compacting.merge(now=worlds.NOW, tell=said.append)
    assert said == []


def test_merging_goes_on_when_the_store_is_out_of_reach(shelf: Path, world: worlds.World, li: Any, tmp_path: Path) -> None:
    deliver(csv_file(tmp_path, score_rows(world)), li)
    shutil.rmtree(shelf)
    shelf.write_text("not a folder")
    said: list[str] = []
    assert compacting.merge(now=worlds.NOW, tell=said.append) == 0
    assert said[0].startswith("对象存储")


def test_a_backup_first_fetches_what_others_accepted(shelf: Path, world: worlds.World, li: Any, tmp_path: Path) -> None:
    delivery = deliver(csv_file(tmp_path, score_rows(world)), li)
    shutil.rmtree(queries.store().root)
    safekeeping.gather()
    assert (queries.store().root / "score" / f"{delivery.pk}.parquet").exists()


def test_a_lost_batch_does_not_stop_the_backup(shelf: Path, world: worlds.World, li: Any, tmp_path: Path, caplog: Any) -> None:
    deliver(csv_file(tmp_path, score_rows(world)), li)
    shutil.rmtree(queries.store().root)
    shutil.rmtree(shelf / "score")
    safekeeping.gather()
    assert "backup without a batch" in caplog.text


def test_the_owner_follows_from_the_secret_key(shelf: Path, settings: Any) -> None:
    settings.SECRET_KEY = "one"
    queries.store().bucket.held()
    settings.SECRET_KEY = "another"
    with pytest.raises(OSError, match="属于另一套守望"):
        queries.store().bucket.held()
    assert isinstance(queries.store().bucket, Bucket)
