"""common/: the calendar knows make-up workdays, paths order like the tree, digests are canonical, categories are bits."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shouwang.common import categories, paths
from shouwang.common.calendar import SchoolCalendar, national_days
from shouwang.common.digest import digest
from shouwang.common.reader import Reader, Scope


def test_national_day_2025_with_its_makeup_workdays() -> None:
    kinds = dict(national_days(date(2025, 9, 27), date(2025, 10, 12)))
    assert kinds[date(2025, 9, 28)] == "makeup"  # a Sunday that is worked
    assert kinds[date(2025, 10, 11)] == "makeup"  # a Saturday that is worked
    assert [day for day, kind in kinds.items() if kind == "holiday"] == [date(2025, 10, n) for n in (1, 2, 3, 6, 7, 8)]
    assert kinds[date(2025, 10, 4)] == "weekend"
    assert kinds[date(2025, 10, 9)] == "school"


def test_beyond_the_published_years_only_weekends_are_known() -> None:
    kinds = dict(national_days(date(2027, 10, 1), date(2027, 10, 3)))
    assert list(kinds.values()) == ["school", "weekend", "weekend"]


def test_school_calendar_steps_back_over_holidays() -> None:
    calendar = SchoolCalendar.of(day for day, kind in national_days(date(2025, 9, 26), date(2025, 10, 12)) if kind in {"school", "makeup"})
    assert calendar.back(date(2025, 10, 10), 0) == date(2025, 10, 10)
    assert calendar.back(date(2025, 10, 5), 0) == date(2025, 9, 30)
    assert calendar.back(date(2025, 10, 9), 2) == date(2025, 9, 29)
    assert calendar.back(date(2025, 9, 26), 1) is None
    assert date(2025, 10, 11) in calendar and date(2025, 10, 12) not in calendar
    assert calendar.between(date(2025, 10, 1), date(2025, 10, 9)) == (date(2025, 10, 9),)


@given(st.integers(0, 36**paths.WIDTH - 2))
def test_steps_sort_like_numbers(number: int) -> None:
    assert paths.step(number) < paths.step(number + 1)


@given(st.lists(st.integers(0, 36**paths.WIDTH - 1), min_size=1, max_size=5), st.lists(st.integers(0, 36**paths.WIDTH - 1), max_size=5))
def test_a_subtree_is_one_range(above: list[int], below: list[int]) -> None:
    path = "".join(map(paths.step, above))
    other = "".join(map(paths.step, below))
    assert (path <= other < paths.next_path(path)) == paths.covers(path, other)
    assert paths.ancestors(path)[-1] == path and len(paths.ancestors(path)) == len(above)


def test_a_step_beyond_the_width_is_refused() -> None:
    with pytest.raises(ValueError, match="children"):
        paths.step(36**paths.WIDTH)


def test_digest_ignores_order_of_keys_and_refuses_what_has_no_canonical_form() -> None:
    assert digest({"a": 1, "b": [None, "雨"]}) == digest({"b": [None, "雨"], "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    with pytest.raises(TypeError):
        digest({"day": date(2025, 1, 1)})
    with pytest.raises(ValueError):
        digest(float("nan"))


def test_categories_are_distinct_bits_with_words() -> None:
    assert categories.mask(["academic", "attendance"]) == 12
    assert categories.titles(12) == ["学业", "考勤"]
    assert categories.titles(12, "en") == ["Academic", "Attendance"]
    with pytest.raises(KeyError):
        categories.mask(["gossip"])
    bits = [int(category) for category in categories.Category]
    assert all(bit & (bit - 1) == 0 for bit in bits) and sum(set(bits)) == categories.EVERYTHING


def test_a_reader_is_frozen() -> None:
    reader = Reader(1, "林老师", frozenset({"homeroom_teacher"}), (Scope("homeroom_teacher", "organisation", "0000", 12, "班主任"),))
    with pytest.raises(AttributeError):
        reader.name = "别人"  # type: ignore[misc]
