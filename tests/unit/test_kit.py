"""The kit's drawings, words and pages: gaps stay gaps, unknown is never zero, nothing needs a style attribute."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from shouwang.common.reader import Reader
from shouwang.front import clock
from shouwang.front.web.kit import drawing, paging, sheets, words

ROOT = Path(__file__).resolve().parents[2] / "shouwang" / "front" / "web"
NOW = clock.DEMO_OPENS
LI = Reader(1, "李秘书", frozenset(), (), number="T1003")


def test_a_gap_in_the_data_stays_a_gap_in_the_line():
    svg = drawing.sparkline([1, 2, None, None, 3, 4, None, 5])
    assert svg.count("<polyline") == 2, "two runs of two; the last value alone is the dot"
    assert svg.count("spark-dot") == 1


def test_a_sparkline_of_nothing_is_nothing():
    assert drawing.sparkline([]) == ""
    assert drawing.sparkline([None, None]) == ""


def test_one_value_all_alike_and_far_thresholds_are_drawn_inside_the_box():
    for points, threshold in ([5], None), ([3, 3, 3], 100), ([0, -5, 9], 0):
        svg = drawing.sparkline(points, threshold=threshold, worse="up")
        for number in re.findall(r'(?:cy|y1)="([-\d.]+)"', svg):
            assert 0 <= float(number) <= 40, svg


@pytest.mark.parametrize(
    ("value", "worse", "over"),
    [(3, "up", True), (2.9, "up", False), (3, "down", True), (3.1, "down", False), (None, "up", False), (9, None, False)],
)
def test_the_threshold_itself_counts_as_over(value, worse, over):
    assert drawing.is_over(value, 3, worse) is over


def test_an_event_is_an_upright_line_and_the_label_is_escaped():
    svg = drawing.sparkline([1, 2, 3], event=1, label='<b>"小雨"</b>')
    assert "spark-event" in svg
    assert "<b>" not in svg
    assert 'role="img"' in svg


def test_a_strip_shows_the_class_and_marks_the_worst_tenth_only():
    mates = [0, 0, 1, 1, 1, 2, 2, 2, 3, 12]
    assert "strip-own far" in drawing.strip(mates, 12, worse="up")
    assert "far" not in drawing.strip(mates, 2, worse="up")
    assert "far" not in drawing.strip([4, 4, 4, 4, 4], 4, worse="up"), "nobody stands out among equals"
    assert drawing.strip([], 3) == ""
    assert "strip-own" not in drawing.strip(mates, None)


def test_a_small_share_is_still_seen_and_the_bar_says_its_numbers():
    svg = drawing.levels_bar((3000, 0, 0, 0, 1))
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', svg)]
    assert min(widths) >= 2
    assert "红色 1" in svg
    assert drawing.levels_bar((0, 0, 0, 0, 0)) == ""


def test_moments_read_as_people_say_them():
    def ago(**passed):
        return words.ago(NOW - timedelta(**passed), NOW)

    assert [ago(seconds=20), ago(minutes=12), ago(hours=3), ago(days=1), ago(days=5)] == ["刚刚", "12 分钟前", "3 小时前", "昨天", "5 天前"]
    assert words.ago(date(2025, 10, 1), NOW) == "10月1日"
    assert words.ago(date(2024, 10, 1), NOW) == "2024年10月1日"
    assert words.ago(NOW + timedelta(days=2), NOW) == "12月12日", "what lies ahead is a date, never 'ago'"
    assert words.ago(datetime(2025, 12, 9, 23, 30, tzinfo=UTC), NOW) == "2 小时前"
    assert [words.ago(NOW + timedelta(**ahead), NOW) for ahead in ({"hours": 4}, {"days": 1})] == ["今天", "明天"]
    assert [words.when(NOW + timedelta(days=days), NOW)[:-6] for days in (-2, -1, 0, 1, 2)] == [
        "12月8日",
        "昨天",
        "今天",
        "明天",
        "12月12日",
    ]


def test_a_date_is_said_in_english_too():
    with translation.override("en"):
        assert words.ago(NOW + timedelta(days=1), NOW) == "tomorrow"


def test_unknown_is_never_zero_and_shares_carry_their_counts():
    assert words.quantity(None) == "无数据"
    assert words.quantity(0) == "0"
    assert words.quantity(12345.678, 1) == "12,345.7"
    assert [words.quantity(value, 1) for value in (-0.28, -0.01)] == ["−0.3", "0.0"]
    assert words.share(3, 25) == "12 %(3/25)"
    assert words.share(0, 0) == "无数据"
    assert [words.change(value) for value in (3, -2, 0, None)] == ["+3", "−2", "±0", ""]
    with translation.override("en"):
        assert words.quantity(None) == "no data"
        assert words.term(20251) == "2025–2026 term 1"
    assert words.term(20252) == "2025–2026 学年第二学期"


def test_level_badges_say_the_word_and_show_the_shape():
    page = Template("{% load kit %}{% level 4 %}{% level 0 short=True %}").render(Context())
    assert "红色" in page
    assert page.count("<svg") == 2


def test_a_page_key_survives_the_address_and_nonsense_is_the_first_page():
    factory = RequestFactory()
    made = paging.pager(
        factory.get("/?level=3&after=x"), ["a", "b"], key=["0001", "小雨"], total=120, more=True, hidden="按条件未显示 4 条"
    )
    assert made.sentence == "本页 2 条，共 120 条；按条件未显示 4 条"
    assert "level=3" in made.next
    assert paging.cursor(factory.get("/" + made.next)) == ["0001", "小雨"]
    assert made.first == "?level=3"
    for broken in ("%%%", "e30", "AAAA", "小"):
        assert paging.cursor(factory.get("/", {"after": broken})) is None
    assert paging.pager(factory.get("/"), [], key=None, more=False).next == ""


def test_a_workbook_keeps_numbers_of_students_as_text_and_formulas_harmless():
    import io

    import openpyxl

    reply = sheets.workbook("学生", ["学号", "姓名", "次"], [["0012", "=1+1", 3], ["20240101", None, 2.5]], NOW, LI)
    book = openpyxl.load_workbook(io.BytesIO(reply.content))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[1] == ("0012", "=1+1", 3)
    assert book.active["B2"].data_type == "s"
    assert rows[2][0] == "20240101"
    assert "李秘书（T1003）" in rows[4][0]
    assert "T1003" in book.active.oddFooter.left.text and "T1003" in book.active.oddHeader.right.text and "T1003" in book.properties.creator
    cut = sheets.workbook("学生", ["学号"], [["1"]], NOW, LI, total=3)
    assert "另有 2 行未导出" in openpyxl.load_workbook(io.BytesIO(cut.content)).active["A4"].value


def templates():
    return sorted(ROOT.glob("*/templates/**/*.html"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: "/".join(path.parts[-2:]))
def test_no_template_needs_inline_style_or_script(path):
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle\s*=", text), "the content policy refuses style attributes"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon[a-z]+\s*=\s*\"|hx-on|javascript:|<style", text)


def test_every_icon_stands_in_the_sprite():
    listed = set((ROOT / "assets" / "icons.txt").read_text("utf-8").split("\n"))
    used = {name for path in templates() for name in re.findall(r'{% icon "([a-z0-9-]+)"', path.read_text("utf-8"))}
    used |= {name for path in templates() for name in re.findall(r'\bicon="([a-z0-9-]+)"', path.read_text("utf-8"))}
    assert not used - listed


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["tokens.css", "dark.css"])
def test_words_can_be_read_in_both_schemes(scheme):
    css = (ROOT / "assets" / "css" / scheme).read_text("utf-8")
    colours = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", css))
    pairs = [
        (ink, ground)
        for ink in ("ink", "ink-2", "ink-3", "accent-text", "danger", "good", "warn")
        for ground in ("page", "surface", "hover")
    ]
    pairs += [(f"l{level}", f"l{level}-soft") for level in range(5)] + [(f"l{level}", "surface") for level in range(5)]
    pairs += [
        ("accent-ink", "accent"),
        ("accent-text", "accent-soft"),
        ("good", "good-soft"),
        ("warn", "warn-soft"),
        ("danger", "danger-soft"),
        ("ink-2", "sunken"),
    ]
    weak = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    }
    assert not weak
