"""Facts once more in an object store: what is accepted lies there, what is missing here is fetched, what was altered there is refused."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from shouwang.analysis.facts import Batch, Bucket, BucketTrouble, MissingBatch, Store
from shouwang.analysis.facts.bucket import OWNER
from shouwang.analysis.standard import load

TABLE = load().table("score")
ROWS = [{"sid": sid, "term": 20251, "course_code": "C1", "exam_kind": 1, "result": 70, "result_mark": 0} for sid in range(1, 9)]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


@pytest.fixture
def bucket(shelf: Path) -> Bucket:
    return Bucket(shelf.as_uri(), "ours")


def written(store: Store, number: int, rows: list[dict[str, Any]] = ROWS) -> Batch:
    known = [int(path.stem) for path in store.root.glob("score/*.json")]
    return store.write_rows(TABLE, number, rows, store.snapshot(known))


def test_another_machine_fetches_what_it_lacks(tmp_path: Path, bucket: Bucket) -> None:
    here, there = Store(tmp_path / "here", bucket), Store(tmp_path / "there", bucket)
    written(here, 1)
    corrected = written(here, 2, [{**ROWS[0], "result": 80}])
    assert corrected.tombs == 1
    snapshot = there.snapshot([1, 2])
    assert snapshot.digest == here.snapshot([1, 2]).digest and snapshot.verify() == []
    assert all(path.is_relative_to(there.root) for batch in snapshot.batches for path in (batch.path, batch.tombs_path) if path)


def test_a_page_whose_facts_are_here_asks_nobody(tmp_path: Path, bucket: Bucket) -> None:
    batch = written(Store(tmp_path / "here", bucket), 1)
    elsewhere = Bucket("s3://nowhere/facts?endpoint_override=127.0.0.1:1&scheme=http", "ours")
    assert Store(tmp_path / "here", elsewhere).snapshot([1]).batches == (batch,)


def test_what_was_altered_there_is_refused_and_does_not_stay(tmp_path: Path, shelf: Path, bucket: Bucket) -> None:
    written(Store(tmp_path / "here", bucket), 1)
    path = shelf / "score" / "1.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(MissingBatch, match=r"score/1\.parquet 与接收时不同"):
        Store(tmp_path / "there", bucket).snapshot([1])
    assert list((tmp_path / "there" / "score").iterdir()) == []


def test_half_a_batch_is_none(tmp_path: Path, shelf: Path, bucket: Bucket) -> None:
    written(Store(tmp_path / "here", bucket), 1)
    (shelf / "score" / "1.json").unlink()
    with pytest.raises(MissingBatch, match="没有批次 1 的文件"):
        Store(tmp_path / "there", bucket).snapshot([1])


def test_an_acceptance_done_again_replaces_what_the_killed_one_left(tmp_path: Path, bucket: Bucket) -> None:
    here = Store(tmp_path / "here", bucket)
    written(here, 1)
    shutil.rmtree(here.root / "score")
    again = written(here, 1, ROWS[:3])
    assert Store(tmp_path / "there", bucket).snapshot([1]).batches[0].sha256 == again.sha256


def test_both_places_are_made_level(tmp_path: Path, bucket: Bucket) -> None:
    here, there = Store(tmp_path / "here"), Store(tmp_path / "there", bucket)
    written(here, 1)
    written(there, 2)
    joined = Store(here.root, bucket)
    assert joined.level([1, 2]) == (1, 1)
    assert joined.level([1, 2]) == (0, 0)
    assert bucket.held() == {1, 2}
    assert here.level([1]) == (0, 0)  # without a bucket there is nothing to do


def test_another_installation_is_refused(tmp_path: Path, shelf: Path, bucket: Bucket) -> None:
    written(Store(tmp_path / "here", bucket), 1)
    stranger = Store(tmp_path / "there", Bucket(shelf.as_uri(), "another"))
    with pytest.raises(BucketTrouble, match="属于另一套守望"):
        written(stranger, 1)
    assert (shelf / OWNER).read_text() == "ours"


def test_an_object_store_out_of_reach_says_so_without_its_keys(tmp_path: Path) -> None:
    address = "s3://name:hidden@bucket/facts?endpoint_override=127.0.0.1:1&scheme=http"
    with pytest.raises(BucketTrouble, match="SHOUWANG_FACTS_BUCKET") as told:
        written(Store(tmp_path / "here", Bucket(address, "ours")), 1)
    assert "hidden" not in str(told.value)


@pytest.mark.parametrize(
    "address", ["s3://name:hidden@bucket/facts?unknown=1", "nothing://name:hidden@bucket/facts", "s3://name:hidden@[/facts"]
)
def test_an_address_that_cannot_be_read_is_told_without_its_keys(tmp_path: Path, address: str) -> None:
    with pytest.raises(BucketTrouble, match="SHOUWANG_FACTS_BUCKET") as told:
        written(Store(tmp_path / "here", Bucket(address, "ours")), 1)
    assert "hidden" not in str(told.value) and told.value.__suppress_context__
