"""What somebody sent as a number."""

import pytest

from shouwang.front.web.kit.numbers import number


@pytest.mark.parametrize(("text", "said"), [("0", 0), ("7", 7), ("0042", 42), ("123456", 123456)])
def test_plain_digits_are_a_number(text: str, said: int) -> None:
    assert number(text, 6) == said


@pytest.mark.parametrize("text", ["", "²", "٣", "９", "1²", "-1", "+1", " 1", "1.0", "1_0", "一", "1\n", "1234567", "9" * 5000])
def test_everything_else_is_none(text: str) -> None:
    assert number(text, 6) is None
