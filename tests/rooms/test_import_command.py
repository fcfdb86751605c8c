"""`shouwang import` and `shouwang template`: the same door, in words on a terminal."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from shouwang.work.imports.models import Delivery
from tests import worlds
from tests.rooms.test_imports import csv_file, score_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> worlds.World:
    return worlds.small_school()


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_good_file_is_accepted(world: worlds.World, tmp_path: Path) -> None:
    said = run("import", "score", str(csv_file(tmp_path, score_rows(world))), "--by", "T1003")
    assert "共 12 行，合格 12 行，不合格 0 行" in said and "新增 12 行" in said and "已接收，批次" in said
    delivery = Delivery.objects.get()
    assert delivery.received_by is not None and delivery.received_by.username == "T1003"


def test_the_operator_needs_no_account_and_the_table_may_be_recognised(world: worlds.World, tmp_path: Path) -> None:
    assert "→ 课程成绩" in run("import", "auto", str(csv_file(tmp_path, score_rows(world))))


def test_errors_are_listed_by_cell_and_gates_ask_for_yes(world: worlds.World, tmp_path: Path) -> None:
    rows = score_rows(world)
    rows[0] = (*rows[0][:-1], "优秀啊")
    path = str(csv_file(tmp_path, rows))
    with pytest.raises(CommandError, match=r"12 行中有 1 行.*--yes"):
        run("import", "score", path)
    assert not Delivery.objects.filter(state="accepted").exists()
    said = run("import", "score", path, "--yes")
    assert "第 2 行 G 列“成绩”：优秀啊 — 不是成绩" in said and "内容与第" in said


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("import", "score", "/nowhere/a.csv"), "没有找到文件"),
        (("import", "score", "{file}", "--by", "T9999"), "没有工号为 T9999 的账号"),
        (("import", "scores", "{file}"), "没有“scores”这张表"),
        (("import", "fee", "{file}", "--by", "T1003"), "由财务处报送"),
        (("template", "scores"), "没有“scores”这张表"),
    ],
)
def test_refusals_say_why(world: worlds.World, tmp_path: Path, words: tuple[str, ...], reason: str) -> None:
    path = str(csv_file(tmp_path, score_rows(world)))
    with pytest.raises(CommandError, match=reason):
        run(*(word.replace("{file}", path) for word in words))


def test_templates_are_listed_and_written(tmp_path: Path) -> None:
    assert "attendance" in run("template") and "课堂考勤" in run("template")
    run("template", "score", "--to", str(tmp_path / "t.xlsx"))
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0].cell(1, 1).value == "学号*"
