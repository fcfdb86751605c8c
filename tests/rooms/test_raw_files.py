"""Delivered files at rest: nobody reads them on disk; cut off, changed or moved they are refused; older readable ones are sealed."""

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shouwang.trust.vault import files, keys
from shouwang.trust.vault.ciphers import AES, SM4, Refused
from shouwang.work.imports import actions, queries, raw
from tests import worlds

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(files, "PIECE", 100)


def sealed(text, place="raw/1.csv"):
    target = io.BytesIO()
    done = files.seal_stream(io.BytesIO(text), target, subject="delivery:1", place=place)
    return target.getvalue(), done


def opened(data, place="raw/1.csv"):
    return b"".join(files.open_stream(io.BytesIO(data), place=place))


@pytest.mark.parametrize("cipher", [AES, SM4])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, 1000])
def test_any_length_comes_back(settings, cipher, size):
    settings.CIPHER = cipher
    text = bytes(at % 251 for at in range(size))
    data, done = sealed(text)
    assert opened(data) == text
    assert done.size == size
    assert len(data) == files.HEAD.size + size + 16 * max(1, -(-size // 100))


def test_cut_changed_swapped_and_moved_are_refused():
    data, _ = sealed(b"x" * 1000)
    head, piece = files.HEAD.size, 116
    pieces = [data[at : at + piece] for at in range(head, len(data), piece)]
    broken = {
        "cut in a piece": data[:-5],
        "last piece gone": data[:-piece],
        "all pieces gone": data[:head],
        "head cut": data[:10],
        "piece dropped": data[:head] + b"".join(pieces[:3] + pieces[4:]),
        "pieces swapped": data[:head] + b"".join([pieces[1], pieces[0], *pieces[2:]]),
        "something added": data + b"y",
        "piece added": data + pieces[0],
        "salt changed": data[: head - 1] + bytes([data[head - 1] ^ 1]) + data[head:],
        "one bit": data[:500] + bytes([data[500] ^ 4]) + data[501:],
    }
    for what, bad in broken.items():
        with pytest.raises(Refused, match="不完整或被改动"):
            opened(bad)
            pytest.fail(what)
    with pytest.raises(Refused):
        opened(data, place="raw/2.csv")


def test_two_files_of_one_key_do_not_mix():
    one, two = sealed(b"a" * 300)[0], sealed(b"b" * 300)[0]
    with pytest.raises(Refused):
        opened(one[: files.HEAD.size + 116] + two[files.HEAD.size + 116 :])


def test_a_readable_file_of_an_older_version_is_sealed_once(tmp_path):
    worlds.small_school()
    source = io.BytesIO("学号,姓名\n1,小雨\n".encode())
    delivery = actions.receive(source=source, filename="旧.csv", by=None, now=NOW)
    path = queries.raw_path(delivery)
    path.write_bytes(source.getvalue())
    raw.head_path(delivery.pk).write_text('{"1": [[1, "小雨"]]}', "utf-8")
    (raw.folder() / f".{path.name}.999999999.sealing").write_bytes(b"half")
    (raw.temporary_folder() / "tmpabc.upload.csv").write_bytes(source.getvalue())
    done = actions.recover(now=NOW)
    assert sum("加密了" in line for line in done) == 2
    assert b"".join(item.read_bytes() for item in raw.folder().iterdir()).find("小雨".encode()) == -1
    assert not list(raw.folder().glob(".*"))
    assert not list(raw.temporary_folder().glob("*.upload*"))
    assert queries.raw_stream(delivery).read() == source.getvalue()
    assert queries.head(delivery) == {1: [(1, ["小雨"])]}
    assert actions.recover(now=NOW) == []


def test_a_tampered_file_is_refused_with_the_remedy(tmp_path):
    worlds.small_school()
    delivery = actions.receive(source=io.BytesIO(b"x" * 400), filename="1.csv", by=None, now=NOW)
    path = queries.raw_path(delivery)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(Refused, match="备份"), queries.raw_file(delivery):
        pytest.fail("opened")


def test_the_readable_path_is_no_file_on_disk():
    delivery = actions.receive(source=io.BytesIO(b"a,b\n1,2\n"), filename="1.csv", by=None, now=NOW)
    with queries.raw_file(delivery) as path:
        assert path.read_bytes() == b"a,b\n1,2\n"
        assert not str(path).startswith(str(raw.folder()))
    assert not path.exists()


def test_a_file_whose_row_was_rolled_back_is_overwritten(monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr("shouwang.work.imports.actions.receiving.ledger.record", fail)
        with pytest.raises(RuntimeError):
            actions.receive(source=io.BytesIO(b"first"), filename="1.csv", by=None, now=NOW)
    keys.forget()
    delivery = actions.receive(source=io.BytesIO(b"second"), filename="1.csv", by=None, now=NOW)
    assert queries.raw_stream(delivery).read() == b"second"


def test_a_killed_evaluation_on_spark_leaves_no_folder_behind(data_folder: Path) -> None:
    left = data_folder / "temp" / "spark.999999999.abc"
    (left / "wide").mkdir(parents=True)
    mine = data_folder / "temp" / f"spark.{os.getpid()}.abc"
    mine.mkdir()
    assert raw.sweep() == [left.name]
    assert mine.exists() and not left.exists()
