"""李秘书 brings a faulty score sheet through the door, mends it, accepts it, and finds the alerts it raised."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

LI = "T1003"
Judge = Callable[[Page, str], None]
FAULTS = ("八十五分", "缺  席", "1O0", "-3", "80/90/70")
WEAK = 4  # courses that one student turns out to have failed


def book_of(page: Page, folder: Path) -> Path:
    """The last correction she delivered, fetched from its page."""
    page.get_by_role("link", name=re.compile("^32-成绩更正")).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="原文件").click()
    path = folder / "成绩更正.xlsx"
    download.value.save_as(path)
    return path


def columns(sheet: openpyxl.worksheet.worksheet.Worksheet) -> tuple[int, dict[str, int]]:
    """The row of the headings, and where each stands."""
    for row in sheet.iter_rows(max_row=6):
        if any(cell.value == "学号" for cell in row):
            return row[0].row, {str(cell.value): cell.column for cell in row if cell.value}
    raise AssertionError("no headings")


def spoil(path: Path, made: Path) -> tuple[str, dict[str, object]]:
    """One student's marks turn out lower, and five cells are typed wrong. Returns the student's name and what should stand in the cells."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    top, at = columns(sheet)
    weak = sheet.cell(top + 60, at["姓名"]).value
    left, right = WEAK, {}
    for row in range(top + 1, sheet.max_row + 1):
        mark = sheet.cell(row, at["总评成绩"])
        if sheet.cell(row, at["姓名"]).value == weak:
            if left and isinstance(mark.value, int | float):
                mark.value, left = 41, left - 1
        elif len(right) < len(FAULTS) and isinstance(mark.value, int | float):
            right[mark.coordinate], mark.value = mark.value, FAULTS[len(right)]
    book.save(made)
    return str(weak), right


def upload(page: Page, path: Path) -> None:
    page.goto("/imports/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="上传").click()
    page.wait_for_url(re.compile(r"/imports/\d+/$"))


def settled(page: Page, words: str) -> None:
    """The worker has done its part and the page says so."""
    for _ in range(120):
        if page.locator("main").get_by_text(words).first.is_visible():
            page.wait_for_load_state("networkidle")
            return
        time.sleep(0.5)
    raise AssertionError(f"{words} never came: {page.locator('main').inner_text()[:600]}")


def test_a_faulty_sheet_becomes_alerts(sign_in: Callable[..., Page], judged: Judge, tmp_path: Path) -> None:
    page = sign_in(LI)
    expect(page.get_by_role("heading", level=1)).to_have_text("今日")
    judged(page, "secretary-today")
    page.get_by_role("navigation").get_by_role("link", name="导入").click()
    judged(page, "imports")
    book = book_of(page, tmp_path)
    judged(page, "import-accepted")
    weak, right = spoil(book, tmp_path / "成绩更正-12月.xlsx")

    upload(page, tmp_path / "成绩更正-12月.xlsx")
    settled(page, "检查结果")
    expect(page.locator("#check")).to_contain_text("八十五分")
    expect(page.locator("#check")).to_contain_text(f"{len(FAULTS)} 行有问题")
    judged(page, "import-errors")
    page.locator("#check tbody a").first.click()
    expect(page.locator("main table")).to_contain_text(re.compile("|".join(FAULTS)))
    judged(page, "import-problems")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载标注了错误的 Excel").click()
    marked = tmp_path / "已标注.xlsx"
    download.value.save_as(marked)
    page.go_back()
    page.get_by_role("button", name="退回").click()
    page.get_by_label("原因").fill("有五格填错，改好再传")
    page.get_by_role("dialog").get_by_role("button", name="退回").click()
    expect(page.locator("main")).to_contain_text("已退回")
    judged(page, "import-refused")

    mend(marked, right)
    upload(page, marked)
    settled(page, "接收后会怎样")
    expect(page.locator("#check")).to_contain_text("全部合格")
    expect(page.locator("main")).to_contain_text("新的预警")
    page.get_by_text("看看哪些行会变").click()
    page.get_by_text("看看会影响哪些预警").click()
    expect(page.locator("main")).to_contain_text(weak)
    judged(page, "import-preview")
    page.get_by_role("button", name=re.compile("^接收")).click()
    dialog = page.get_by_role("dialog")
    judged(page, "import-accept")
    if dialog.get_by_role("checkbox").count():
        dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="确认接收").click()
    settled(page, "已接收")

    page.get_by_role("navigation").get_by_role("link", name="预警").first.click()
    judged(page, "alerts")
    page.get_by_label("搜索学生").fill(weak)
    page.locator("#found a").first.click()
    page.wait_for_url(re.compile(r"/students/\d+/$"))
    raised = page.locator(".student-alerts a", has_text="课程不及格")
    for _ in range(60):  # the rules are asked as soon as the file counts
        if raised.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    raised.first.click()
    expect(page.locator("main")).to_contain_text("已标注.xlsx")
    judged(page, "alert-after-import")


def mend(marked: Path, right: dict[str, object]) -> None:
    """Every cell with a comment gets what should have stood there."""
    book = openpyxl.load_workbook(marked)
    told = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    assert {cell.coordinate for cell in told} == set(right)
    for cell in told:
        cell.value, cell.comment = right[cell.coordinate], None
    book.save(marked)


def test_a_file_nobody_recognises_asks(sign_in: Callable[..., Page], judged: Judge, tmp_path: Path) -> None:
    page = sign_in(LI)
    strange = tmp_path / "导出.csv"
    strange.write_text("XH,子,丑,寅\n2024011101,1,2,3\n2024011102,4,5,6\n", encoding="gb18030")
    upload(page, strange)
    settled(page, "读作")
    judged(page, "import-asks")
    page.get_by_label("读作").first.select_option(label="课程成绩")
    page.get_by_role("button", name="就是这张表").click()
    settled(page, "还缺必填的列")
    judged(page, "import-columns")


def test_half_a_class_missing_opens_a_gate(sign_in: Callable[..., Page], judged: Judge, tmp_path: Path) -> None:
    page = sign_in(LI)
    page.goto("/imports/")
    path = book_of(page, tmp_path)
    book = openpyxl.load_workbook(path)
    book.active.delete_rows(80, 200)
    book.save(path)
    upload(page, path)
    settled(page, "接收后会怎样")
    expect(page.locator(".gate").first).to_contain_text("不在这次的文件里")
    judged(page, "import-gate")


@pytest.mark.parametrize(("path", "name"), [("/imports/new/", ""), ("/freshness/", "freshness"), ("/format/", "format")])
def test_the_other_pages_of_data(sign_in: Callable[..., Page], judged: Judge, path: str, name: str) -> None:
    page = sign_in(LI)
    page.goto(path)
    judged(page, name)
